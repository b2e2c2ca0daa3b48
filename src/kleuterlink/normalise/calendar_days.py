"""Lengths of months and numbers of days, for whole arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_LENGTHS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def days_in_month(year: npt.NDArray[np.integer], month: npt.NDArray[np.integer]) -> npt.NDArray[np.integer]:
    """Return the number of days of each month (1-12) of each year (Gregorian)."""
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    lengths: npt.NDArray[np.integer] = _LENGTHS[month] + (leap & (month == 2))
    return lengths


def is_day(date: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
    """Tell which int32 yyyymmdd are whole calendar days."""
    year, month, day = date // 10_000, date // 100 % 100, date % 100
    return (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= days_in_month(year, np.clip(month, 1, 12)))


def day_number(date: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """Return the days since 1970-01-01 of int32 yyyymmdd that are whole calendar days."""
    months = (date // 10_000 - 1970) * 12 + date // 100 % 100 - 1
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + date % 100 - 1
