"""Decisions over the whole set: against brute force, and as properties."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink.assign import DECISIONS, link_tables
from kleuterlink.assign import decide as decide_by_place
from kleuterlink.assign.links import _assigned
from kleuterlink.schemas import LINKS
from kleuterlink.tables import STRING, Comparison, ListLinks, Vectors


@st.composite
def graphs(draw):
    edges = draw(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=9, unique=True))
    left, right = np.array(edges).T
    raw = np.array(draw(st.lists(st.floats(0.01, 1), min_size=len(edges), max_size=len(edges))))
    # As marginals of a matching are: no record has more than one match.
    busiest = max(np.bincount(left, raw).max(), np.bincount(right, raw).max(), 1)
    return left, right, raw / busiest


def decide(left, right, probability):
    return np.array(DECISIONS)[decide_by_place(left, right, probability)]


def best_sum(left, right, probability):
    best = 0.0
    for chosen in itertools.product([False, True], repeat=len(left)):
        rows = np.flatnonzero(chosen)
        if len(set(left[rows])) == len(rows) == len(set(right[rows])):
            best = max(best, float(probability[rows].sum()))
    return best


@given(graphs())
def test_the_assignment_is_optimal(graph):
    left, right, probability = graph
    rows = _assigned(left, right, probability)
    assert len(set(left[rows])) == len(rows) == len(set(right[rows]))
    assert probability[rows].sum() == pytest.approx(best_sum(left, right, probability))


@given(graphs())
def test_a_record_is_in_one_link_and_links_are_more_likely_right_than_wrong(graph):
    left, right, probability = graph
    decision = decide(left, right, probability)
    links = decision == "link"
    assert len(set(left[links])) == links.sum() == len(set(right[links]))
    assert (probability[links] >= 0.499).all()
    assert set(decision[probability >= 0.05]) <= {"link", "possible_link"}
    assert set(decision[probability < 0.05]) <= {"non_link"}


@given(graphs(), st.randoms())
def test_the_order_of_the_pairs_does_not_matter(graph, random):
    left, right, probability = graph
    order = list(range(len(left)))
    random.shuffle(order)
    assert (decide(left[order], right[order], probability[order]) == decide(left, right, probability)[order]).all()


def test_two_twins_and_two_pupils_are_exchangeable_and_none_is_a_link():
    decision = decide(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.full(4, 0.4999))
    assert set(decision) == {"possible_link"}


def test_both_enrolments_of_a_pupil_are_links_of_one_child():
    # The first two pairs are two records of pupil 7.
    decision = decide(np.array([0, 0, 1]), np.array([7, 7, 8]), np.array([0.98, 0.98, 0.02]))
    assert decision.tolist() == ["link", "link", "non_link"]


def scored(left, right, pupil, probability, **fields):
    size = len(left)
    comparisons = (Comparison("surname", ("different", "equal")),)
    made = {
        "left": np.array(left),
        "right": np.array(right),
        "pupil": np.array(pupil),
        "vectors": Vectors(comparisons, np.full(size, 2)),
        "weight": np.linspace(20, 5, size),
        "probability": np.array(probability),
        "rules": np.array([3] * size, np.uint32),
        "rule_names": ("one", "two"),
        "found": np.zeros(2),
        "matched": np.zeros(2),
        "candidate_pairs": size,
        "blocking": [],
        "second_look": {},
        "model": {},
    }
    return ListLinks(**{**made, **fields})


def test_the_tables_name_records_rules_and_levels():
    births, records = np.array(["K1", "K2"], object), np.array([f"R{i}" for i in range(8)], object)
    one = scored([0, 0, 1], [0, 1, 2], [0, 0, 1], [0.97, 0.97, 0.01])
    other = scored([1], [0], [0], [0.9], vectors=Vectors((Comparison("sex", ("different", "equal")),), np.array([1])))
    decided = link_tables(births, {"pupils": (records, one), "siel": (records[:1], other)})
    links, candidates = decided.links.whole(), decided.candidates.whole()
    assert list(links) == [*LINKS, "level_surname", "level_sex"]
    assert links[["child_id", "register", "record_id"]].to_numpy().tolist() == [["K1", "pupils", "R0"], ["K1", "pupils", "R1"], ["K2", "siel", "R0"]]
    assert links["level_surname"].tolist() == [1, 1, -1]
    assert links["level_sex"].tolist() == [-1, -1, 0]
    assert links["blocking_rules"].tolist() == ["one;two"] * 3
    assert candidates["decision"].tolist() == ["link", "link", "non_link", "link"]


def test_five_candidates_are_kept_of_every_child_over_all_lists():
    births, records = np.array(["K1", "K2"], object), np.array([f"R{i}" for i in range(8)], object)
    many = scored([0] * 8, range(8), range(8), np.linspace(0.04, 0.01, 8))
    decided = link_tables(births, {"one": (records, many), "two": (records, many)})
    candidates = decided.candidates.whole()
    assert decided.links.rows == 0
    assert len(candidates) == 5
    assert candidates["match_probability"].min() >= 0.03
    assert pd.api.types.is_float_dtype(candidates["match_weight"])


def test_a_child_who_is_surely_found_is_told_by_its_links():
    births, records = np.array(["K1", "K2", "K3"], object), pa.array([f"R{i}" for i in range(5)])
    # K2 is found without a link: an exchangeable pupil, one of two.
    pairs = scored([0, 0, 1, 1, 2], range(5), range(5), [0.9995, 0.0004, 0.4999, 0.4999, 0.01], found=np.array([0.9995, 0.9998, 0.5]))
    decided = link_tables(births, {"pupils": (records, pairs)})
    assert decided.links.whole()[["child_id", "record_id"]].to_numpy().tolist() == [["K1", "R0"], ["K2", "R2"], ["K2", "R3"]]
    assert decided.candidates.whole()[["child_id", "record_id", "decision"]].to_numpy().tolist() == [["K3", "R4", "non_link"]]


@pytest.mark.parametrize(
    "held", [lambda ids: np.array(ids, object), pa.array, lambda ids: pd.array(ids, STRING), lambda ids: pa.chunked_array([ids[:1], ids[1:]])]
)
def test_the_rows_are_those_of_the_links_however_ids_are_held(held):
    births, records = held(["K2", "K1"]), held(["R1", "R2", "R3"])
    second = scored([1, 0], [2, 0], [2, 0], [0.97, 0.2], rules=np.array([1, 2], np.uint32), rule_names=("one", "second_look"))
    decided = link_tables(births, {"two": (records, second), "one": (records, scored([1], [1], [1], [0.8]))})
    links, rows = decided.links.whole(), decided.rows
    assert links[["child_id", "register", "record_id"]].to_numpy().tolist() == [["K1", "one", "R2"], ["K1", "two", "R3"], ["K2", "two", "R1"]]
    assert [rows.names[place] for place in rows.register] == links["register"].tolist()
    assert [["K2", "K1"][row] for row in rows.child] == links["child_id"].tolist()
    assert [["R1", "R2", "R3"][row] for row in rows.record] == links["record_id"].tolist()
    assert rows.probability.tolist() == links["match_probability"].tolist()
    assert rows.accepted.tolist() == (links["decision"] == "link").tolist() == [True, True, False]
    assert rows.second_look.tolist() == [False, False, True]
    assert rows.of("two").record.tolist() == [2, 0]
    assert rows.of("none").record.tolist() == []
    assert rows.links().record.tolist() == [1, 2]
