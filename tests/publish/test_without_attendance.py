"""A run that loaded no attendance: whoever reports on attendance says so, and writes nothing."""

from __future__ import annotations

import datetime as dt

import pytest

import kleuterlink
from kleuterlink import synthetic
from kleuterlink.errors import OutputError
from kleuterlink.publish import write_outputs
from kleuterlink.publish.receivers.registry import publish
from kleuterlink.publish.receivers.run_folder import Options


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    base = tmp_path_factory.mktemp("bare")
    registers = synthetic.make_registers(600, seed=4)
    config = synthetic.write_sample(base, registers)
    schools = sorted(filter(None, registers.enrolments["instellingsnummer"].unique()))
    (base / "schools.csv").write_text("\n".join(["school,clb", *(f"{school},CLB Noord" for school in schools)]), encoding="utf-8")
    text = config.read_text(encoding="utf-8").replace("as_of = 2024-02-01", "as_of = 2024-08-31")
    text += '\n[registers.schools]\nrole = "schools"\npath = "schools.csv"\n[registers.schools.columns]\nid = "school"\nclb = "clb"\n'
    config.write_text(text, encoding="utf-8")
    write_outputs(kleuterlink.run(config), base / "out")
    return base / "out"


@pytest.mark.parametrize("receiver", ["mijn-onderwijs", "clb", "agodi-municipalities", "dataloep"])
def test_nothing_is_said_of_attendance(folder, tmp_path, receiver):
    key = tmp_path / "key"
    key.write_bytes(b"0123456789abcdef0123456789abcdef")
    with pytest.raises(OutputError, match="only where attendance is loaded"):
        publish(receiver, [folder], Options(keep_until=dt.date(2025, 8, 31), key_file=key), to=tmp_path / "published")
    assert not (tmp_path / "published").exists()
