"""Which rows of several deliveries of half-days stand, and which were replaced by a later delivery."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

ROWS = {"record_id": pa.string(), "school": pa.string(), "date": pa.date32(), "day_part": pa.string(), "half_days": pa.string(), "code": pa.string()}
"""Columns of a table of half-days, with their types."""

KEY = ("school", "record_id", "date")

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Coverage:
    """What a delivery says all of: of these schools and days, nothing that came earlier stands.

    Attributes
    ----------
    rank
        Place of the delivery in the order of deliveries.
    first, last
        The days.
    schools
        Numbers of the schools; None for every school.

    """

    rank: int
    first: dt.date
    last: dt.date
    schools: frozenset[str] | None


def standing(rows: pa.Table, rank: Integers, coverages: Sequence[Coverage]) -> Flags:
    """Tell which rows stand.

    Parameters
    ----------
    rows
        `ROWS`, of several deliveries.
    rank
        Place of each row's delivery in the order of deliveries.
    coverages
        What deliveries say all of.

    Returns
    -------
    ndarray
        bool, one per row, in order. A row is replaced where a later delivery covers its school and day, or speaks of the same half-day: the
        same school, pupil and day, and the same part of the day or, in one of the two, the whole of it. Rows of one delivery do not
        replace one another. The answer does not depend on the order of the rows.

    """
    stands = ~_covered(rows, rank, coverages)
    if len(rank) == 0 or rank.min() == rank.max():
        return stands
    half_day = _groups([_codes(rows[name]) for name in KEY])
    part = _codes(rows["day_part"])
    same_part = _groups([half_day, part])
    whole = part == 0
    latest_of_day, latest_of_part = _latest(half_day, rank), _latest(same_part, rank)
    latest_whole = _latest(half_day[whole], rank[whole], size=len(latest_of_day))
    later = np.where(whole, latest_of_day[half_day], np.maximum(latest_of_part[same_part], latest_whole[half_day]))
    return stands & (later <= rank)


def repeated(rows: pa.Table) -> Flags:
    """Tell which rows of one delivery speak of a half-day of which a later row of it speaks again; bool, in order.

    Rows that speak of no part of the day are half-days of their own, as many as there are.
    """
    if rows["day_part"].null_count == len(rows):
        return np.zeros(len(rows), np.bool_)
    part = _codes(rows["day_part"])
    group = _groups([*(_codes(rows[name]) for name in KEY), part])
    last = _latest(group, np.arange(len(group)))
    again: Flags = (part != 0) & (last[group] != np.arange(len(group)))
    return again


def sorted_rows(rows: pa.Table) -> pa.Table:
    """Return rows in the order of all their columns, the key first: equal rows give equal tables."""
    order = np.lexsort([_ranks(rows[name]) for name in reversed([*KEY, "day_part", "code", "half_days"])])
    return rows.take(pa.array(order))


def _covered(rows: pa.Table, rank: Integers, coverages: Sequence[Coverage]) -> Flags:
    covered = np.zeros(len(rows), np.bool_)
    day = rows["date"].to_numpy().astype("datetime64[D]")
    for coverage in coverages:
        hit = (rank < coverage.rank) & (day >= np.datetime64(coverage.first)) & (day <= np.datetime64(coverage.last))
        if coverage.schools is not None and hit.any():
            schools = pa.array(sorted(coverage.schools), pa.string())
            hit &= pc.fill_null(pc.is_in(rows["school"], value_set=schools, skip_nulls=True), False).to_numpy()
        covered |= hit
    return covered


def _codes(column: pa.ChunkedArray) -> Integers:
    """Return a code per value, 0 for null."""
    coded = column.combine_chunks().dictionary_encode()
    codes: Integers = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64) + 1
    return codes


def _ranks(column: pa.ChunkedArray) -> Integers:
    """Return the place of each value among the distinct ones in order, 0 for null."""
    coded = column.combine_chunks().dictionary_encode()
    place = np.empty(len(coded.dictionary) + 1, np.int64)
    place[pc.sort_indices(coded.dictionary).to_numpy()] = np.arange(1, len(coded.dictionary) + 1)
    place[-1] = 0
    ranks: Integers = place[pc.fill_null(coded.indices, len(coded.dictionary)).to_numpy(zero_copy_only=False)]
    return ranks


def _groups(codes: list[Integers]) -> Integers:
    """Give each distinct combination of codes a number."""
    group = codes[0]
    for code in codes[1:]:
        _, group = np.unique(group * (int(code.max(initial=0)) + 1) + code, return_inverse=True)
    return group


def _latest(group: Integers, rank: Integers, *, size: int | None = None) -> Integers:
    latest = np.full(size if size is not None else int(group.max(initial=-1)) + 1, -1, np.int64)
    np.maximum.at(latest, group, rank)
    return latest
