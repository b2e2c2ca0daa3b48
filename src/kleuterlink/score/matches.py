"""m: how often the records of one child show each agreement pattern."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kleuterlink.score.mistaken import Mistaken, shape
from kleuterlink.score.patterns import LatentClasses, Patterns, agreement_from, fit_classes
from kleuterlink.tables import BoolArray, FloatArray

CLASSES = ("clean", "troubled", "wrecked", "exchanged")
"""Errors come together: a newcomer's record collects several. And where first name and surname stand in each other's place, both differ
at once, for one slip. So matches have classes of their own for either."""

TROUBLED = 1
"""Place of the troubled class."""

EXCHANGED = "first name and surname exchanged"
"""Label of the levels that belong to the last class."""

ROUNDS = 60
"""Most rounds of EM."""

PSEUDO_MATCHES = 6.0
"""Matches that the usual rates count for: they carry a linkage of a few dozen records, and nothing in one of thousands."""

USUAL = {"missing": 0.08, "different": 0.12, "agrees": 0.80}
"""Usual rates, to start from where data are few: between those of published linkages of births (an upper bound of 18% of surnames and 12% of
first names that differ: UK birth cohort) and those of names that were checked against a national register."""


@dataclass(frozen=True)
class Matches:
    """The fitted matches: their expected number and their latent classes."""

    number: float
    classes: LatentClasses
    converged: bool


def first_matches(patterns: Patterns, counts: FloatArray, null: FloatArray, mistaken: Mistaken, most: float) -> tuple[Matches, Mistaken]:
    """Estimate matches by EM against a fixed null.

    Parameters
    ----------
    patterns
        P patterns.
    counts
        (P,) candidate pairs per pattern.
    null
        (P,) expected non-matching candidate pairs per pattern.
    mistaken
        Pairs that agree on an identifier by mistake; their number is where to start from.
    most
        Upper bound of the number of matches: the size of the smaller register.

    Returns
    -------
    matches : Matches
        `converged` is False where the rounds did not suffice.
    mistaken : Mistaken
        With their number estimated alongside.

    Notes
    -----
    E-step: post = n f1 / (n f1 + null + mistaken), expected matches c post. M-step: level probabilities from expected
    matches with a Dirichlet prior (Fellegi & Sunter 1969; EM: Winkler 1988). It starts from the excess of the
    observed over the expected counts.

    """
    expected = np.clip(counts - null, 0, None) * (counts > 3 * null)
    start = np.full((len(patterns), 1), 1.0)
    number, converged = min(float(expected.sum()), most), False
    classes = fit_classes(patterns, expected, start, prior=usual_rates(patterns), rounds=3)
    by_mistake = shape(patterns, mistaken.strangers)
    wrong = mistaken.number
    for _ in range(ROUNDS):
        density = number * classes.density(patterns)
        total = density + null + wrong * by_mistake
        expected = counts * density / total
        wrong = float((counts * wrong * by_mistake / total).sum()) + mistaken.number
        previous, number = number, min(float(expected.sum()), most)
        classes = fit_classes(patterns, expected, classes, prior=usual_rates(patterns), rounds=3)
        if abs(number - previous) < 1e-4 * max(number, 1):
            converged = True
            break
    return Matches(number, split_classes(patterns, expected), converged), Mistaken(wrong, mistaken.strangers)


def split_classes(patterns: Patterns, expected: FloatArray, start: LatentClasses | None = None, prior: FloatArray | None = None) -> LatentClasses:
    """Fit the classes of matches to expected match counts.

    Parameters
    ----------
    patterns
        P patterns.
    expected
        (P,) expected matches per pattern.
    start
        Classes to go on from; otherwise patterns start as troubled by their share of disagreements.
    prior
        Pseudo-matches per level, as a column. Default: the usual rates.

    Returns
    -------
    LatentClasses
        In the order of `CLASSES`.

    """
    prior = usual_rates(patterns) if prior is None else prior
    if start is not None:
        return fit_classes(patterns, expected, start, prior=prior, rounds=10)
    best = np.array([len(comparison.labels) - 1 for comparison in patterns.comparisons])
    known = patterns.levels >= 0
    trouble = ((patterns.levels < 0.4 * best) & known).sum(axis=1) + 0.5 * (~known).sum(axis=1)
    troubled = np.clip(0.1 + 0.35 * trouble, 0, 0.9)
    wrecked = np.clip(0.3 * (trouble - 1), 0.05, 0.9)
    exchanged = np.where(_names_exchanged(patterns), 0.98, 0.001)
    shares = np.stack([(1 - troubled) * (1 - exchanged), troubled * (1 - wrecked) * (1 - exchanged), troubled * wrecked * (1 - exchanged), exchanged], axis=1)
    return fit_classes(patterns, expected, shares, prior=prior, rounds=60)


def _names_exchanged(patterns: Patterns) -> BoolArray:
    """Tell which patterns have first name and surname in each other's place."""
    columns = [
        patterns.levels[:, place] == comparison.labels.index(EXCHANGED)
        for place, comparison in enumerate(patterns.comparisons)
        if EXCHANGED in comparison.labels
    ]
    if not columns:
        return np.zeros(len(patterns), bool)
    both: BoolArray = np.logical_and.reduce(columns)
    return both


def usual_rates(patterns: Patterns) -> FloatArray:
    """Return the Dirichlet prior of the match rates: pseudo-matches per level, as a column.

    Shares of `USUAL` are spread evenly over the levels that they are about.
    """
    prior = np.zeros((patterns.indicator.shape[1], 1))
    for comparison, columns in patterns.by_comparison():
        levels = np.arange(-1, len(comparison.labels))
        agrees = levels >= agreement_from(comparison)
        for name, where in (("missing", levels < 0), ("different", (levels >= 0) & ~agrees), ("agrees", agrees)):
            prior[columns][where] = PSEUDO_MATCHES * USUAL[name] / where.sum()
    return prior
