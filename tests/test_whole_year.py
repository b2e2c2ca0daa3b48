"""A run with a register of every role and something wrong in each: every row is accounted for, and says what is wrong with it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest

import kleuterlink
from kleuterlink import synthetic
from kleuterlink.config import RegisterConfig, load_config
from kleuterlink.publish import write_outputs
from kleuterlink.read import read_register
from kleuterlink.results import Result

AWAY = {"id": "nr", "first_names": "voornaam", "surname": "achternaam", "birth_date": "geboortedatum", "enrolled_from": "sinds"}


@pytest.fixture(scope="module")
def registers() -> synthetic.Registers:
    return synthetic.make_registers(3_000, seed=21, absences=True, applications=True)


@pytest.fixture(scope="module")
def tables(registers: synthetic.Registers) -> dict[str, pd.DataFrame]:
    """Return the registers with what was planted in them: rows 1 to 9 of the Dutch-language list, and rows of absences at the end."""
    pupils = registers.enrolments.copy()
    pupils.loc[0, ["begindatum", "einddatum"]] = ["01/02/2024", "01/09/2023"]
    pupils.loc[1, "begindatum"] = "01/09/2012"
    pupils.loc[2, "instellingsnummer"] = "99999"
    pupils.loc[3, "gemeente"] = "ATLANTIS"
    pupils.loc[4, "stamnummer"] = ""
    day, here = "02/10/2023", pupils["stamnummer"][10]
    school = pupils["instellingsnummer"][10]
    wrong = [
        ("0", school, day, "1", "A"),
        (here, school, day, "1", "Q"),
        (here, school, "31/02/2024", "1", "A"),
        (here, school, day, "many", "A"),
        (here, school, day, "5", "A"),
        (here, "99999", "03/10/2023", "1", "A"),
        (here, school, "01/11/2023", "1", "A"),
        ("", school, day, "1", "A"),
    ]
    absences = pd.concat([registers.absences, pd.DataFrame(wrong, columns=list(registers.absences))], ignore_index=True)
    unfound = registers.births[registers.births["kg_id"].isin(registers.not_found)].head(20)
    known = registers.births[~registers.births["kg_id"].isin(registers.not_found)].head(300)
    away = pd.concat([unfound, known])[["voornaam", "achternaam", "geboortedatum"]].assign(nr=np.arange(len(unfound) + len(known)), sinds="2023-10-10")
    schools = pd.DataFrame({"nr": pd.unique(pd.concat([registers.enrolments["instellingsnummer"]]))})
    municipalities = pd.DataFrame({"naam": pd.unique(pd.concat([registers.births["gemeente"], registers.enrolments["gemeente"], registers.fr["commune"]]))})
    return {
        "pupils_nl": pupils,
        "absences_nl": absences,
        "gone": away,
        "schools": schools,
        "municipalities": municipalities.assign(nis=np.arange(60_000, 60_000 + len(municipalities))),
    }


@pytest.fixture(scope="module")
def result(registers: synthetic.Registers, tables: dict[str, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> Result:
    config = load_config(synthetic.write_sample(tmp_path_factory.mktemp("sample"), registers, absences=True, applications=True))
    more = {
        "gone": RegisterConfig(role="departures", columns=AWAY),
        "schools": RegisterConfig(role="schools", columns={"id": "nr"}),
        "municipalities": RegisterConfig(role="municipalities", columns={"id": "nis", "municipality": "naam"}),
    }
    return kleuterlink.run(config.model_copy(update={"registers": {**config.registers, **more}}), frames=tables)


def told(result: Result, register: str) -> Counter[tuple[int, str]]:
    rejected = result.rejected[result.rejected["register"] == register]
    return Counter(zip(rejected["row"].tolist(), rejected["problem"].tolist(), strict=True))


def test_every_row_is_accounted_for(result: Result, registers: synthetic.Registers, tables: dict[str, pd.DataFrame]) -> None:
    for name, register in result.quality["registers"].items():
        assert register["rows_in"] == register["used"] + register["rejected"]
        if name in tables:
            assert register["rows_in"] == len(tables[name])
        flagged = result.quality["flagged"].get(name)
        if flagged is not None:
            assert flagged["rows"] == flagged["clean"] + flagged["flagged"] == register["used"]
            doubtful = result.rejected.loc[result.rejected["register"] == name, "row"].nunique()
            assert doubtful == flagged["flagged"] + register["rejected"]
    rows = result.quality["absence_rows"]["absences_nl"]
    assert sum(rows.values()) == result.quality["registers"]["absences_nl"]["used"]
    assert {name: rows[name] for name in ("unusable_half_days", "unknown_code", "unknown_date", "no_school")} == {
        "unusable_half_days": 1,
        "unknown_code": 1,
        "unknown_date": 1,
        "no_school": 1,
    }
    # Of the id that is nobody's, of the pupil whose own record has lost it, and of the one whose enrolment has no day.
    orphans = tables["absences_nl"]["stamnummer"].isin(registers.enrolments["stamnummer"][[0, 4]]).sum()
    assert rows["no_enrolment"] == 1 + orphans
    assert len(result.enrolments) == sum(result.quality["registers"][name]["used"] for name in ("pupils_nl", "pupils_fr"))


def test_what_is_wrong_with_an_enrolment_is_told(result: Result) -> None:
    problems = told(result, "pupils_nl")
    assert problems[1, "the enrolment ends before it starts"] == 1
    assert problems[2, "the enrolment starts before the child was born"] == 1
    assert [row for row, problem in problems if problem == "no school has this number"] == [3]
    assert [row for row, problem in problems if problem == "no municipality of this name or code is known"] == [4]
    assert problems[5, "missing"] == 1


def test_what_is_wrong_with_an_absence_is_told(result: Result, registers: synthetic.Registers) -> None:
    first = len(registers.absences) + 1
    expected = (
        "no enrolment has this id",
        "unknown code",
        "no usable date",
        "no number of half-days",
        "more half-days than a day has",
        "no school has this number",
        None,
        "missing",
    )
    problems = told(result, "absences_nl")
    for row, problem in enumerate(expected, first):
        assert problem is None or problems[row, problem] == 1
    assert problems[first + 4, "the pupil has more half-days on this day than there is school"] == 1


def test_no_value_stands_in_a_problem(result: Result) -> None:
    for planted in ("99999", "ATLANTIS", "31/02/2024", "many"):
        assert not result.rejected.astype(str).apply(lambda column, planted=planted: column.str.contains(planted, regex=False)).any(axis=None)


def test_children_who_left_are_not_listed_nor_counted(result: Result, registers: synthetic.Registers) -> None:
    left = set(registers.births[registers.births["kg_id"].isin(registers.not_found)].head(20)["kg_id"])
    known = set(registers.births[~registers.births["kg_id"].isin(registers.not_found)].head(300)["kg_id"])
    statuses = result.children.set_index("child_id")["status"]
    assert (statuses[list(left)] == "left").mean() > 0.85
    assert not set(result.not_found["child_id"]) & set(statuses[statuses == "left"].index)
    gone = result.children[result.children["child_id"].isin(known) & (result.children["status"] == "left")]
    assert len(gone) > 200
    # From 1 September to 9 October 2023 there were 49 half-days of school.
    assert gone["half_days_possible"].dropna().max() == 49
    assert not result.enrolments.loc[result.enrolments["child_id"].isin(gone["child_id"]), "active"].any()


def test_the_municipalities_that_were_handed_over_are_the_known_ones(tables: dict[str, pd.DataFrame]) -> None:
    register = RegisterConfig(role="municipalities", columns={"id": "nis", "municipality": "naam"})
    assert len(read_register("municipalities", register, frame=tables["municipalities"]).records) == len(tables["municipalities"])


def test_all_of_it_is_written(result: Result, tmp_path: Any) -> None:
    written = {path.name for path in write_outputs(result, tmp_path / "out")}
    assert {"enrolments.parquet", "applications.parquet", "schools.parquet"} <= written
