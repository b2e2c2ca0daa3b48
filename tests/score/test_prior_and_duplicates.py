"""The prior of a matching, and of two records that are one person's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink.score import duplicate_prior, pair_odds
from kleuterlink.score.duplicates import MOST
from kleuterlink.score.prior import nested, nested_rates


@pytest.mark.parametrize(("births", "records", "matches"), [(1_000, 1_200, 980), (500, 500, 250), (80, 20, 19)])
def test_equal_rates_give_the_bipartite_prior(births, records, matches):
    odds = pair_odds(np.full(births, matches / births), np.full(records, matches / records), np.array([0]), np.array([0]))
    assert odds == pytest.approx(matches / ((births - matches) * (records - matches)), rel=1e-9)


def test_a_small_group_is_shrunk_to_the_wider_one():
    found = np.concatenate([np.ones(900), np.zeros(100), np.zeros(3)])
    group = np.concatenate([np.zeros(1_000, np.int64), np.ones(3, np.int64)])
    rates = nested_rates(found, nested([group], len(group)))
    assert rates[0] == pytest.approx(0.9, abs=0.005)
    assert 0.5 < rates[-1] < 0.9


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3), st.integers(0, 9)), min_size=1, max_size=60))
def test_rates_are_strictly_between_0_and_1(records):
    found, wide, narrow = (np.array(column) for column in zip(*records, strict=True))
    rates = nested_rates(found, nested([wide, wide * 10 + narrow], len(wide)))
    assert ((rates > 0) & (rates < 1)).all()


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3), st.integers(0, 9)), min_size=1, max_size=60))
def test_a_group_is_shrunk_to_the_rate_of_the_one_it_lies_in(records):
    found, wide, narrow = (np.array(column) for column in zip(*records, strict=True))
    expected = np.full(len(found), (found.sum() + 0.5) / (len(found) + 1))
    for codes in (wide, wide * 10 + narrow):
        inside = codes[:, None] == codes
        expected = (inside @ found + 25 * expected) / (inside.sum(axis=1) + 25)
    rates = nested_rates(found, nested([wide, wide * 10 + narrow], len(wide)))
    margin = 0.1 / (len(found) + 1)
    assert rates == pytest.approx(np.clip(expected, margin, 1 - margin))
    assert nested_rates(found, nested([], len(found))) == pytest.approx(np.full(len(found), (found.sum() + 0.5) / (len(found) + 1)))


@given(st.lists(st.floats(0, 1e6), max_size=30), st.integers(1, 200))
def test_the_prior_of_duplicates_is_the_share_that_it_leads_to(ratio, size):
    ratio = np.array(ratio)
    prior = duplicate_prior(ratio, size)
    pairs = max(size * (size - 1) / 2, 1)
    assert 0 < prior <= MOST
    expected = min((prior * ratio / (1 + prior * ratio)).sum() + 0.5, MOST * pairs)
    assert prior * pairs == pytest.approx(expected, rel=0.15)


def test_patterns_count_as_often_as_they_are_seen():
    ratio, counts = np.array([1e9, 1e-3]), np.array([40.0, 1_000.0])
    assert duplicate_prior(ratio, 500, counts) == pytest.approx(duplicate_prior(np.repeat(ratio, counts.astype(int)), 500))
    assert duplicate_prior(ratio, 500, counts) * 500 * 499 / 2 == pytest.approx(40.5, rel=1e-3)
