"""Entry dates against the published calendars and against the rule read plainly, day by day."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink.errors import RuleError
from kleuterlink.participation import age_on_31_december, compulsory_from, entitled, entry_dates, first_entry
from kleuterlink.participation.calendar import computed_entry_dates, easter_sunday, school_year_of

PUBLISHED = """
2016-2017 1/9 7/11 9/1 1/2 6/3 18/4 29/5
2017-2018 1/9 6/11 8/1 1/2 19/2 16/4 14/5
2018-2019 3/9 5/11 7/1 1/2 11/3 23/4 3/6
2019-2020 2/9 4/11 6/1 3/2 2/3 20/4 25/5
2020-2021 1/9 9/11 4/1 1/2 22/2 19/4 17/5
2021-2022 1/9 8/11 10/1 1/2 7/3 19/4 30/5
2022-2023 1/9 7/11 9/1 1/2 27/2 17/4 22/5
2023-2024 1/9 6/11 8/1 1/2 19/2 15/4 13/5
2024-2025 2/9 4/11 6/1 3/2 10/3 22/4 2/6
2025-2026 1/9 3/11 5/1 2/2 23/2 20/4 18/5
2026-2027 1/9 9/11 4/1 1/2 15/2 12/4 10/5
"""
"""As the ministry's calendars print them; the last year is computed."""

YEARS = [f"{year}-{year + 1}" for year in range(2016, 2098)]
BIRTHS = st.dates(dt.date(2014, 3, 1), dt.date(2060, 12, 31))


def printed() -> list[tuple[str, tuple[dt.date, ...]]]:
    rows = []
    for line in PUBLISHED.split("\n")[1:-1]:
        year, *days = line.split()
        dates = [tuple(map(int, day.split("/"))) for day in days]
        rows.append((year, tuple(dt.date(int(year[:4]) + (month < 9), month, day) for day, month in dates)))
    return rows


def number(day: dt.date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def plain_two_and_a_half(birth: dt.date) -> dt.date:
    year, month = birth.year + 2 + (birth.month > 6), (birth.month + 5) % 12 + 1
    last = (dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)).day
    return dt.date(year, month, min(birth.day, last))


@pytest.mark.parametrize(("school_year", "dates"), printed())
def test_published_dates_are_given_and_computed(school_year: str, dates: tuple[dt.date, ...]) -> None:
    assert entry_dates(school_year).dates == dates
    assert computed_entry_dates(school_year) == dates
    assert entry_dates(school_year).computed == (school_year == "2026-2027")


@pytest.mark.parametrize("school_year", YEARS)
def test_computed_dates_rise_and_are_school_days(school_year: str) -> None:
    dates = computed_entry_dates(school_year)
    assert list(dates) == sorted(set(dates))
    assert len(dates) == 7
    assert all(date.isoweekday() <= 5 and school_year_of(date) == school_year for date in dates)
    assert [date.isoweekday() for date in dates if date.month in (11, 1)] == [1, 1]


def test_easter_against_published_dates() -> None:
    # Royal Observatory of Belgium.
    assert [easter_sunday(year) for year in (2016, 2019, 2024, 2025, 2038)] == [
        dt.date(2016, 3, 27),
        dt.date(2019, 4, 21),
        dt.date(2024, 3, 31),
        dt.date(2025, 4, 20),
        dt.date(2038, 4, 25),
    ]


def test_given_dates_come_first() -> None:
    prolonged = list(entry_dates("2020-2021").dates)
    prolonged[1] = dt.date(2020, 11, 16)
    given = {"2020-2021": prolonged}
    assert entry_dates("2020-2021", given).source == "configuration"
    birth = np.array([20180510], np.int32)
    assert (str(first_entry(birth)[0]), str(first_entry(birth, given)[0])) == ("2021-01-04", "2020-11-16")
    assert entitled(np.array([20180509], np.int32), dt.date(2020, 11, 10), given)[0] == 0
    assert entitled(np.array([20180509], np.int32), dt.date(2020, 11, 10))[0] == 1


@pytest.mark.parametrize("school_year", ["2015-2016", "2100-2101", "2023-2025", "2023", "23-24"])
def test_unknown_years_are_errors(school_year: str) -> None:
    with pytest.raises(RuleError):
        entry_dates(school_year)


@pytest.mark.parametrize("days", [["2020-09-01"] * 7, ["2021-09-01", "2021-11-09"], []])
def test_given_dates_must_rise_within_the_year(days: list[str]) -> None:
    with pytest.raises(RuleError, match="must rise"):
        entry_dates("2020-2021", {"2020-2021": [dt.date.fromisoformat(day) for day in days]})


def test_births_too_long_ago_are_counted_in_the_error_and_not_shown() -> None:
    with pytest.raises(RuleError, match="2 of 3") as caught:
        first_entry(np.array([20100203, 19870605, 20200101], np.int32))
    assert "2010" not in str(caught.value)
    assert "1987" not in str(caught.value)


def test_older_years_can_be_given() -> None:
    dates = [dt.date.fromisoformat(day) for day in ("2015-09-01", "2015-11-09", "2016-01-04", "2016-02-01", "2016-02-15", "2016-04-11", "2016-05-09")]
    assert str(first_entry(np.array([20130801], np.int32), {"2015-2016": dates})[0]) == "2016-02-01"


@given(st.lists(BIRTHS, min_size=1, max_size=30))
def test_first_entry_is_the_first_date_on_or_after_two_and_a_half(births: list[dt.date]) -> None:
    found = first_entry(np.array([number(birth) for birth in births], np.int32))
    for birth, entry in zip(births, found.astype(object), strict=True):
        ready = plain_two_and_a_half(birth)
        dates = (
            [date for year in (ready.year - 1, ready.year) for date in entry_dates(f"{year}-{year + 1}").dates]
            if ready.year > 2016
            else list(entry_dates("2016-2017").dates)
        )
        assert entry == min(date for date in dates if date >= ready)
        assert entry < birth.replace(year=birth.year + 3, day=min(birth.day, 28))


@given(BIRTHS, st.integers(0, 2000))
def test_entitled_from_the_first_entry_on(birth: dt.date, wait: int) -> None:
    day = birth + dt.timedelta(days=wait)
    if day < dt.date(2016, 9, 1):
        return
    births = np.array([number(birth)], np.int32)
    assert entitled(births, day)[0] == (first_entry(births)[0] <= np.datetime64(day))


def test_later_births_never_enter_earlier() -> None:
    days = np.arange(np.datetime64("2014-03-01"), np.datetime64("2060-01-01"))
    assert (np.diff(first_entry(days)).astype(int) >= 0).all()


def test_partly_known_birth_dates() -> None:
    births = np.array([20210000, 20210800, 20200000, 20220000, 0, 20210231], np.int32)
    assert entitled(births, dt.date(2024, 2, 1)).tolist() == [-1, -1, 1, 0, -1, -1]
    assert np.isnat(first_entry(births)).all()
    assert age_on_31_december(births, "2023-2024").tolist() == [2, 2, 3, 1, -1, 2]


def test_datetimes_are_taken_too() -> None:
    days = np.array(["2021-08-01", "NaT"], "datetime64[ns]")
    assert first_entry(days).astype(str).tolist() == ["2024-02-01", "NaT"]
    assert compulsory_from(days).astype(str).tolist() == ["2026-09-01", "NaT"]
    assert age_on_31_december(days, "2023-2024").tolist() == [2, -1]


@given(BIRTHS | st.dates(dt.date(2005, 1, 1), dt.date(2016, 12, 31)))
def test_compulsory_from_september_of_the_year_of_the_fifth_birthday(birth: dt.date) -> None:
    age = 5 if birth.year >= 2015 else 6
    assert str(compulsory_from(np.array([number(birth)], np.int32))[0]) == f"{birth.year + age}-09-01"


def test_nobody_becomes_compulsory_between_the_old_rule_and_the_new() -> None:
    # On 1 September 2020 two cohorts started together: six-year-olds of the old rule, five-year-olds of the new one.
    assert compulsory_from(np.array([20141231, 20150101], np.int32)).astype(str).tolist() == ["2020-09-01", "2020-09-01"]
