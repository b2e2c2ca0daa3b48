"""Agreement patterns and latent classes over them.

Everything that is trained is trained on counts of distinct patterns, so that it costs the same for ten thousand pairs
and for a billion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from kleuterlink.tables import Comparison, FloatArray, IntArray, Vectors


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
        float64 sparse (P, sum of level counts), one 1 per comparison: missing first, then the levels in order.
    starts
        First column of each comparison in `indicator`.

    """

    comparisons: tuple[Comparison, ...]
    code: IntArray
    levels: IntArray
    indicator: sparse.csr_array
    starts: IntArray

    def __len__(self) -> int:
        """Return the number of patterns."""
        return len(self.code)

    def index(self, code: IntArray) -> IntArray:
        """Return the row of each pattern code; every code must be among the patterns."""
        # Many pairs, few patterns: a hash table is six times as fast as a binary search.
        return pd.Index(self.code).get_indexer(pd.Index(code)).astype(np.int32)

    def blocks(self) -> list[slice]:
        """Return the columns of `indicator` that belong to each comparison."""
        sizes = [len(comparison.labels) + 1 for comparison in self.comparisons]
        return [slice(int(start), int(start) + size) for start, size in zip(self.starts, sizes, strict=True)]


def distinct_patterns(vectors: Sequence[Vectors]) -> Patterns:
    """Collect the distinct patterns of several sets of pairs that were compared alike."""
    return patterns_of(vectors[0].comparisons, np.concatenate([pd.unique(each.code) for each in vectors]))


def patterns_of(comparisons: tuple[Comparison, ...], codes: IntArray) -> Patterns:
    """Return the distinct patterns among some codes."""
    code = np.unique(codes)
    levels = Vectors(comparisons, code).levels()
    sizes = np.array([len(comparison.labels) + 1 for comparison in comparisons])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    columns = (levels.astype(np.int64) + 1 + starts).ravel()
    pointers = np.arange(len(code) + 1) * len(comparisons)
    indicator = sparse.csr_array((np.ones(len(columns)), columns, pointers), shape=(len(code), int(sizes.sum())))
    return Patterns(comparisons, code, levels, indicator, starts)


def numbered(codes: IntArray) -> IntArray:
    """Return the codes numbered without gaps, in the order in which they come first."""
    numbers: IntArray = pd.factorize(codes)[0]
    return numbers


AGREES = {"birth_date": 5, "first_names": 5, "surname": 5, "parent": 3, "address": 6}
"""Lowest level that counts as agreement; elsewhere the highest level does."""


def agreement_from(comparison: Comparison) -> int:
    """Return the lowest level that counts as agreement."""
    highest = len(comparison.labels) - 1
    return min(AGREES.get(comparison.name, highest), highest)


def level_counts(patterns: Patterns, sample: Vectors) -> FloatArray:
    """Count the levels of compared pairs; float64, in the order of `Patterns.indicator`."""
    levels = sample.levels().astype(np.int64) + 1
    blocks = patterns.blocks()
    return np.concatenate([np.bincount(levels[:, column], minlength=block.stop - block.start) for column, block in enumerate(blocks)]).astype(np.float64)


def totals(pattern: IntArray, weight: FloatArray, size: int) -> FloatArray:
    """Add up a weight of pairs per pattern; float64 (size,)."""
    return np.bincount(pattern, weight, minlength=size).astype(np.float64)


@dataclass(frozen=True)
class LatentClasses:
    """A mixture of classes within which the comparisons are independent.

    Attributes
    ----------
    share
        (K,) share of each class.
    rates
        (sum of level counts, K) probability of each level given the class; sums to one within a comparison.

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

    def marginal(self) -> FloatArray:
        """Return the probability of each level over all classes."""
        made: FloatArray = self.rates @ self.share
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
        Pseudo-counts per level and class, or a (levels, K) table of them (a Dirichlet prior).
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
        for block in patterns.blocks():
            rates[block] /= rates[block].sum(axis=0)
        classes = LatentClasses((mass + 1) / (mass.sum() + len(mass)), rates)
        joint = np.exp(indicator @ np.log(rates)) * classes.share
    return classes
