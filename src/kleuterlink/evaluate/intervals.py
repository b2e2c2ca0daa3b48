"""Intervals of counts that rest on linkage: what chance leaves open, and the matches that no look at the registers shows.

Two things keep a count uncertain. Each outcome is known with a probability only; and of the matches that nothing recognises only a range
is known (`ListLinks.second_look["expected_unseen"]` is the middle of it, 0 and its double are the ends). Both are drawn, together.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from kleuterlink.tables import FloatArray, IntArray

DRAWS = 1_000
CHUNK = 1 << 22
"""Random numbers that are held at a time."""

SEED = 20240201

UNCERTAIN = 1e-3
"""Less probable outcomes are drawn together, as a Poisson number per group."""

LEVEL = (0.025, 0.975)


def draw_unseen(expected: float) -> FloatArray:
    """Draw numbers of unrecognised matches: even between 0 and twice what is expected; float64 (DRAWS,), in rising order."""
    made: FloatArray = (np.arange(DRAWS) + 0.5) / DRAWS * 2 * expected
    return made


def factor_of_unseen(expected: float, unseen: float) -> FloatArray:
    """Return what the probabilities of not being found are multiplied with in each draw.

    Parameters
    ----------
    expected
        Expected number not found, with `unseen` taken off already.
    unseen
        Expected number of unrecognised matches.

    Returns
    -------
    float array
        (DRAWS,) with mean 1.

    """
    made: FloatArray = (expected + unseen - draw_unseen(unseen)) / max(expected, 1e-9)
    return np.maximum(made, 0.0)


class Outcomes:
    """Outcomes of known probabilities, drawn once, to be counted by one grouping after the other.

    Parameters
    ----------
    p
        (N,) probability of each outcome.
    factor
        (DRAWS,) what the probabilities are multiplied with in each draw; 1 where it is left out.

    Notes
    -----
    Outcomes are independent given the factor (a Poisson binomial number). Two births that compete for one record are not: one of them is
    found, so that their count is surer than drawn.

    """

    def __init__(self, p: FloatArray, factor: FloatArray | None = None) -> None:
        self.p = p
        likely = np.flatnonzero(p >= UNCERTAIN)
        self._drawn = likely[np.argsort(p[likely], kind="stable")]  # not the order of a file
        scale = np.ones(DRAWS) if factor is None else factor
        random, step = np.random.default_rng(SEED), max(CHUNK // DRAWS, 1)
        # A row of bits per outcome: whether it came out in each draw.
        rows = [self._drawn[first : first + step] for first in range(0, max(len(self._drawn), 1), step)]
        self._bits = np.concatenate([np.packbits(random.random((len(some), DRAWS)) < p[some, None] * scale, axis=1) for some in rows])

    def counts(self, group: IntArray, groups: int) -> IntArray:
        """Count the outcomes that came out, per group.

        Parameters
        ----------
        group
            (N,) whole number of the group of each outcome, from 0.
        groups
            G, the number of groups.

        Returns
        -------
        int64 array
            (DRAWS, G); the same for the same arguments.

        """
        rare = self.p < UNCERTAIN
        made = np.random.default_rng([SEED, 1]).poisson(np.bincount(group[rare], self.p[rare], minlength=groups), (DRAWS, groups))
        number = len(self._drawn)
        members = sparse.csr_matrix((np.ones(number, np.float32), (group[self._drawn], np.arange(number))), shape=(groups, number))
        step = max(CHUNK // (8 * max(number, 1)), 1)
        for first in range(0, self._bits.shape[1], step):
            came_out = np.unpackbits(self._bits[:, first : first + step], axis=1)
            made[8 * first : 8 * (first + step)] += (members @ came_out.astype(np.float32)).T.astype(np.int64)
        return made


def interval(drawn: FloatArray | IntArray) -> list[float]:
    """Return the bounds between which 95% of the draws lie, both ends included."""
    return [float(bound) for bound in np.quantile(drawn, LEVEL, method="inverted_cdf")]


def share(part: float, whole: float) -> float | None:
    """Return part / whole; None where there is no whole."""
    return float(part) / float(whole) if whole else None


def share_interval(parts: FloatArray | IntArray, wholes: FloatArray | IntArray) -> list[float] | None:
    """Return the `interval` of parts / wholes; None where a draw has no whole."""
    return interval(parts / wholes) if (wholes > 0).all() else None
