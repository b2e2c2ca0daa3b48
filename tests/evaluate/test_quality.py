"""The truth-free figures: against plain arithmetic on handmade tables."""

from __future__ import annotations

import numpy as np
import pytest

from kleuterlink.evaluate.intervals import Outcomes, factor_of_unseen
from kleuterlink.evaluate.quality import _cut_curve, _not_found


def test_the_expected_number_is_the_sum_of_the_probabilities():
    p = np.array([0.9, 0.5, 0.01, 0.99])
    figures = _not_found(Outcomes(p), p >= 0.5)
    assert figures["expected"] == pytest.approx(2.4)
    assert figures["interval"] == [1, 3]
    assert figures["ppv"] == pytest.approx((0.9 + 0.5 + 0.99) / 3)
    assert figures["sensitivity"] == pytest.approx((0.9 + 0.5 + 0.99) / 2.4)
    assert figures["ppv_interval"][0] <= figures["ppv"] <= figures["ppv_interval"][1] == 1


def test_unrecognised_matches_widen_the_interval_downwards():
    p = np.full(200, 0.99)
    sure, unsure = (_not_found(Outcomes(p, factor_of_unseen(198.0, unseen)), p >= 0.5)["interval"] for unseen in (0.0, 10.0))
    assert unsure[0] < sure[0] - 4
    assert unsure[1] <= 200


def test_an_empty_list_has_no_ppv():
    figures = _not_found(Outcomes(np.array([0.1, 0.2])), np.zeros(2, bool))
    assert figures["ppv"] is None
    assert figures["ppv_interval"] is None
    assert figures["on_list"] == 0
    assert figures["interval"][0] == 0


def test_the_curve_counts_false_alarms_and_missed_children_at_every_cut():
    p = np.array([0.95, 0.5, 0.5, 0.2, 0.0])
    for point in _cut_curve(p, 0.33):
        listed = p >= point["cut"]
        assert point["on_list"] == listed.sum()
        assert point["expected_false_alarms"] == pytest.approx((1 - p[listed]).sum())
        assert point["expected_missed"] == pytest.approx(p[~listed].sum())
    assert 0.33 in [point["cut"] for point in _cut_curve(p, 0.33)]
