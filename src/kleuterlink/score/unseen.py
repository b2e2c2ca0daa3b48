"""Matches that neither look recognises: as many as some of those that only the second look finds.

A match whose names, date and address have all changed looks like a non-match, and no model of what is seen can count it. But matches
thin out towards such wrecks: those that no blocking rule made, and that only the exhaustive look finds, are the last before them.

Most of them do have a pair that speaks for them a little: errors come together more often than any classes say, so that the odds of pairs
which agree badly are too low. The others are anybody's.
"""

from __future__ import annotations

import numpy as np

from kleuterlink.tables import FloatArray

MOST_PER_FOUND = 0.3
"""Unrecognised matches per expected match of the second look: 0 at least, so many at most, and half of it in the mean. Measured on 11 error
models of two generators, where the means lie between 0.04 and 0.27 (docs/benchmarks.md); the interval of the number not found carries the range."""

WITH_A_PAIR = 0.5
"""Share of the unrecognised matches that raise the odds of what the second look compared. Measured on 47 sets of registers, eleven error models of
two generators (docs/decisions.md): with more, children in no list are hidden; with less, pairs that are matches stay too improbable."""

LARGEST_FACTOR = 64.0
"""The odds of a pair of leftovers are raised by no more."""

MOST = 0.5
"""Upper bound of the share of children in no list who are held to be unrecognised."""


def factor_for(found: FloatArray, more: float) -> float:
    """Return the factor on the odds of being found by which so many more are expected to be found.

    Parameters
    ----------
    found
        (N,) probability that each birth is found in a pair whose odds are to be raised.
    more
        Number to be expected on top of their sum; not negative.

    Returns
    -------
    float
        From 1 to `LARGEST_FACTOR`.

    Notes
    -----
    Solves sum of f p / (1 - p + f p) = sum of p + more for f, by bisection; that two births may want one record is left out.

    """
    low, high = 0.0, float(np.log(LARGEST_FACTOR))
    open_ = found[(found > 0) & (found < 1)]
    for _ in range(40):
        middle = (low + high) / 2
        raised = np.exp(middle) * open_
        enough = float((raised / (1 - open_ + raised) - open_).sum()) >= more
        low, high = (low, middle) if enough else (middle, high)
    return float(np.exp(low))


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
