"""The outlook: each child's half-days projected to the end of the year, and compared with the threshold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink.publish.receivers.pace import OUTLOOK_MEANINGS, SHORTEST, Outlook, project

NAN = math.nan


def of(counted: float, possible: float, remaining: float, threshold: float) -> tuple[float, str]:
    expected, outlook = project(*(np.array([value], dtype=np.float64) for value in (counted, possible, remaining, threshold)))
    return expected[0], outlook[0]


@pytest.mark.parametrize(
    ("counted", "possible", "remaining", "threshold", "expected", "outlook"),
    [
        # After Christmas: 130 of 137, so 130 + 187 x 130 / 137 = 307.4.
        (130, 137, 187, 290, 307, Outlook.ON_PACE),
        (121, 137, 187, 290, 286, Outlook.AT_RISK),
        (100, 137, 187, 290, 236, Outlook.OUT_OF_REACH),
        # Just enough if no half-day more is missed, and one short of it.
        (103, 137, 187, 290, 243, Outlook.AT_RISK),
        (102, 137, 187, 290, 241, Outlook.OUT_OF_REACH),
        (160, 170, 154, 150, 304, Outlook.REACHED),
        # Exactly at the threshold: 100 of 200, and 100 to come.
        (100, 200, 100, 150, 150, Outlook.ON_PACE),
        # The year is over: what is there is all there will be.
        (289, 325, 0, 290, 289, Outlook.OUT_OF_REACH),
        (290, 325, 0, 290, 290, Outlook.REACHED),
        # Two weeks make a pace; a day less does not.
        (10, SHORTEST, 300, 100, 160, Outlook.ON_PACE),
        (10, SHORTEST - 1, 300, 100, NAN, Outlook.TOO_EARLY),
        (0, 0, 300, 100, NAN, Outlook.TOO_EARLY),
        (0, 0, 0, 100, NAN, Outlook.OUT_OF_REACH),
        (NAN, NAN, 187, 290, NAN, Outlook.UNKNOWN),
        (130, 137, 187, NAN, 307, Outlook.NONE),
        (NAN, NAN, 187, NAN, NAN, Outlook.NONE),
    ],
)
def test_every_outlook(counted, possible, remaining, threshold, expected, outlook):
    assert of(counted, possible, remaining, threshold) == (pytest.approx(expected, nan_ok=True), outlook)


HALF_DAYS = st.integers(0, 330)


@given(HALF_DAYS, HALF_DAYS, HALF_DAYS, st.integers(1, 330))
def test_nobody_is_given_up_who_could_still_do_it_and_nobody_reassured_who_cannot(possible, missed, remaining, threshold):
    counted = max(possible - missed, 0)
    expected, outlook = of(counted, possible, remaining, threshold)
    assert (outlook == Outlook.OUT_OF_REACH) == (counted + remaining < threshold)
    assert (outlook == Outlook.REACHED) == (counted >= threshold)
    if not math.isnan(expected):
        assert counted <= expected <= counted + remaining


@given(HALF_DAYS, HALF_DAYS, HALF_DAYS, st.integers(1, 330))
def test_one_more_half_day_present_never_makes_the_outlook_worse(possible, missed, remaining, threshold):
    order = [Outlook.OUT_OF_REACH, Outlook.AT_RISK, Outlook.ON_PACE, Outlook.REACHED]
    counted = max(possible - missed, 0)
    before, after = (of(present, possible, remaining, threshold)[1] for present in (counted, min(counted + 1, possible)))
    if before in order and after in order:
        assert order.index(after) >= order.index(before)


def test_every_outlook_is_explained():
    assert set(OUTLOOK_MEANINGS) == set(Outlook)
