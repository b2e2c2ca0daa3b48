"""Dates as the tables hold them (int32 yyyymmdd) <-> days that can be counted with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Days = npt.NDArray[np.datetime64]
"""datetime64[D]; NaT where the day is not known."""

NO_DAY = np.datetime64("NaT", "D")


def as_day(day: dt.date) -> np.datetime64:
    """Return a date as a datetime64[D]."""
    return np.datetime64(day, "D")


def to_days(dates: npt.ArrayLike) -> Days:
    """Turn dates of any shape that the tables hold into days.

    Parameters
    ----------
    dates
        int32 yyyymmdd with 00 for an unknown month or day, or datetime64.

    Returns
    -------
    Days
        datetime64[D], in the same order; NaT where year, month or day is not known, or where there is no such day.

    """
    values = np.asarray(dates)
    if values.dtype.kind == "M":
        return values.astype("datetime64[D]")
    return once_each(values, _days)


def once_each(dates: npt.NDArray[Any], derive: Callable[[npt.NDArray[Any]], npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """Derive something from each distinct date once: a register of millions has some thousands of dates.

    Parameters
    ----------
    dates
        Dates, of any shape: int32 yyyymmdd, or datetime64, of which each is derived from by itself.
    derive
        From dates to one value of each.

    Returns
    -------
    ndarray
        One value per date, in the shape of `dates`.

    """
    if dates.dtype.kind == "M":
        return derive(dates)
    row, distinct = pd.factorize(dates.ravel())
    derived: npt.NDArray[Any] = derive(distinct)[row].reshape(dates.shape)
    return derived


def _days(dates: npt.NDArray[Any]) -> Days:
    year, month, day = parts(dates.astype(np.int64))
    whole = (year > 0) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    months = _months(np.where(whole, year, 1970), np.where(whole, month, 1))
    days = months.astype("datetime64[D]") + (np.where(whole, day, 1) - 1)
    # 31 April would run on into May.
    whole &= days.astype("datetime64[M]") == months
    return np.where(whole, days, NO_DAY)


def to_numbers(days: Days) -> npt.NDArray[np.int32]:
    """Turn days into int32 yyyymmdd; 0 for NaT."""
    known = ~np.isnat(days)
    filled = np.where(known, days, np.datetime64("1970-01-01", "D"))
    months = filled.astype("datetime64[M]")
    count = months.astype(np.int64)
    number = (count // 12 + 1970) * 10_000 + (count % 12 + 1) * 100 + (filled - months.astype("datetime64[D]")).astype(np.int64) + 1
    return np.where(known, number, 0).astype(np.int32)


def parts(numbers: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Split yyyymmdd into year, month and day."""
    return numbers // 10_000, numbers // 100 % 100, numbers % 100


def years_of(dates: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return the year of int32 yyyymmdd or datetime64 dates; 0 where not known."""
    values = np.asarray(dates)
    if values.dtype.kind != "M":
        years: npt.NDArray[np.int64] = values.astype(np.int64) // 10_000
        return years
    return np.where(np.isnat(values), 0, values.astype("datetime64[Y]").astype(np.int64) + 1970)


def add_months(days: Days, months: int) -> Days:
    """Return the same day a number of months later; the month's last day where it has no such day. NaT stays."""
    start = days.astype("datetime64[M]")
    offset = days - start.astype("datetime64[D]")
    later = start + months
    last: Any = (later + 1).astype("datetime64[D]") - 1
    result: Days = np.minimum(later.astype("datetime64[D]") + offset, last)
    return result


def possible_range(dates: npt.ArrayLike) -> tuple[Days, Days]:
    """Return the first and the last day that partly known dates can stand for.

    Parameters
    ----------
    dates
        int32 yyyymmdd with 00 for an unknown month or day, or datetime64.

    Returns
    -------
    tuple of Days
        Earliest and latest day, equal where the date is whole; NaT in both where the year is not known or there is no such day.

    """
    values = np.asarray(dates)
    if values.dtype.kind == "M":
        return to_days(values), to_days(values)
    row, distinct = pd.factorize(values.ravel())
    earliest, latest = _range(distinct, to_days(distinct))
    return earliest[row].reshape(values.shape), latest[row].reshape(values.shape)


def _range(dates: npt.NDArray[Any], whole: Days) -> tuple[Days, Days]:
    year, month, day = parts(dates.astype(np.int64))
    open_month = (year > 0) & (month == 0)
    open_day = (year > 0) & (month >= 1) & (month <= 12) & (day == 0)
    partly = open_month | open_day
    first_month = _months(np.where(partly, year, 1970), np.where(open_day, month, 1))
    last_month = _months(np.where(partly, year, 1970), np.where(open_day, month, 12))
    earliest = np.where(partly, first_month.astype("datetime64[D]"), whole)
    latest = np.where(partly, (last_month + 1).astype("datetime64[D]") - 1, whole)
    return earliest, latest


def _months(year: npt.NDArray[np.int64], month: npt.NDArray[np.int64]) -> npt.NDArray[np.datetime64]:
    return ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
