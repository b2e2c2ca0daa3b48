"""Marginals under a trained model, once it is known what other lists say; and the union of both looks."""

from __future__ import annotations

import numpy as np

from kleuterlink.score.marginals import Marginals, matching_marginals
from kleuterlink.score.prior import Groups, nested_rates, pair_odds
from kleuterlink.tables import FloatArray, Pairs

USEFUL = 1e-2
"""Density ratio below which a pair cannot matter under any plausible prior."""

Chains = tuple[Groups, Groups]
Rates = tuple[FloatArray, FloatArray]
"""Of births and of records."""


def consistent_rates(pairs: Pairs, ratio: FloatArray, sizes: tuple[int, int], chains: Chains, rates: Rates, *, rounds: int = 2) -> tuple[Marginals, Rates]:
    """Solve for prior rates of being matched that equal the marginals they lead to.

    Parameters
    ----------
    pairs
        E pairs.
    ratio
        (E,) density ratio of each.
    sizes
        N births, M records.
    chains
        Nested groups of births and of records (`prior.groups`).
    rates
        (N,) and (M,) rates to start from.
    rounds
        Rounds of the iteration.

    Returns
    -------
    marginals, rates
        The marginals (in the order of the pairs) and the rates.

    """
    useful = ratio > USEFUL
    left, right, strength = pairs.left[useful], pairs.right[useful], ratio[useful]
    del ratio  # of many pairs it is large, and mostly nobody else's
    found = Marginals(np.zeros(len(left)), np.zeros(sizes[0]), np.zeros(sizes[1]))
    for _ in range(rounds):
        found = matching_marginals(left, right, pair_odds(*rates, left, right) * strength, sizes)
        rates = nested_rates(found.left, chains[0]), nested_rates(found.right, chains[1])
    pair = np.zeros(len(pairs))
    pair[useful] = found.pair
    return Marginals(pair, found.left, found.right), rates
