"""Days against the standard library's dates."""

from __future__ import annotations

import datetime as dt

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink.participation.days import add_months, once_each, possible_range, to_days, to_numbers

DATES = st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31))


def number(day: dt.date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


@given(st.lists(DATES))
def test_there_and_back(dates: list[dt.date]) -> None:
    numbers = np.array([number(date) for date in dates], np.int32)
    assert to_days(numbers).astype(object).tolist() == dates
    assert (to_numbers(to_days(numbers)) == numbers).all()


@given(st.integers(0, 9999), st.integers(0, 99), st.integers(0, 99))
def test_what_is_no_day_is_not_known(year: int, month: int, day: int) -> None:
    try:
        expected: dt.date | None = dt.date(year, month, day)
    except ValueError:
        expected = None
    found = to_days(np.array([year * 10_000 + month * 100 + day], np.int32))
    assert found.astype(object).tolist() == [expected]
    assert to_numbers(found)[0] == (number(expected) if expected else 0)


@given(DATES, st.integers(0, 60))
def test_months_later_is_the_same_day_or_the_months_last(date: dt.date, months: int) -> None:
    later = add_months(np.array([date], "datetime64[D]"), months)[0].astype(object)
    assert (later.year * 12 + later.month) - (date.year * 12 + date.month) == months
    assert later.day == date.day or (later.day < date.day and (later + dt.timedelta(days=1)).day == 1)


def test_partly_known_dates_stand_for_a_range() -> None:
    first, last = possible_range(np.array([20200200, 20200000, 20200229, 0, 20201300, 20200035], np.int32))
    assert first.astype(str).tolist() == ["2020-02-01", "2020-01-01", "2020-02-29", "NaT", "NaT", "2020-01-01"]
    assert last.astype(str).tolist() == ["2020-02-29", "2020-12-31", "2020-02-29", "NaT", "NaT", "2020-12-31"]


def test_each_distinct_date_is_read_once_whatever_the_shape() -> None:
    dates = np.array([[20200101, 20200229], [0, 20200101]], np.int32)
    asked: list[int] = []

    def last_digit(distinct: np.ndarray) -> np.ndarray:
        asked.extend(distinct.tolist())
        return distinct % 10

    assert once_each(dates, last_digit).tolist() == [[1, 9], [0, 1]]
    assert sorted(asked) == [0, 20200101, 20200229]
    days = np.array(["2020-01-01", "NaT"], "datetime64[D]")
    assert once_each(days, np.isnat).tolist() == [False, True]
