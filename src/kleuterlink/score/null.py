"""The null: how often a pair of *different* children shows each agreement pattern.

It is observed, not assumed. It starts from the pairs of different births, each a known non-match. Once the matching is
roughly known it is taken from the linked pairs themselves: a candidate pair one of whose records is settled elsewhere is
a known non-match too, and it comes from the very two registers, with the errors of both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from kleuterlink.score.marginals import Marginals
from kleuterlink.score.mistaken import Mistaken
from kleuterlink.score.patterns import LatentClasses, Patterns, agreement_from, fit_classes, slices_of, totals
from kleuterlink.tables import FloatArray, IntArray, Pairs

CLASSES = ("strangers", "namesakes", "siblings", "twins")
"""Latent classes of non-matches, after what they start from."""

SHAPES = 0.05, 100.0
"""Between which shapes the one of the counts' dispersion lies."""

GOLDEN = (5**0.5 - 1) / 2
NARROW = 1e-5
"""The golden section, and how closely the logarithm of the shape is found."""


@dataclass(frozen=True)
class Null:
    """The fitted null.

    Attributes
    ----------
    count
        (P,) expected number of non-matching candidate pairs per pattern, over all pairs of the two registers.
    classes
        The latent classes that smooth it.
    mistaken
        Pairs that agree on an identifier by mistake.

    """

    count: FloatArray
    classes: LatentClasses
    mistaken: Mistaken

    def density(self, patterns: Patterns, pairs: float) -> FloatArray:
        """Return the (P,) density over all pairs, of patterns that need not have been seen."""
        made: FloatArray = np.maximum(self.classes.density(patterns) * self.count.sum(), self.mistaken.count(patterns)) / pairs
        return made


def fit_null(patterns: Patterns, counts: FloatArray, mistaken: Mistaken, *, start: LatentClasses | None = None, prior: FloatArray | float = 0.5) -> Null:
    """Smooth observed counts of non-matching pairs.

    Parameters
    ----------
    patterns
        P patterns.
    counts
        (P,) observed counts (fractional where a pair is a non-match with some probability).
    mistaken
        Pairs that agree on an identifier by mistake: at least so many are expected of a pattern.
    start
        Classes to go on from.
    prior
        Pseudo-pairs per level, as `fit_classes` takes them.

    Returns
    -------
    Null
        Expected counts.

    Notes
    -----
    Latent classes give an expected count e per pattern, and the observed c is shrunk towards it as far as patterns are
    found to stray: with a gamma-distributed ratio of shape a, e (c + a) / (e + a) is the posterior mean (gamma-Poisson
    model; Efron & Morris 1973). Rare patterns follow the classes, common ones speak for themselves.

    """
    classes = fit_classes(patterns, counts, start if start is not None else _start(patterns), prior=prior, rounds=40 if start is None else 12)
    # One pair more than was seen: a register too small to hold a close pair does not prove that there is none.
    expected = np.maximum(classes.density(patterns) * (counts.sum() + 1), 1e-12)
    shape = _dispersion(counts, expected)
    smoothed = expected * (counts + shape) / (expected + shape)
    return Null(np.maximum(smoothed, mistaken.count(patterns)), classes, mistaken)


def as_before(patterns: Patterns, classes: LatentClasses) -> FloatArray:
    """Return (L, K) pseudo-pairs that have the rates of classes fitted before, half a pair per level: a prior of `fit_null`."""
    strength = np.zeros((len(classes.rates), 1))
    for block in patterns.blocks:
        strength[block.columns] = 0.5 * (block.columns.stop - block.columns.start)
    made: FloatArray = strength * classes.rates
    return made


def _start(patterns: Patterns) -> FloatArray:
    """Guess the class of each pattern from what agrees."""
    agrees = {comparison.name: patterns.levels[:, k] >= agreement_from(comparison) for k, comparison in enumerate(patterns.comparisons)}
    never = np.zeros(len(patterns), bool)
    date, first, surname = (agrees.get(name, never) for name in ("birth_date", "first_names", "surname"))
    family = agrees.get("parent", never) | agrees.get("address", never)
    twins = date & ((surname & ~first) | family)
    siblings = ~twins & (surname | family) & ~first
    namesakes = ~twins & ~siblings & first
    guess = np.stack([~(twins | siblings | namesakes), namesakes, siblings, twins], axis=1)
    started: FloatArray = np.where(guess, 0.85, 0.05)
    return started


def _dispersion(counts: FloatArray, expected: FloatArray) -> float:
    """Find the gamma shape under which the counts are likeliest (negative binomial likelihood)."""
    seen = counts[counts > 0]

    def loss(log_shape: float) -> float:
        # Without what does not depend on the shape.
        shape = np.exp(log_shape)
        drawn = gammaln(seen + shape).sum() - len(seen) * gammaln(shape)
        return float((counts + shape) @ np.log(shape + expected) - len(counts) * shape * log_shape - drawn)

    return float(np.exp(_lowest(loss, np.log(SHAPES[0]), np.log(SHAPES[1]))))


def _lowest(loss: Callable[[float], float], low: float, high: float) -> float:
    """Find where a function with one valley is lowest, by golden section (Kiefer 1953); scipy.optimize takes longer to import than all of this."""
    one, other = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_one, at_other = loss(one), loss(other)
    while high - low > NARROW:
        if at_one < at_other:
            high, other, at_other = other, one, at_one
            one = high - GOLDEN * (high - low)
            at_one = loss(one)
        else:
            low, one, at_one = one, other, at_other
            other = low + GOLDEN * (high - low)
            at_other = loss(other)
    return (low + high) / 2


def settled_counts(pattern: IntArray, size: int, pairs: Pairs, marginals: Marginals) -> FloatArray:
    """Count, per pattern, candidate pairs that are non-matches because either record matches elsewhere.

    Parameters
    ----------
    pattern
        (E,) pattern row of each candidate pair.
    size
        Number of patterns.
    pairs
        E candidate pairs.
    marginals
        Probability that each is a match, and each record has one.

    Returns
    -------
    float array
        (size,) expected counts.

    Notes
    -----
    Given that pair e is no match, i matches elsewhere with probability s_i = elsewhere_i / (1 - p_e); so the pair
    is known to be one with weight (1 - p_e) (1 - (1 - s_i)(1 - s_j)).

    """
    counted = np.zeros(size)
    for part in slices_of(len(pattern)):
        some = pairs.take(part)
        rest = np.maximum(1 - marginals.pair[part], 1e-9)
        elsewhere = marginals.elsewhere(part, some)
        open_left, open_right = (1 - np.minimum(side / rest, 1) for side in elsewhere)
        counted += totals(pattern[part], rest * (1 - open_left * open_right), size)
    return counted
