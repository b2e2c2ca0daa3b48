"""Records that likely pairs tie together are compared with one another, whether a rule made the pair or not."""

from __future__ import annotations

import numpy as np
import pytest

from kleuterlink.linkage.duplicates import MOST_MEMBERS, _pairs_between
from kleuterlink.linkage.one_register import MOST_PAIRS, _outside
from kleuterlink.tables import Pairs


def pairs_of(*edges):
    left, right = np.array(sorted(edges), np.int32).reshape(-1, 2).T
    return Pairs(left, right, np.ones(len(left), np.uint32))


def listed(pairs):
    return list(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))


def test_only_pairs_that_are_not_there_yet_are_added():
    component = np.array([0, 1, 0, 0, 1, 2])
    further = _pairs_between(pairs_of((0, 2), (2, 3), (1, 4)), component, 1 << 31)
    assert listed(further) == [(0, 3)]
    assert further.rules.tolist() == [1 << 31]


def test_nothing_is_added_where_nothing_is_tied():
    assert len(_pairs_between(pairs_of((0, 1)), np.array([0, 0, 1]), 1)) == 0
    assert len(_pairs_between(pairs_of(), np.arange(4), 1)) == 0


def test_a_crowd_is_left_as_it_is():
    component = np.zeros(MOST_MEMBERS + 1, np.int64)
    assert len(_pairs_between(pairs_of((0, 1)), component, 1)) == 0
    assert len(_pairs_between(pairs_of((0, 1)), component[:-1], 1)) == MOST_MEMBERS * (MOST_MEMBERS - 1) // 2 - 1


@pytest.mark.parametrize("size", [60, 4_000])
def test_the_sample_holds_no_candidate_and_no_pair_twice(size):
    assert size * size // 2 < 3 * MOST_PAIRS
    candidates = pairs_of(*((k, k + 1) for k in range(size - 1)))
    made = listed(_outside(candidates, size))
    assert len(set(made)) == len(made) > 0
    assert not set(made) & set(listed(candidates))
    assert all(left < right for left, right in made)


def test_there_is_nothing_outside_all_pairs():
    assert len(_outside(pairs_of((0, 1), (0, 2), (1, 2)), 3)) == 0
