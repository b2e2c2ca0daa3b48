"""Matches that neither look recognises: as many as some of those that only the second look finds.

A match whose names, date and address have all changed looks like a non-match, and no model of what is seen can count it. But matches
thin out towards such wrecks: those that no blocking rule made, and that only the exhaustive look finds, are the last before them.
"""

from __future__ import annotations

from kleuterlink.tables import FloatArray

MOST_PER_FOUND = 0.3
"""Unrecognised matches per expected match of the second look: 0 at least, so many at most, and half of it in the mean. Measured on 11 error
models of two generators, where the means lie between 0.04 and 0.27 (docs/benchmarks.md); the interval of the number not found carries the range."""

MOST = 0.5
"""Upper bound of the share of children in no list who are held to be unrecognised."""


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
