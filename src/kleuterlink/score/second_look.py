"""The second look: what is left over on both sides is compared once more, under very loose rules.

Few records are left over after the first pass, and their errors are worse than average. So they get a null and match rates
of their own: the null from pairs of a leftover record with a settled one, which is a known non-match.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kleuterlink.score.densities import Densities
from kleuterlink.score.marginals import Marginals, matching_marginals
from kleuterlink.score.matches import TROUBLED, Matches
from kleuterlink.score.mistaken import Mistaken
from kleuterlink.score.null import fit_null
from kleuterlink.score.patterns import LatentClasses, Patterns, fit_classes, totals
from kleuterlink.tables import FloatArray, IntArray, Pairs

SETTLED = 0.9
"""A record whose probability of having a match is lower is left over."""

SAMPLE = 20_000
"""Settled records that serve as known non-matches of the leftovers."""

SHRINKAGE = 15.0
"""Matches for which the first pass's rates of troubled records count."""

ROUNDS = 25
MOST_RATE = 0.95
"""Upper bound of the share of leftovers that match, so that the prior stays finite."""


@dataclass(frozen=True)
class Leftovers:
    """Which records are left over, and which settled ones serve as known non-matches; int64 rows."""

    births: IntArray
    records: IntArray
    settled_births: IntArray
    settled_records: IntArray


@dataclass(frozen=True)
class SecondLook:
    """What the second look yields.

    Attributes
    ----------
    densities
        Match and null density of the leftovers' patterns.
    prior
        Prior odds of a pair of leftovers that are otherwise unmatched.

    """

    densities: Densities
    prior: float


def leftovers(found: FloatArray, elsewhere: FloatArray, matched: FloatArray) -> Leftovers:
    """Tell which records are left over.

    Parameters
    ----------
    found, elsewhere
        (N,) probability that each birth is in this list, in another list.
    matched
        (M,) probability that each record of the list has a match.

    Returns
    -------
    Leftovers
        Rows in order; of the settled ones a sample (a fixed seed) where there are many.

    """
    open_birth = np.maximum(found, elsewhere) < SETTLED
    open_record = matched < SETTLED
    return Leftovers(np.flatnonzero(open_birth), np.flatnonzero(open_record), _sample(found >= SETTLED), _sample(~open_record))


def _sample(chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> IntArray:
    rows = np.flatnonzero(chosen)
    if len(rows) > SAMPLE:
        rows = np.sort(np.random.default_rng(20240201).choice(rows, SAMPLE, replace=False))
    return rows


def look_again(
    patterns: Patterns, pairs: Pairs, pattern: IntArray, known: FloatArray, sizes: tuple[int, int], start: tuple[LatentClasses, LatentClasses, Mistaken]
) -> SecondLook:
    """Estimate match rates of the leftovers, and the odds of their pairs.

    Parameters
    ----------
    patterns
        P patterns of the leftovers' pairs and their known non-matches.
    pairs, pattern
        E pairs of leftovers (rows among the leftovers) and the row of each one's pattern.
    known
        (P,) known non-matches of leftovers, scaled to all pairs of leftovers.
    sizes
        Number of leftover births and records.
    start
        The first pass's match classes and null classes, and mistaken identifiers among pairs of leftovers.

    Returns
    -------
    SecondLook
        Odds under the prior n / ((N - n)(M - n)) of the leftovers, n the sum of their marginals (Sadinle 2017).

    """
    matches, null_start, mistaken = start
    null = fit_null(patterns, known, mistaken, start=null_start)
    # What is left over has trouble, or its names exchanged: the clean class is behind us.
    troubled = LatentClasses(matches.share[TROUBLED:] / matches.share[TROUBLED:].sum(), matches.rates[:, TROUBLED:])
    classes = troubled
    everything = float(sizes[0]) * sizes[1]
    density = null.count / everything
    number = 0.1 * min(sizes)
    ratio = classes.density(patterns) / density
    for _ in range(ROUNDS):
        found = _marginals(pairs, ratio[pattern], sizes, number)
        previous, number = number, min(float(found.pair.sum()) + 0.5, MOST_RATE * min(sizes))
        expected = totals(pattern, found.pair, len(patterns))
        classes = fit_classes(patterns, expected, classes, prior=SHRINKAGE * troubled.rates, rounds=2)
        ratio = classes.density(patterns) / density
        if abs(number - previous) < 1e-3 * max(number, 1):
            break
    return SecondLook(Densities(patterns, null, Matches(number, classes, converged=True), everything), _odds(sizes, number))


def _odds(sizes: tuple[int, int], number: float) -> float:
    return number / ((sizes[0] - number) * (sizes[1] - number))


def _marginals(pairs: Pairs, ratio: FloatArray, sizes: tuple[int, int], number: float) -> Marginals:
    return matching_marginals(pairs.left, pairs.right, _odds(sizes, number) * ratio, sizes)
