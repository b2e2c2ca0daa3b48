"""The half-days on which there is school, counted from the calendar."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt

from kleuterlink.participation.calendar import Overrides, entry_dates, first_calendar_year, holidays
from kleuterlink.participation.days import Days, as_day

HALF_DAYS_OF_WEEKDAY = (2, 2, 1, 2, 2, 0, 0)
"""Half-days of school from Monday to Sunday."""


class SchoolDays:
    """The school days of one school year.

    Parameters
    ----------
    school_year
        As `2023-2024`.
    overrides
        Entry dates by school year that come before the published and computed ones; a later return prolongs the holiday before it.

    Attributes
    ----------
    first, last
        First day of school, and 30 June.
    half_days
        Half-days of school on each day from the first to the last.
    total
        Half-days of the whole year: 323 to 329 in the published calendars, before a school's own days off. Published: 320 to 330,
        depending on the school.

    Raises
    ------
    RuleError
        The entry dates of the school year are not known.

    """

    def __init__(self, school_year: str, overrides: Overrides | None = None) -> None:
        year = first_calendar_year(school_year)
        dates = entry_dates(school_year, overrides).dates
        self.first = as_day(dates[0])
        self.last = as_day(dt.date(year + 1, 6, 30))
        days = np.arange(self.first, self.last + 1)
        # Day 0 was a Thursday.
        half_days = np.array(HALF_DAYS_OF_WEEKDAY)[(days.astype(np.int64) + 3) % 7]
        for start, back in holidays(school_year):
            # Given entry dates may prolong a holiday, as the autumn holiday of 2020 was.
            later = [date for date in dates if start < date <= back + dt.timedelta(days=14)]
            returns = max([back, *later[:1]]) if back - start > dt.timedelta(days=1) else back
            half_days[(days >= as_day(start)) & (days < as_day(returns))] = 0
        self.half_days: npt.NDArray[np.int64] = half_days.astype(np.int64)
        self._before = np.concatenate([[0], np.cumsum(half_days)])
        self.total = int(self._before[-1])

    def between(self, first: Days, last: Days) -> npt.NDArray[np.float64]:
        """Count the half-days of school in periods.

        Parameters
        ----------
        first, last
            First and last day of each period, datetime64[D]; a period that ends before it starts is empty.

        Returns
        -------
        ndarray
            float64, in the same order.

        """
        size = len(self._before) - 1
        start = np.clip((first - self.first).astype(np.int64), 0, size)
        stop = np.clip((last - self.first).astype(np.int64) + 1, 0, size)
        counts: npt.NDArray[np.float64] = np.maximum(self._before[stop] - self._before[start], 0).astype(np.float64)
        return counts
