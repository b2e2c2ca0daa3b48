"""Agreement patterns and latent classes over them.

Everything that is trained is trained on counts of distinct patterns, so that it costs the same for ten thousand pairs
and for a billion.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from kleuterlink.tables import BoolArray, Comparison, FloatArray, IntArray, PatternCounts, Vectors

SLICE = 1 << 21
"""Pairs that are looked at at a time where there are many."""

DEPENDS = {"national_number": ("birth_date", 7)}
"""A comparison whose levels depend on another one, and the lowest level of that one with which they go together: a number holds the birth date.
Where dates differ, so do the numbers, of one child as of two; where they agree, a bis number is another number of the same date."""


@dataclass(frozen=True)
class Block:
    """Columns of `Patterns.indicator` that are alternatives: the levels of a comparison, the missing one first.

    Attributes
    ----------
    place
        The comparison, as its column in `Patterns.levels`.
    columns
        The columns.
    condition
        Column and lowest level of another comparison on which the block depends, and whether it is reached; None where there is none.

    """

    place: int
    columns: slice
    condition: tuple[int, int, bool] | None = None

    def applies(self, levels: IntArray) -> BoolArray:
        """Tell for which of the (P, C) levels the block is the one that counts."""
        if self.condition is None:
            return np.ones(len(levels), bool)
        column, lowest, reached = self.condition
        made: BoolArray = (levels[:, column] >= lowest) == reached
        return made


@dataclass(frozen=True)
class Patterns:
    """Distinct agreement patterns.

    Attributes
    ----------
    comparisons
        The comparisons, in the order of the columns.
    code
        int64 (P,) pattern codes, sorted.
    levels
        int8 (P, C); -1 missing.
    indicator
        float64 sparse (P, L), one 1 per comparison, in the columns of one of its blocks.
    blocks
        The columns of `indicator`, block by block.

    """

    comparisons: tuple[Comparison, ...]
    code: IntArray
    levels: IntArray
    indicator: sparse.csr_array
    blocks: tuple[Block, ...]

    def __len__(self) -> int:
        """Return the number of patterns."""
        return len(self.code)

    def index(self, code: IntArray) -> IntArray:
        """Return the row of each pattern code; every code must be among the patterns."""
        # Many pairs, few patterns: a hash table is six times as fast as a binary search.
        table, rows = pd.Index(self.code), np.empty(len(code), np.int32)
        for part in slices_of(len(code)):
            rows[part] = table.get_indexer(pd.Index(code[part]))
        return rows

    def tally(self, compared: Vectors | PatternCounts) -> FloatArray:
        """Count the pairs of each pattern; float64 (P,)."""
        pairs = compared.pairs if isinstance(compared, PatternCounts) else None
        return np.bincount(self.index(compared.code), pairs, minlength=len(self)).astype(np.float64)

    def by_comparison(self) -> list[tuple[Comparison, slice]]:
        """Return the columns of each block with the comparison whose levels they are."""
        return [(self.comparisons[block.place], block.columns) for block in self.blocks]

    def count(self, weight: FloatArray) -> FloatArray:
        """Add up a (P,) weight of patterns per column of `indicator`; float64 (L,)."""
        counted: FloatArray = self.indicator.T @ weight
        return counted


def slices_of(size: int) -> Iterator[slice]:
    """Yield slices of at most `SLICE` pairs that make up all of them, so that what is computed on the way takes little memory."""
    return (slice(start, start + SLICE) for start in range(0, size, SLICE))


def distinct_patterns(compared: Sequence[Vectors | PatternCounts]) -> Patterns:
    """Collect the distinct patterns of several sets of pairs that were compared alike."""
    return patterns_of(compared[0].comparisons, np.concatenate([pd.unique(each.code) for each in compared]))


def patterns_of(comparisons: tuple[Comparison, ...], codes: IntArray) -> Patterns:
    """Return the distinct patterns among some codes."""
    code = np.unique(codes)
    levels = Vectors(comparisons, code).levels()
    blocks = blocks_of(comparisons)
    columns = np.empty(levels.shape, np.int64)
    for block in blocks:
        rows = block.applies(levels)
        columns[rows, block.place] = levels[rows, block.place] + 1 + block.columns.start
    pointers = np.arange(len(code) + 1) * len(comparisons)
    indicator = sparse.csr_array((np.ones(columns.size), columns.ravel(), pointers), shape=(len(code), blocks[-1].columns.stop))
    return Patterns(comparisons, code, levels, indicator, blocks)


def blocks_of(comparisons: Sequence[Comparison]) -> tuple[Block, ...]:
    """Return the blocks of comparisons, in their order."""
    names = [comparison.name for comparison in comparisons]
    blocks: list[Block] = []
    start = 0
    for place, comparison in enumerate(comparisons):
        other, lowest = DEPENDS.get(comparison.name, ("", 0))
        conditions = [(names.index(other), lowest, reached) for reached in (False, True)] if other in names else [None]
        for condition in conditions:
            stop = start + len(comparison.labels) + 1
            blocks.append(Block(place, slice(start, stop), condition))
            start = stop
    return tuple(blocks)


def numbered(codes: IntArray) -> IntArray:
    """Return the codes numbered without gaps, in the order in which they come first; int32."""
    numbers: IntArray = pd.factorize(codes)[0].astype(np.int32)
    return numbers


AGREES = {"birth_date": 5, "first_names": 6, "surname": 7, "parent": 3, "address": 6}
"""Lowest level that counts as agreement; elsewhere the highest level does."""


def agreement_from(comparison: Comparison) -> int:
    """Return the lowest level that counts as agreement."""
    highest = len(comparison.labels) - 1
    return min(AGREES.get(comparison.name, highest), highest)


def level_counts(sample: Vectors) -> FloatArray:
    """Count the levels of compared pairs; float64, in the order of `Patterns.indicator`."""
    patterns = distinct_patterns([sample])
    return patterns.count(patterns.tally(sample))


def totals(pattern: IntArray, weight: FloatArray, size: int) -> FloatArray:
    """Add up a weight of pairs per pattern; float64 (size,)."""
    return np.bincount(pattern, weight, minlength=size).astype(np.float64)


@dataclass(frozen=True)
class LatentClasses:
    """A mixture of classes within which the comparisons are independent, but for those of `DEPENDS`.

    Attributes
    ----------
    share
        (K,) share of each class.
    rates
        (L, K) probability of each column of `Patterns.indicator` given the class; sums to one within a block.

    """

    share: FloatArray
    rates: FloatArray

    def density(self, patterns: Patterns) -> FloatArray:
        """Return the (P,) probability of each pattern."""
        made: FloatArray = self.joint(patterns).sum(axis=1)
        return made

    def joint(self, patterns: Patterns) -> FloatArray:
        """Return the (P, K) probability of each pattern together with each class."""
        made: FloatArray = np.exp(patterns.indicator @ np.log(self.rates)) * self.share
        return made

    def marginals(self, comparisons: Sequence[Comparison]) -> list[FloatArray]:
        """Return, per comparison, the probability of each of its levels over all classes, the missing one first."""
        blocks = blocks_of(comparisons)
        alone = {block.place: self.rates[block.columns] for block in blocks if block.condition is None}
        made = [np.zeros(len(comparison.labels) + 1) for comparison in comparisons]
        for block in blocks:
            weight = self.share
            if block.condition is not None:
                column, lowest, reached = block.condition
                agrees = alone[column][lowest + 1 :].sum(axis=0)
                weight = weight * (agrees if reached else 1 - agrees)
            made[block.place] += self.rates[block.columns] @ weight
        return made


def fit_classes(
    patterns: Patterns, counts: FloatArray, start: FloatArray | LatentClasses, *, prior: FloatArray | float = 0.5, rounds: int = 40
) -> LatentClasses:
    """Fit latent classes to pattern counts by EM (Dempster, Laird & Rubin 1977; latent class analysis: Goodman 1974).

    Parameters
    ----------
    patterns
        P patterns.
    counts
        (P,) non-negative counts, whole or fractional.
    start
        (P, K) first guess of the class of each pattern, or classes to go on from.
    prior
        Pseudo-counts per level and class, or an (L, K) or (L, 1) table of them (a Dirichlet prior).
    rounds
        Rounds of EM; it stops sooner when the likelihood gains less than 1e-7 of itself.

    Returns
    -------
    LatentClasses
        K classes in the order of `start`.

    """
    used = np.flatnonzero(counts > 0)
    indicator, weight = patterns.indicator[used], counts[used]
    transposed = indicator.T.tocsr()
    joint = start.joint(patterns)[used] if isinstance(start, LatentClasses) else start[used]
    classes = LatentClasses(np.zeros(0), np.zeros((0, 0)))
    last = -np.inf
    for _ in range(rounds):
        total = np.maximum(joint.sum(axis=1), 1e-300)
        likelihood = float(weight @ np.log(total))
        if abs(likelihood - last) < 1e-7 * abs(likelihood):
            break
        last = likelihood
        expected = joint * (weight / total)[:, None]
        mass = expected.sum(axis=0)
        rates = transposed @ expected + prior
        for block in patterns.blocks:
            rates[block.columns] /= rates[block.columns].sum(axis=0)
        classes = LatentClasses((mass + 1) / (mass.sum() + len(mass)), rates)
        joint = np.exp(indicator @ np.log(rates)) * classes.share
    return classes
