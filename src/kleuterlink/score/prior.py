"""The prior of a matching: a record matches at most once, and nearly every record does.

Under a prior in which record i of the births is matched with probability pi_i, record j of the list with rho_j, and
partners are otherwise interchangeable, the odds of the pair (i, j), both otherwise unmatched, are

    pi_i / (1 - pi_i) * rho_j / (1 - rho_j) / n,        n = sum of pi_i = sum of rho_j,

the solution of the mean-field equations of the matching; with equal rates it is n / ((N - n)(M - n)), the bipartite
prior of Sadinle (2017, JASA 112). Rates differ by place, by what other lists say and by whether a number is known; they
are the mean of the marginals within such groups, shrunk to the wider group.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kleuterlink.score.patterns import numbered
from kleuterlink.tables import Encoded, FloatArray, IntArray

PSEUDO_RECORDS = 25.0
"""Records that a wider group counts for in a narrower one."""

FOUND = 0.5


def groups(register: Encoded, elsewhere: FloatArray | None = None) -> list[IntArray]:
    """Return nested groups of a register's records, the widest first.

    Parameters
    ----------
    register
        N records.
    elsewhere
        (N,) probability that the record was found in another list.

    Returns
    -------
    list of int32 arrays
        (N,) group of each record; each partition refines the one before.

    """
    chain = []
    current = np.zeros(register.size, np.int64)
    if elsewhere is not None:
        current = current * 2 + (elsewhere >= FOUND)
        chain.append(current)
    if register.has("number_kind"):
        current = current * 2 + (register.columns["number_kind"] > 0)
        chain.append(current)
    place = "postcode" if register.has("postcode") else "municipality"
    if register.has(place):
        if place == "postcode":
            prefixes = np.array([value[:2] for value in register.values["postcode"]], dtype=object)
            _, region = np.unique(prefixes.astype(str), return_inverse=True) if len(prefixes) else (None, np.zeros(0, np.int64))
            current = current * 1000 + np.append(region + 1, 0)[register.columns["postcode"]]
            chain.append(current)
        current = current * 1_000_000 + register.columns[place] + 1
        chain.append(current)
    return [numbered(codes) for codes in chain]


def nested_rates(found: FloatArray, chain: Sequence[IntArray]) -> FloatArray:
    """Return each record's rate of being matched, by nested groups.

    Parameters
    ----------
    found
        (N,) probability that each record is matched.
    chain
        Nested groups, the widest first.

    Returns
    -------
    float array
        (N,) strictly between 0 and 1.

    """
    size = len(found)
    rate = np.full(size, (found.sum() + 0.5) / (size + 1))
    for codes in chain:
        count = np.bincount(codes)
        wider = np.bincount(codes, rate) / count
        rate = ((np.bincount(codes, found) + PSEUDO_RECORDS * wider) / (count + PSEUDO_RECORDS))[codes]
    bounded: FloatArray = np.clip(rate, 0.1 / (size + 1), 1 - 0.1 / (size + 1))
    return bounded


def pair_odds(left_rate: FloatArray, right_rate: FloatArray, left: IntArray, right: IntArray) -> FloatArray:
    """Return the (E,) prior odds of pairs of otherwise unmatched records."""
    number = np.sqrt(left_rate.sum() * right_rate.sum())
    made: FloatArray = (left_rate / (1 - left_rate))[left]
    made *= (right_rate / (1 - right_rate))[right]
    made /= number
    return made
