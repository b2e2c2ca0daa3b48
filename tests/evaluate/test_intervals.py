"""Drawn counts: against the exact distribution of a sum of outcomes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink.evaluate import intervals
from kleuterlink.evaluate.intervals import DRAWS, Outcomes, draw_unseen, factor_of_unseen, interval


def poisson_binomial(p):
    """Return the probability of each number of outcomes, by convolution."""
    made = np.ones(1)
    for each in p:
        made = np.convolve(made, [1 - each, each])
    return made


def bounds(p):
    below = np.cumsum(poisson_binomial(p))
    return [int(np.searchsorted(below, level)) for level in (0.025, 0.975)]


@pytest.mark.parametrize("p", [[0.9, 0.5, 0.01, 0.99], [0.3] * 20, [1.0] * 5, [0.0004] * 900, [0.999] * 50 + [0.5] * 3])
def test_an_interval_is_that_of_the_poisson_binomial_distribution(p):
    drawn = Outcomes(np.array(p)).counts(np.zeros(len(p), np.int64), 1)[:, 0]
    assert interval(drawn) == pytest.approx(bounds(p), abs=1)
    assert drawn.mean() == pytest.approx(sum(p), abs=4 * np.sqrt(sum(each * (1 - each) for each in p) / DRAWS) + 1e-9)


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 4)), max_size=40))
def test_the_counts_of_groups_are_those_of_their_own_outcomes(outcomes):
    p = np.array([chance for chance, _ in outcomes])
    group = np.array([place for _, place in outcomes], np.int64)
    drawn = Outcomes(p).counts(group, 5)
    assert drawn.shape == (DRAWS, 5)
    sure, possible = (np.bincount(group[rows], minlength=5) for rows in (p == 1, p >= 1e-3))
    assert (drawn >= sure).all()
    # Very improbable outcomes are drawn together, and more of them than there are is all but impossible.
    assert (drawn <= possible + 3).all()


def test_draws_do_not_depend_on_the_order_of_the_outcomes():
    p, group = np.array([0.2, 0.0004, 0.6, 0.4]), np.array([1, 1, 1, 0])
    again = Outcomes(p[::-1]).counts(group[::-1], 2)
    assert (Outcomes(p).counts(group, 2) == again).all()


def test_groupings_count_the_same_outcomes():
    p = np.random.default_rng(2).random(50)
    outcomes, parity = Outcomes(p, factor_of_unseen(100.0, 30.0)), np.arange(50) % 2
    assert (outcomes.counts(parity, 2).sum(axis=1) == outcomes.counts(np.zeros(50, np.int64), 1)[:, 0]).all()


def test_unrecognised_matches_lie_between_none_and_twice_what_is_expected():
    drawn = draw_unseen(7.0)
    assert drawn.mean() == pytest.approx(7)
    assert 0 < drawn.min() < 0.1
    assert 13.9 < drawn.max() < 14
    assert factor_of_unseen(100.0, 7.0).mean() == pytest.approx(1)
    assert (factor_of_unseen(100.0, 0.0) == 1).all()


def test_how_many_random_numbers_are_held_at_a_time_changes_nothing(monkeypatch):
    p, group = np.random.default_rng(1).random(60), np.arange(60) % 7
    at_once = Outcomes(p).counts(group, 7)
    monkeypatch.setattr(intervals, "CHUNK", 100)
    assert (Outcomes(p).counts(group, 7) == at_once).all()
