"""Expected counts, with the interval that the linkage leaves open."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

Z_95 = 1.959964
"""Standard deviations of a normal distribution that hold 95% of it."""


class Expected(NamedTuple):
    """An expected count with its 95% interval."""

    mean: float
    low: float
    high: float


def expected_count(probabilities: Floats) -> Expected:
    """Count children who each belong with a probability.

    Parameters
    ----------
    probabilities
        float64, one per child.

    Returns
    -------
    Expected
        Expected number, and its 95% interval, cut to what the children allow.

    """
    mean, variance = probabilities.sum(), (probabilities * (1 - probabilities)).sum()
    low, high = interval(mean, variance, np.float64(len(probabilities)))
    return Expected(float(mean), float(low), float(high))


def interval(mean: Floats | np.float64, variance: Floats | np.float64, most: Floats | np.float64) -> tuple[Floats, Floats]:
    """Return the 95% intervals of expected counts.

    Parameters
    ----------
    mean, variance
        Sum of the children's probabilities p, and sum of p (1 - p).
    most
        Number of children that could belong.

    Returns
    -------
    tuple of ndarray
        Lower and upper ends, of the shape of `mean`, cut to 0 .. `most`.

    Notes
    -----
    A sum of Bernoulli variables (Poisson binomial) has just this mean and variance; the interval is that of the normal distribution with
    them. What the children's outcomes have in common, and what the model may be wrong by, is not in it.

    """
    spread = Z_95 * np.sqrt(np.maximum(variance, 0))
    return np.maximum(mean - spread, 0.0), np.minimum(mean + spread, most)
