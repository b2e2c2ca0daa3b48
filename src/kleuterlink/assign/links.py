"""Candidate pairs with their marginals -> which are links, over the whole set at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components, min_weight_full_bipartite_matching

from kleuterlink.ordering import sorted_rows
from kleuterlink.tables import BoolArray, FloatArray, IntArray

Decide = Callable[[IntArray, IntArray, FloatArray], npt.NDArray[np.int8]]
"""`decide`, wherever its work is done."""

DECISIONS = ("non_link", "possible_link", "link")
"""What can be decided of a pair."""

NON_LINK, POSSIBLE, LINK = range(3)
"""Places in `DECISIONS`."""

SURE = 0.5
"""Probability from which an assigned pair is a link: more likely right than wrong."""

POSSIBLE_FROM = 0.05
"""Probability from which a pair that is no link is worth showing."""

AT_ONCE = 2_000
"""Pairs, in whole components, for which an assignment is solved at a time."""

TIE = 1e-3
"""Marginals closer than this are equal: who is who cannot be known."""


def decide(left: IntArray, right: IntArray, probability: FloatArray) -> npt.NDArray[np.int8]:
    """Decide on every pair.

    Parameters
    ----------
    left, right
        (E,) rows of births, and pupils: numbers that records of one child share.
    probability
        (E,) marginals of the matching; of a pupil's records the most probable speaks for all.

    Returns
    -------
    int8 array
        (E,) places in `DECISIONS`. `link`: in the optimal assignment with a probability of at least one half, and not exchangeable with another pair
        of the birth; `possible_link`: any other from 0.05; else `non_link`. A birth is linked with at most one pupil, a pupil with at most one birth.

    Notes
    -----
    The assignment maximises the sum of marginals within each connected component of pairs from 0.05: the estimate of a matching
    with the most expected correct pairs. Ties do not depend on the order of the pairs, as neither tied pair is a link.

    """
    decision = np.full(len(probability), NON_LINK, np.int8)
    shown = np.flatnonzero(probability >= POSSIBLE_FROM)
    decision[shown] = POSSIBLE
    i, j, p = left[shown], right[shown], probability[shown]
    # Most pairs have no rival on either side.
    alone = ((np.bincount(i) == 1)[i] & (np.bincount(j) == 1)[j]) if len(shown) else np.zeros(0, bool)
    decision[shown[alone & (p >= SURE - TIE)]] = LINK
    rivals = np.flatnonzero(~alone)
    decision[shown[rivals[_linked(i[rivals], j[rivals], p[rivals])]]] = LINK
    return decision


def _linked(left: IntArray, right: IntArray, probability: FloatArray) -> BoolArray:
    """Tell which of some pairs, all that there are in their components, are links."""
    # Several records of one pupil stand or fall together.
    key = left.astype(np.int64) << 32 | right.astype(np.int64)
    _, first, edge = np.unique(key, return_index=True, return_inverse=True)
    i, j, p = left[first], right[first], np.zeros(len(first))
    np.maximum.at(p, edge, probability)
    chosen = _assigned(i, j, p)
    chosen = chosen[p[chosen] >= SURE - TIE]
    linked = np.zeros(len(first), bool)
    linked[chosen[~_tied(i, p, chosen) & ~_tied(j, p, chosen)]] = True
    return linked[edge]


def components_of_pairs(left: IntArray, right: IntArray, probability: FloatArray) -> IntArray:
    """Tell which connected component each pair belongs to: what is decided of a pair depends on its component alone.

    Parameters
    ----------
    left, right, probability
        As of `decide`.

    Returns
    -------
    int64 array
        (E,) the component of each pair, -1 of pairs that are no link whatever the others are.

    """
    component = np.full(len(probability), -1, np.int64)
    shown = np.flatnonzero(probability >= POSSIBLE_FROM)
    component[shown] = _components(np.unique(left[shown], return_inverse=True)[1], np.unique(right[shown], return_inverse=True)[1])
    return component


def _components(i: IntArray, j: IntArray) -> IntArray:
    """Return the component of each pair; rows are numbered without gaps."""
    if not len(i):
        return np.zeros(0, np.int64)
    nodes = int(i.max()) + int(j.max()) + 2
    graph = sparse.coo_array((np.ones(len(i), np.int8), (i, j + i.max() + 1)), shape=(nodes, nodes))
    component: IntArray = connected_components(graph, directed=False)[1]
    return component[i]


def _assigned(left: IntArray, right: IntArray, probability: FloatArray) -> IntArray:
    """Return the positions of the pairs in the optimal assignment of each component."""
    if not len(left):
        return np.zeros(0, np.int64)
    i, j = np.unique(left, return_inverse=True)[1], np.unique(right, return_inverse=True)[1]
    of_pair = _components(i, j)
    single = np.bincount(of_pair)[of_pair] == 1
    rest = np.flatnonzero(~single)
    order, component = sorted_rows(of_pair[rest])
    rest = rest[order]
    parts = [np.flatnonzero(single)]
    if len(rest):
        begins = np.searchsorted(component, component)
        some = np.split(rest, np.flatnonzero(np.diff(begins // AT_ONCE)) + 1)
        parts += [rows[_optimum(i[rows], j[rows], probability[rows])] for rows in some]
    return np.concatenate(parts)


def _optimum(i: IntArray, j: IntArray, probability: FloatArray) -> IntArray:
    """Return the positions of the pairs in the optimal assignment (Jonker & Volgenant 1987, for sparse graphs)."""
    # Narrow numbers: up to SciPy 1.13 nothing else is taken.
    births, pupils = (np.unique(side, return_inverse=True)[1].astype(np.int32) for side in (i, j))
    # So that nobody must be matched, each birth has a column of its own, which is worth as much as a pair without any probability.
    everyone = np.arange(births.max() + 1, dtype=np.int32)
    worth = np.concatenate([1 + probability, np.ones(len(everyone))])
    places = np.concatenate([births, everyone]), np.concatenate([pupils, pupils.max() + 1 + everyone])
    matched = min_weight_full_bipartite_matching(sparse.csr_array((worth, places)), maximize=True)[1]
    return np.flatnonzero(matched[births] == pupils)


def _tied(side: IntArray, probability: FloatArray, chosen: IntArray) -> BoolArray:
    """Tell whether another pair at the same row is as probable."""
    several = np.flatnonzero(np.bincount(side)[side] > 1)
    order = several[np.lexsort((-probability[several], side[several]))]
    rows, p = side[order], probability[order]
    second = np.zeros(int(side.max(initial=-1)) + 1)
    following = np.flatnonzero((rows[1:] == rows[:-1]) & np.r_[True, rows[1:-1] != rows[:-2]]) if len(rows) > 1 else np.zeros(0, np.int64)
    second[rows[following]] = p[following + 1]
    return np.abs(probability[chosen] - second[side[chosen]]) < TIE
