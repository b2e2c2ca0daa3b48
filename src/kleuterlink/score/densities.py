"""What training estimates of the patterns: their density among matches and among non-matches."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from kleuterlink.score.matches import Matches
from kleuterlink.score.mistaken import Mistaken
from kleuterlink.score.null import Null
from kleuterlink.score.patterns import LatentClasses, Patterns, patterns_of
from kleuterlink.tables import FloatArray, IntArray


@dataclass(frozen=True)
class Densities:
    """Match and null density of agreement patterns.

    Attributes
    ----------
    patterns
        P patterns.
    null, matches
        The fitted parts.
    pairs
        Births x records: the pairs that the null speaks of.

    """

    patterns: Patterns
    null: Null
    matches: Matches
    pairs: float

    @cached_property
    def ratio(self) -> FloatArray:
        """(P,) f1 / f0: match density over null density."""
        made: FloatArray = self.matches.classes.density(self.patterns) / (self.null.count / self.pairs)
        return made

    def ratio_of(self, code: IntArray) -> FloatArray:
        """Return f1 / f0 of pattern codes, also of those that no candidate pair has."""
        patterns = patterns_of(self.patterns.comparisons, pd.unique(code))
        ratio = self.matches.classes.density(patterns) / self.null_of(patterns)
        made: FloatArray = ratio[patterns.index(code)]
        return made

    def null_of(self, patterns: Patterns) -> FloatArray:
        """Return the (P,) null density of patterns, also of those that no candidate pair has."""
        density = self.null.density(patterns, self.pairs)
        place = np.minimum(np.searchsorted(self.patterns.code, patterns.code), len(self.patterns) - 1)
        seen = self.patterns.code[place] == patterns.code
        density[seen] = self.null.count[place[seen]] / self.pairs
        return density


def given_densities(patterns: Patterns, model: tuple[LatentClasses, LatentClasses, float, Mistaken], sizes: tuple[int, int]) -> Densities:
    """Return the densities of a model that was trained before.

    Parameters
    ----------
    patterns
        P patterns of the candidate pairs.
    model
        Match classes, null classes, null share and mistaken identifiers that `model.restore` returned.
    sizes
        N births, M records.

    Returns
    -------
    Densities
        Those of the model's classes.

    """
    classes, null_classes, null_share, mistaken = model
    pairs = float(sizes[0]) * sizes[1]
    expected = np.maximum(null_classes.density(patterns) * null_share * pairs, mistaken.count(patterns))
    null = Null(expected, null_classes, mistaken)
    return Densities(patterns, null, Matches(0.0, classes, converged=True), pairs)
