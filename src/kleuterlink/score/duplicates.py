"""Several records of one child within a list: joined before the matching, in which a record matches at most once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from kleuterlink.score.densities import Densities
from kleuterlink.tables import FloatArray, IntArray, Pairs

SURE = 0.9
"""Probability from which two records of a list are held to be one child's."""

MOST_MEMBERS = 6
"""A larger cluster is a chain of mistakes: it is taken apart."""

ROUNDS = 30


@dataclass(frozen=True)
class Clusters:
    """The children behind a list's records.

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
    """Return the clusters of a list in which each record is another child's."""
    return Clusters(np.arange(size), np.arange(size))


def duplicate_probability(code: IntArray, densities: Densities, size: int) -> FloatArray:
    """Return the probability that two records of a list are one child's.

    Parameters
    ----------
    code
        (E,) pattern of each pair within the list, compared as births with the list are.
    densities
        The model of the births against the list; its match rates and its null serve here too.
    size
        Number of records.

    Returns
    -------
    float array
        (E,) posterior probability; the prior is the share of pairs that are duplicates, solved self-consistently (EM).

    """
    ratio = densities.ratio_of(code)
    pairs = max(0.5 * float(size) * (size - 1), 1.0)
    number = max(0.001 * size, 0.5)
    probability = np.zeros(len(code))
    for _ in range(ROUNDS):
        odds = number / pairs * ratio
        probability = odds / (1 + odds)
        previous, number = number, min(float(probability.sum()) + 0.5, 0.5 * size)
        if abs(number - previous) < 1e-3 * number:
            break
    return probability


def clusters_of(pairs: Pairs, probability: FloatArray, size: int) -> Clusters:
    """Join records that are surely one child's.

    Parameters
    ----------
    pairs
        Pairs within the list.
    probability
        (E,) probability that each is one child's.
    size
        Number of records.

    Returns
    -------
    Clusters
        Connected components of the sure pairs; one that has more than `MOST_MEMBERS`, or in which less than half of
        the pairs are sure (a chain), is taken apart into single records.

    """
    sure = probability >= SURE
    i, j = pairs.left[sure].astype(np.int64), pairs.right[sure].astype(np.int64)
    graph = sparse.coo_array((np.ones(len(i), np.int8), (i, j)), shape=(size, size))
    _, component = connected_components(graph, directed=False)
    members = np.bincount(component)
    edges = np.bincount(component[i], minlength=len(members))
    wrong = (members > MOST_MEMBERS) | (edges < members * (members - 1) / 4)
    alone = wrong[component] & (members > 1)[component]
    label = np.where(alone, len(members) + np.arange(size), component)
    _, representative, of = np.unique(label, return_index=True, return_inverse=True)
    return Clusters(of.astype(np.int64), representative.astype(np.int64))
