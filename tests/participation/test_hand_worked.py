"""Children worked out by hand: `hand_worked.csv`, a row per child, each with the source of its rule.

How to read it. `lists`: the lists that are loaded, `@` their reference date. `enrolments`: `list:from..until`, then where stated
`:present+accepted` half-days and `:special`; `?0.3` is a possible link of that probability, `=0.45` a weak accepted one; several are
divided by `|`. `absences`: `code*half-days@first day`, one row per half-day of school from that day on, per enrolment. Answers are yes,
no, unknown, or empty where there is no threshold; `first_entry` is `-` where the school year is not known.
"""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from participation.flow import count_half_days, statuses

from kleuterlink.config import Purpose, RunConfig, parse_config
from kleuterlink.errors import RuleError
from kleuterlink.participation import age_on_31_december, compulsory_from, first_entry, not_found_list
from kleuterlink.participation.school_days import SchoolDays
from kleuterlink.tables import STRING

Row = dict[str, str]
ROLES = {"nl": {"role": "enrolments"}, "fr": {"role": "enrolments", "community": "fr"}, "home": {"role": "home_education"}, "gone": {"role": "departures"}}
PRESENT = {"present": "present"}
CHILDREN = list(csv.DictReader((Path(__file__).parent / "hand_worked.csv").read_text(encoding="utf-8").splitlines()))


def number(day: str) -> int:
    return int(day.replace("-", "")) if day else 0


def config_of(row: Row) -> RunConfig:
    registers: dict[str, dict[str, str]] = {"births": {"role": "births"}}
    for stated in row["lists"].split():
        name, _, date = stated.partition("@")
        registers[name] = ROLES[name] | ({"reference_date": date} if date else {})
    if row["absences"] or (row["half_days"] and not has_totals(row)) or "unknown" in row["allowance"]:
        registers["absences"] = {"role": "absences"}
    return parse_config({"run": {"school_year": row["school_year"], "as_of": row["as_of"]}, "registers": registers, "participation": {"codes": PRESENT}})


def has_totals(row: Row) -> bool:
    return any(part.count(":") > 1 and part.split(":")[2][0].isdigit() for part in row["enrolments"].split("|"))


def enrolments_of(row: Row) -> pd.DataFrame:
    rows = []
    for position, part in enumerate(filter(None, row["enrolments"].split("|"))):
        where, period, *rest = part.split(":")
        name, decision, chance = where, "link", 1.0
        for mark, meaning in (("?", "possible_link"), ("=", "link")):
            if mark in where:
                name, decision, chance = where.split(mark)[0], meaning, float(where.split(mark)[1])
        start, end = period.split("..")
        present, _, accepted = next((text for text in rest if text[0].isdigit()), "").partition("+")
        rows.append(
            {
                "list": name,
                "record_id": f"r{position}",
                "decision": decision,
                "chance": chance,
                "enrolled_from": number(start),
                "enrolled_until": number(end),
                "half_days_present": present or None,
                "half_days_accepted": accepted or None,
                "education": "buitengewoon onderwijs" if "special" in rest else "gewoon onderwijs",
            }
        )
    columns = ["list", "record_id", "decision", "chance", "enrolled_from", "enrolled_until", "half_days_present", "half_days_accepted", "education"]
    return pd.DataFrame(rows, columns=columns).astype({"enrolled_from": np.int32, "enrolled_until": np.int32})


def absences_of(row: Row) -> pd.DataFrame:
    calendar = SchoolDays(row["school_year"])
    rows: list[tuple[str, int, str]] = []
    for position, part in enumerate(row["absences"].split("|")):
        for stated in part.split():
            code, rest = stated.split("*")
            count, start = rest.split("@")
            day, left = np.datetime64(start), int(count)
            while left:
                school = int(calendar.between(np.array([day]), np.array([day]))[0])
                rows += [(f"r{position}", number(str(day)), code)] * min(school, left)
                left, day = left - min(school, left), day + 1
    table = pd.DataFrame(rows, columns=["record_id", "date", "code"])
    return table.astype({"record_id": STRING, "date": np.int32, "code": STRING})


def world_of(row: Row) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, dict[str, pd.DataFrame], RunConfig]:
    config, enrolled = config_of(row), enrolments_of(row)
    births = pd.DataFrame({"record_id": ["child"], "birth_date": np.array([number(row["birth_date"])], np.int32), "postcode": [row["postcode"]]})
    links = pd.DataFrame(
        {
            "register": enrolled["list"],
            "record_id": enrolled["record_id"],
            "child_id": "child",
            "match_probability": enrolled["chance"],
            "decision": enrolled["decision"],
        }
    )
    chances = {name: min(1.0, enrolled.loc[enrolled["list"] == name, "chance"].sum()) for name in config.lists}
    p_found = pd.DataFrame({"child_id": ["child"], **{name: [chance] for name, chance in chances.items()}})
    drop = [] if has_totals(row) else ["half_days_present", "half_days_accepted"]
    registers = {name: enrolled[enrolled["list"] == name].drop(columns=["list", *drop]).reset_index(drop=True) for name in config.lists}
    if "absences" in config.registers:
        registers["absences"] = absences_of(row)
    return births, links, p_found, registers, config


def word(answer: object, threshold: object) -> str:
    if pd.isna(answer):
        return "unknown" if not pd.isna(threshold) else ""
    return "yes" if answer else "no"


CASES = [pytest.param(row, id=f"{row['child']}-{row['status']}") for row in CHILDREN]


@pytest.mark.parametrize("row", CASES)
def test_status_and_reason(row: Row) -> None:
    births, links, p_found, registers, config = world_of(row)
    p_not_found = np.array([float(row["p_not_found"])])
    children = statuses(births, links, p_found, registers, config, p_not_found=p_not_found)
    assert (children["status"][0], children["reason"][0]) == (row["status"], row["reason"])
    assert children["p_not_found"][0] == p_not_found[0]
    assert len(not_found_list(children, config)) == (row["status"] == "not_found")


@pytest.mark.parametrize("row", CASES)
def test_dates_and_age(row: Row) -> None:
    birth = np.array([number(row["birth_date"])], np.int32)
    if row["first_entry"] == "-":
        with pytest.raises(RuleError):
            first_entry(birth)
    else:
        assert str(first_entry(birth)[0]) == (row["first_entry"] or "NaT")
    assert str(compulsory_from(birth)[0]) == (row["compulsory_from"] or "NaT")
    assert age_on_31_december(birth, row["school_year"])[0] == int(row["age"] or -1)


@pytest.mark.parametrize("row", CASES)
def test_half_days_and_what_they_are_enough_for(row: Row) -> None:
    births, links, _, registers, config = world_of(row)
    answers = count_half_days(births, links, registers, config).children.iloc[0]
    half_days = answers["half_days_present"] + answers["half_days_accepted"]
    assert (pd.isna(half_days) and not row["half_days"]) or half_days == int(row["half_days"])
    if not row["half_days"] and row["allowance"] != "unknown":
        return
    stated = {purpose: row[purpose.value] for purpose in Purpose}
    found = {purpose: word(answers[f"enough_{purpose}"], answers[f"threshold_{purpose}"]) for purpose in Purpose}
    if stated[Purpose.ADMISSION] == "unknown":
        # Where the sources disagree there is no single threshold, and no answer between theirs.
        assert pd.isna(answers["threshold_admission"])
        assert pd.isna(answers["enough_admission"])
        stated[Purpose.ADMISSION] = ""
    assert found == stated


def test_there_are_forty_children_and_each_has_a_source() -> None:
    assert len(CHILDREN) >= 40
    assert all(row["source"] for row in CHILDREN)
    assert {row["status"] for row in CHILDREN} == {
        "not_yet_entitled",
        "enrolled_nl",
        "enrolled_fr",
        "enrolled_both",
        "enrolled_not_started",
        "home_education",
        "left",
        "not_found",
        "undetermined",
    }
    assert all(dt.date.fromisoformat(row["as_of"]) for row in CHILDREN)
