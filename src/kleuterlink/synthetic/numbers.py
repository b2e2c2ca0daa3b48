"""National and bis numbers of children born from 2000."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.integer]

SLOTS = 499
"""Counters of one day and sex: the odd ones from 1 to 997, or the even ones from 2 to 998."""

_COUNTRY = 170  # births of a day and sex that the whole country has, with room: a small sample's counters are spread out too
_ROOM = 1.4


def make_numbers(
    birth: npt.NDArray[np.datetime64], sex: Integers, twin_of: Integers, rng: np.random.Generator, *, month_offset: Integers | int = 0
) -> npt.NDArray[np.object_]:
    """Give everyone a number of their own.

    Parameters
    ----------
    birth
        datetime64[D], birth dates from 2000.
    sex
        1 male, 2 female.
    twin_of
        Row of the elder twin, of everyone else their own row. Twins of one sex mostly get numbers in succession.
    rng
        Source of chance.
    month_offset
        0 for a national number, 40 or 20 for a bis number.

    Returns
    -------
    ndarray of object
        `YYMMDDSSSCC`, aligned with `birth`; distinct where the offsets are the same.

    Raises
    ------
    ValueError
        More children of one sex were born on one day than there are counters; ask for fewer children, or for more birth years.

    Notes
    -----
    CC = 97 - (2YYMMDDSSS mod 97), SSS odd for males (Crossroads Bank for Social Security).

    """
    size = len(birth)
    chance = rng.random(size)
    chance = np.where(rng.random(size) < 0.92, chance[twin_of], chance)
    _, group, counts = np.unique(birth.astype(np.int64) * 2 + sex % 2, return_inverse=True, return_counts=True)
    if size and counts.max() > SLOTS:
        raise ValueError(
            f"a day has {counts.max()} children of one sex and the national number can count {SLOTS}; ask for fewer children, or for more birth years"
        )
    order = np.lexsort((np.arange(size), twin_of, chance, group))
    rank = np.empty(size, np.int64)
    rank[order] = np.arange(size) - np.repeat(np.cumsum(counts) - counts, counts)
    slots = np.clip(np.ceil(counts * _ROOM).astype(np.int64), _COUNTRY, SLOTS)[group]
    counter = 2 * (np.floor(chance * (slots - counts[group])).astype(np.int64) + rank) + np.where(sex % 2 == 1, 1, 2)
    year, month, day = date_parts(birth)
    body = ((year % 100 * 100 + month + month_offset) * 100 + day) * 1000 + counter
    number = body * 100 + 97 - (2_000_000_000 + body) % 97
    return np.char.zfill(number.astype("U11"), 11).astype(object)


def date_parts(dates: npt.NDArray[np.datetime64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Split datetime64[D] into year, month and day, each int64 and aligned."""
    months = dates.astype("datetime64[M]")
    count = months.astype(np.int64)
    return count // 12 + 1970, count % 12 + 1, (dates - months.astype("datetime64[D]")).astype(np.int64) + 1
