"""Several records of one child within a list: joined before the matching, in which a record matches at most once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from kleuterlink.score.densities import Densities
from kleuterlink.score.marginals import Marginals
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


@dataclass(frozen=True)
class FurtherRecords:
    """Records that turn out to be further ones of a pupil who is matched by another record.

    Attributes
    ----------
    partner
        (E,) int64 pupil of each pair: the one that its birth is matched with, where the record is that pupil's too.
    probability
        (E,) probability that the record is a further one of the birth's; 0 where it is not in question.
    matched
        (K,) probability that each pupil's records are a birth's, as a pupil or as further records of one.

    """

    partner: IntArray
    probability: FloatArray
    matched: FloatArray


def further_records(pairs: Pairs, ratio: FloatArray, marginals: Marginals) -> FurtherRecords:
    """Find further records of births that are matched already, among the records that are left over.

    Parameters
    ----------
    pairs, ratio
        E pairs of births and pupils, and the density ratio of each.
    marginals
        Of the matching.

    Returns
    -------
    FurtherRecords
        Where no pair is in question, the pupils as they are.

    Notes
    -----
    In a matching a second record of one child, spelt so that it is not seen to be the same pupil's, has no place: its child is taken. For a
    record j without a match and a birth i that has one the odds are n / (N M) f1 / f0, N and M the numbers of such births and records, n
    the sum of the probabilities (EM). A record is at most one birth's.

    """
    births, pupils = marginals.left > 0.5, marginals.right < 0.5
    best = np.lexsort((-marginals.pair, pairs.left))
    best = best[np.r_[True, pairs.left[best][1:] != pairs.left[best][:-1]]] if len(best) else best
    partner_of = np.full(len(births), -1, np.int64)
    partner_of[pairs.left[best]] = pairs.right[best]
    asked = np.flatnonzero(births[pairs.left] & pupils[pairs.right])
    partner, probability, matched = pairs.right.astype(np.int64), np.zeros(len(ratio)), marginals.right
    if not len(asked):
        return FurtherRecords(partner, probability, matched)
    record, everything = pairs.right[asked], float(births.sum()) * float(pupils.sum())
    number, p = 1.0, np.zeros(len(asked))
    for _ in range(ROUNDS):
        odds = number / everything * ratio[asked]
        p = odds / (1 + np.bincount(record, odds, minlength=len(matched))[record])
        previous, number = number, float(p.sum()) + 0.5
        if abs(number - previous) < 1e-3 * number:
            break
    probability[asked] = p * (1 - marginals.right[record])
    joined = asked[p > 0.5]
    partner[joined] = partner_of[pairs.left[joined]]
    return FurtherRecords(partner, probability, np.minimum(matched + np.bincount(pairs.right, probability, minlength=len(matched)), 1.0))
