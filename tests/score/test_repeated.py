"""Records of one pupil in a list: what the births say of them, and what is learnt of the list's own pairs."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted import COMPARISONS, STRANGERS, M, U, draw, encode, plant

from kleuterlink.score import begin, births_testify, duplicate_prior, first_marginals, learn_repeated, matching_marginals, within_a_matching
from kleuterlink.score.prior import nested
from kleuterlink.score.repeated import LEAST
from kleuterlink.tables import Pairs, Vectors

HEAPED = (np.array([0.10, 0.05, 0.05, 0.05, 0.05, 0.05, 0.0, 0.0, 0.0, 0.65]), *U[1:])
"""Rates of two pupils' records in a list: dates agree three times as often as those of two births."""

ALIKE = (M[0], M[1], M[2], np.array([0.02, 0.03, 0.95]))
"""Rates of one pupil's records: they agree on the address more often than a birth and a record do."""


def one_pair():
    return Pairs(np.array([0], np.int32), np.array([1], np.int32), np.ones(1, np.uint32))


def weight_of_all(tables):
    """Add up the weights of all matchings in which each column of odds gets one row or none."""
    total = 0.0
    for rows in product(range(-1, tables.shape[0]), repeat=tables.shape[1]):
        taken = [row for row in rows if row >= 0]
        if len(set(taken)) == len(taken):
            total += float(np.prod([tables[row, column] for column, row in enumerate(rows) if row >= 0]))
    return total


odds = st.floats(-12, 12).map(lambda exponent: float(np.exp(exponent)))


@given(st.integers(1, 4).flatmap(lambda births: st.lists(st.tuples(odds, odds), min_size=births, max_size=births)))
def test_what_births_say_is_the_ratio_of_all_matchings_within_the_bounds_that_are_stated(table):
    table = np.array(table)
    one_pupil = weight_of_all(table.max(axis=1, keepdims=True))
    left, right = np.indices(table.shape)
    matched = matching_marginals(left.ravel(), right.ravel(), table.ravel(), table.shape).right
    mean = (matched.sum() + 0.5) / 3
    said = births_testify(matched, one_pair())[0] * (1 - mean**2)
    assert 0.49 <= one_pupil / weight_of_all(table) / said <= 1.35


@given(st.lists(st.floats(0, 1), min_size=2, max_size=40))
def test_of_different_pupils_births_say_nothing_on_average(matched):
    matched = np.array(matched)
    left, right = (rows.ravel().astype(np.int32) for rows in np.indices((len(matched), len(matched))))
    said = births_testify(matched, Pairs(left, right, np.ones(len(left), np.uint32)))
    assert (said > 0).all()
    mean, shrunk = (1 - matched.mean()), 1 - (matched.sum() + 0.5) / (len(matched) + 1)
    assert said.mean() == pytest.approx(max(mean * (2 - mean), LEAST) / (shrunk * (2 - shrunk)), rel=1e-6, abs=1e-9)


def test_two_pupils_with_births_lose_what_the_weaker_one_has_for_its_birth():
    matched = np.array([1 - 1e-9, 1 - 1e-6, *np.full(100, 0.9)])
    said = births_testify(matched, one_pair())[0]
    usual = births_testify(np.full(102, 0.9), one_pair())[0]
    assert said / usual == pytest.approx((1e-6 + 1e-9) / 0.19, rel=0.02)


@pytest.fixture(scope="module")
def births_and_list():
    planted = plant(births=6_000, enrolled=0.95, seed=3)
    counts = np.bincount(planted.pattern, minlength=len(planted.patterns)).astype(float)
    sample = Vectors(COMPARISONS, encode(draw(STRANGERS, 5_000, np.random.default_rng(9))))
    densities, _, _ = begin(planted.patterns, counts, planted.known, sample, planted.sizes)
    chains = tuple(nested([], size) for size in planted.sizes)
    marginals = first_marginals(densities, planted.pairs, planted.pattern, planted.sizes, chains)
    return within_a_matching(densities, planted.pattern, marginals), marginals.right


def within_the_list(matched, seed, repeated=200):
    """Plant pairs of the list's records: some of one pupil's, one of them without a birth, and many of two pupils'."""
    random = np.random.default_rng(seed)
    matched = matched.copy()
    matched[:repeated] = 0.001
    ones = np.stack([np.arange(repeated), random.integers(repeated, len(matched), repeated)])
    others = random.integers(0, len(matched), (2, 60_000))
    both = np.concatenate([ones, np.sort(others[:, others[0] != others[1]], axis=0)], axis=1)
    _, first = np.unique(both[0] * len(matched) + both[1], return_index=True)
    one = first < repeated
    levels = np.where(one[:, None], draw(ALIKE, len(first), random), draw(HEAPED, len(first), random))
    left, right = both[:, first].astype(np.int32)
    return Pairs(left, right, np.ones(len(first), np.uint32)), encode(levels), matched, one


def test_null_and_match_rates_are_those_of_the_list_s_own_pairs(births_and_list):
    densities, matched = births_and_list
    pairs, code, matched, one = within_the_list(matched, 5)
    found = learn_repeated(densities, pairs, code, matched)
    assert found.prior * found.densities.pairs == pytest.approx(one.sum(), rel=0.15)
    assert found.densities.null.count.sum() == pytest.approx((~one).sum(), rel=0.05)
    address = found.densities.matches.classes.marginals(COMPARISONS)[3]
    assert address[1:] == pytest.approx(ALIKE[3], abs=0.05)
    alike = found.densities.null.classes.marginals(COMPARISONS)[0]
    assert alike[-1] == pytest.approx(HEAPED[0][-1], abs=0.02)


def test_log_odds_are_calibrated_where_those_between_births_and_list_are_not(births_and_list):
    densities, matched = births_and_list
    sums = np.zeros((3, 2))
    for seed in range(6):
        pairs, code, with_repeated, one = within_the_list(matched, seed)
        found = learn_repeated(densities, pairs, code, with_repeated)
        ratio = densities.ratio_of(code)
        for row, log_odds in enumerate((found.log_odds(pairs, code), np.log(duplicate_prior(ratio, len(matched)) * ratio))):
            p = 1 / (1 + np.exp(-log_odds))
            doubtful = (p > 0.05) & (p < 0.95)
            sums[row] += p[doubtful].sum(), one[doubtful].sum()
            sums[2, row] += p[~one].sum()
    (expected, true), (expected_before, true_before), (wrong, wrong_before) = sums
    assert expected > 30
    assert expected == pytest.approx(true, abs=3 * np.sqrt(expected))
    assert expected_before > true_before + 10 * np.sqrt(expected_before)
    assert wrong < 0.1 * wrong_before


def test_two_pupils_who_have_births_of_their_own_are_two_however_alike(births_and_list):
    densities, matched = births_and_list
    pairs, code, matched, one = within_the_list(matched, 7)
    found = learn_repeated(densities, pairs, code, matched)
    surest = np.flatnonzero(one)[np.argmax(found.log_odds(pairs, code)[one])]
    assert found.log_odds(pairs, code)[surest] > 4
    own = matched.copy()
    own[[pairs.left[surest], pairs.right[surest]]] = 1.0
    apart = learn_repeated(densities, pairs, code, own).log_odds(pairs, code)[surest]
    assert apart < -5


def test_a_list_that_shares_no_key_with_itself_has_nobody_twice(births_and_list):
    densities, matched = births_and_list
    none = Pairs(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.uint32))
    found = learn_repeated(densities, none, np.zeros(0, np.int64), matched)
    assert len(found.log_odds(none, np.zeros(0, np.int64))) == 0
    assert found.densities.matches.number == 0


def test_a_list_that_has_nothing_to_do_with_the_births_has_their_null(births_and_list):
    densities, matched = births_and_list
    pairs, code, _, _ = within_the_list(matched, 8, repeated=0)
    found = learn_repeated(densities, pairs, code, np.zeros(len(matched)))
    patterns = found.densities.patterns
    assert found.densities.null.count.sum() == pytest.approx(densities.null_of(patterns).sum() * found.densities.pairs, rel=0.01)
    assert births_testify(np.zeros(5_000), one_pair())[0] == pytest.approx(1, abs=1e-3)
