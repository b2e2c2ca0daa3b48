"""Clusters that do not chain: against every partition, and what must hold of any."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import all_partitions, inside

from kleuterlink.score import Clusters, cluster, components, membership, singletons
from kleuterlink.score.clusters import ABSENT, LARGEST_EXACT, join_greedily
from kleuterlink.tables import Pairs

BELL = {1: 1, 2: 2, 3: 5, 4: 15, 5: 52, 6: 203}


def every_pair(size):
    left, right = np.triu_indices(size, 1)
    return Pairs(left.astype(np.int32), right.astype(np.int32), np.zeros(len(left), np.uint32))


def pairs_of(*edges):
    left, right = np.array(edges, np.int32).reshape(-1, 2).T
    return Pairs(left, right, np.zeros(len(left), np.uint32))


@st.composite
def tables(draw, least=1, most=6):
    size = draw(st.integers(least, most))
    values = draw(st.lists(st.floats(-12, 12), min_size=size * (size - 1) // 2, max_size=size * (size - 1) // 2))
    table = np.zeros((size, size))
    table[np.triu_indices(size, 1)] = values
    return table + table.T


def clustered(table) -> Clusters:
    return cluster(every_pair(len(table)), table[np.triu_indices(len(table), 1)], len(table))


def same(labels):
    return np.equal.outer(labels, labels)


@pytest.mark.parametrize(("size", "count"), BELL.items())
def test_the_oracle_makes_every_partition_once(size, count):
    made = [tuple(labels) for labels in all_partitions(size)]
    assert len(set(made)) == len(made) == count


@given(tables())
def test_a_small_component_is_cut_as_well_as_can_be(table):
    best = max(inside(table, labels) for labels in all_partitions(len(table)))
    assert inside(table, clustered(table).of) == pytest.approx(best, abs=1e-9)


@given(tables(least=2, most=12))
def test_no_record_and_no_pair_of_clusters_gains_by_moving(table):
    labels = join_greedily(table)
    value = inside(table, labels)
    for record in range(len(table)):
        for label in [*labels, len(table)]:
            moved = labels.copy()
            moved[record] = label
            assert inside(table, moved) <= value + 1e-6


@given(tables(least=2, most=6))
def test_what_greedy_joins_is_never_better_than_the_best(table):
    labels = join_greedily(table)
    best = inside(table, clustered(table).of)
    assert -1e-9 <= inside(table, labels) <= best + 1e-9


@given(tables(least=2, most=7))
def test_nothing_chains(table):
    """No cluster could be cut in two without loss: each part must be for the other, on the whole."""
    labels = clustered(table).of
    for label in set(labels.tolist()):
        members = np.flatnonzero(labels == label)
        for chosen in range(1, 2 ** (len(members) - 1)):
            part = members[[bool(chosen >> k & 1) for k in range(len(members))]]
            rest = np.setdiff1d(members, part)
            assert table[np.ix_(part, rest)].sum() > -1e-9


def test_two_likenesses_do_not_join_what_is_unlike():
    log_odds = {(0, 1): 4.0, (1, 2): 3.0, (0, 2): -9.0}
    clusters = cluster(pairs_of(*log_odds), np.array(list(log_odds.values())), 3)
    assert clusters.of.tolist() == [0, 0, 1]
    assert clusters.representative.tolist() == [0, 2]


def test_a_pair_that_nobody_compared_speaks_against():
    chain = [(k, k + 1) for k in range(9)]
    clusters = cluster(pairs_of(*chain), np.full(9, -ABSENT - 1.0), 10)
    assert np.bincount(clusters.of).max() == 2


@given(tables(least=2, most=LARGEST_EXACT), st.randoms(use_true_random=False))
def test_the_order_of_the_records_does_not_matter(table, random):
    order = np.array(random.sample(range(len(table)), len(table)))
    turned = table[np.ix_(order, order)]
    one, other = clustered(table).of, clustered(turned).of
    # Where two partitions are worth the same, either may be taken.
    assert inside(table, one) == pytest.approx(inside(turned, other), abs=1e-9)


def test_components_follow_the_pairs_that_are_linked():
    component = components(pairs_of((0, 1), (1, 2), (3, 4)), np.array([True, False, True]), 5)
    assert same(component).sum() == 4 + 1 + 4


def test_singletons_are_apart():
    assert singletons(3).of.tolist() == singletons(3).representative.tolist() == [0, 1, 2]
    assert len(cluster(pairs_of(), np.zeros(0), 3)) == 3


def test_two_records_are_as_sure_as_their_pair():
    pairs, log_odds = pairs_of((0, 1)), np.array([3.0])
    record, pair = membership(pairs, log_odds, cluster(pairs, log_odds, 3))
    p = 1 / (1 + np.exp(-3.0))
    assert record == pytest.approx([p, p, 1.0])
    assert pair == pytest.approx([p])
    record, pair = membership(pairs, -log_odds, singletons(3))
    assert record == pytest.approx([p, p, 1.0])
    assert pair == pytest.approx([1 - p])


@given(tables(least=2, most=9))
def test_memberships_are_probabilities(table):
    pairs, log_odds = every_pair(len(table)), table[np.triu_indices(len(table), 1)]
    clusters = clustered(table)
    record, pair = membership(pairs, log_odds, clusters)
    for each in (record, pair):
        assert ((each >= 0) & (each <= 1)).all()
    assert len(record) == len(table)
    assert len(pair) == len(pairs)


def test_a_record_between_two_clusters_is_unsure():
    log_odds = {(0, 1): 9.0, (2, 3): 9.0, (0, 4): 2.0, (1, 4): 2.0, (2, 4): 1.9, (3, 4): 1.9, (0, 2): -9.0, (0, 3): -9.0, (1, 2): -9.0, (1, 3): -9.0}
    pairs, values = pairs_of(*log_odds), np.array(list(log_odds.values()))
    clusters = cluster(pairs, values, 5)
    assert clusters.of.tolist() == [0, 0, 1, 1, 0]
    record, _ = membership(pairs, values, clusters)
    assert 0.4 < record[4] < 0.6
    assert record[:4].min() > 0.9
