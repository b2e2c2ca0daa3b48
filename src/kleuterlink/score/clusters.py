"""Pairs of one register -> clusters that do not chain: correlation clustering.

Each pair has log-odds of being one person's. The clusters are those whose pairs have the largest sum of log-odds: a pair
inside that speaks against its cluster costs what it says. So where A is like B and B like C, but A unlike C, the three
are one cluster only if the two likenesses outweigh the unlikeness (Bansal, Blum & Chawla 2004; as the partition of least
expected loss over pairs: Lau & Green 2007).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from kleuterlink.tables import BoolArray, FloatArray, IntArray, Pairs

LARGEST_EXACT = 8
"""Most records of a component whose partitions are all tried (there are 4,140 of eight)."""

ABSENT = -7.0
"""Log-odds of a pair that nobody compared: it shares no key, and is one person's once in a thousand."""


@dataclass(frozen=True)
class Clusters:
    """The persons behind a register's records.

    Attributes
    ----------
    of
        (M,) int64 cluster of each record.
    representative
        (K,) int64 first record of each cluster; K <= M.

    """

    of: IntArray
    representative: IntArray

    def __len__(self) -> int:
        """Return the number of clusters."""
        return len(self.representative)


def singletons(size: int) -> Clusters:
    """Return the clusters of a register in which each record is another person's."""
    return Clusters(np.arange(size), np.arange(size))


def components(pairs: Pairs, linked: BoolArray, size: int) -> IntArray:
    """Return the (M,) connected component of each record, by the pairs that are `linked`."""
    graph = sparse.coo_array((np.ones(int(linked.sum()), np.int8), (pairs.left[linked], pairs.right[linked])), shape=(size, size))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def cluster(pairs: Pairs, log_odds: FloatArray, size: int) -> Clusters:
    """Join records so that the log-odds of the pairs inside clusters have the largest sum.

    Parameters
    ----------
    pairs
        E pairs of records; of the records that positive pairs tie together, every pair should be there.
    log_odds
        (E,) natural log-odds that each is one person's; beyond what a join has to be sure of, where that is more than one half.
    size
        Number of records.

    Returns
    -------
    Clusters
        Optimal where positive pairs tie together at most `LARGEST_EXACT` records; beyond, joined greedily, the best two
        clusters first, and records then moved as long as that gains (Keuper et al. 2015). Ties leave records apart.

    Notes
    -----
    A cluster of the optimum is connected by positive pairs: cut along others, it would gain. So components go one by one.

    """
    component = components(pairs, log_odds > 0, size)
    label = np.arange(size)
    # Most components are two records that a positive pair ties together: they are a cluster.
    in_order = np.argsort(component, kind="stable")
    first = in_order[np.flatnonzero(np.diff(component[in_order], prepend=-1))]
    two = np.bincount(component)[component] == 2
    label[two] = first[component[two]]
    for rows, table in _tables(pairs, log_odds, component):
        parts = _best_partition(table) if len(rows) <= LARGEST_EXACT else join_greedily(table)
        label[rows] = rows[_first_of_each(parts)]
    representative, of = np.unique(label, return_inverse=True)
    return Clusters(of.astype(np.int64), representative.astype(np.int64))


def _tables(pairs: Pairs, log_odds: FloatArray, component: IntArray) -> Iterator[tuple[IntArray, FloatArray]]:
    """Yield the records of each component of three or more, and the symmetric table of their pairs' log-odds."""
    members = np.bincount(component)
    order = np.argsort(component, kind="stable")
    start = np.cumsum(members) - members
    place = np.empty(len(component), np.int64)
    place[order] = np.arange(len(component)) - np.repeat(start, members)
    inside = np.flatnonzero((component[pairs.left] == component[pairs.right]) & (members[component[pairs.left]] > 2))
    inside = inside[np.argsort(component[pairs.left[inside]], kind="stable")]
    cuts = np.flatnonzero(np.diff(component[pairs.left[inside]])) + 1
    for edges in np.split(inside, cuts) if len(inside) else ():
        which = component[pairs.left[edges[0]]]
        table = np.full((members[which], members[which]), ABSENT)
        np.fill_diagonal(table, 0.0)
        i, j = place[pairs.left[edges]], place[pairs.right[edges]]
        table[i, j] = table[j, i] = log_odds[edges]
        yield order[start[which] : start[which] + members[which]], table


def _best_partition(table: FloatArray) -> IntArray:
    """Try every partition."""
    labels, together = _partitions(len(table))
    value = together @ table[np.triu_indices(len(table), 1)]
    best: IntArray = labels[int(np.argmax(value))]
    return best


@cache
def _partitions(size: int) -> tuple[IntArray, BoolArray]:
    """Return all partitions of some records, finest first: their labels, and which pairs (as `triu_indices`) they put together."""
    labels = np.zeros((1, 1), np.int64)
    for _ in range(size - 1):
        choices = labels.max(axis=1) + 2
        row = np.repeat(np.arange(len(labels)), choices)
        choice = np.arange(len(row)) - np.repeat(np.cumsum(choices) - choices, choices)
        labels = np.column_stack([labels[row], choice])
    labels = labels[np.argsort(-labels.max(axis=1), kind="stable")]
    i, j = np.triu_indices(size, 1)
    return labels, labels[:, i] == labels[:, j]


def join_greedily(table: FloatArray) -> IntArray:
    """Join the two clusters that gain most as long as any gain, then move single records as long as any gains.

    Parameters
    ----------
    table
        (S, S) symmetric log-odds, 0 on the diagonal.

    Returns
    -------
    int64 array
        (S,) label of each record.

    """
    label = np.arange(len(table))
    gain = table.copy()
    np.fill_diagonal(gain, -np.inf)
    while gain.max() > 0:
        keep, gone = sorted(divmod(int(np.argmax(gain)), len(table)))
        label[label == gone] = keep
        gain[keep] += gain[gone]
        gain[:, keep] = gain[keep]
        gain[keep, keep] = -np.inf
        gain[gone], gain[:, gone] = -np.inf, -np.inf
    while True:
        # Log-odds of each record with each cluster; a place of its own is worth nothing.
        at = np.stack([table[:, label == which].sum(axis=1) if (label == which).any() else np.zeros(len(table)) for which in range(len(table))], axis=1)
        better = at - at[np.arange(len(table)), label][:, None]
        if better.max() <= 1e-9:
            return label
        record, which = divmod(int(np.argmax(better)), len(table))
        label[record] = which


def _first_of_each(labels: IntArray) -> IntArray:
    """Return, for each record, the first record with its label."""
    _, first, of = np.unique(labels, return_index=True, return_inverse=True)
    made: IntArray = first[of]
    return made


def membership(pairs: Pairs, log_odds: FloatArray, clusters: Clusters) -> tuple[FloatArray, FloatArray]:
    """Return how sure each record is of its cluster, and how probable it is that each pair is one person's.

    Parameters
    ----------
    pairs, log_odds
        As for `cluster`, with the plain log-odds of each pair.
    clusters
        The clusters that they led to.

    Returns
    -------
    record : float64 array
        (M,) probability that the record is one person's with the others of its cluster; of a single one, that it is with no other.
    pair : float64 array
        (E,) probability that the pair is one person's, given how all other records are joined.

    Notes
    -----
    A record goes with its own cluster, with another one or with none. The odds of each against none are the geometric mean of those
    of its pairs with the cluster's records (average linkage): records of one person repeat one another, and are no independent
    witnesses. A pair is together where either of its records goes with the other's cluster.

    """
    size = len(clusters.of)
    record, other = np.concatenate([pairs.left, pairs.right]).astype(np.int64), np.concatenate([pairs.right, pairs.left])
    key, where = np.unique(record * size + clusters.of[other], return_inverse=True)
    mean = np.bincount(where, np.concatenate([log_odds, log_odds])) / np.bincount(where)
    of = key // size
    highest = np.zeros(size)
    np.maximum.at(highest, of, mean)
    odds = np.exp(mean - highest[of])
    alone = np.exp(-highest)
    chosen = odds / (alone + np.bincount(of, odds, minlength=size))[of]
    own = key % size == clusters.of[of]
    certain = alone / (alone + np.bincount(of, odds, minlength=size))
    certain[of[own]] = chosen[own]
    either = chosen[where].reshape(2, -1)
    together = clusters.of[pairs.left] == clusters.of[pairs.right]
    return certain, np.where(together, either.min(axis=0), either.max(axis=0)) if len(pairs) else np.zeros(0)
