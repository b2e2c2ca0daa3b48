"""Turns of threads."""

from __future__ import annotations

import sys

import pytest

from kleuterlink.engines import short_turns
from kleuterlink.engines.turns import TURN


def test_turns_are_short_within_the_block_and_as_before_after_it():
    before = sys.getswitchinterval()
    with short_turns():
        assert sys.getswitchinterval() == pytest.approx(TURN)
    assert sys.getswitchinterval() == before
    with pytest.raises(ValueError, match="something"), short_turns():
        raise ValueError("something")
    assert sys.getswitchinterval() == before


def test_turns_that_are_shorter_already_stay():
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN / 4)
    try:
        with short_turns():
            assert sys.getswitchinterval() == pytest.approx(TURN / 4)
    finally:
        sys.setswitchinterval(before)
