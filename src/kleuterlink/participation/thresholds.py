"""How many half-days are enough: by school year, age and purpose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kleuterlink.config import Purpose, ThresholdConfig
from kleuterlink.errors import RuleError
from kleuterlink.participation.calendar import first_calendar_year

FIRST_YEAR = 2016
"""First calendar year of the earliest school year whose thresholds are known."""

AGODI = "AGODI, voldoende aanwezig"
STATISTIEK = "Statistiek Vlaanderen, kleuterparticipatie"


@dataclass(frozen=True)
class Row:
    """A row of the published table.

    Attributes
    ----------
    first, last
        First calendar year of the first and of the last school year that it holds for; `last` None where it still holds.
    age
        Age on 31 December of the school year's first calendar year.
    purposes
        What the half-days are enough for.
    half_days
        The threshold. Where sources disagree, each of their values, rising.
    source
        Who published it.

    """

    first: int
    last: int | None
    age: int
    purposes: frozenset[Purpose]
    half_days: tuple[int, ...]
    source: str


PUBLISHED_THRESHOLDS = (
    Row(2016, None, 2, frozenset({Purpose.ALLOWANCE}), (100,), AGODI),
    Row(2016, None, 3, frozenset({Purpose.ALLOWANCE}), (150,), AGODI),
    Row(2016, None, 4, frozenset({Purpose.ALLOWANCE}), (185,), AGODI),
    Row(2016, 2016, 5, frozenset({Purpose.ALLOWANCE, Purpose.ADMISSION}), (220,), AGODI),
    Row(2017, 2018, 5, frozenset({Purpose.ALLOWANCE}), (220,), AGODI),
    Row(2017, 2018, 5, frozenset({Purpose.ADMISSION}), (250,), AGODI),
    Row(2019, 2019, 5, frozenset({Purpose.ALLOWANCE, Purpose.ADMISSION}), (250,), AGODI),
    Row(2020, None, 5, frozenset({Purpose.ALLOWANCE, Purpose.COMPULSORY}), (290,), AGODI),
    Row(2020, 2020, 5, frozenset({Purpose.ADMISSION}), (250, 290), f"{AGODI}; {STATISTIEK}: they disagree"),
    Row(2021, None, 5, frozenset({Purpose.ADMISSION}), (290,), STATISTIEK),
)
"""Half-days that are enough. An age and purpose without a row in a known year have no threshold: two-year-olds are not admitted to
primary school, and nobody of nursery age had to be at school before 2020-2021."""

ACCEPTED_COUNT = frozenset({Purpose.ALLOWANCE, Purpose.COMPULSORY})
"""Purposes for which an absence that the head accepts counts as presence (Statistiek Vlaanderen)."""


def threshold(school_year: str, age: int, purpose: Purpose, overrides: Sequence[ThresholdConfig] = ()) -> int | None:
    """Return how many half-days are enough.

    Parameters
    ----------
    school_year
        As `2023-2024`.
    age
        Age on 31 December of the school year's first calendar year.
    purpose
        What they must be enough for.
    overrides
        Thresholds that come before the published ones.

    Returns
    -------
    int or None
        Half-days; None where the age has no threshold for this purpose.

    Raises
    ------
    RuleError
        The school year lies before 2016-2017, or the sources disagree (admission in 2020-2021: 250 or 290); state yours under
        `[[participation.thresholds]]`.

    Examples
    --------
    >>> threshold("2018-2019", 5, Purpose.ADMISSION)
    250

    """
    values = sourced_thresholds(school_year, age, purpose, overrides)
    if len(values) > 1:
        raise RuleError(
            f"half-days for {purpose} at {age} in {school_year}: the sources disagree ({' or '.join(map(str, values))}); "
            f"state yours under [[participation.thresholds]]"
        )
    return values[0] if values else None


def sourced_thresholds(school_year: str, age: int, purpose: Purpose, overrides: Sequence[ThresholdConfig] = ()) -> tuple[int, ...]:
    """Return every threshold that a source gives, rising; empty where the age has none for this purpose.

    Parameters
    ----------
    school_year
        As `2023-2024`.
    age
        Age on 31 December of the school year's first calendar year.
    purpose
        What the half-days must be enough for.
    overrides
        Thresholds that come before the published ones; of two for the same case the last one holds.

    Returns
    -------
    tuple of int
        None, one, or several where sources disagree.

    Raises
    ------
    RuleError
        The school year lies before 2016-2017.

    """
    year = first_calendar_year(school_year)
    own = [given.half_days for given in overrides if (given.school_year, given.age, given.purpose) == (school_year, age, purpose)]
    if own:
        return (own[-1],)
    if year < FIRST_YEAR:
        raise RuleError(
            f"half-days that are enough are not known for {school_year} (known from {FIRST_YEAR}-{FIRST_YEAR + 1}); "
            f"give them under [[participation.thresholds]]"
        )
    rows = [row for row in PUBLISHED_THRESHOLDS if row.age == age and purpose in row.purposes and row.first <= year <= (row.last or year)]
    return tuple(sorted({half_days for row in rows for half_days in row.half_days}))


def enough(
    half_days: npt.NDArray[np.float64],
    still_possible: npt.NDArray[np.float64],
    ages: npt.NDArray[np.int64],
    school_year: str,
    purpose: Purpose,
    overrides: Sequence[ThresholdConfig] = (),
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Compare each child's half-days with its threshold.

    Parameters
    ----------
    half_days
        Half-days that count for the purpose, float64; NaN where not known.
    still_possible
        Half-days of the school year that are not counted yet, float64; 0 where the year is over.
    ages
        Age on 31 December of the school year's first calendar year, per child.
    school_year
        As `2023-2024`.
    purpose
        What they must be enough for.
    overrides
        Thresholds that come before the published ones.

    Returns
    -------
    tuple of ndarray
        The threshold, float64, NaN where there is none or the sources disagree; and 1.0 enough, 0.0 not enough, NaN where there is no
        threshold, the half-days are not known, what is still to come can decide, or the sources disagree about just this number.

    Raises
    ------
    RuleError
        The school year lies before 2016-2017.

    """
    # One table lookup per age, not per child.
    distinct, place = np.unique(ages, return_inverse=True)
    sourced = [sourced_thresholds(school_year, int(age), purpose, overrides) for age in distinct]
    low = np.array([values[0] if values else np.nan for values in sourced], dtype=np.float64)[place]
    high = np.array([values[-1] if values else np.nan for values in sourced], dtype=np.float64)[place]
    answer = np.where(half_days >= high, 1.0, np.where(half_days + still_possible < low, 0.0, np.nan))
    return np.where(low == high, high, np.nan), answer
