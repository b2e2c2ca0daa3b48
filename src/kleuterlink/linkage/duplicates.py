"""Records of one person within a register: by themselves, or under the model of a linkage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kleuterlink import score
from kleuterlink.linkage.tools import Tools
from kleuterlink.tables import Encoded, FloatArray, IntArray, Pairs

Judge = Callable[[Pairs, IntArray], FloatArray]

MOST_MEMBERS = 500
"""Records that likely pairs tie together, up to which all their pairs are compared; more are no person's, but a field that everyone shares."""


@dataclass(frozen=True)
class Duplicates:
    """Pairs within a register, and the persons behind its records.

    Attributes
    ----------
    pairs
        E pairs: the candidates, and all others between records that likely pairs tie together.
    code
        (E,) agreement pattern of each.
    log_odds
        (E,) natural log-odds that each is one person's, by itself.
    clusters
        The persons.

    """

    pairs: Pairs
    code: IntArray
    log_odds: FloatArray
    clusters: score.Clusters


def find_duplicates(register: Encoded, pairs: Pairs, code: IntArray, judge: Judge, sure: float, tools: Tools) -> Duplicates:
    """Join the records of one person.

    Parameters
    ----------
    register
        N records.
    pairs, code
        Candidate pairs, left before right, and their agreement patterns.
    judge
        Tells of pairs and their patterns the natural log-odds that each pair is one person's.
    sure
        Probability from which two records by themselves are joined.
    tools
        How pairs are compared.

    Returns
    -------
    Duplicates
        The clusters, and every pair that they rest on.

    """
    cut = np.log(sure) - np.log1p(-sure)
    log_odds = judge(pairs, code)
    further = _pairs_between(pairs, score.components(pairs, log_odds > cut, register.size), 1 << 31)
    if len(further):
        vectors = tools.vectors(register, register, further)
        log_odds = np.concatenate([log_odds, judge(further, vectors.code)])
        pairs = Pairs(*(np.concatenate([getattr(pairs, name), getattr(further, name)]) for name in ("left", "right", "rules")))
        code = np.concatenate([code, vectors.code])
    return Duplicates(pairs, code, log_odds, score.cluster(pairs, log_odds - cut, register.size))


def _pairs_between(pairs: Pairs, component: IntArray, bit: int) -> Pairs:
    """Return the pairs of records of one component that are not there yet."""
    members = np.bincount(component)
    order = np.argsort(component, kind="stable")
    start = np.cumsum(members) - members
    left, right = [], []
    for size in np.unique(members[(members > 2) & (members <= MOST_MEMBERS)]):
        of_size = start[members == size]
        i, j = np.triu_indices(size, 1)
        left.append(order[of_size[:, None] + i].ravel())
        right.append(order[of_size[:, None] + j].ravel())
    if not left:
        return pairs.take(np.zeros(0, np.int64))
    keys = [one.astype(np.int64) * len(component) + other for one, other in ((pairs.left, pairs.right), (np.concatenate(left), np.concatenate(right)))]
    new = np.setdiff1d(keys[1], keys[0], assume_unique=True)
    i, j = np.divmod(new, len(component))
    return Pairs(i.astype(np.int32), j.astype(np.int32), np.full(len(new), bit, np.uint32))
