"""A sample: files as the sources write them, which the configuration beside them reads."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd
import pytest

from kleuterlink.config import load_config
from kleuterlink.read import read_register
from kleuterlink.synthetic import Registers, make_registers, write_sample


@pytest.fixture(scope="module")
def small() -> Registers:
    return make_registers(1_500, seed=2, absences=True)


def test_every_file_of_a_sample_is_read_without_a_rejected_row(small, tmp_path):
    config = load_config(write_sample(tmp_path / "new" / "sample", small, absences=True))
    expected = {"births": small.births, "pupils_nl": small.enrolments, "pupils_fr": small.fr, "absences_nl": small.absences}
    assert list(config.registers) == list(expected)
    for name, table in expected.items():
        register = read_register(name, config.registers[name], base=config.base)
        assert register.rejected.empty
        assert len(register.records) == register.rows_in == len(table)
        assert not [note for note in register.notes if "date" in note and "preset" not in note]
    assert config.run.school_year == "2023-2024"
    assert str(config.run.as_of) == "2024-02-01"


def test_what_is_read_is_what_was_made(small, tmp_path):
    config = load_config(write_sample(tmp_path, small))
    births, dutch, french = (read_register(name, config.registers[name], base=config.base).records for name in ("births", "pupils_nl", "pupils_fr"))
    for records, column, made in (
        (births, "first_names", small.births["voornaam"]),
        (births, "parent", small.births["moeder"]),
        (dutch, "surname", small.enrolments["achternaam"]),
        (dutch, "address", small.enrolments["adres"]),
        (french, "first_names", small.fr["prenom"]),
        (french, "street", small.fr["rue"]),
    ):
        assert records[column].fillna("").tolist() == made.tolist()
    assert config.registers["pupils_fr"].system == "fr"


def test_each_file_is_written_as_its_source_would(small, tmp_path):
    write_sample(tmp_path, small)
    dutch = (tmp_path / "enrolments.csv").read_text(encoding="cp1252")
    assert dutch.startswith("stamnummer;rijksregisternummer;")
    assert dutch.partition("\n")[2] == dutch.partition("\n")[2].upper()
    assert (tmp_path / "fr.csv").read_bytes().startswith(b"\xef\xbb\xbfid_siel;niss;prenom;nom;sexe")
    assert (tmp_path / "births.csv").read_text(encoding="utf-8").startswith("kg_id,insz,voornaam,achternaam,geslacht,geboortedatum,moeder,straat,huisnr,")
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "truth.csv", dtype=str), small.matches.astype(str), check_dtype=False)


def test_an_earlier_sample_is_replaced(small, tmp_path):
    write_sample(tmp_path, small, absences=True)
    config = load_config(write_sample(tmp_path, make_registers(200, seed=9)))
    assert list(config.registers) == ["births", "pupils_nl", "pupils_fr"]
    assert not (tmp_path / "absences.csv").exists()
    assert len(read_register("births", config.registers["births"], base=tmp_path).records) == 200


def test_absences_that_were_not_made_cannot_be_written(tmp_path):
    with pytest.raises(ValueError, match="absences=True"):
        write_sample(tmp_path, make_registers(50), absences=True)
    assert not list(tmp_path.iterdir())


def test_without_faker_the_import_names_what_is_missing():
    # As if it were not there: an import of a module that is None fails like one that is missing.
    program = (
        "import sys; sys.modules['faker'] = None\ntry:\n    from kleuterlink import synthetic\nexcept ModuleNotFoundError as error:\n    print(error.name)"
    )
    named = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert named.partition(".")[0].strip() == "faker"
