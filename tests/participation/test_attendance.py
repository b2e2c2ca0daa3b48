"""Half-days against a plain count, day by day and row by row."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from participation.flow import count_half_days, enrolled

from kleuterlink.config import Period, RunConfig, parse_config
from kleuterlink.errors import RuleError
from kleuterlink.participation import absences as absences_module
from kleuterlink.participation import entry_dates
from kleuterlink.participation.absences import RowRules, count_absences
from kleuterlink.participation.calendar import holidays
from kleuterlink.participation.school_days import SchoolDays
from kleuterlink.participation.spells import days_of_spells
from kleuterlink.tables import STRING

FIRST, LAST = dt.date(2023, 9, 1), dt.date(2024, 6, 30)
SCHOOL = SchoolDays("2023-2024")
CODES = ["A", "P", "B", "L", "N", "X", "?", None]
DAYS = st.integers(0, (LAST - FIRST).days).map(lambda days: FIRST + dt.timedelta(days=days))
SPELLS = st.lists(st.tuples(st.integers(0, 2), DAYS, DAYS).map(lambda spell: (spell[0], *sorted(spell[1:]))), min_size=1, max_size=6)
ROWS = st.lists(st.tuples(st.integers(0, 7), DAYS | st.none(), st.sampled_from(CODES), st.sampled_from(["1", "2", "0,5", "x", "-1", None])), max_size=40)


def number(day: dt.date | None) -> int:
    return 0 if day is None else day.year * 10_000 + day.month * 100 + day.day


def config_of(school_year: str = "2023-2024", **participation: Any) -> RunConfig:
    registers = {"births": {"role": "births"}, "nl": {"role": "enrolments"}, "fr": {"role": "enrolments", "community": "fr"}, "warehouse": {"role": "absences"}}
    return parse_config({"run": {"school_year": school_year}, "registers": registers, "participation": participation})


def births_of(count: int, birth_date: int = 20200505) -> pd.DataFrame:
    return pd.DataFrame({"record_id": pd.Series([f"c{child}" for child in range(count)], dtype=STRING), "birth_date": np.full(count, birth_date, np.int32)})


def links_of(children: list[int], register: str = "nl") -> pd.DataFrame:
    count = len(children)
    columns = {"register": [register] * count, "record_id": [f"r{row}" for row in range(count)], "child_id": [f"c{child}" for child in children]}
    links = pd.DataFrame({name: pd.Series(values, dtype=STRING) for name, values in columns.items()})
    return links.assign(match_probability=0.99, decision=pd.Series(["link"] * count, dtype=STRING))


def records_of(spells: list[tuple[int, dt.date, dt.date]], **columns: Any) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "record_id": pd.Series([f"r{row}" for row in range(len(spells))], dtype=STRING),
            "enrolled_from": np.array([number(first) for _, first, _ in spells], np.int32),
            "enrolled_until": np.array([number(last) for _, _, last in spells], np.int32),
            **columns,
        }
    )


def rows_of(rows: list[tuple[int, dt.date | None, str | None, str | None]]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "record_id": pd.Series([f"r{row[0]}" for row in rows], dtype=STRING),
            "date": np.array([number(row[1]) for row in rows], np.int32),
            "code": pd.Series([row[2] for row in rows], dtype=STRING),
            "half_days": pd.Series([row[3] for row in rows], dtype=STRING),
        }
    )


def plain_half_days(day: dt.date) -> int:
    off = any(start <= day < back for start, back in holidays("2023-2024"))
    return 0 if off or day.isoweekday() > 5 else 1 if day.isoweekday() == 3 else 2


def plain_owner(spells: list[tuple[int, dt.date, dt.date]], child: int, day: dt.date) -> int | None:
    covering = [(first, last, -row) for row, (owner, first, last) in enumerate(spells) if owner == child and first <= day <= last]
    return -max(covering)[2] if covering else None


def all_days() -> list[dt.date]:
    return [FIRST + dt.timedelta(days=days) for days in range((LAST - FIRST).days + 1)]


@pytest.mark.parametrize("first", range(2016, 2027))
def test_school_years_have_the_published_number_of_half_days(first: int) -> None:
    # Published: 320 to 330, by school.
    assert 320 <= SchoolDays(f"{first}-{first + 1}").total <= 330


@given(DAYS, DAYS)
def test_half_days_between_two_days(first: dt.date, last: dt.date) -> None:
    counted = SchoolDays("2023-2024").between(np.array([first], "datetime64[D]"), np.array([last], "datetime64[D]"))
    assert counted[0] == sum(plain_half_days(day) for day in all_days() if first <= day <= last)


def test_a_prolonged_holiday_has_no_school() -> None:
    dates = list(entry_dates("2020-2021").dates)
    dates[1] = dt.date(2020, 11, 16)
    # Monday 9 to Friday 13 November 2020, of which Wednesday 11 was off already.
    assert SchoolDays("2020-2021").total - SchoolDays("2020-2021", {"2020-2021": dates}).total == 8


@given(SPELLS)
def test_every_day_belongs_to_the_enrolment_that_started_last(spells: list[tuple[int, dt.date, dt.date]]) -> None:
    table = pd.DataFrame(spells, columns=["pupil", "first", "last"]).astype({"first": "datetime64[s]", "last": "datetime64[s]"}).assign(stated=False)
    divided = days_of_spells(table)
    found = {
        (spells[spell][0], day.date()): spell
        for spell, first, last in zip(divided["spell"], divided["first"], divided["last"], strict=True)
        for day in pd.date_range(first, last)
    }
    assert len(found) == sum((divided["last"] - divided["first"]).dt.days + 1)
    expected = {(child, day): plain_owner(spells, child, day) for child in range(3) for day in all_days()}
    assert found == {key: owner for key, owner in expected.items() if owner is not None}


@settings(deadline=None)
@given(SPELLS, ROWS)
def test_implied_presence_against_a_plain_count(
    spells: list[tuple[int, dt.date, dt.date]], rows: list[tuple[int, dt.date | None, str | None, str | None]]
) -> None:
    registers = {"nl": records_of(spells), "warehouse": rows_of(rows)}
    result = count_half_days(births_of(3), links_of([spell[0] for spell in spells]), registers, config_of())
    assert sum(result.absences["warehouse"].rows.values()) == len(rows)
    for child, answers in enumerate(result.children.itertuples()):
        mine = {row for row, spell in enumerate(spells) if spell[0] == child}
        if not mine:
            assert pd.isna(answers.half_days_present)
            continue
        present, accepted, possible = 0.0, 0.0, 0
        for own in mine:
            days = {day for day in all_days() if plain_owner(spells, child, day) == own}
            usable = [row for row in rows if row[0] == own and row[1] in days and row[2] != "?" and row[3] not in ("x", "-1")]
            amounts = plain_amounts(usable)
            school = sum(map(plain_half_days, days))
            possible += school
            present += max(0.0, school - amounts["accepted"] - amounts["absent"])
            accepted += min(school, amounts["accepted"])
        expected = [possible, np.rint(min(present, possible)), np.rint(min(accepted, possible - min(present, possible)) if len(mine) > 1 else accepted)]
        assert [answers.half_days_possible, answers.half_days_present, answers.half_days_accepted] == expected


KINDS = {"present": ("L",), "accepted": ("P", "N", "X"), "absent": ("A", "B", None)}


def plain_amounts(rows: list[tuple[int, dt.date, str | None, str | None]]) -> dict[str, float]:
    """Half-days by kind: no day has more than there is school, and presences come first."""
    amounts = dict.fromkeys(KINDS, 0.0)
    for day in {row[1] for row in rows}:
        left = float(plain_half_days(day))
        for kind, codes in KINDS.items():
            told = sum(float((row[3] or "1").replace(",", ".")) for row in rows if row[1] == day and row[2] in codes)
            amounts[kind] += min(told, left)
            left -= min(told, left)
    return amounts


@given(ROWS)
def test_slices_give_what_the_whole_gives(rows: list[tuple[int, dt.date | None, str | None, str | None]]) -> None:
    frame = rows_of(rows)
    periods = pd.DataFrame(
        {"spell": [0, 1, 2], "first": np.array(["2023-09-01", "2023-10-01", "2024-01-08"], "datetime64[s]"), "last": np.datetime64("2024-03-01", "s")}
    )
    ids = ["r0", "r1", "r2"]
    whole = count_absences(frame, ids, periods, SCHOOL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(absences_module, "SLICE", 7)
        parts = [count_absences(frame, ids, periods, SCHOOL), count_absences(pa.Table.from_pandas(frame, preserve_index=False), ids, periods, SCHOOL)]
    for part in parts:
        assert part.rows == whole.rows
        assert (part.half_days == whole.half_days).all()
        assert (part.any_row == whole.any_row).all()
        assert part.crowded.tolist() == whole.crowded.tolist()


def test_what_became_of_every_row() -> None:
    day = dt.date(2023, 10, 2)
    rows = [
        (0, day, "A", "1"),
        (9, day, "A", "1"),
        (0, day, "Q", "1"),
        (0, None, "A", "1"),
        (0, day, "A", "half"),
        (0, dt.date(2023, 9, 4), "A", "1"),
        (0, LAST, "A", "1"),
        (0, dt.date(2023, 10, 1), "A", "1"),
        (0, dt.date(2023, 10, 31), "A", "1"),
    ]
    periods = pd.DataFrame({"spell": [0], "first": [np.datetime64("2023-09-01", "s")], "last": [np.datetime64("2024-02-01", "s")]})
    closed = Period(first=dt.date(2023, 9, 4), last=dt.date(2023, 9, 8))
    counts = count_absences(rows_of(rows), ["r0"], periods, SCHOOL, RowRules(counted_present=[closed]))
    assert counts.rows == {
        "counted": 1,
        "no_enrolment": 1,
        "unusable_half_days": 1,
        "unknown_code": 1,
        "unknown_date": 1,
        "counted_present": 1,
        "outside_enrolment": 1,
        # A Sunday, and the autumn holiday.
        "no_school": 2,
    }


def test_a_row_that_is_told_twice_does_not_make_two_absences() -> None:
    monday, wednesday = dt.date(2023, 10, 2), dt.date(2023, 10, 4)
    rows = [(0, monday, "A", "2"), (0, monday, "A", "2"), (0, wednesday, "P", "1"), (0, wednesday, "A", "1"), (0, dt.date(2023, 10, 5), "A", "2")]
    periods = pd.DataFrame({"spell": [0], "first": [np.datetime64("2023-09-01", "s")], "last": [np.datetime64("2024-02-01", "s")]})
    counts = count_absences(rows_of(rows), ["r0"], periods, SCHOOL)
    # Two on Monday, one on Wednesday, which has one half-day and of which the accepted absence is believed, two on Thursday.
    assert counts.half_days.tolist() == [[0, 1, 4]]
    assert counts.rows["counted"] == 5
    assert counts.crowded.tolist() == [0, 1, 2, 3]


def answers_of(registers: dict[str, pd.DataFrame], children: list[int], config: RunConfig, birth_date: int = 20200505) -> pd.Series:
    return count_half_days(births_of(1, birth_date), links_of(children), registers, config).children.iloc[0]


YEAR = (0, FIRST, LAST)


def test_without_absences_loaded_nothing_is_implied() -> None:
    answers = answers_of({"nl": records_of([YEAR])}, [0], config_of())
    assert answers[["half_days_possible", "half_days_present", "enough_allowance"]].isna().all()
    assert answers["threshold_allowance"] == 150


def test_a_french_list_is_not_full_of_present_children() -> None:
    registers = {"fr": records_of([YEAR]), "warehouse": rows_of([])}
    answers = count_half_days(births_of(1), links_of([0], "fr"), registers, config_of()).children.iloc[0]
    assert pd.isna(answers["half_days_present"])


def test_totals_of_two_schools_are_added_up_and_capped() -> None:
    christmas = dt.date(2023, 12, 22)
    one_after_the_other = records_of([(0, FIRST, christmas), (0, dt.date(2024, 1, 8), LAST)], half_days_present=["100", "150"])
    assert answers_of({"nl": one_after_the_other}, [0, 0], config_of())["half_days_present"] == 250
    both_at_once = records_of([YEAR, YEAR], half_days_present=["250", "240"])
    assert answers_of({"nl": both_at_once}, [0, 0], config_of())["half_days_present"] == 328


def test_of_two_that_start_together_the_one_with_a_total_has_the_days() -> None:
    table = pd.DataFrame(
        {"pupil": [0, 0], "first": np.datetime64("2023-09-01", "s"), "last": np.array(["2024-06-30", "2023-12-22"], "datetime64[s]"), "stated": [False, True]}
    )
    divided = days_of_spells(table).sort_values("spell").astype({"first": str, "last": str})
    assert divided.to_numpy().tolist() == [[0, "2023-12-23", "2024-06-30"], [1, "2023-09-01", "2023-12-22"]]


def test_an_enrolment_told_twice_counts_once() -> None:
    twice = records_of([YEAR, YEAR], half_days_present=["150", "150"], school=["1", "1"])
    assert answers_of({"nl": twice}, [0, 0], config_of())["half_days_present"] == 150


def test_a_schools_own_year_comes_before_the_years_and_the_calendars() -> None:
    registers = {"nl": records_of([YEAR], school=["042"]), "warehouse": rows_of([(0, dt.date(2023, 10, 2), "A", "2")])}
    for rules, possible in (
        ({}, 328),
        ({"possible_half_days": {"2023-2024": 324}}, 324),
        ({"possible_half_days": {"2023-2024": 324}, "possible_half_days_by_school": {"2023-2024": {"042": 320}}}, 320),
        ({"possible_half_days": {"2022-2023": 324}}, 328),
    ):
        answers = answers_of(registers, [0], config_of(**rules))
        assert (answers["half_days_possible"], answers["half_days_present"]) == (possible, possible - 2)


def test_what_the_school_states_as_possible_comes_first() -> None:
    registers = {"nl": records_of([YEAR], half_days_possible=["318"]), "warehouse": rows_of([(0, dt.date(2023, 10, 2), "A", "2")])}
    assert answers_of(registers, [0], config_of())["half_days_present"] == 316


def test_a_year_still_running_says_no_only_where_no_is_certain() -> None:
    rules = config_of(counted_until="2024-03-29")
    six_months = answers_of({"nl": records_of([YEAR]), "warehouse": rows_of([])}, [0], rules)
    assert (six_months["half_days_possible"], six_months["enough_allowance"]) == (236, True)
    registers = {"nl": records_of([YEAR], half_days_present=["60"])}
    # 92 half-days are still to come: 60 + 92 >= 150, 57 + 92 < 150.
    assert pd.isna(answers_of(registers, [0], rules)["enough_allowance"])
    registers = {"nl": records_of([YEAR], half_days_present=["57"])}
    assert not answers_of(registers, [0], rules)["enough_allowance"]


@pytest.mark.parametrize("total", ["inf", "-inf", "nan", "1e30", "-3", "401", "many", ""])
def test_what_cannot_be_a_total_is_not_one(total: str) -> None:
    answers = answers_of({"nl": records_of([YEAR], half_days_present=[total])}, [0], config_of())
    assert pd.isna(answers["half_days_present"])


def test_codes_can_be_given_another_meaning() -> None:
    registers = {"nl": records_of([YEAR]), "warehouse": rows_of([(0, dt.date(2023, 10, 2), "x", "2"), (0, dt.date(2023, 10, 3), "Z", "2")])}
    assert answers_of(registers, [0], config_of())["half_days_accepted"] == 2
    answers = answers_of(registers, [0], config_of(codes={"X": "absent", "z": "accepted"}))
    assert (answers["half_days_present"], answers["half_days_accepted"]) == (324, 2)


def test_only_accepted_links_carry_half_days() -> None:
    links = links_of([0]).assign(decision=pd.Series(["possible_link"], dtype=STRING))
    answers = count_half_days(births_of(1), links, {"nl": records_of([YEAR], half_days_present=["200"])}, config_of()).children
    assert answers["half_days_present"].isna().all()


def test_attendance_needs_a_school_year() -> None:
    config = config_of().model_copy(update={"run": parse_config({"registers": {"births": {"role": "births"}, "nl": {"role": "enrolments"}}}).run})
    with pytest.raises(RuleError, match=r"run\.school_year"):
        count_half_days(births_of(1), links_of([0]), {"nl": records_of([YEAR])}, config)


def test_an_enrolment_without_a_link_is_counted_by_itself() -> None:
    registers = {"nl": records_of([YEAR, YEAR]), "warehouse": rows_of([(1, dt.date(2023, 10, 2), "A", "2")])}
    attendance = count_half_days(births_of(1), links_of([0]), registers, config_of())
    assert attendance.enrolments["half_days_present"].tolist() == [328, 326]
    assert attendance.children["half_days_present"].tolist() == [328]
    assert attendance.absences["warehouse"].rows["counted"] == 1


def test_enrolments_of_one_number_without_a_link_are_one_pupils() -> None:
    spells = [YEAR, (0, dt.date(2024, 1, 8), LAST), YEAR]
    for kinds, halves in (([1, 1, 1], [137, 191, 328]), ([3, 3, 1], [328, 191, 328])):
        records = records_of(spells, national_number=pd.Series(["20050500197", "20050500197", None], dtype=STRING), number_kind=np.array(kinds, np.int8))
        counted = count_half_days(births_of(1), links_of([]), {"nl": records, "warehouse": rows_of([])}, config_of())
        assert counted.enrolments["half_days_possible"].tolist() == halves


@settings(deadline=None)
@given(SPELLS, ROWS)
def test_the_enrolments_of_a_child_add_up_to_its_half_days(
    spells: list[tuple[int, dt.date, dt.date]], rows: list[tuple[int, dt.date | None, str | None, str | None]]
) -> None:
    registers = {"nl": records_of(spells), "warehouse": rows_of(rows)}
    births, links = births_of(3), links_of([spell[0] for spell in spells])
    attendance = count_half_days(births, links, registers, config_of())
    child = enrolled(births, links, registers, config_of()).child
    for name in ("half_days_possible", "half_days_present", "half_days_accepted"):
        summed = attendance.enrolments[name].groupby(child).sum(min_count=1).reindex(range(3))
        # Half-days of half a half-day are rounded, of a child and of each of its enrolments.
        assert ((summed - attendance.children[name]).fillna(0).abs() <= len(spells) / 2).all()
        assert (summed.isna() == attendance.children[name].isna()).all()
