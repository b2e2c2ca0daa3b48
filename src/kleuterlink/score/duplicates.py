"""How probable it is that two records of one register are one person's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kleuterlink.score.marginals import Marginals
from kleuterlink.tables import FloatArray, IntArray, Pairs

ROUNDS = 30

MOST = 1e-3
"""Upper bound of the prior odds: in a register of a few records a surname in common must not make two people one."""


def duplicate_prior(ratio: FloatArray, size: int, counts: FloatArray | None = None) -> float:
    """Return the prior odds that two records of a register are one person's.

    Parameters
    ----------
    ratio
        (E,) match density over null density of each pair, or of each pattern.
    size
        Number of records.
    counts
        (E,) pairs per entry. Default: one each.

    Returns
    -------
    float
        The share of all pairs that are one person's, solved so that it is the sum of the probabilities that it leads to (EM), half a
        pair added; at most `MOST`.

    """
    pairs = max(0.5 * float(size) * (size - 1), 1.0)
    number = min(max(0.001 * size, 0.5), MOST * pairs)
    for _ in range(ROUNDS):
        odds = number / pairs * ratio
        probability = odds / (1 + odds)
        previous, number = number, min(float(probability.sum() if counts is None else probability @ counts) + 0.5, MOST * pairs)
        if abs(number - previous) < 1e-3 * number:
            break
    return number / pairs


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
    likely = np.flatnonzero(marginals.pair)
    partner_of = np.full(len(births), -1, np.int64)
    partner_of[pairs.left[likely]] = pairs.right[likely]
    # Of the few births with several pairs the best one is put in last: it stays (of equal ones the first).
    rivals = likely[np.bincount(pairs.left[likely], minlength=len(births))[pairs.left[likely]] > 1]
    rivals = rivals[np.argsort(-marginals.pair[rivals], kind="stable")[::-1]]
    partner_of[pairs.left[rivals]] = pairs.right[rivals]
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
