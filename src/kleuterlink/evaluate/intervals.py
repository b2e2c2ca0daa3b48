"""Intervals of counts that rest on linkage: what chance leaves open, and the matches that no look at the registers shows.

Two things keep a count uncertain. Each outcome is known with a probability only; and of the matches that nothing recognises only a range
is known (`ListLinks.second_look["expected_unseen"]` is the middle of it, 0 and its double are the ends). Both are drawn, together.
"""

from __future__ import annotations

import numpy as np

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


def draw_counts(p: FloatArray, group: IntArray, groups: int, factor: FloatArray | None = None) -> IntArray:
    """Draw, per group, how many of the outcomes come out.

    Parameters
    ----------
    p
        (N,) probability of each outcome.
    group
        (N,) int64 group of each outcome, from 0.
    groups
        G, the number of groups.
    factor
        (DRAWS,) what the probabilities are multiplied with in each draw; 1 where it is left out.

    Returns
    -------
    int64 array
        (DRAWS, G); the same for the same arguments.

    Notes
    -----
    Outcomes are independent given the factor (a Poisson binomial number). Two births that compete for one record are not: one of them is
    found, so that their count is surer than drawn.

    """
    random = np.random.default_rng(SEED)
    scale = np.ones(DRAWS) if factor is None else factor
    rare = p < UNCERTAIN
    counts = random.poisson(np.bincount(group[rare], p[rare], minlength=groups), (DRAWS, groups))
    rest = np.flatnonzero(~rare)
    rest = rest[np.argsort(group[rest], kind="stable")]
    present, start = np.unique(group[rest], return_index=True)
    step = max(CHUNK // max(len(rest), 1), 1)
    for first in range(0, DRAWS if len(rest) else 0, step):
        rows = slice(first, first + step)
        happened = random.random((len(scale[rows]), len(rest))) < p[rest] * scale[rows, None]
        counts[rows, present] += np.add.reduceat(happened, start, axis=1, dtype=np.int64)
    return counts


def interval(drawn: FloatArray | IntArray) -> list[float]:
    """Return the bounds between which 95% of the draws lie, both ends included."""
    return [float(bound) for bound in np.quantile(drawn, LEVEL, method="inverted_cdf")]


def share(part: float, whole: float) -> float | None:
    """Return part / whole; None where there is no whole."""
    return float(part) / float(whole) if whole else None


def share_interval(parts: FloatArray | IntArray, wholes: FloatArray | IntArray) -> list[float] | None:
    """Return the `interval` of parts / wholes; None where a draw has no whole."""
    return interval(parts / wholes) if (wholes > 0).all() else None
