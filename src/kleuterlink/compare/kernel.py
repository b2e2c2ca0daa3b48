"""The kernel: pairs of encoded records in, agreement patterns out. No input, no output, no engine in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from kleuterlink.compare import addresses, dates, names, numbers, values
from kleuterlink.compare.columns import Batch, Columns, Frequencies
from kleuterlink.tables import Comparison, Encoded, IntArray, Pairs, Vectors

BATCH = 1 << 18
"""Pairs compared at a time: their columns fit the processor's cache."""

Levels = Callable[[Batch], IntArray]


def comparisons_for(left: Encoded, right: Encoded, extras: Mapping[str, str] | None = None) -> list[tuple[Comparison, Levels]]:
    """Return the comparisons that two registers allow, with the function that makes their levels.

    Parameters
    ----------
    left, right
        The registers, encoded together.
    extras
        Kind of each further column to be compared, by name.

    Returns
    -------
    list of (Comparison, function)
        In the order of the columns of an agreement pattern.

    """
    found: list[tuple[Comparison, Levels]] = []
    for comparison, levels in (
        (numbers.NUMBER, numbers.national_number),
        (dates.BIRTH_DATE, dates.birth_date),
        (names.FIRST_NAMES, names.first_names),
        (names.SURNAME, names.surname),
        (names.PARENT, names.parent),
    ):
        if left.has(comparison.name) and right.has(comparison.name):
            found.append((comparison, levels))
    if all(register.has("sex") or register.has("number_sex") for register in (left, right)):
        found.append((numbers.SEX, numbers.sex))
    if any(left.has(field) and right.has(field) for field in addresses.FIELDS):
        found.append((addresses.ADDRESS, addresses.address))
    kinds = {"identifier": values.identifier, "exact": values.exact, "date": dates.plain_date, "name": names.words, "text": names.words}
    found += [kinds[kind](column) for column, kind in (extras or {}).items() if left.has(column) and right.has(column)]
    return found


def compare(
    left: Encoded, right: Encoded, pairs: Pairs, frequencies: Frequencies, *, extras: Mapping[str, str] | None = None, threads: int | None = None
) -> Vectors:
    """Compare pairs of records.

    Parameters
    ----------
    left, right
        The registers, encoded together.
    pairs
        Pairs of rows.
    frequencies
        Frequency classes over all registers.
    extras
        Kind of each further column to be compared, by name.
    threads
        Threads; one per processor where not given. The outcome does not depend on it.

    Returns
    -------
    Vectors
        One agreement pattern per pair, in the order of the pairs.

    """
    compared = comparisons_for(left, right, extras)
    sides = Columns(left), Columns(right)
    code = np.zeros(len(pairs), np.int64)

    def work(start: int) -> None:
        stop = min(start + BATCH, len(pairs))
        # Rows in the width in which numpy looks things up: narrower ones would be widened at each column.
        batch = Batch(*sides, pairs.left[start:stop].astype(np.intp), pairs.right[start:stop].astype(np.intp), frequencies)
        packed = np.zeros(stop - start, np.int64)
        for comparison, levels in compared:
            packed *= len(comparison.labels) + 1
            packed += levels(batch) + np.int64(1)
        code[start:stop] = packed

    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        list(pool.map(work, range(0, len(pairs), BATCH)))
    return Vectors(tuple(comparison for comparison, _ in compared), code)
