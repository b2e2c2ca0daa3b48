"""Turns of threads, and what the collector goes through."""

from __future__ import annotations

import gc
import sys

import pytest

from kleuterlink.process import TURN, imported, importing, short_turns


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


def test_the_collector_rests_while_something_is_imported():
    assert gc.isenabled()
    with importing():
        assert not gc.isenabled()
        with importing():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ValueError, match="something"), importing():
        raise ValueError("something")
    assert gc.isenabled()


def test_what_was_imported_is_frozen_within_the_block():
    before = gc.get_freeze_count()
    with imported():
        assert gc.get_freeze_count() > before
    assert gc.get_freeze_count() == 0
