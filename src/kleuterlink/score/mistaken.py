"""Mistaken identifiers: a record that bears another person's number agrees with that person on the number alone.

A birth register by itself cannot show such pairs, as each number in it is one child's; that they happen is a fact of the domain (numbers
that belong to another, where a school's spelling differs from the register's). By themselves they pass for matches of which all
else changed, and would teach the match rates that this is common.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kleuterlink.score.patterns import Patterns, level_counts
from kleuterlink.tables import FloatArray, Vectors

EXPECTED = 0.002
"""Share of a list's records that are held to bear another's identifier, before the pairs show how many do."""


@dataclass(frozen=True)
class Mistaken:
    """Pairs that agree on an identifier by mistake.

    Attributes
    ----------
    number
        How many are expected.
    strangers
        (L,) probability of each level among random pairs, in the order of `Patterns.indicator`.

    """

    number: float
    strangers: FloatArray

    def count(self, patterns: Patterns) -> FloatArray:
        """Return the (P,) expected pairs per pattern: the identifier equal, all else as among strangers."""
        return self.number * shape(patterns, self.strangers)


def stranger_rates(patterns: Patterns, sample: Vectors) -> FloatArray:
    """Return the probability of each level among random pairs, half a pair added to each."""
    rates = level_counts(sample) + 0.5
    for block in patterns.blocks:
        rates[block.columns] /= rates[block.columns].sum()
    return rates


def shape(patterns: Patterns, strangers: FloatArray) -> FloatArray:
    """Return the (P,) probability of each pattern of a pair with a mistaken identifier; 0 where there is no identifier."""
    made = np.zeros(len(patterns))
    log_rates = np.log(strangers)
    for place, comparison in enumerate(patterns.comparisons):
        if comparison.identifying:
            others = log_rates.copy()
            for block in patterns.blocks:
                if block.place == place:
                    others[block.columns] = 0.0
            made += np.where(patterns.levels[:, place] == len(comparison.labels) - 1, np.exp(patterns.indicator @ others), 0.0)
    return made
