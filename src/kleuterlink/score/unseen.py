"""Matches that neither look recognises: estimated with the national number as a witness.

A match whose names, date and address have all changed looks like a non-match, and no model of what is seen can count it. But
matches that share their number are recognised by it, whatever else changed. How many of them would have gone unrecognised
without it tells how many of those that do not share a number do.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from kleuterlink.score.densities import Densities
from kleuterlink.score.patterns import patterns_of
from kleuterlink.tables import FloatArray, IntArray

WITNESS = "national_number"

SURE = 0.9
"""Probability from which a pair is a witness."""

FEWEST = 200
"""Witnesses below which nothing is estimated."""

MOST = 0.5
"""Upper bound of the share of a class that goes unrecognised; beyond it the estimate has no ground."""


def unseen_matches(densities: Densities, code: IntArray, probability: FloatArray, recognised: Callable[[IntArray], FloatArray]) -> float:
    """Estimate the number of matches that go unrecognised.

    Parameters
    ----------
    densities
        The first pass's model.
    code, probability
        (E,) pattern and marginal of each pair.
    recognised
        Returns, for pattern codes, the probability that a match with that pattern is recognised.

    Returns
    -------
    float
        Expected unrecognised matches; 0 where there is no number to witness, or too few pairs share theirs.

    Notes
    -----
    For each latent class k of matches (clean, troubled), q_k is the mean probability of going unrecognised over the pairs that share
    their number, once that number is replaced by what the numbers of the class look like otherwise: level l with probability m_k(l),
    l not equal. Of the class's matches without a shared number n_k are recognised, so n_k q_k / (1 - q_k) are not. Within a class the
    number tells nothing of the other fields; that is the assumption.

    """
    names = [comparison.name for comparison in densities.patterns.comparisons]
    if WITNESS not in names:
        return 0.0
    place = names.index(WITNESS)
    sizes = [len(comparison.labels) + 1 for comparison in densities.patterns.comparisons]
    step = int(np.prod(sizes[place + 1 :], dtype=np.int64))
    digit = code // step % sizes[place]
    equal = digit == sizes[place] - 1
    witnesses = equal & (probability >= SURE)
    if witnesses.sum() < FEWEST:
        return 0.0
    patterns = patterns_of(densities.patterns.comparisons, pd.unique(code))
    joint = densities.matches.classes.joint(patterns)
    of_class = (joint / joint.sum(axis=1, keepdims=True))[patterns.index(code)] * probability[:, None]
    rates = densities.matches.classes.rates[patterns.blocks()[place]]
    of_witness, base = pd.factorize(code[witnesses] - digit[witnesses] * step)
    missed = np.zeros(of_class.shape[1])
    for level in range(sizes[place] - 1):
        lost = (1 - recognised(base + level * step))[of_witness] @ of_class[witnesses]
        missed += rates[level] / rates[:-1].sum(axis=0) * lost
    share = np.minimum(missed / np.maximum(of_class[witnesses].sum(axis=0), 1e-9), MOST)
    return float((of_class[~equal].sum(axis=0) * share / (1 - share)).sum())


def add_unseen(found: FloatArray, elsewhere: FloatArray, unseen: float) -> FloatArray:
    """Spread unrecognised matches over the births that are in no list so far.

    Parameters
    ----------
    found, elsewhere
        (N,) probability that each birth is in this list, in another one.
    unseen
        Unrecognised matches.

    Returns
    -------
    float array
        (N,) probability of being in this list; nobody's is raised by more than half of what is missing.

    """
    missing = (1 - found) * (1 - elsewhere)
    share = min(unseen / max(float(missing.sum()), 1e-9), MOST)
    made: FloatArray = found + (1 - found) * (1 - elsewhere) * share
    return made
