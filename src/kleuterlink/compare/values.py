"""Comparisons of further columns that are identifiers or plain values."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kleuterlink.compare.columns import Batch
from kleuterlink.compare.similarity import edits
from kleuterlink.tables import Comparison, IntArray

Levels = Callable[[Batch], IntArray]


def identifier(column: str) -> tuple[Comparison, Levels]:
    """Return a comparison of a further column of identifiers, forgiving typing errors."""

    def levels(batch: Batch) -> IntArray:
        left, right = batch.both(column)
        level = np.zeros(len(batch), np.int8)
        level[left == right] = 3
        rest = np.flatnonzero((left != right) & (left >= 0) & (right >= 0))
        count = edits(batch.left.register.values[column], left[rest], right[rest])
        level[rest] = np.maximum(3 - count, 0)
        level[(left < 0) | (right < 0)] = -1
        return level

    return Comparison(column, ("different", "two typing errors apart", "one typing error apart", "equal")), levels


def exact(column: str) -> tuple[Comparison, Levels]:
    """Return a comparison of a further column that is equal or not."""

    def levels(batch: Batch) -> IntArray:
        left, right = batch.both(column)
        level: IntArray = (left == right).astype(np.int8)
        level[(left < 0) | (right < 0)] = -1
        return level

    return Comparison(column, ("different", "equal")), levels
