"""Further records of a pupil that is matched already."""

from __future__ import annotations

import numpy as np

from kleuterlink.score import Marginals, further_records
from kleuterlink.tables import Pairs


def found(left, right, ratio, pair, sizes):
    pairs = Pairs(np.array(left, np.int32), np.array(right, np.int32), np.zeros(len(left), np.uint32))
    p = np.array(pair, float)
    marginals = Marginals(p, np.bincount(pairs.left, p, minlength=sizes[0]), np.bincount(pairs.right, p, minlength=sizes[1]))
    return further_records(pairs, np.array(ratio, float), marginals)


def test_a_record_without_a_match_that_agrees_with_a_matched_birth_is_its_further_one():
    further = found([0, 0, 1], [0, 1, 2], [1e12, 1e9, 1e12], [1.0, 0.0, 1.0], (2, 3))
    assert further.partner.tolist() == [0, 0, 2]
    assert further.probability[1] > 0.9
    assert further.matched[1] > 0.9
    assert further.matched[[0, 2]].tolist() == [1, 1]


def test_a_record_that_hardly_agrees_stays_alone():
    further = found([0, 0], [0, 1], [1e12, 0.01], [1.0, 0.0], (1, 2))
    assert further.partner.tolist() == [0, 1]
    assert further.probability[1] < 0.1


def test_a_record_is_a_further_one_of_at_most_one_birth():
    further = found([0, 1, 0, 1], [0, 1, 2, 2], [1e12, 1e12, 1e9, 1e9], [1.0, 1.0, 0.0, 0.0], (2, 3))
    assert further.probability[2:].sum() <= 1
    assert further.partner.tolist() == [0, 1, 2, 2]


def test_a_record_with_a_match_of_its_own_is_not_in_question():
    further = found([0, 1, 0], [0, 1, 1], [1e12, 1e12, 1e9], [1.0, 0.9, 0.0], (2, 2))
    assert further.probability.tolist() == [0, 0, 0]
