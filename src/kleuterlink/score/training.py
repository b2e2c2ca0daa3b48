"""Training on the registers themselves: null, m and prior in turn, without any truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kleuterlink.score.densities import Densities
from kleuterlink.score.marginals import Marginals
from kleuterlink.score.matches import Matches, first_matches, split_classes
from kleuterlink.score.mistaken import EXPECTED, Mistaken, stranger_rates
from kleuterlink.score.null import Null, fit_null, settled_counts
from kleuterlink.score.patterns import Patterns, totals
from kleuterlink.score.prior import pair_odds
from kleuterlink.score.settle import Chains, Rates, consistent_rates
from kleuterlink.tables import FloatArray, IntArray, Pairs, Vectors

ROUNDS = 3
"""Rounds of marginals, null and m; a fourth moves `p_not_found` by less than 0.001 in sum per thousand."""

FOUND = 0.99
"""Probability from which a record has found its match, whatever further rounds may say."""

FEWEST = 30
"""Expected matches below which a model of their own cannot be estimated."""


@dataclass(frozen=True)
class Trained:
    """What training yields for one list.

    Attributes
    ----------
    densities
        Match and null density of the patterns.
    left_rate, right_rate
        Prior rates of being matched, per birth and per pupil.
    marginals
        Marginals of the pairs that may be matches.

    """

    densities: Densities
    left_rate: FloatArray
    right_rate: FloatArray
    marginals: Marginals


def begin(patterns: Patterns, counts: FloatArray, known: FloatArray, sample: Vectors, sizes: tuple[int, int]) -> tuple[Densities, FloatArray, tuple[str, ...]]:
    """Estimate a first null and first match rates, from pattern counts alone.

    Parameters
    ----------
    patterns
        P patterns of the candidate pairs and the known non-matches.
    counts
        (P,) candidate pairs per pattern.
    known
        (P,) known non-matches among births, already scaled to all births x list records.
    sample
        Random pairs of a birth and a record, compared.
    sizes
        N births, M list records.

    Returns
    -------
    densities : Densities
        The null is that of the births' own pairs: a child who is in the list twice leaks nothing into it.
    known : float64 array
        (P,) the known non-matches, scaled down where they are more than there are pairs.
    warnings : tuple of str
        What did not go as it should, in words.

    """
    warnings = []
    if known.sum() > 1.2 * counts.sum() + 100:
        warnings.append(
            "the birth register has more close pairs within itself than it has with the list: it may hold children twice, "
            "or the list covers another population; the null was scaled down to the pairs there are"
        )
        known = known * counts.sum() / known.sum()
    mistaken = Mistaken(EXPECTED * sizes[1], stranger_rates(patterns, sample))
    null = fit_null(patterns, known, Mistaken(0.0, mistaken.strangers))
    matches, mistaken = first_matches(patterns, counts, null.count, mistaken, float(min(sizes)))
    null = Null(np.maximum(null.count, mistaken.count(patterns)), null.classes, mistaken)
    if not matches.converged:
        warnings.append("EM of the match rates did not settle; the last round was used")
    if matches.number < FEWEST:
        warnings.append(f"fewer than {FEWEST} matches expected: rates rest on the prior more than on the data")
    return Densities(patterns, null, matches, float(sizes[0]) * sizes[1]), known, tuple(warnings)


def _even_rates(number: float, sizes: tuple[int, int]) -> Rates:
    """Return the rates of being matched where every record of a side has the same."""
    left, right = (np.full(size, min((number + 0.5) / (size + 1), 1 - 0.1 / (size + 1))) for size in sizes)
    return left, right


def first_marginals(start: Densities, edges: Pairs, pattern: IntArray, sizes: tuple[int, int], chains: Chains) -> Marginals:
    """Solve the marginals under first densities, every record being a pupil of its own.

    Parameters
    ----------
    start
        First densities: each pair by itself.
    edges, pattern
        E pairs of births and records, and the row of each one's pattern.
    sizes
        N births, M records.
    chains
        Nested groups of births and of records (`prior.groups`).

    Returns
    -------
    Marginals
        In the order of the pairs.

    """
    return consistent_rates(edges, start.ratio[pattern], sizes, chains, _even_rates(start.matches.number or 0.5 * min(sizes), sizes))[0]


def first_odds(start: Densities, sizes: tuple[int, int]) -> FloatArray:
    """Return the (P,) odds of a pair of each pattern under first densities, all records of a side being matched as likely."""
    rates = _even_rates(start.matches.number or 0.5 * min(sizes), sizes)
    prior = float(pair_odds(*rates, np.zeros(1, np.int32), np.zeros(1, np.int32))[0])
    return prior * start.ratio


def within_a_matching(start: Densities, pattern: IntArray, marginals: Marginals) -> Densities:
    """Estimate the match rates again, from pairs that hold their own in a matching.

    Parameters
    ----------
    start
        First densities: each pair by itself.
    pattern
        (E,) row of each pair's pattern.
    marginals
        What `first_marginals` returned.

    Returns
    -------
    Densities
        With the null of `start`. A record that bears another child's number agrees with that child on the number alone; by itself such a pair
        passes for a match, and in a matching that child's own record takes its place.

    """
    patterns = start.patterns
    classes = split_classes(patterns, totals(pattern, marginals.pair, len(patterns)))
    return Densities(patterns, start.null, Matches(float(marginals.pair.sum()), classes, start.matches.converged), start.pairs)


@dataclass(frozen=True)
class Edges:
    """Candidate pairs of births and pupils.

    Attributes
    ----------
    pairs
        E pairs that may be matches; `right` is the pupil.
    pattern
        (E,) row of each one's pattern.
    apart
        (P,) number of further candidate pairs of each pattern. They are none, as both records have found others.

    """

    pairs: Pairs
    pattern: IntArray
    apart: FloatArray

    def solve(self, densities: Densities, sizes: tuple[int, int], chains: Chains, rates: Rates, rounds: int) -> tuple[Marginals, Rates]:
        """Return `consistent_rates`."""
        return consistent_rates(self.pairs, densities.ratio[self.pattern], sizes, chains, rates, rounds=rounds)


def refine(start: Densities, edges: Edges, known: FloatArray | None, sizes: tuple[int, int], chains: Chains) -> Trained:
    """Estimate null, match rates, prior and marginals in turn.

    Parameters
    ----------
    start
        First densities.
    edges
        The candidate pairs.
    known
        (P,) known non-matches among births, scaled to all births x list records. None: the densities are final, and only prior and
        marginals are estimated.
    sizes
        N births, K pupils.
    chains
        Nested groups of births and of pupils (`prior.groups`).

    Returns
    -------
    Trained
        The model and the marginals under it.

    Notes
    -----
    Once the matching is roughly known, a candidate pair one of whose records is settled elsewhere is a known non-match, with the
    errors of both registers; pairs of two unsettled records are represented by the births' own pairs, in their proportion.

    """
    patterns, everything = start.patterns, float(sizes[0]) * sizes[1]
    pairs, pattern = edges.pairs, edges.pattern
    rates = _even_rates(start.matches.number or 0.5 * min(sizes), sizes)
    densities = Densities(patterns, start.null, start.matches, everything)
    remaining = ROUNDS if known is not None else 0
    marginals, rates = edges.solve(densities, sizes, chains, rates, _solved(remaining))
    while remaining:
        remaining -= 1
        found = float(marginals.pair.sum())
        unsettled = np.clip((sizes[0] - found) * (sizes[1] - found) / everything, 0, 1)
        settled = edges.apart + settled_counts(pattern, len(patterns), pairs, marginals)
        null = fit_null(patterns, settled + unsettled * known, densities.null.mistaken, start=densities.null.classes)
        classes = split_classes(patterns, totals(pattern, marginals.pair, len(patterns)), densities.matches.classes)
        densities = Densities(patterns, null, Matches(found, classes, start.matches.converged), everything)
        marginals, rates = edges.solve(densities, sizes, chains, rates, _solved(remaining))
    fitted = Matches(float(marginals.pair.sum()), densities.matches.classes, start.matches.converged)
    return Trained(Densities(patterns, densities.null, fitted, everything), *rates, marginals)


def _solved(remaining: int) -> int:
    """Return how often rates and marginals are solved: between rounds once, as the next one goes on from there."""
    return 1 if remaining else 2
