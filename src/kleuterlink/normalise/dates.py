"""Dates as yyyymmdd, and the days on which a register heaps births."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import betainc

from kleuterlink.normalise.calendar_days import day_number, is_day

Dates = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]

FALSE_ALARM = 1e-4
"""Chance that a register without heaps has any of its days flagged."""

SLACK = 1.3
"""A day may have this many times the births of the days around it before chance is asked: weekends and holidays have fewer."""

_STILL_TOO_MANY = 0.01
_SIDE = 21  # three whole weeks on either side, and short of the same day of the next month


def read_dates(values: pa.StringArray) -> Dates:
    """Read dates written as `2020-03-14`, `2020/3/14` or `20200314`.

    Parameters
    ----------
    values
        Text, null where missing; a time after the date is left out.

    Returns
    -------
    ndarray of int32
        yyyymmdd, one per row, in row order; 00 for a month or day given as 00; 0 where missing or no date.

    """
    parts = pc.extract_regex(values, r"^\s*(?P<y>\d{4})(?:[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})|(?P<n>\d{2})(?P<e>\d{2}))(?:[T ].*)?\s*$")
    year, month, day, month_8, day_8 = (_integers(pc.struct_field(parts, name)) for name in "ymdne")
    date = year * 10_000 + (month + month_8) * 100 + day + day_8
    whole_or_open = is_day(np.where(date % 100 == 0, date + 1, date)) | ((date // 100 % 100 == 0) & (date % 100 == 0))
    read: Dates = np.where((year > 0) & whole_or_open, date, 0).astype(np.int32)
    return read


def _integers(text: pa.StringArray) -> Dates:
    known = pc.fill_null(text, "")
    numbers: Dates = pc.if_else(pc.equal(known, ""), "0", known).cast(pa.int32()).to_numpy(zero_copy_only=False)
    return numbers


def placeholder_dates(dates: Dates, *, false_alarm: float = FALSE_ALARM, slack: float = SLACK) -> Flags:
    """Flag the birth dates that stand for "not known".

    Parameters
    ----------
    dates
        int32 yyyymmdd of one register, 00 for an unknown month or day, 0 for an unknown date.
    false_alarm
        Chance that a register without heaps has any of its days flagged.
    slack
        Rate of a day over that of its surroundings that passes without a test.

    Returns
    -------
    ndarray of bool
        One per row, in row order. True where the month or day is unknown, and where the date is a day on which the register heaps births. A date
        that is altogether unknown (0) is missing and not a placeholder.

    Notes
    -----
    Under the null hypothesis the births of a day and of the k = 21 days before (or after; the side with more births counts) are Poisson
    with a ratio of rates of at most `slack`; given their sum n, the births of the day are Binomial(n, slack / (slack + k)). That conditional
    test (Przyborowski & Wilenski 1940) needs no estimated rate, so it holds for 500 rows and for ten million. It is made for every date and for
    every day of the year over all years, and `false_alarm` holds for all of them together (Bonferroni).

    """
    known = is_day(dates)
    flags: Flags = (dates > 0) & ((dates // 100 % 100 == 0) | (dates % 100 == 0))
    if not known.any():
        return flags
    days, rows = np.unique(dates[known], return_inverse=True)
    counts = np.bincount(rows)
    heaped = _heaped_dates(days, counts, false_alarm / 2, slack) | _heaped_days_of_year(days, counts, false_alarm / 2, slack)
    flags[known] = heaped[rows]
    return flags


def _heaped_dates(days: Dates, counts: Counts, false_alarm: float, slack: float) -> Flags:
    """Test every date that occurs against the three weeks on either side of it."""
    number = day_number(days)
    births = np.concatenate([[0], np.cumsum(counts)])

    def between(first: Counts, last: Counts) -> Counts:
        inside: Counts = births[np.searchsorted(number, last, side="right")] - births[np.searchsorted(number, first, side="left")]
        return inside

    before, after = between(number - _SIDE, number - 1), between(number + 1, number + _SIDE)
    return _too_many(counts, np.maximum(before, after), false_alarm / len(days), slack)


def _heaped_days_of_year(days: Dates, counts: Counts, false_alarm: float, slack: float) -> Flags:
    """Test every day of the year, over all years, against the three weeks on either side of it."""
    years, year = np.unique(days // 10_000, return_inverse=True)
    day_of_year = day_number(20_000_000 + days % 10_000) - day_number(np.array([20_000_101]))
    births = np.zeros((len(years), 366), dtype=np.int64)
    births[year, day_of_year] = counts
    running = np.cumsum(np.hstack([births, births, births]), axis=1)
    at = np.arange(366, 732)
    before, after = running[:, at - 1] - running[:, at - 1 - _SIDE], running[:, at + _SIDE] - running[:, at]
    heaped = _too_many(births.sum(0), np.maximum(before.sum(0), after.sum(0)), false_alarm / 366, slack)
    # Where the excess is gone without the day's largest year, that one date is the heap and the other years are innocent.
    largest = np.argmax(births, axis=0)
    others = np.arange(len(years))[:, np.newaxis] != largest
    around = np.maximum((before * others).sum(0), (after * others).sum(0))
    every_year = _too_many((births * others).sum(0), around, _STILL_TOO_MANY, slack)
    flags: Flags = heaped[day_of_year] & (every_year[day_of_year] | (year == largest[day_of_year]))
    return flags


def _too_many(counts: Counts, around: Counts, level: float, slack: float) -> Flags:
    # P(X >= c) for X of Binomial(c + around, p) is the regularised incomplete beta I_p(c, around + 1); scipy.stats is slow to import.
    chance = np.where(counts > 0, betainc(np.maximum(counts, 1), around + 1, slack / (slack + _SIDE)), 1.0)
    # A date with no births around it is compared with that silence only where most births have neighbours.
    accompanied = around > 0
    comparable = accompanied | (2 * counts[accompanied].sum() > counts.sum())
    return np.asarray(comparable & (chance < level), dtype=np.bool_)
