"""Marginals of the matching: the probability of each candidate pair, given that a record matches at most once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from kleuterlink.tables import FloatArray, IntArray

NEGLIGIBLE = 1e-6
"""Edges of a lower weight are left out: some fifteen of them at a record add 0.00002."""

UNLIKELY = 1e-12
"""Edges that belief propagation finds less probable do not tie records together: without them few components have a cycle."""

LARGEST_EXACT = 14
"""Most edges of a component with a cycle that is enumerated."""

ROUNDS = 60
UNDAMPED = 15
DAMPING = 0.5
TOLERANCE = 1e-6
"""Rounds of belief propagation: undamped ones settle in eight at 520,000 contested pairs; should they swing, damping follows."""


@dataclass(frozen=True)
class Marginals:
    """Marginals of candidate pairs and records.

    Attributes
    ----------
    pair
        (E,) probability that the pair is a match.
    left, right
        (N,) and (M,) probability that the record has a match.

    """

    pair: FloatArray
    left: FloatArray
    right: FloatArray

    def elsewhere(self, left: IntArray, right: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return, per pair, the probability that each of its records matches with another one."""
        return np.maximum(self.left[left] - self.pair, 0), np.maximum(self.right[right] - self.pair, 0)


def matching_marginals(left: IntArray, right: IntArray, weight: FloatArray, sizes: tuple[int, int]) -> Marginals:
    """Compute the marginals of a random matching in which each edge multiplies the probability by its weight.

    Parameters
    ----------
    left, right
        (E,) rows of the pairs.
    weight
        (E,) odds of each pair when both its records are otherwise unmatched.
    sizes
        N and M.

    Returns
    -------
    Marginals
        In the order of the pairs.

    Notes
    -----
    Belief propagation, exact on trees (Bethe approximation of the permanent: Chertkov & Yedidia 2013; Vontobel 2013).
    Small components with a cycle, such as two twins and two pupils, are enumerated exactly instead.

    """
    kept = np.flatnonzero(weight > NEGLIGIBLE)
    i, j, w = left[kept].astype(np.int64), right[kept].astype(np.int64), weight[kept]
    probability = w / (1 + w)
    # A pair that no other one competes with needs no propagation; most pairs are such.
    contested = np.flatnonzero((np.bincount(i, minlength=sizes[0])[i] > 1) | (np.bincount(j, minlength=sizes[1])[j] > 1))
    probability[contested] = propagate(*_compact(i[contested], j[contested]), w[contested])
    open_ = np.flatnonzero(probability > UNLIKELY)
    for cycle in _small_cyclic(i[open_], j[open_], sizes):
        edges = open_[cycle]
        probability[edges] = enumerate_matchings(i[edges], j[edges], w[edges])
    pair = np.zeros(len(weight))
    pair[kept] = probability
    return Marginals(
        pair,
        np.minimum(np.bincount(i, probability, minlength=sizes[0]), 1.0),
        np.minimum(np.bincount(j, probability, minlength=sizes[1]), 1.0),
    )


def _compact(left: IntArray, right: IntArray) -> tuple[IntArray, IntArray]:
    """Return the rows numbered without gaps."""
    return np.unique(left, return_inverse=True)[1], np.unique(right, return_inverse=True)[1]


def propagate(left: IntArray, right: IntArray, weight: FloatArray) -> FloatArray:
    """Return the marginals by belief propagation alone; arguments as in `matching_marginals`, rows numbered without gaps.

    With a_e = sum over the other edges e' at i of w_e' / (1 + b_e'), and b_e likewise at j, the marginal is z / (1 + z),
    z = w_e / ((1 + a_e)(1 + b_e)).
    """
    a, b = np.zeros(len(weight)), np.zeros(len(weight))
    for step in range(ROUNDS):
        at_left, at_right = weight / (1 + b), weight / (1 + a)
        new_a = np.bincount(left, at_left)[left] - at_left
        new_b = np.bincount(right, at_right)[right] - at_right
        # Differences of large numbers: what cancels is no message.
        np.maximum(new_a, 0, out=new_a)
        np.maximum(new_b, 0, out=new_b)
        change = max(np.abs(np.log1p(new_a) - np.log1p(a)).max(initial=0), np.abs(np.log1p(new_b) - np.log1p(b)).max(initial=0))
        kept = 0.0 if step < UNDAMPED else DAMPING
        a, b = kept * a + (1 - kept) * new_a, kept * b + (1 - kept) * new_b
        if change < TOLERANCE:
            break
    odds = weight / ((1 + a) * (1 + b))
    made: FloatArray = odds / (1 + odds)
    return made


def _small_cyclic(left: IntArray, right: IntArray, sizes: tuple[int, int]) -> Iterator[IntArray]:
    """Yield the edges of each component that has a cycle and is small enough to enumerate."""
    if not len(left):
        return
    nodes = sizes[0] + sizes[1]
    graph = sparse.coo_array((np.ones(len(left), np.int8), (left, right + sizes[0])), shape=(nodes, nodes))
    _, component = connected_components(graph, directed=False)
    of_edge = component[left]
    edges = np.bincount(of_edge, minlength=component.max() + 1)
    members = np.bincount(component, minlength=component.max() + 1)
    wanted = (edges >= members) & (edges <= LARGEST_EXACT)
    rows = np.flatnonzero(wanted[of_edge])
    order = rows[np.argsort(of_edge[rows], kind="stable")]
    if len(order):
        yield from np.split(order, np.flatnonzero(np.diff(of_edge[order])) + 1)


def enumerate_matchings(left: IntArray, right: IntArray, weight: FloatArray) -> FloatArray:
    """Return the exact marginals of a small component by going through all its matchings."""
    total = np.zeros(len(weight))
    everything = 0.0
    edges = list(zip(left.tolist(), right.tolist(), weight.tolist(), strict=True))

    def extend(start: int, used: frozenset[tuple[str, int]], product: float, chosen: tuple[int, ...]) -> None:
        nonlocal everything
        everything += product
        total[list(chosen)] += product
        for k in range(start, len(edges)):
            i, j, w = edges[k]
            ends = {("left", i), ("right", j)}
            if not ends & used:
                extend(k + 1, used | ends, product * w, (*chosen, k))

    extend(0, frozenset(), 1.0, ())
    marginals: FloatArray = total / everything
    return marginals
