"""Records that bear another child's number: told apart from matches of which all else changed."""

from __future__ import annotations

import numpy as np
import pytest
from planted import COMPARISONS, STRANGERS, M, U, draw

from kleuterlink.score import begin, distinct_patterns, first_marginals, within_a_matching
from kleuterlink.score.mistaken import shape, stranger_rates
from kleuterlink.score.prior import nested
from kleuterlink.tables import Comparison, Pairs, Vectors

NUMBER = Comparison("national_number", ("two valid numbers that differ", "one typing error apart", "equal"))
WITH_NUMBER = (NUMBER, *COMPARISONS)
BIRTHS, WRONG = 3_000, 60


def encode(levels):
    code = np.zeros(len(levels), np.int64)
    for column, comparison in enumerate(WITH_NUMBER):
        code = code * (len(comparison.labels) + 1) + levels[:, column] + 1
    return code


def planted(random):
    """Plant births that are all enrolled; some of the records bear the number of another birth instead of their own."""
    number = np.where(np.arange(BIRTHS) < WRONG, 0, np.where(random.random(BIRTHS) < 0.03, 1, 2))
    matches = np.column_stack([number, draw(M, BIRTHS, random)])
    mistaken = np.column_stack([np.full(WRONG, 2), draw(STRANGERS, WRONG, random)])
    namesakes = np.column_stack([np.zeros(4 * BIRTHS, int), draw(U, 4 * BIRTHS, random)])
    left = np.concatenate([np.arange(BIRTHS), BIRTHS - 1 - np.arange(WRONG), random.integers(0, BIRTHS, 4 * BIRTHS)])
    right = np.concatenate([np.arange(BIRTHS), np.arange(WRONG), random.integers(0, BIRTHS, 4 * BIRTHS)])
    _, first = np.unique(left * BIRTHS + right, return_index=True)
    levels = np.concatenate([matches, mistaken, namesakes])[first]
    return Pairs(left[first].astype(np.int32), right[first].astype(np.int32), np.ones(len(first), np.uint32)), levels, first


@pytest.fixture(scope="module")
def found():
    random = np.random.default_rng(4)
    pairs, levels, first = planted(random)
    vectors = Vectors(WITH_NUMBER, encode(levels))
    within = Vectors(WITH_NUMBER, encode(np.column_stack([np.zeros(4 * BIRTHS, int), draw(U, 4 * BIRTHS, random)])))
    sample = Vectors(WITH_NUMBER, encode(np.column_stack([np.zeros(5_000, int), draw(STRANGERS, 5_000, random)])))
    patterns = distinct_patterns([vectors, within])
    counts, known = (np.bincount(patterns.index(each.code), minlength=len(patterns)).astype(float) for each in (vectors, within))
    densities, _, _ = begin(patterns, counts, known, sample, (BIRTHS, BIRTHS))
    chains = (nested([], BIRTHS), nested([], BIRTHS))
    pattern = patterns.index(vectors.code)
    return within_a_matching(densities, pattern, first_marginals(densities, pairs, pattern, (BIRTHS, BIRTHS), chains)), first, vectors


def test_their_number_is_found(found):
    densities, _, _ = found
    assert densities.null.mistaken.number == pytest.approx(WRONG, rel=0.25)


def test_they_do_not_teach_the_match_rates(found):
    densities, _, _ = found
    number, *fitted = densities.matches.classes.marginals(densities.patterns.comparisons)
    for estimated, rates in zip(fitted, M, strict=True):
        assert estimated[1:] == pytest.approx(rates, abs=0.025)
    assert number[1] == pytest.approx(WRONG / BIRTHS, abs=0.01)


def test_agreeing_on_the_number_alone_weighs_less_than_agreeing_on_all_else(found):
    densities, _, _ = found
    alone, all_else = densities.ratio_of(encode(np.array([[2, 0, 0, 0, 0], [0, 9, 2, 2, 2]])))
    assert all_else > 50 * alone


def test_the_shape_is_a_distribution_over_what_strangers_look_like(found):
    densities, _, _ = found
    sample = Vectors(WITH_NUMBER, densities.patterns.code)
    rates = stranger_rates(densities.patterns, sample)
    for block in densities.patterns.blocks:
        assert rates[block.columns].sum() == pytest.approx(1)
    made = shape(densities.patterns, rates)
    assert (made[densities.patterns.levels[:, 0] != 2] == 0).all()
    assert 0 < made.sum() <= 1
