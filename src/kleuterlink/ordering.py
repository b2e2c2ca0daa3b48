"""Whole numbers in order, sooner than numpy's own `argsort` brings them there."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.integer]


def sorted_rows(numbers: Numbers) -> tuple[npt.NDArray[np.int64], Numbers]:
    """Return the rows in the order of their numbers, equal ones in the order they are in, and the numbers in that order.

    Parameters
    ----------
    numbers
        (N,) int64 from 0 on.

    Returns
    -------
    rows : int64 array
        (N,) as `np.argsort(numbers, kind="stable")`.
    ordered : int64 array
        (N,) `numbers[rows]`.

    Notes
    -----
    Numbers are sorted with their rows in the lowest bits, which takes half the time of sorting rows by their numbers. Where there is no room for
    both, the lowest bits of the numbers give way; should two numbers then be in the wrong order, all are sorted as numpy would.

    """
    bits = max(len(numbers) - 1, 0).bit_length()
    largest = int(numbers.max(initial=0)).bit_length()
    lost = max(largest + bits - 64, 0)
    packed = (numbers.astype(np.uint64) >> np.uint64(lost)) << np.uint64(bits) | np.arange(len(numbers), dtype=np.uint64)
    packed.sort()
    rows = (packed & np.uint64((1 << bits) - 1)).astype(np.int64)
    ordered = numbers[rows]
    if lost and (ordered[1:] < ordered[:-1]).any():
        rows = np.argsort(numbers, kind="stable")
        ordered = numbers[rows]
    return rows, ordered


def first_rows(numbers: Numbers) -> npt.NDArray[np.int64]:
    """Return the first row of each number, in the order of the numbers; numbers as of `sorted_rows`."""
    rows, ordered = sorted_rows(numbers)
    return rows[np.flatnonzero(np.diff(ordered, prepend=-1))]
