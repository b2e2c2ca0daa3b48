"""Marginals of the matching: against the enumeration of all matchings."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink.score.marginals import LARGEST_EXACT, UNLIKELY, enumerate_matchings, matching_marginals, possible, propagate
from kleuterlink.tables import Pairs


def by_definition(left, right, weight):
    """Go through all sets of edges, keep those that are matchings, and add up their weights."""
    total, everything = np.zeros(len(weight)), 0.0
    for chosen in itertools.product([False, True], repeat=len(weight)):
        rows = np.flatnonzero(chosen)
        if len(set(left[rows])) == len(rows) == len(set(right[rows])):
            product = float(np.prod(weight[rows]))
            everything += product
            total[rows] += product
    return total / everything


@st.composite
def graphs(draw, most_edges=9):
    edges = draw(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=most_edges, unique=True))
    weight = draw(st.lists(st.floats(1e-3, 1e6), min_size=len(edges), max_size=len(edges)))
    left, right = np.array(edges).T
    return left, right, np.array(weight)


@given(graphs())
def test_small_components_are_exact(graph):
    left, right, weight = graph
    found = matching_marginals(left, right, weight, (5, 5))
    assert found.pair == pytest.approx(by_definition(left, right, weight), abs=1e-5)
    assert np.bincount(left, found.pair, minlength=5) == pytest.approx(found.left, abs=1e-9)
    assert np.bincount(right, found.pair, minlength=5) == pytest.approx(found.right, abs=1e-9)


@given(graphs(), st.lists(st.floats(-9, 15), min_size=9, max_size=9))
def test_what_is_not_possible_is_no_match_and_no_other_pair_misses_it(graph, exponents):
    left, right, _ = graph
    weight = 10.0 ** np.array(exponents[: len(left)])
    kept = possible(Pairs(left, right, np.zeros(len(left), np.uint32)), lambda part: weight[part], (5, 5))
    compact = [np.unique(rows, return_inverse=True)[1] for rows in (left, right)]
    assert (propagate(*compact, weight)[~kept] <= 2 * UNLIKELY).all()
    every, some = matching_marginals(left, right, weight, (5, 5)), matching_marginals(left[kept], right[kept], weight[kept], (5, 5))
    assert some.pair == pytest.approx(every.pair[kept], abs=1e-5)


def test_a_sibling_of_a_child_who_is_found_is_not_possible():
    left, right, weight = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([1e9, 1e-3, 1e-3, 1e9])
    pairs = Pairs(left, right, np.zeros(4, np.uint32))
    assert possible(pairs, lambda part: weight[part], (2, 2)).tolist() == [True, False, False, True]


@given(graphs())
def test_enumeration_is_the_definition(graph):
    left, right, weight = graph
    assert enumerate_matchings(left, right, weight) == pytest.approx(by_definition(left, right, weight), rel=1e-9, abs=1e-12)


@given(st.lists(st.tuples(st.integers(0, 20), st.floats(1e-3, 1e5)), min_size=1, max_size=8))
def test_belief_propagation_is_exact_on_trees(branches):
    # Each new record hangs on an earlier birth, or the reverse: a tree.
    left, right, births, records = [0], [0], 1, 1
    for place, _ in branches:
        if place % 2:
            left.append(place % births)
            right.append(records)
            records += 1
        else:
            left.append(births)
            right.append(place % records)
            births += 1
    weight = np.array([7.0, *(w for _, w in branches)])
    left, right = np.array(left), np.array(right)
    assert propagate(left, right, weight) == pytest.approx(by_definition(left, right, weight), abs=1e-5)


def test_two_twins_and_two_pupils_are_both_found_and_who_is_who_stays_open():
    found = matching_marginals(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.full(4, 1e6), (2, 2))
    assert found.pair == pytest.approx([0.5] * 4, abs=1e-3)
    assert found.left == pytest.approx([1, 1], abs=1e-3)


def test_a_twin_without_a_pupil_is_not_hidden_by_the_other_one():
    # One pupil; his name fits the first twin a thousand times better.
    found = matching_marginals(np.array([0, 1]), np.array([0, 0]), np.array([1e6, 1e3]), (2, 1))
    assert found.left[0] > 0.99
    assert found.left[1] < 0.01


def test_large_components_come_close_to_a_sampler():
    random = np.random.default_rng(3)
    left, right = np.repeat(np.arange(8), 8), np.tile(np.arange(8), 8)
    weight = np.exp(random.normal(-1.5, 2.5, 64))
    assert len(weight) > LARGEST_EXACT
    found = matching_marginals(left, right, weight, (8, 8))
    assert found.pair == pytest.approx(metropolis(left, right, weight, random), abs=0.05)


def metropolis(left, right, weight, random, rounds=400_000):
    """Sample matchings by adding and removing edges (Jerrum & Sinclair 1989)."""
    at_left, at_right = np.full(8, -1), np.full(8, -1)
    times = np.zeros(len(weight))
    edges, chances = random.integers(0, len(weight), rounds), random.random(rounds)
    state = np.zeros(len(weight), bool)
    for edge, chance in zip(edges, chances, strict=True):
        i, j = left[edge], right[edge]
        if state[edge]:
            if chance < 1 / weight[edge]:
                state[edge], at_left[i], at_right[j] = False, -1, -1
        elif at_left[i] < 0 and at_right[j] < 0:
            if chance < weight[edge]:
                state[edge], at_left[i], at_right[j] = True, edge, edge
        elif at_left[i] < 0 or at_right[j] < 0:
            # Slide an edge to the free record.
            old = max(at_left[i], at_right[j])
            if chance < weight[edge] / weight[old]:
                state[old], at_left[left[old]], at_right[right[old]] = False, -1, -1
                state[edge], at_left[i], at_right[j] = True, edge, edge
        times += state
    return times / rounds
