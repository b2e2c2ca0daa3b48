"""How probable it is that two records of one register are one person's."""

from __future__ import annotations

from kleuterlink.tables import FloatArray

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
