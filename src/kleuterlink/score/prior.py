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
from dataclasses import dataclass

import numpy as np

from kleuterlink.score.patterns import numbered
from kleuterlink.tables import Encoded, FloatArray, IntArray

PSEUDO_RECORDS = 25.0
"""Records that a wider group counts for in a narrower one."""

IN_ANOTHER = 0.5
"""Probability from which a record counts as found in another list."""


@dataclass(frozen=True)
class Groups:
    """Nested groups of the N records of a register, in several partitions of which each refines the one before.

    Attributes
    ----------
    finest
        (N,) int32 group of each record in the last partition; 0 where there is none.
    members
        Per partition, the widest first: number of records of each group.
    wider
        Per partition: which group of the partition before each group lies in; before the first one all records are one group.

    """

    finest: IntArray
    members: tuple[IntArray, ...]
    wider: tuple[IntArray, ...]


def nested(partitions: Sequence[IntArray], size: int) -> Groups:
    """Return groups out of partitions.

    Parameters
    ----------
    partitions
        (N,) codes of the groups, the widest partition first; each refines the one before.
    size
        N.

    Returns
    -------
    Groups
        Numbered without gaps.

    """
    numbers = [numbered(codes) for codes in partitions]
    members = tuple(np.bincount(codes) for codes in numbers)
    finest: IntArray = np.zeros(size, np.int32)
    wider = []
    for codes, count in zip(numbers, members, strict=True):
        lies_in = np.empty(len(count), np.int32)
        lies_in[codes] = finest
        wider.append(lies_in)
        finest = codes
    return Groups(finest, members, tuple(wider))


def groups(register: Encoded, elsewhere: FloatArray | None = None) -> Groups:
    """Return nested groups of a register's records: by what is known of them, and where they live.

    Parameters
    ----------
    register
        N records.
    elsewhere
        (N,) probability that the record was found in another list.

    Returns
    -------
    Groups
        As far as the register has the columns.

    """
    chain = []
    current = np.zeros(register.size, np.int64)
    if elsewhere is not None:
        current = current * 2 + (elsewhere >= IN_ANOTHER)
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
    return nested(chain, register.size)


def nested_rates(found: FloatArray, chain: Groups) -> FloatArray:
    """Return each record's rate of being matched, by nested groups.

    Parameters
    ----------
    found
        (N,) probability that each record is matched.
    chain
        The groups.

    Returns
    -------
    float array
        (N,) strictly between 0 and 1.

    """
    size = len(found)
    # Matches are added up from the narrowest groups to the widest; rates come down again, all of one group's records having one.
    matched: list[FloatArray] = [_added(chain.finest, found)]
    for lies_in in chain.wider[:0:-1]:
        matched.append(_added(lies_in, matched[-1]))
    rate = np.array([(found.sum() + 0.5) / (size + 1)])
    for lies_in, number, count in zip(chain.wider, matched[::-1], chain.members, strict=False):
        rate = (number + PSEUDO_RECORDS * rate[lies_in]) / (count + PSEUDO_RECORDS)
    bounded: FloatArray = np.clip(rate, 0.1 / (size + 1), 1 - 0.1 / (size + 1))[chain.finest]
    return bounded


def _added(group: IntArray, values: FloatArray) -> FloatArray:
    return np.bincount(group, values).astype(np.float64)


def pair_odds(left_rate: FloatArray, right_rate: FloatArray, left: IntArray, right: IntArray) -> FloatArray:
    """Return the (E,) prior odds of pairs of otherwise unmatched records."""
    number = np.sqrt(left_rate.sum() * right_rate.sum())
    made: FloatArray = (left_rate / (1 - left_rate))[left]
    made *= (right_rate / (1 - right_rate))[right]
    made /= number
    return made
