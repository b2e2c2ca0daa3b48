"""When a child may start school, and when it must: entry dates, ages, the school's days.

Published dates come first in the table below; a rule that reproduces all of them fills in later years, marked as computed; dates in
the configuration override both. Outside the years that are known a `RuleError` is raised: nothing is guessed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kleuterlink.errors import RuleError
from kleuterlink.participation.days import Days, add_months, as_day, once_each, possible_range, to_days, years_of

PUBLISHED_SOURCE = "Flemish ministry of Education, school calendars 2016-2026"
COMPUTED_SOURCE = "computed with the rule that reproduces the calendars 2016-2026; not published"

PUBLISHED_ENTRY_DATES: Mapping[str, tuple[str, ...]] = {
    "2016-2017": ("2016-09-01", "2016-11-07", "2017-01-09", "2017-02-01", "2017-03-06", "2017-04-18", "2017-05-29"),
    "2017-2018": ("2017-09-01", "2017-11-06", "2018-01-08", "2018-02-01", "2018-02-19", "2018-04-16", "2018-05-14"),
    "2018-2019": ("2018-09-03", "2018-11-05", "2019-01-07", "2019-02-01", "2019-03-11", "2019-04-23", "2019-06-03"),
    "2019-2020": ("2019-09-02", "2019-11-04", "2020-01-06", "2020-02-03", "2020-03-02", "2020-04-20", "2020-05-25"),
    # Unverified: in 2020 the autumn holiday was in fact prolonged to 15 November; override the date where that matters.
    "2020-2021": ("2020-09-01", "2020-11-09", "2021-01-04", "2021-02-01", "2021-02-22", "2021-04-19", "2021-05-17"),
    "2021-2022": ("2021-09-01", "2021-11-08", "2022-01-10", "2022-02-01", "2022-03-07", "2022-04-19", "2022-05-30"),
    "2022-2023": ("2022-09-01", "2022-11-07", "2023-01-09", "2023-02-01", "2023-02-27", "2023-04-17", "2023-05-22"),
    "2023-2024": ("2023-09-01", "2023-11-06", "2024-01-08", "2024-02-01", "2024-02-19", "2024-04-15", "2024-05-13"),
    "2024-2025": ("2024-09-02", "2024-11-04", "2025-01-06", "2025-02-03", "2025-03-10", "2025-04-22", "2025-06-02"),
    "2025-2026": ("2025-09-01", "2025-11-03", "2026-01-05", "2026-02-02", "2026-02-23", "2026-04-20", "2026-05-18"),
}
"""First school day after the summer, autumn and Christmas holidays, of February, and after the carnival, Easter and Ascension holidays."""

FIRST_YEAR = 2016
"""First calendar year of the earliest school year whose entry dates are known."""

LAST_YEAR = 2098
"""First calendar year of the last school year that is computed: a later date is a slip of the pen."""

COMPULSORY_AGES: tuple[tuple[int, int, str], ...] = (
    (0, 6, "federal Act on compulsory education, 29 June 1983"),
    (2015, 5, "lowered from 1 September 2020; Flemish ministry of Education"),
)
"""From which year of birth on, at which age (on 31 December) compulsory schooling starts on 1 September, by which source."""

Overrides = Mapping[str, Sequence[dt.date]]


@dataclass(frozen=True)
class EntryDates:
    """The entry dates of a school year.

    Attributes
    ----------
    school_year
        As `2023-2024`.
    dates
        The seven dates, rising.
    computed
        Computed with the rule rather than published or given.
    source
        Where the dates come from.

    """

    school_year: str
    dates: tuple[dt.date, ...]
    computed: bool
    source: str


def first_calendar_year(school_year: str) -> int:
    """Return the calendar year in which a school year starts.

    Raises
    ------
    RuleError
        It is not written as `2023-2024`, two years that follow each other.

    """
    written = re.fullmatch(r"(\d{4})-(\d{4})", school_year)
    if written is None or int(written[2]) != int(written[1]) + 1:
        raise RuleError(f"school year {school_year}: write two years that follow each other, as 2023-2024")
    return int(written[1])


def school_year_of(day: dt.date) -> str:
    """Return the school year that a day falls in; it runs from 1 September to 31 August."""
    first = day.year if day.month >= 9 else day.year - 1
    return f"{first}-{first + 1}"


def entry_dates(school_year: str, overrides: Overrides | None = None) -> EntryDates:
    """Return the dates on which a child of 2 years and 6 months may start in a school year.

    Parameters
    ----------
    school_year
        As `2023-2024`.
    overrides
        Dates by school year that come before the published and computed ones.

    Returns
    -------
    EntryDates
        Seven rising dates, with their source; `computed` where no published calendar is known.

    Raises
    ------
    RuleError
        The year lies before 2016-2017 (the rule is not known to hold there) or beyond 2098; give its dates under
        `[participation.entry_dates]`. Or the dates given do not rise, or do not lie in the school year.

    Examples
    --------
    >>> entry_dates("2026-2027").computed
    True

    """
    first = first_calendar_year(school_year)
    if overrides and school_year in overrides:
        dates = tuple(overrides[school_year])
        if list(dates) != sorted(set(dates)) or not dates or school_year_of(dates[0]) != school_year or school_year_of(dates[-1]) != school_year:
            raise RuleError(f"participation.entry_dates.{school_year}: the dates must rise, and lie between 1 September {first} and 31 August {first + 1}")
        return EntryDates(school_year, dates, computed=False, source="configuration")
    published = PUBLISHED_ENTRY_DATES.get(school_year)
    if published is not None:
        return EntryDates(school_year, tuple(map(dt.date.fromisoformat, published)), computed=False, source=PUBLISHED_SOURCE)
    if not FIRST_YEAR <= first <= LAST_YEAR:
        raise RuleError(
            f"entry dates of {school_year} are not known (known: {FIRST_YEAR}-{FIRST_YEAR + 1} to {LAST_YEAR}-{LAST_YEAR + 1}); "
            f"give the seven dates under [participation.entry_dates]"
        )
    return EntryDates(school_year, computed_entry_dates(school_year), computed=True, source=COMPUTED_SOURCE)


def computed_entry_dates(school_year: str) -> tuple[dt.date, ...]:
    """Compute a school year's entry dates from the rule on holidays, whether or not they are published.

    Parameters
    ----------
    school_year
        As `2023-2024`.

    Returns
    -------
    tuple of date
        Seven rising dates.

    Notes
    -----
    The day after each holiday of `holidays`, and the first weekdays of September and February. Checked against every published
    calendar from 2016-2017 to 2025-2026.

    """
    year = first_calendar_year(school_year)
    autumn, christmas, carnival, easter, ascension = (back for _, back in holidays(school_year)[:5])
    return _weekday_from(dt.date(year, 9, 1)), autumn, christmas, _weekday_from(dt.date(year + 1, 2, 1)), carnival, easter, ascension


def holidays(school_year: str) -> tuple[tuple[dt.date, dt.date], ...]:
    """Return a school year's holidays by the rule.

    Parameters
    ----------
    school_year
        As `2023-2024`.

    Returns
    -------
    tuple
        First day without school and first school day again: autumn, Christmas, carnival, Easter, Ascension; then the single days
        Armistice, Easter Monday, 1 May and Whit Monday.

    """
    year = first_calendar_year(school_year)
    easter = easter_sunday(year + 1)
    all_saints, christmas_day = dt.date(year, 11, 1), dt.date(year, 12, 25)
    autumn = _monday_of(all_saints) if all_saints.isoweekday() != 7 else _after(all_saints, 1)
    christmas = _monday_of(christmas_day) if christmas_day.isoweekday() < 6 else _after(_monday_of(christmas_day), 7)
    carnival = _after(easter, -48)
    spring = _weekday_from(dt.date(year + 1, 4, 1), monday=True)
    back = _after(spring, 14)
    if easter.month == 3:
        spring, back = _after(easter, 1), _after(easter, 15)
    elif easter > dt.date(year + 1, 4, 15):
        spring, back = _after(easter, -13), _after(easter, 2)
    single = (dt.date(year, 11, 11), _after(easter, 1), dt.date(year + 1, 5, 1), _after(easter, 50))
    return (
        (autumn, _after(autumn, 7)),
        (christmas, _after(christmas, 14)),
        (carnival, _after(carnival, 7)),
        (spring, back),
        (_after(easter, 39), _after(easter, 43)),
        *((day, _after(day, 1)) for day in single),
    )


def easter_sunday(year: int) -> dt.date:
    """Return the date of Easter (Gregorian; Meeus, Astronomical Algorithms, 1991, chapter 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    h = (19 * a + b - d - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    i, k = divmod(c, 4)
    rest = (32 + 2 * e + 2 * i - h - k) % 7
    month, day = divmod(h + rest - 7 * ((a + 11 * h + 22 * rest) // 451) + 114, 31)
    return dt.date(year, month, day + 1)


def first_entry(birth_dates: npt.ArrayLike, overrides: Overrides | None = None) -> Days:
    """Return the first day on which each child may start ordinary nursery education.

    Parameters
    ----------
    birth_dates
        int32 yyyymmdd, or datetime64.
    overrides
        Entry dates by school year that come before the published and computed ones.

    Returns
    -------
    Days
        datetime64[D], in the same order: the first entry date on or after the day on which the child is 2 years and 6 months (the
        month's last day where there is no such day). NaT where the birth date is not wholly known. The third birthday, from which
        any school day will do, never comes first: two entry dates are at most four months apart.

    Raises
    ------
    RuleError
        A child reaches 2 years and 6 months in a school year whose entry dates are not known; the message says how many do.

    """
    ready = add_months(to_days(birth_dates), 30)
    known = ~np.isnat(ready)
    if not known.any():
        return ready
    first_years = (ready.astype("datetime64[M]") - 8).astype("datetime64[Y]").astype(np.int64) + 1970
    given = {first_calendar_year(school_year) for school_year in overrides or {}}
    outside = known & ((first_years < FIRST_YEAR) | (first_years >= LAST_YEAR)) & ~np.isin(first_years, list(given))
    if outside.any():
        raise RuleError(
            f"{int(outside.sum()):,} of {len(ready):,} birth dates reach 2 years and 6 months in school years before {FIRST_YEAR}-{FIRST_YEAR + 1} "
            f"or after {LAST_YEAR - 1}-{LAST_YEAR}, whose entry dates are not known; give them under [participation.entry_dates]"
        )
    # From Ascension on, the next entry date is that of the school year to come.
    wanted = np.unique(np.concatenate([first_years[known], first_years[known] + 1]))
    dates = np.array([day for year in wanted for day in entry_dates(f"{year}-{year + 1}", overrides).dates], dtype="datetime64[D]")
    return np.where(known, dates[np.searchsorted(dates, np.where(known, ready, dates[0]))], ready)


def entitled(birth_dates: npt.ArrayLike, day: dt.date, overrides: Overrides | None = None) -> npt.NDArray[np.int8]:
    """Tell who may be at school on a day.

    Parameters
    ----------
    birth_dates
        int32 yyyymmdd with 00 for an unknown month or day, or datetime64.
    day
        The day.
    overrides
        Entry dates by school year that come before the published and computed ones.

    Returns
    -------
    ndarray
        int8, in the same order: 1 entitled, 0 not yet, -1 the birth date is not known well enough to say.

    Raises
    ------
    RuleError
        Some child is between 2 years and 6 months and 3 years old on that day, and the entry dates before it are not known.

    Notes
    -----
    Entitled from 3 years on any day; from 2 years and 6 months where an entry date lies between that age and the day.

    """

    def told(dates: npt.NDArray[Any]) -> npt.NDArray[np.int8]:
        earliest, latest = possible_range(dates)
        surely = _entitled(latest, day, overrides)
        never = ~_entitled(earliest, day, overrides)
        return np.where(np.isnat(earliest), -1, np.where(surely, 1, np.where(never, 0, -1))).astype(np.int8)

    return once_each(np.asarray(birth_dates), told)


def compulsory_from(birth_dates: npt.ArrayLike) -> Days:
    """Return the day from which each child must be schooled.

    Parameters
    ----------
    birth_dates
        int32 yyyymmdd (only the year counts), or datetime64.

    Returns
    -------
    Days
        datetime64[D], in the same order: 1 September of the calendar year in which the child turns 5, or 6 for those born before
        2015 (`COMPULSORY_AGES`). NaT where the year of birth is not known. A child of foreign nationality must from the 60th day
        after registration, where that is later: nationality is not read.

    """
    years = years_of(birth_dates)
    since = np.array([first for first, _, _ in COMPULSORY_AGES])
    ages = np.array([age for _, age, _ in COMPULSORY_AGES])
    starts = years + ages[np.searchsorted(since, years, side="right") - 1]
    days = ((starts - 1970) * 12 + 8).astype("datetime64[M]").astype("datetime64[D]")
    return np.where(years > 0, days, np.datetime64("NaT", "D"))


def age_on_31_december(birth_dates: npt.ArrayLike, school_year: str) -> npt.NDArray[np.int64]:
    """Return each child's age on 31 December of the school year's first calendar year.

    Parameters
    ----------
    birth_dates
        int32 yyyymmdd (only the year counts), or datetime64.
    school_year
        As `2023-2024`.

    Returns
    -------
    ndarray
        int64 years, in the same order; -1 where the year of birth is not known or lies later.

    """
    years = years_of(birth_dates)
    return np.where(years > 0, np.maximum(first_calendar_year(school_year) - years, -1), -1)


def _entitled(births: Days, day: dt.date, overrides: Overrides | None) -> npt.NDArray[np.bool_]:
    ready = add_months(births, 30)
    may: npt.NDArray[np.bool_] = add_months(births, 36) <= as_day(day)
    if ((ready <= as_day(day)) & ~may).any():
        may |= ready <= as_day(_last_entry_date(day, overrides))
    return may


def _last_entry_date(day: dt.date, overrides: Overrides | None) -> dt.date:
    year = first_calendar_year(school_year_of(day))
    past = [date for date in entry_dates(f"{year}-{year + 1}", overrides).dates if date <= day]
    return past[-1] if past else entry_dates(f"{year - 1}-{year}", overrides).dates[-1]


def _weekday_from(day: dt.date, *, monday: bool = False) -> dt.date:
    while day.isoweekday() > (1 if monday else 5):
        day += dt.timedelta(days=1)
    return day


def _monday_of(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.isoweekday() - 1)


def _after(day: dt.date, days: int) -> dt.date:
    return day + dt.timedelta(days=days)
