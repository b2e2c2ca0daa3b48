"""Training on the registers themselves: null, m and prior in turn, without any truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from kleuterlink.score.marginals import Marginals
from kleuterlink.score.matches import Matches, first_matches, split_classes
from kleuterlink.score.null import Null, fit_null, settled_counts
from kleuterlink.score.patterns import LatentClasses, Patterns, patterns_of, totals
from kleuterlink.score.settle import consistent_rates
from kleuterlink.tables import FloatArray, IntArray, Pairs

ROUNDS = 3
"""Rounds of marginals, null and m; a fourth moves `p_not_found` by less than 0.001 in sum per thousand."""

FEWEST = 30
"""Expected matches below which a model of their own cannot be estimated."""


@dataclass(frozen=True)
class Trained:
    """What training yields for one list.

    Attributes
    ----------
    density_ratio
        (P,) f1 / f0 per pattern: match density over null density.
    null, matches
        The fitted parts.
    left_rate, right_rate
        Prior rates of being matched, per record.
    marginals
        Marginals of the candidate pairs.
    pairs
        N x M, the pairs that the null speaks of.
    warnings
        What did not go as it should, in words.

    """

    patterns: Patterns
    density_ratio: FloatArray
    null: Null
    matches: Matches
    left_rate: FloatArray
    right_rate: FloatArray
    marginals: Marginals
    pairs: float
    warnings: tuple[str, ...] = field(default=())

    def ratio_of(self, code: IntArray) -> FloatArray:
        """Return f1 / f0 of pattern codes, also of those that no candidate pair has."""
        patterns = patterns_of(self.patterns.comparisons, code)
        null = self.null.classes.density(patterns) * self.null.count.sum() / self.pairs
        ratio = self.matches.classes.density(patterns) / null
        place = np.minimum(np.searchsorted(self.patterns.code, patterns.code), len(self.patterns) - 1)
        seen = self.patterns.code[place] == patterns.code
        ratio[seen] = self.density_ratio[place[seen]]
        made: FloatArray = ratio[patterns.index(code)]
        return made


def train(
    patterns: Patterns, pairs: Pairs, pattern: IntArray, known: FloatArray, sizes: tuple[int, int], chains: tuple[Sequence[IntArray], Sequence[IntArray]]
) -> Trained:
    """Estimate null, matches, prior and marginals of one list.

    Parameters
    ----------
    patterns
        P patterns of the candidate pairs and the known non-matches.
    pairs, pattern
        E candidate pairs and the row of each one's pattern.
    known
        (P,) known non-matches among births, already scaled to all births x list records.
    sizes
        N births, M list records.
    chains
        Nested groups of births and of list records (`prior.groups`).

    Returns
    -------
    Trained
        The model and the marginals under it.

    """
    counts = np.bincount(pattern, minlength=len(patterns)).astype(np.float64)
    warnings = []
    if known.sum() > 1.2 * counts.sum() + 100:
        warnings.append(
            "the birth register has more close pairs within itself than it has with the list: it may hold children twice, "
            "or the list covers another population; the null was scaled down to the pairs there are"
        )
        known = known * counts.sum() / known.sum()
    null = fit_null(patterns, known, scale=1.0)
    matches = first_matches(patterns, counts, null.count, float(min(sizes)))
    if not matches.converged:
        warnings.append("EM of the match rates did not settle; the last round was used")
    if matches.number < FEWEST:
        warnings.append(f"fewer than {FEWEST} matches expected: rates rest on the prior more than on the data")
    everything = float(sizes[0]) * sizes[1]
    left_rate, right_rate = (np.full(size, min((matches.number + 0.5) / (size + 1), 1 - 0.1 / (size + 1))) for size in sizes)
    classes = matches.classes
    blocked = known
    for _ in range(ROUNDS):
        ratio = classes.density(patterns) / (null.count / everything)
        marginals, left_rate, right_rate = consistent_rates(pairs, ratio[pattern], sizes, chains, (left_rate, right_rate))
        found = float(marginals.pair.sum())
        unsettled = (sizes[0] - found) * (sizes[1] - found) / everything
        settled = settled_counts(pattern, len(patterns), marginals.pair, marginals.elsewhere(pairs.left, pairs.right))
        # Pairs of two unsettled records are represented by the births' own pairs, in their proportion.
        null = fit_null(patterns, settled + np.clip(unsettled, 0, 1) * blocked, scale=1.0, start=null.classes)
        classes = split_classes(patterns, totals(pattern, marginals.pair, len(patterns)), classes)
    ratio = classes.density(patterns) / (null.count / everything)
    marginals, left_rate, right_rate = consistent_rates(pairs, ratio[pattern], sizes, chains, (left_rate, right_rate))
    fitted = Matches(float(marginals.pair.sum()), classes, matches.converged)
    return Trained(patterns, ratio, null, fitted, left_rate, right_rate, marginals, everything, tuple(warnings))


def apply(
    patterns: Patterns,
    pairs: Pairs,
    pattern: IntArray,
    model: tuple[LatentClasses, LatentClasses, float],
    sizes: tuple[int, int],
    chains: tuple[Sequence[IntArray], Sequence[IntArray]],
) -> Trained:
    """Use a model that was trained before: only the prior and the marginals are estimated.

    Parameters
    ----------
    patterns, pairs, pattern, sizes, chains
        As for `train`.
    model
        Match classes, null classes and null share that `model.restore` returned.

    Returns
    -------
    Trained
        The model and the marginals under it.

    """
    classes, null_classes, null_share = model
    everything = float(sizes[0]) * sizes[1]
    null = Null(null_classes.density(patterns) * null_share * everything, null_classes, 0.0)
    ratio = classes.density(patterns) / (null.count / everything)
    rates = tuple(np.full(size, 0.5 * min(sizes) / size) for size in sizes)
    marginals, left_rate, right_rate = consistent_rates(pairs, ratio[pattern], sizes, chains, (rates[0], rates[1]), rounds=6)
    fitted = Matches(float(marginals.pair.sum()), classes, converged=True)
    return Trained(patterns, ratio, null, fitted, left_rate, right_rate, marginals, everything)
