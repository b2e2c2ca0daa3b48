"""Who will have enough half-days at the end of the year, at the pace so far."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SHORTEST = 20
"""Half-days of school below which a pace says nothing: about two weeks."""


class Outlook(StrEnum):
    """What becomes of a threshold at the pace so far."""

    REACHED = "gehaald"
    ON_PACE = "op schema"
    AT_RISK = "risico"
    OUT_OF_REACH = "niet haalbaar"
    TOO_EARLY = "te vroeg"
    UNKNOWN = "geen gegevens"
    NONE = "geen drempel"


OUTLOOK_MEANINGS = {
    Outlook.REACHED: "de drempel is nu al gehaald",
    Outlook.ON_PACE: "aan het tempo tot nu toe wordt de drempel gehaald",
    Outlook.AT_RISK: "aan het tempo tot nu toe wordt de drempel niet gehaald, maar het kan nog",
    Outlook.OUT_OF_REACH: "ook wie geen halve dag meer mist, haalt de drempel niet",
    Outlook.TOO_EARLY: f"er zijn nog geen {SHORTEST} halve dagen school geweest om een tempo op te bouwen",
    Outlook.UNKNOWN: "van de aanwezigheid is niets bekend",
    Outlook.NONE: "op deze leeftijd is er hiervoor geen drempel, of de bronnen spreken elkaar tegen",
}
"""What each outlook means."""

IN_DANGER = (Outlook.AT_RISK, Outlook.OUT_OF_REACH)
"""Whom the head has to look at."""


def project(counted: Floats, possible: Floats, remaining: Floats, threshold: Floats) -> tuple[Floats, npt.NDArray[np.object_]]:
    """Project each child's half-days to the end of the year.

    Parameters
    ----------
    counted
        Half-days so far that count for the purpose; NaN where not known.
    possible
        Half-days of school so far.
    remaining
        Half-days of school still to come.
    threshold
        Half-days that are enough; NaN where there is no threshold.

    Returns
    -------
    tuple of ndarray
        Half-days expected at the end of the year, rounded down (NaN where there is no pace), and the `Outlook` of each child.

    Notes
    -----
    expected = counted + remaining x counted / possible. At least `SHORTEST` possible half-days make a pace, unless nothing remains.

    """
    paced = (possible >= SHORTEST) | ((remaining == 0) & (possible > 0))
    expected = counted + remaining * np.divide(counted, possible, out=np.full(len(counted), np.nan), where=paced)
    outlook = np.select(
        [
            np.isnan(threshold),
            np.isnan(counted),
            counted >= threshold,
            counted + remaining < threshold,
            ~paced,
            # A rounding error is no half-day.
            expected + 1e-9 >= threshold,
        ],
        [Outlook.NONE, Outlook.UNKNOWN, Outlook.REACHED, Outlook.OUT_OF_REACH, Outlook.TOO_EARLY, Outlook.ON_PACE],
        Outlook.AT_RISK,
    )
    return np.floor(expected + 1e-9), outlook.astype(object)
