"""Candidate pairs: all are counted, few are handed over."""

from __future__ import annotations

import numpy as np
import pytest

from kleuterlink.linkage.candidates import PairsHere, united
from kleuterlink.score import possible
from kleuterlink.tables import Comparison, Pairs, Vectors

SIZES = 40, 30


@pytest.fixture(scope="module")
def candidates():
    chance = np.random.default_rng(2)
    left, right = np.divmod(np.sort(chance.choice(SIZES[0] * SIZES[1], 300, replace=False)).astype(np.int32), np.int32(SIZES[1]))
    code = chance.choice([2, 3, 5, 8], len(left), p=[0.6, 0.2, 0.1, 0.1])
    return PairsHere(Pairs(left, right, np.ones(len(left), np.uint32)), Vectors((Comparison("surname", tuple("abcdefgh")),), code), SIZES)


def packed(chosen):
    pairs, _ = chosen
    return pairs.left * SIZES[1] + pairs.right


def test_all_pairs_are_counted(candidates):
    assert candidates.counts.code.tolist() == [2, 3, 5, 8]
    assert candidates.counts.pairs.tolist() == [np.count_nonzero(candidates.vectors.code == code) for code in (2, 3, 5, 8)]


def test_possible_pairs_and_others_of_some_records_are_each_handed_over_once(candidates):
    odds = np.array([1e-15, 1e-8, 1e3, 1e9])
    sifted, by_code = candidates.sift(odds), dict(zip((2, 3, 5, 8), odds, strict=True))
    expected = possible(candidates.pairs, lambda part: np.vectorize(by_code.get)(candidates.vectors.code[part]), SIZES)
    assert packed(sifted.possible).tolist() == packed((candidates.pairs.take(expected), None)).tolist()
    assert set(sifted.possible[1]) <= {3, 5, 8}
    births, records, patterns = np.arange(SIZES[0]) == 7, np.arange(SIZES[1]) == 4, np.array([False, True, False, False])
    others = sifted.others(births, records, patterns)
    asked = (candidates.pairs.left == 7) | (candidates.pairs.right == 4) | (candidates.vectors.code == 3)
    assert packed(others).tolist() == packed((candidates.pairs.take(asked & ~expected), None)).tolist()
    assert len(others[1]) > 20
    both = united(sifted.possible, others, SIZES[1])
    assert packed(both).tolist() == packed((candidates.pairs.take(asked | expected), None)).tolist()
    assert both[1].tolist() == candidates.vectors.code[asked | expected].tolist()


def test_what_two_sets_share_is_there_once(candidates):
    some, others = ((candidates.pairs.take(rows), candidates.vectors.code[rows]) for rows in (slice(0, 100), slice(50, 300)))
    pairs, code = united(some, others, SIZES[1])
    assert packed((pairs, code)).tolist() == packed((candidates.pairs, None)).tolist()
    assert code.tolist() == candidates.vectors.code.tolist()
