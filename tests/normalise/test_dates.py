"""Dates, and the days on which a register heaps births."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink.normalise.calendar_days import day_number, days_in_month, is_day
from kleuterlink.normalise.dates import placeholder_dates, read_dates

FIRST, DAYS = dt.date(2019, 1, 1), 5 * 365 + 1


def births(size: int, seed: int, *, weekend: float = 0.7) -> np.ndarray:
    """Birth dates of five years; fewer at weekends, a little more in summer."""
    chance = np.random.default_rng(seed)
    days = [FIRST + dt.timedelta(days=day) for day in range(DAYS)]
    rate = np.array([(weekend if day.weekday() >= 5 else 1.0) * (1 + 0.06 * np.sin(2 * np.pi * (day.timetuple().tm_yday - 120) / 365)) for day in days])
    number = np.array([int(day.strftime("%Y%m%d")) for day in days], dtype=np.int32)
    return chance.choice(number, size, p=rate / rate.sum())


@pytest.mark.parametrize("seed", range(50))
def test_no_day_is_flagged_without_a_heap(seed):
    assert not placeholder_dates(births(2_000, seed)).any()


@pytest.mark.parametrize(("size", "seed"), [(500, 1), (500, 2), (20_000, 3), (400_000, 4), (2_000_000, 5)])
def test_no_day_is_flagged_in_registers_of_any_size(size, seed):
    assert not placeholder_dates(births(size, seed)).any()


@pytest.mark.parametrize("size", [500, 2_000, 50_000])
@pytest.mark.parametrize("month_day", [101, 701])
def test_three_percent_on_one_day_of_the_year_are_found(size, month_day):
    dates = births(size, 7)
    heap = np.random.default_rng(8).choice(size, size * 3 // 100, replace=False)
    dates[heap] = dates[heap] // 10_000 * 10_000 + month_day
    flags = placeholder_dates(dates)
    assert flags[heap].all()
    assert (dates[flags] % 10_000 == month_day).all()


@pytest.mark.parametrize("date", [20210517, 19000101, 20990909])
def test_one_heaped_date_is_found_wherever_it_lies(date):
    dates = births(5_000, 9)
    dates[:60] = date
    flags = placeholder_dates(dates)
    assert flags[:60].all()
    assert (dates[flags] == date).all()


def test_children_of_one_day_are_no_heap():
    assert not placeholder_dates(np.full(100, 20210517, dtype=np.int32)).any()


def test_a_register_that_starts_and_stops_flags_neither_end():
    dates = births(300_000, 10)
    inside = dates[((dates >= 20190701) & (dates < 20200101)) | (dates >= 20220901)]
    assert not placeholder_dates(inside).any()


def test_unknown_parts_are_placeholders_and_no_date_is_none():
    dates = np.array([20210000, 20210500, 0, 20210517], dtype=np.int32)
    assert placeholder_dates(dates).tolist() == [True, True, False, False]


def test_no_rows():
    assert placeholder_dates(np.array([], dtype=np.int32)).tolist() == []


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("2020-03-14", 20200314),
        ("20200314", 20200314),
        ("2020/3/4", 20200304),
        ("2020-03-14 00:00:00", 20200314),
        ("2020-03-14T12:00", 20200314),
        ("2020-03-00", 20200300),
        ("20200000", 20200000),
        ("2021-02-29", 0),
        ("2021-13-01", 0),
        ("2021-00-07", 0),
        ("14-03-2020", 0),
        ("unknown", 0),
        (None, 0),
    ],
)
def test_read_dates(written, date):
    assert read_dates(pa.array([written], pa.string())).tolist() == [date]


@given(st.lists(st.dates(dt.date(1600, 1, 1)), min_size=1))
def test_calendar_against_the_standard_library(days):
    dates = np.array([day.year * 10_000 + day.month * 100 + day.day for day in days])
    assert is_day(dates).all()
    assert (day_number(dates) + dt.date(1970, 1, 1).toordinal()).tolist() == [day.toordinal() for day in days]
    last = days_in_month(dates // 10_000, dates // 100 % 100)
    assert not is_day(dates // 100 * 100 + last + 1).any()
    assert read_dates(pa.array([day.isoformat() for day in days])).tolist() == dates.tolist()
