"""Unrecognised matches: where they are put, and that as many are put as there are."""

from __future__ import annotations

import numpy as np
import pytest

from kleuterlink.score.unseen import LARGEST_FACTOR, MOST, add_unseen, factor_for


@pytest.mark.parametrize("more", [0.1, 1.0, 4.0])
def test_odds_are_raised_until_so_many_more_are_found(more):
    found = np.random.default_rng(1).beta(0.2, 0.5, 60)
    factor = factor_for(found, more)
    raised = factor * found / (1 - found + factor * found)
    assert factor > 1
    assert raised.sum() - found.sum() == pytest.approx(more, rel=1e-6)


def test_what_is_certain_cannot_be_raised():
    assert factor_for(np.array([0.0, 1.0, 1.0]), 1.0) == pytest.approx(LARGEST_FACTOR)
    assert factor_for(np.zeros(0), 1.0) == pytest.approx(LARGEST_FACTOR)


def test_none_more_leave_the_odds_as_they_are():
    assert factor_for(np.array([0.2, 0.5, 1.0]), 0.0) == 1


def test_what_is_spread_adds_up_and_leaves_those_in_a_list_alone():
    found, elsewhere = np.array([0.0, 0.5, 1.0, 0.1]), np.array([0.0, 0.0, 0.0, 1.0])
    spread = add_unseen(found, elsewhere, 0.3)
    assert (spread - found).sum() == pytest.approx(0.3)
    assert spread[2:] == pytest.approx(found[2:])
    assert spread[0] == pytest.approx(2 * (spread[1] - found[1]))
    assert add_unseen(found, elsewhere, 100.0)[0] == MOST
