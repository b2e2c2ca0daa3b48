"""Doubtful rows: each kind planted once, and totals that reconcile."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from participation.flow import enrolled, flag

from kleuterlink import participation
from kleuterlink.config import RunConfig, parse_config
from kleuterlink.schemas import REJECTED
from kleuterlink.tables import STRING


def config_of(**participation: Any) -> RunConfig:
    registers = {
        "births": {"role": "births"},
        "nl": {"role": "enrolments"},
        "fr": {"role": "enrolments", "community": "fr"},
        "home": {"role": "home_education"},
        "warehouse": {"role": "absences"},
    }
    return parse_config({"run": {"school_year": "2023-2024"}, "registers": registers, "participation": participation})


def texts(values: list[Any]) -> pd.Series:
    return pd.Series(values, dtype=STRING)


BIRTHS = pd.DataFrame({"record_id": texts(["c0", "c1"]), "birth_date": np.array([20200505, 20200000], np.int32)})


def links_of(rows: list[tuple[str, str, str]]) -> pd.DataFrame:
    columns = {name: texts([row[place] for row in rows]) for place, name in enumerate(("register", "record_id", "child_id"))}
    return pd.DataFrame({**columns, "match_probability": 1.0, "decision": texts(["link"] * len(rows))})


def records_of(periods: list[tuple[int, int]], **columns: Any) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row": np.arange(len(periods), dtype=np.int64) + 11,
            "record_id": texts([f"r{row}" for row in range(len(periods))]),
            "enrolled_from": np.array([first for first, _ in periods], np.int32),
            "enrolled_until": np.array([last for _, last in periods], np.int32),
            **columns,
        }
    )


def problems(registers: dict[str, pd.DataFrame], links: list[tuple[str, str, str]], **participation: Any) -> list[tuple[str, int, str, str]]:
    found = flag(BIRTHS, links_of(links), registers, config_of(**participation))
    assert tuple(found.rows.columns) == REJECTED
    assert (found.totals["rows"] == found.totals["clean"] + found.totals["flagged"]).all()
    assert found.totals["flagged"].sum() == len(found.rows.drop_duplicates(["register", "row"]))
    assert found.totals["rows"].tolist() == [len(registers[name]) for name in found.totals["register"]]
    return list(found.rows.itertuples(index=False, name=None))


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ((20230901, 20240630), []),
        ((20230901, 0), []),
        ((0, 0), []),
        ((20230901, 20230901), []),
        ((20240630, 20230901), [("enrolled_until", "the enrolment ends before it starts")]),
        ((20200504, 20240630), [("enrolled_from", "the enrolment starts before the child was born")]),
        (
            (20190901, 20200101),
            [("enrolled_from", "the enrolment starts before the child was born"), ("enrolled_until", "the enrolment ends before the child was born")],
        ),
    ],
)
def test_periods(period: tuple[int, int], expected: list[tuple[str, str]]) -> None:
    assert problems({"nl": records_of([period])}, [("nl", "r0", "c0")]) == [("nl", 11, *problem) for problem in expected]


def test_a_record_that_is_not_linked_is_held_against_its_own_birth_date() -> None:
    records = records_of([(20190901, 0)], birth_date=np.array([20200101], np.int32))
    assert problems({"nl": records}, []) == [("nl", 11, "enrolled_from", "the enrolment starts before the child was born")]
    # The linked birth is the better witness; of a birth in 2020 the first of January is possible.
    assert problems({"nl": records_of([(20200101, 0)], birth_date=np.array([20200301], np.int32))}, [("nl", "r0", "c1")]) == []


def test_overlaps_are_flagged_on_the_later_enrolment_in_all_lists() -> None:
    registers = {"nl": records_of([(20230901, 20231222), (20231201, 20240630), (20240101, 0)]), "fr": records_of([(20240301, 0)])}
    links = [("nl", "r0", "c0"), ("nl", "r1", "c0"), ("nl", "r2", "c1"), ("fr", "r0", "c1")]
    assert problems(registers, links) == [
        ("fr", 11, "enrolled_from", "an earlier enrolment of the same child has no end"),
        ("nl", 12, "enrolled_from", "overlaps an earlier enrolment of the same child"),
    ]
    assert problems(registers, []) == []


@pytest.mark.parametrize(
    ("present", "accepted", "rules", "problem"),
    [
        ("330", None, {}, None),
        ("331", None, {}, "more half-days than the school has"),
        ("300", "31", {}, "more half-days than the school has"),
        ("325", None, {"possible_half_days": {"2023-2024": 324}}, "more half-days than the school has"),
        ("325", None, {"possible_half_days_by_school": {"2023-2024": {"042": 324}}}, "more half-days than the school has"),
        ("-1", None, {}, "a negative number of half-days"),
        ("inf", None, {}, "more half-days than the school has"),
        ("many", None, {}, "no number of half-days"),
        (None, None, {}, None),
    ],
)
def test_half_days(present: str | None, accepted: str | None, rules: dict[str, Any], problem: str | None) -> None:
    records = records_of([(20230901, 0)], school=texts(["042"]), half_days_present=texts([present]), half_days_accepted=texts([accepted]))
    assert problems({"nl": records}, [], **rules) == ([("nl", 11, "half_days_present", problem)] if problem else [])


def test_absences() -> None:
    absences = pd.DataFrame(
        {
            "row": np.arange(1, 8, dtype=np.int64),
            "record_id": texts(["r0", "r9", "r0", "r0", "r0", "r0", "r0"]),
            "date": np.array([20231002, 20231002, 0, 20231002, 20231002, 20231002, 20231002], np.int32),
            "code": texts(["a", "A", "A", "Q", None, "A", "A"]),
            "half_days": texts(["1", "1", "1", "1", "2,5", "x", None]),
        }
    )
    registers = {"nl": records_of([(20230901, 0)]), "fr": records_of([(20230901, 0)] * 10), "warehouse": absences}
    assert problems(registers, []) == [
        ("warehouse", 2, "record_id", "no enrolment has this id"),
        ("warehouse", 3, "date", "no usable date"),
        ("warehouse", 4, "code", "unknown code"),
        ("warehouse", 5, "half_days", "more half-days than a day has"),
        ("warehouse", 6, "half_days", "no number of half-days"),
    ]
    assert ("warehouse", 4, "code", "unknown code") not in problems(registers, [], codes={"Q": "absent"})


def test_rows_that_crowd_a_day_are_flagged() -> None:
    absences = pd.DataFrame({"row": np.array([7, 8], np.int64), "record_id": texts(["r0", "r0"]), "date": np.array([20231002, 20231002], np.int32)})
    registers = {"nl": records_of([(20230901, 0)]), "warehouse": absences}
    found = participation.flag(enrolled(BIRTHS, links_of([]), registers, config_of()), registers, config_of(), crowded={"warehouse": np.array([1])})
    assert found.rows[["row", "problem"]].to_numpy().tolist() == [[8, "the pupil has more half-days on this day than there is school"]]
    assert found.totals.iloc[-1].tolist() == ["warehouse", 2, 1, 1]


DATES = st.sampled_from([0, 20180901, 20230901, 20231222, 20240108, 20240630, 20231300])


@settings(deadline=None)
@given(st.lists(st.tuples(DATES, DATES, st.sampled_from(["1", "-3", "999", "?", None]), st.sampled_from(["c0", "c1", None])), max_size=8))
def test_totals_reconcile_whatever_is_wrong(rows: list[tuple[int, int, str | None, str | None]]) -> None:
    records = records_of([row[:2] for row in rows], half_days_present=texts([row[2] for row in rows]))
    links = [("nl", f"r{place}", row[3]) for place, row in enumerate(rows) if row[3] is not None]
    for _, row, _, problem in problems({"nl": records}, links):
        assert 11 <= row < 11 + len(rows)
        assert "1" not in problem
