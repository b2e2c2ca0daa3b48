"""The leftovers' own null, and what it may not forget of all pairs'."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from planted import plant

from kleuterlink.score import Start, look_again
from kleuterlink.score.matches import split_classes
from kleuterlink.score.mistaken import Mistaken
from kleuterlink.score.null import fit_null


@pytest.fixture(scope="module")
def leftovers():
    """Leftovers of which the known non-matches are strangers, under a first pass that knows the null of all pairs."""
    planted = plant(births=600, enrolled=0.5, seed=6)
    patterns, size = planted.patterns, len(planted.patterns)
    matched = np.bincount(planted.pattern[planted.match], minlength=size).astype(float)
    strangers = Mistaken(0.0, np.full(patterns.indicator.shape[1], 0.1))
    null = fit_null(patterns, planted.known, strangers)
    alike = (patterns.levels[:, 0] == 9) & (patterns.levels[:, 3] == 2)
    known = np.where(alike, 0.0, planted.known)
    everything = float(planted.sizes[0]) * planted.sizes[1]
    between = planted.known / everything
    start = Start(split_classes(patterns, matched), null.classes, between, matched, strangers, planted.sizes)
    prior = np.full(len(planted.pairs), 1e-3)
    return patterns, planted.pairs, planted.pattern, known, prior, start, alike


def test_no_pattern_is_rarer_among_leftovers_than_among_all_pairs(leftovers):
    *given, start, alike = leftovers
    found = look_again(*given, start)
    assert (found.null.count >= start.between * found.pairs * (1 - 1e-12)).all()
    assert (start.between[alike] > 0).sum() >= 5


def test_without_that_what_few_leftovers_show_would_pass_for_matches(leftovers):
    *given, start, alike = leftovers
    bounded, forgotten = (look_again(*given, each).ratio for each in (start, replace(start, between=np.zeros(len(alike)))))
    seen = alike & (start.between > 0)
    assert np.median(forgotten[seen] / bounded[seen]) > 1.8
    assert (bounded <= forgotten * 1.5).all()
