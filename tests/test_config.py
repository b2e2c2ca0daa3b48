"""The configuration file: what is allowed, what it defaults to, and what a mistake in it is told."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink.config import (
    DATE_FIELDS,
    FIELDS,
    PERSON_FIELDS,
    PRESET_EXTRAS,
    Community,
    Decision,
    RegisterConfig,
    Role,
    RunConfig,
    load_config,
    load_register,
    parse_config,
)
from kleuterlink.errors import ConfigError
from kleuterlink.read import PRESETS

MINIMAL = """
[registers.births]
role = "births"
path = "births.csv"
[registers.births.columns]
id = "kg_id"
surname = "naam"

[registers.pupils]
role = "enrolments"
path = "pupils.csv"
[registers.pupils.columns]
id = "stamnummer"
surname = "naam"
"""


def load(tmp_path: Path, text: str | bytes) -> RunConfig:
    path = tmp_path / "run.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_config(path)


def message_of(tmp_path: Path, text: str | bytes) -> str:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    message = str(caught.value)
    assert "\n" not in message
    assert "pydantic" not in message
    assert message.startswith(str(tmp_path / "run.toml"))
    return message


def test_a_minimal_file_has_defaults(tmp_path: Path) -> None:
    config = load(tmp_path, MINIMAL)
    births = config.registers["births"]
    assert (births.role, births.community, births.date_format) == (Role.BIRTHS, Community.NL, "%Y-%m-%d")
    assert (births.delimiter, births.encoding, births.preset, births.table, births.sheet) == (None,) * 5
    assert (config.run.as_of, config.run.school_year, config.run.out) == (None, None, Path("out"))
    assert config.decision.cut == 0.5
    assert (config.engine.name, config.engine.threads) == ("local", None)
    assert config.linkage.comparisons == config.linkage.blocking == ()
    assert config.base == tmp_path
    assert config.births_name == "births"
    assert list(config.with_role(Role.ENROLMENTS)) == ["pupils"]
    assert config.with_role(Role.ABSENCES) == {}


def test_the_example_of_the_design_is_read(tmp_path: Path) -> None:
    text = MINIMAL + (
        '[run]\nas_of = 2024-02-01\nschool_year = "2023-2024"\nout = "uit"\n[decision]\ncost_false_alarm = 3.0\n'
        '[registers.pupils.extra]\nsoc_sec_id = "ssn"\n[[linkage.comparisons]]\ncolumn = "soc_sec_id"\nkind = "identifier"\n'
        '[[linkage.blocking]]\nkeys = ["surname", "birth_date"]\n'
    )
    config = load(tmp_path, text)
    assert config.run.as_of == dt.date(2024, 2, 1)
    assert config.decision.cut == 0.75
    assert config.linkage.comparisons[0].column == "soc_sec_id"
    assert config.linkage.blocking[0].keys == ("surname", "birth_date")


def test_a_byte_order_mark_is_ignored(tmp_path: Path) -> None:
    assert load(tmp_path, b"\xef\xbb\xbf" + MINIMAL.encode()).births_name == "births"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[run\n", ["no valid TOML", "line 1"]),
        ("a = 1\na = 2", ["no valid TOML"]),
        (b"[run]\nout = '\xff'", ["no valid TOML"]),
        ("", ["registers", "required"]),
        (
            MINIMAL.replace('"births"', '"birth"'),
            ["registers.births.role", "'births', 'enrolments', 'absences', 'applications', 'home_education', 'departures', 'schools' or 'municipalities'"],
        ),
        (MINIMAL.replace('role = "births"', 'role = "enrolments"'), ["exactly one register must have role births, found 0"]),
        (MINIMAL.replace('role = "enrolments"', 'role = "births"'), ["exactly one register must have role births, found 2"]),
        (MINIMAL.replace('role = "enrolments"', 'role = "absences"'), ["at least one register must have role enrolments"]),
        (MINIMAL.replace('role = "births"\n', ""), ["registers.births.role", "required"]),
        (MINIMAL.replace("surname =", "sirname ="), ["registers.births", "unknown field sirname", "known fields: id, national_number", "registers.pupils"]),
        (MINIMAL + '[registers.pupils.extra]\nsex = "g"\n', ["registers.pupils", "sex is a field of its own", "under columns"]),
        (MINIMAL + "[registers.pupils.columns.more]\nx = 1\n", ["registers.pupils.columns.more", "string"]),
        (MINIMAL + "[runs]\n", ["runs", "not permitted"]),
        (MINIMAL + '[run]\nschool_year = "2023"\n', ["run.school_year"]),
        (MINIMAL + '[run]\nas_of = "gisteren"\n', ["run.as_of", "date"]),
        (MINIMAL + "[decision]\ncost_false_alarm = 0\n", ["decision.cost_false_alarm", "greater than 0"]),
        (MINIMAL + '[engine]\nname = "spark3"\n', ["engine.name", "'local', 'spark' or 'reference'"]),
        (MINIMAL + '[engine]\nmaster = "local[2]"\noutput_tables = "x_"\n', ["engine", "master, output_tables means nothing to engine local"]),
        (MINIMAL + "[engine]\nthreads = 0\n", ["engine.threads", "greater than or equal to 1"]),
        (MINIMAL + "[linkage]\nminimum_linked = 2\n", ["linkage.minimum_linked", "less than or equal to 1"]),
        (MINIMAL + "[linkage]\nmax_block = 1\n", ["linkage.max_block", "greater than or equal to 2"]),
        (
            MINIMAL + '[[linkage.comparisons]]\ncolumn = "x"\nkind = "sound"\n',
            ["linkage.comparisons.0.kind", "'identifier', 'name', 'date', 'exact' or 'text'"],
        ),
        (MINIMAL + '[[linkage.comparisons]]\ncolumn = "x"\nkind = "name"\n', ["linkage.comparisons names column x", "extra"]),
        (MINIMAL + "[[linkage.blocking]]\nkeys = []\n", ["linkage.blocking.0.keys"]),
    ],
)
def test_a_mistake_is_told_in_one_line_with_what_is_allowed(tmp_path: Path, text: str | bytes, says: list[str]) -> None:
    message = message_of(tmp_path, text)
    assert [part for part in says if part not in message] == []


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    message = message_of(tmp_path, MINIMAL + "[decision]\ncost_false_alarm = -1\ncost_missed_child = -1\n")
    assert "decision.cost_false_alarm" in message
    assert "decision.cost_missed_child" in message


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml: cannot be read \(No such file"):
        load_config(tmp_path / "absent.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(str(tmp_path))


def test_dictionaries_are_checked_like_files() -> None:
    registers = {"b": {"role": "births"}, "e": {"role": "enrolments", "community": "fr"}}
    config = parse_config({"registers": registers})
    assert config.base == Path()
    assert config.registers["e"].community is Community.FR
    with pytest.raises(ConfigError, match=r"^configuration: registers\.b\.colums: "):
        parse_config({"registers": {**registers, "b": {"role": "births", "colums": {}}}})


def test_a_configuration_cannot_be_changed() -> None:
    register = RegisterConfig(role=Role.BIRTHS)
    with pytest.raises(ValueError, match="frozen"):
        register.role = Role.ENROLMENTS  # type: ignore[misc]


def test_every_field_is_listed_once() -> None:
    assert len(FIELDS) == len(set(FIELDS))
    assert set(PERSON_FIELDS) | set(DATE_FIELDS) | {"id", "record_id"} <= set(FIELDS)


@given(false_alarm=st.floats(1e-6, 1e6), missed=st.floats(1e-6, 1e6), p=st.floats(0, 1))
def test_the_cut_is_where_both_mistakes_cost_the_same(false_alarm: float, missed: float, p: float) -> None:
    cut = Decision(cost_false_alarm=false_alarm, cost_missed_child=missed).cut
    listing, leaving_out = (1 - p) * false_alarm, p * missed
    if abs(p - cut) > 1e-9:
        assert (listing < leaving_out) == (p > cut)


def test_a_preset_s_own_extra_may_be_compared_and_no_other_name():
    data = {
        "registers": {"births": {"role": "births", "preset": "febrl"}, "pupils": {"role": "enrolments", "preset": "febrl"}},
        "linkage": {"comparisons": [{"column": "soc_sec_id", "kind": "identifier"}]},
    }
    assert parse_config(data).linkage.comparisons[0].column == "soc_sec_id"
    data["linkage"]["comparisons"][0]["column"] = "soc_sec"
    with pytest.raises(ConfigError, match="soc_sec, which no"):
        parse_config(data)


def test_the_extras_of_the_presets_are_the_presets_own():
    assert {name: tuple(preset.extra) for name, preset in PRESETS.items() if preset.extra} == PRESET_EXTRAS


def test_a_configuration_that_was_written_out_reads_the_same_again():
    registers = {"b": {"role": "births"}, "e": {"role": "enrolments", "preset": "siel"}, "d": {"role": "enrolments", "preset": "discimus"}}
    config = parse_config({"registers": registers, "run": {"school_year": "2023-2024"}})
    again = parse_config(config.model_dump(mode="json"))
    assert again == config
    assert [again.registers[name].system for name in ("e", "d")] == [Community.FR, Community.NL]


def test_one_register_can_be_read_by_itself(tmp_path):
    path = tmp_path / "format.toml"
    path.write_text('date_format = "%Y%m%d"\n[columns]\nrecord_id = "leerling"\n', encoding="utf-8")
    register = load_register(path, role="absences")
    assert (register.role, register.date_format, register.columns) == ("absences", "%Y%m%d", {"record_id": "leerling"})
    path.write_text('shape = "round"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"format\.toml: shape: Extra inputs"):
        load_register(path, role="absences")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_register(tmp_path / "none.toml", role="absences")
