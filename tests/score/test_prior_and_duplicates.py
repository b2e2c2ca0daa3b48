"""The prior of a matching, and the records of one pupil."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink.score import clusters_of, pair_odds, singletons
from kleuterlink.score.duplicates import MOST_MEMBERS
from kleuterlink.score.prior import nested_rates
from kleuterlink.tables import Pairs


@pytest.mark.parametrize(("births", "records", "matches"), [(1_000, 1_200, 980), (500, 500, 250), (80, 20, 19)])
def test_equal_rates_give_the_bipartite_prior(births, records, matches):
    odds = pair_odds(np.full(births, matches / births), np.full(records, matches / records), np.array([0]), np.array([0]))
    assert odds == pytest.approx(matches / ((births - matches) * (records - matches)), rel=1e-9)


def test_a_small_group_is_shrunk_to_the_wider_one():
    found = np.concatenate([np.ones(900), np.zeros(100), np.zeros(3)])
    group = np.concatenate([np.zeros(1_000, np.int64), np.ones(3, np.int64)])
    rates = nested_rates(found, [group])
    assert rates[0] == pytest.approx(0.9, abs=0.005)
    assert 0.5 < rates[-1] < 0.9


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3), st.integers(0, 9)), min_size=1, max_size=60))
def test_rates_are_strictly_between_0_and_1(records):
    found, wide, narrow = (np.array(column) for column in zip(*records, strict=True))
    rates = nested_rates(found, [np.unique(codes, return_inverse=True)[1] for codes in (wide, wide * 10 + narrow)])
    assert ((rates > 0) & (rates < 1)).all()


def pairs_of(*edges):
    left, right = np.array(edges, np.int32).reshape(-1, 2).T
    return Pairs(left, right, np.zeros(len(left), np.uint32))


def test_sure_pairs_make_a_cluster_and_unsure_ones_none():
    clusters = clusters_of(pairs_of((0, 1), (2, 3)), np.array([0.99, 0.6]), 4)
    assert clusters.of[0] == clusters.of[1]
    assert len(set(clusters.of)) == len(clusters) == 3
    assert clusters.of[clusters.representative].tolist() == [0, 1, 2]


def test_a_triangle_is_a_cluster_and_a_chain_is_none():
    triangle = clusters_of(pairs_of((0, 1), (1, 2), (0, 2)), np.ones(3), 3)
    assert len(triangle) == 1
    chain = clusters_of(pairs_of((0, 1), (1, 2), (2, 3), (3, 4)), np.ones(4), 5)
    assert len(chain) == 5


def test_a_crowd_is_taken_apart():
    size = MOST_MEMBERS + 1
    edges = [(i, j) for i in range(size) for j in range(i + 1, size)]
    assert len(clusters_of(pairs_of(*edges), np.ones(len(edges)), size)) == size


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.floats(0, 1)), max_size=30))
def test_every_record_is_in_one_cluster(edges):
    edges = [(min(i, j), max(i, j), p) for i, j, p in edges if i != j]
    clusters = clusters_of(pairs_of(*[(i, j) for i, j, _ in edges]), np.array([p for _, _, p in edges]), 10)
    assert sorted(set(clusters.of.tolist())) == list(range(len(clusters)))
    assert np.bincount(clusters.of).max() <= MOST_MEMBERS


def test_singletons_are_apart():
    assert singletons(3).of.tolist() == singletons(3).representative.tolist() == [0, 1, 2]
