"""Dates as sources write them, checked against the standard library."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink.errors import ConfigError
from kleuterlink.read.dates import GUESSES, guess_format, parse_dates


def parsed(values: list[str | None], date_format: str) -> tuple[list[int], list[bool]]:
    result = parse_dates(pa.chunked_array([pa.array(values, pa.string())]), date_format)
    return result.dates.tolist(), result.misfit.tolist()


def as_number(date: dt.date) -> int:
    return date.year * 10_000 + date.month * 100 + date.day


@given(
    dates=st.lists(st.dates(dt.date(1970, 1, 1), dt.date(2068, 12, 31)), min_size=1),
    date_format=st.sampled_from([*GUESSES, "%d %B %Y", "%F", "%D", "%Y-%m-%dT%H:%M:%S"]),
)
def test_dates_agree_with_strftime(dates: list[dt.date], date_format: str) -> None:
    values = [date.strftime(date_format) for date in dates]
    assert parsed(values, date_format) == ([as_number(date) for date in dates], [False] * len(dates))


@given(text=st.text(alphabet="0123456789/", max_size=10))
def test_what_is_read_as_a_full_date_is_one(text: str) -> None:
    (date,), (misfit,) = parsed([text], "%d/%m/%Y")
    try:
        expected = as_number(dt.datetime.strptime(text, "%d/%m/%Y").date())
    except ValueError:
        assert date == 0 or date % 100 == 0 or date // 100 % 100 == 0
    else:
        assert (date, misfit) == (expected, False)


@pytest.mark.parametrize(
    ("text", "date_format", "date", "misfit"),
    [
        ("00/00/2019", "%d/%m/%Y", 20190000, False),
        ("00/02/2019", "%d/%m/%Y", 20190200, False),
        ("15/00/2019", "%d/%m/%Y", 20190015, False),
        ("32/00/2019", "%d/%m/%Y", 0, True),
        ("00/00/0000", "%d/%m/%Y", 0, False),
        ("01/02/0000", "%d/%m/%Y", 0, True),
        ("29/02/2019", "%d/%m/%Y", 0, True),
        ("29/02/2020", "%d/%m/%Y", 20200229, False),
        ("29/02/1900", "%d/%m/%Y", 0, True),
        ("4/3/2019", "%d/%m/%Y", 20190304, False),
        ("04/03/19", "%d/%m/%Y", 0, True),
        ("04/03/2019 x", "%d/%m/%Y", 0, True),
        ("04/03/2019 00:00", "%d/%m/%Y", 20190304, False),
        ("2019-03-04T00:00:00.000Z", "%Y-%m-%d", 20190304, False),
        ("20190000", "%Y%m%d", 20190000, False),
        ("2019304", "%Y%m%d", 0, True),
        ("04.03.2019", "%d/%m/%Y", 0, True),
        ("4 mrt. 2019", "%d %b %Y", 20190304, False),
        ("4 Août 2019", "%d %B %Y", 20190804, False),
        ("4 brumaire 2019", "%d %B %Y", 0, True),
        (None, "%Y-%m-%d", 0, False),
    ],
)
def test_unknown_parts_stay_and_impossible_ones_are_marked(text: str | None, date_format: str, date: int, misfit: bool) -> None:
    assert parsed([text], date_format) == ([date], [misfit])


def test_true_dates_need_no_format() -> None:
    column = pa.chunked_array([pa.array([dt.date(2019, 3, 4), None]), pa.array([dt.date(1969, 12, 31)])])
    result = parse_dates(column, "%Y%m%d")
    assert result.dates.tolist() == [20190304, 0, 19691231]
    assert (result.stated, result.misfit.any()) == (2, False)


def test_chunks_and_empty_columns_are_read() -> None:
    column = pa.chunked_array([pa.array(["2019-01-02"]), pa.array([], pa.string()), pa.array([None, "2019-01-03"])])
    assert parse_dates(column, "%Y-%m-%d").dates.tolist() == [20190102, 0, 20190103]
    assert parsed([], "%Y-%m-%d") == ([], [])
    assert parsed([None, None], "%Y-%m-%d") == ([0, 0], [False, False])


@pytest.mark.parametrize("date_format", ["%Y-%m", "%d/%m", "%Y-%m-%d %d", "%j/%Y", "%Y-%m-%B-%d", "", "%Y-%m-%d%"])
def test_a_format_needs_year_month_and_day_once(date_format: str) -> None:
    with pytest.raises(ConfigError, match="date_format"):
        parsed(["x"], date_format)


@pytest.mark.parametrize("date_format", GUESSES)
def test_the_format_of_a_year_of_dates_is_found(date_format: str) -> None:
    days = [dt.date(2019, 1, 1) + dt.timedelta(days=day) for day in range(365)]
    assert guess_format(pa.chunked_array([[day.strftime(date_format) for day in days]])) == date_format


def test_no_format_is_guessed_for_what_is_no_date() -> None:
    assert guess_format(pa.chunked_array([["x", "y"]])) is None
    assert guess_format(pa.chunked_array([pa.array([None], pa.string())])) is None
