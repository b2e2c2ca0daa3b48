"""The second look: what is left over on both sides is compared once more, under very loose rules.

Few records are left over after the first pass, so every pair of them is looked at. They get a null of their own, from pairs of a leftover
record with a settled one, which is a known non-match.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kleuterlink.score.densities import Densities
from kleuterlink.score.marginals import matching_marginals
from kleuterlink.score.matches import Matches, split_classes
from kleuterlink.score.mistaken import Mistaken
from kleuterlink.score.null import as_before, fit_null
from kleuterlink.score.patterns import LatentClasses, Patterns, totals
from kleuterlink.tables import FloatArray, IntArray, Pairs

SETTLED = 0.9
"""A record whose probability of having a match is lower is left over."""

SAMPLE = 20_000
"""Settled records that serve as known non-matches of the leftovers."""

ROUNDS = 3
"""Rounds of rates and marginals; ten give the same lists."""


@dataclass(frozen=True)
class Leftovers:
    """Which records are left over, and which settled ones serve as known non-matches; int64 rows."""

    births: IntArray
    records: IntArray
    settled_births: IntArray
    settled_records: IntArray


@dataclass(frozen=True)
class Start:
    """What the first pass hands over to the second look.

    Attributes
    ----------
    matches, null
        Its match classes and null classes.
    between
        (P,) its null density per pattern.
    expected
        (P,) its expected matches per pattern, pairs of two leftovers not among them.
    mistaken
        Mistaken identifiers among pairs of leftovers.
    sizes
        Number of leftover births and pupils.

    """

    matches: LatentClasses
    null: LatentClasses
    between: FloatArray
    expected: FloatArray
    mistaken: Mistaken
    sizes: tuple[int, int]


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


def look_again(patterns: Patterns, pairs: Pairs, pattern: IntArray, known: FloatArray, prior: FloatArray, start: Start) -> Densities:
    """Estimate null and match rates of the leftovers.

    Parameters
    ----------
    patterns
        P patterns of all pairs: of the first pass, of the leftovers and of their known non-matches.
    pairs, pattern
        E pairs of leftovers (rows among the leftovers) and the row of each one's pattern.
    known
        (P,) known non-matches of leftovers, scaled to all pairs of leftovers.
    prior
        (E,) prior odds of each pair, its records otherwise unmatched: those of the first pass.
    start
        What the first pass found.

    Returns
    -------
    Densities
        Match and null density of the patterns among leftovers; the prior odds stay those of `prior`.

    Notes
    -----
    A record is left over because no pair of it agrees well. Given that, a match among leftovers has the rates of matches, cut off where the
    first pass recognises them: f1 (1 - r) / Z with r the probability of being recognised, and the number of such matches is n Z. Their
    product, which is all that counts, is n f1 (1 - r), so that for what was not recognised prior and rates are those of the first
    pass; what is new are the null of just these records, and that every pair of them is looked at. In it no pattern is rarer than among all
    pairs: of twins, say, leftovers show a few pairs at best, in which the latent classes see strangers. What is found is counted with the
    first pass's matches when the rates are fitted.

    """
    null = fit_null(patterns, known, start.mistaken, start=start.null, prior=as_before(patterns, start.null))
    everything = float(start.sizes[0]) * start.sizes[1]
    null = replace(null, count=np.maximum(null.count, everything * start.between))
    density = null.count / everything
    classes, ratio = start.matches, start.matches.density(patterns) / density
    found = matching_marginals(pairs.left, pairs.right, prior * ratio[pattern], start.sizes)
    for _ in range(ROUNDS):
        expected = start.expected + totals(pattern, found.pair, len(patterns))
        classes = split_classes(patterns, expected, classes)
        ratio = classes.density(patterns) / density
        found = matching_marginals(pairs.left, pairs.right, prior * ratio[pattern], start.sizes)
    return Densities(patterns, null, Matches(float(found.pair.sum()), classes, converged=True), everything)
