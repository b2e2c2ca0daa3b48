"""Candidate pairs of births and records: all of them are counted by agreement pattern, and few are looked at one by one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from kleuterlink import score
from kleuterlink.ordering import first_rows
from kleuterlink.tables import BoolArray, FloatArray, IntArray, Pairs, PatternCounts, Vectors

Chosen = tuple[Pairs, IntArray]
"""Some pairs, sorted, and the agreement pattern of each."""


class Sifted(Protocol):
    """Candidate pairs, those apart that a matching may hold at all."""

    @property
    def possible(self) -> Chosen:
        """These pairs."""
        ...

    def others(self, births: BoolArray, records: BoolArray, patterns: BoolArray) -> Chosen:
        """Return those of the other pairs whose birth (N,), record (M,) or agreement pattern (of `Candidates.counts`) is among some."""
        ...


class Candidates(Protocol):
    """Candidate pairs, compared: here, or wherever they are."""

    @property
    def counts(self) -> PatternCounts:
        """How many pairs show each pattern."""
        ...

    def sift(self, odds: FloatArray) -> Sifted:
        """Find the pairs that a matching may hold, from the odds of each pattern of `counts` (`score.possible`)."""
        ...


@dataclass(frozen=True)
class PairsHere:
    """Candidate pairs in memory.

    Attributes
    ----------
    pairs, vectors
        The pairs, and how they agree.
    sizes
        N births, M records.

    """

    pairs: Pairs
    vectors: Vectors
    sizes: tuple[int, int]

    @cached_property
    def _patterns(self) -> tuple[IntArray, PatternCounts]:
        """The place of each pair's pattern among the counts, and the counts."""
        return self.vectors.numbered()

    @property
    def counts(self) -> PatternCounts:
        """As of `Candidates`."""
        return self._patterns[1]

    def sift(self, odds: FloatArray) -> SiftedHere:
        """As of `Candidates`."""
        pattern, _ = self._patterns
        return SiftedHere(self, pattern, score.possible(self.pairs, lambda part: odds[pattern[part]], self.sizes))


@dataclass(frozen=True)
class SiftedHere:
    """Candidate pairs in memory, and which of them are possible.

    Attributes
    ----------
    candidates
        E pairs.
    pattern
        (E,) the place of each one's pattern among the counts.
    mask
        (E,) whether it is possible.

    """

    candidates: PairsHere
    pattern: IntArray
    mask: BoolArray

    @cached_property
    def possible(self) -> Chosen:
        """As of `Sifted`."""
        return self._chosen(self.mask)

    def others(self, births: BoolArray, records: BoolArray, patterns: BoolArray) -> Chosen:
        """As of `Sifted`."""
        pairs = self.candidates.pairs
        return self._chosen((births[pairs.left] | records[pairs.right] | patterns[self.pattern]) & ~self.mask)

    def _chosen(self, mask: BoolArray) -> Chosen:
        rows = np.flatnonzero(mask)
        return self.candidates.pairs.take(rows), self.candidates.vectors.code[rows]


def united(one: Chosen, other: Chosen, size: int) -> Chosen:
    """Return the pairs of both, sorted, each once; `size` is the number of records."""
    left, right, rules = (np.concatenate([getattr(pairs, name) for pairs, _ in (one, other)]) for name in ("left", "right", "rules"))
    rows = first_rows(left * np.int64(size) + right)
    return Pairs(left[rows], right[rows], rules[rows]), np.concatenate([one[1], other[1]])[rows]
