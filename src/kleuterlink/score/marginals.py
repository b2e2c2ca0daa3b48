"""Marginals of the matching: the probability of each candidate pair, given that a record matches at most once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from kleuterlink.score.patterns import slices_of
from kleuterlink.tables import BoolArray, FloatArray, IntArray, Pairs

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

SHOWS = 5_000
"""Messages that are looked at before all of them are."""

PART = 1 << 20
"""Messages that are looked at at a time from then on."""

FEW = 0.25
"""Moving messages per edge below which the others are left alone: to pick edges costs more than to compute a message."""


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

    def elsewhere(self, part: slice, pairs: Pairs) -> tuple[FloatArray, FloatArray]:
        """Return, per pair of a part, the probability that each of its records matches with another one."""
        return np.maximum(self.left[pairs.left] - self.pair[part], 0), np.maximum(self.right[pairs.right] - self.pair[part], 0)


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
    edges, kept = len(weight), weight > NEGLIGIBLE
    i, j, w = left[kept], right[kept], weight[kept]
    del weight
    probability = w / (1 + w)
    # A pair that no other one competes with needs no propagation; most pairs are such.
    contested = _contested(i, j)
    probability[contested] = propagate(_compact(i[contested]), _compact(j[contested]), w[contested])
    open_ = np.flatnonzero(probability > UNLIKELY)
    for cycle in _small_cyclic(i[open_], j[open_]):
        rows = open_[cycle]
        probability[rows] = enumerate_matchings(i[rows], j[rows], w[rows])
    pair = np.zeros(edges)
    pair[kept] = probability
    return Marginals(
        pair,
        np.minimum(np.bincount(i, probability, minlength=sizes[0]), 1.0),
        np.minimum(np.bincount(j, probability, minlength=sizes[1]), 1.0),
    )


def possible(pairs: Pairs, odds: Callable[[slice], FloatArray], sizes: tuple[int, int]) -> BoolArray:
    """Tell which pairs a random matching may hold at all, without an array of floats as long as they are many.

    Parameters
    ----------
    pairs
        E pairs.
    odds
        Returns the odds of a part of them, as `weight` of `matching_marginals`.
    sizes
        N and M.

    Returns
    -------
    bool array
        (E,) False where the marginal is below `UNLIKELY`.

    Notes
    -----
    The messages of `propagate` fall where those of the other side rise. So from none, the first ones bound the solution from above, and those that
    come of them from below: a >= sum over other pairs e' at i of w_e' / (1 + b_e'), b_e' the sum of all other weights at the record of e'. Most pairs
    of a child who is found, with siblings and namesakes, cannot be matches whatever else is.

    """
    ends, parts = (pairs.left, pairs.right), list(slices_of(len(pairs)))
    most, least = (tuple(np.zeros(size) for size in sizes) for _ in range(2))
    for part in parts:
        weight = odds(part)
        for end, total in zip(ends, most, strict=True):
            np.add.at(total, end[part], weight)

    def entering(part: slice, weight: FloatArray) -> list[FloatArray]:
        """Return what enters either end of each pair at the least."""
        return [weight / (1 + np.maximum(total[end[part]] - weight, 0)) for end, total in zip(ends[::-1], most[::-1], strict=True)]

    for part in parts:
        for end, total, least_weight in zip(ends, least, entering(part, odds(part)), strict=True):
            np.add.at(total, end[part], least_weight)
    made = np.empty(len(pairs), bool)
    for part in parts:
        weight = odds(part)
        bound = np.full(len(weight), UNLIKELY)
        for end, total, own in zip(ends, least, entering(part, weight), strict=True):
            bound *= 1 + np.maximum(total[end[part]] - own, 0)
        made[part] = weight > bound
    return made


def _contested(left: IntArray, right: IntArray) -> BoolArray:
    """Tell which edges share a node with another one."""
    shared = (np.bincount(left) > 1)[left]
    shared |= (np.bincount(right) > 1)[right]
    return shared


def _compact(rows: IntArray) -> IntArray:
    """Return the rows numbered without gaps, in their order."""
    number = np.cumsum(np.bincount(rows) > 0, dtype=np.int32) - np.int32(1)
    numbered: IntArray = number[rows]
    return numbered


def propagate(left: IntArray, right: IntArray, weight: FloatArray) -> FloatArray:
    """Return the marginals by belief propagation alone; arguments as in `matching_marginals`, rows numbered without gaps.

    With a_e = sum over the other edges e' at i of w_e' / (1 + b_e'), and b_e likewise at j, the marginal is z / (1 + z),
    z = w_e / ((1 + a_e)(1 + b_e)). After a few rounds nearly all messages stand still: only those are computed again that one which
    moved enters into.
    """
    sides, messages = (left, right), [np.zeros(len(weight)), np.zeros(len(weight))]
    every = slice(None)
    edges: list[slice | IntArray] = [every, every]
    for step in range(ROUNDS):
        kept = 0.0 if step < UNDAMPED else DAMPING
        new = [_messages(side[rows], weight[rows] / (1 + other[rows])) for side, other, rows in zip(sides, messages[::-1], edges, strict=True)]
        settled = all(_settled(fresh, message[rows]) for message, fresh, rows in zip(messages, new, edges, strict=True))
        moved = []
        for message, fresh, rows in zip(messages, new, edges, strict=True):
            differs = np.flatnonzero(fresh != message[rows])
            moved.append(differs if isinstance(rows, slice) else rows[differs])
            message[rows] = kept * message[rows] + (1 - kept) * fresh if kept else fresh
        if settled:
            break
        few = len(moved[0]) + len(moved[1]) < FEW * len(weight)
        # What is damped goes on moving by itself.
        causes = [[other, own] if kept else [other] for other, own in zip(moved[::-1], moved, strict=True)]
        edges = [_at_nodes_of(side, cause) if few else every for side, cause in zip(sides, causes, strict=True)]
    odds = weight / ((1 + messages[0]) * (1 + messages[1]))
    made: FloatArray = odds / (1 + odds)
    return made


def _messages(node: IntArray, entering: FloatArray) -> FloatArray:
    """Return, for each edge, the sum of what enters its node along the others; every edge of a node is among them."""
    made: FloatArray = np.bincount(node, entering)[node] - entering
    # Differences of large numbers: what cancels is no message.
    return np.maximum(made, 0, out=made)


def _settled(new: FloatArray, old: FloatArray) -> bool:
    """Tell whether no message moved noticeably; mostly a few of them show that some did."""
    parts = [slice(SHOWS), *(slice(start, start + PART) for start in range(SHOWS, len(new), PART))]
    return all(bool((np.abs(np.log1p(new[part]) - np.log1p(old[part])) < TOLERANCE).all()) for part in parts)


def _at_nodes_of(side: IntArray, moved: Sequence[IntArray]) -> IntArray:
    """Return the edges that share a node with one that moved."""
    touched = np.zeros(int(side.max(initial=-1)) + 1, bool)
    for rows in moved:
        touched[side[rows]] = True
    return np.flatnonzero(touched[side])


def _small_cyclic(left: IntArray, right: IntArray) -> Iterator[IntArray]:
    """Yield the edges of each component that has a cycle and is small enough to enumerate."""
    tied = np.flatnonzero(_contested(left, right))
    if not len(tied):
        return
    i, j = _compact(left[tied]), _compact(right[tied])
    nodes = int(i.max() + j.max()) + 2
    graph = sparse.coo_array((np.ones(len(tied), np.int8), (i, j + i.max() + 1)), shape=(nodes, nodes))
    _, component = connected_components(graph, directed=False)
    of_edge = component[i]
    edges = np.bincount(of_edge)
    wanted = (edges >= np.bincount(component)) & (edges <= LARGEST_EXACT)
    rows = np.flatnonzero(wanted[of_edge])
    order = rows[np.argsort(of_edge[rows], kind="stable")]
    if len(order):
        yield from np.split(tied[order], np.flatnonzero(np.diff(of_edge[order])) + 1)


def enumerate_matchings(left: IntArray, right: IntArray, weight: FloatArray) -> FloatArray:
    """Return the exact marginals of a small component by going through all its matchings."""
    number: dict[tuple[str, int], int] = {}
    ends = [
        1 << number.setdefault(("left", i), len(number)) | 1 << number.setdefault(("right", j), len(number))
        for i, j in zip(left.tolist(), right.tolist(), strict=True)
    ]
    edges = list(zip(ends, weight.tolist(), strict=True))
    total, everything = [0.0] * len(edges), 0.0

    def extend(start: int, used: int, product: float, chosen: tuple[int, ...]) -> None:
        nonlocal everything
        everything += product
        for k in chosen:
            total[k] += product
        for k in range(start, len(edges)):
            nodes, w = edges[k]
            if not nodes & used:
                extend(k + 1, used | nodes, product * w, (*chosen, k))

    extend(0, 0, 1.0, ())
    return np.array(total) / everything
