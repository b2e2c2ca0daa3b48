"""One typing error in a number, against all that one error can make."""

import numpy as np
import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink.compare.numbers import one_error_apart

DIGITS = st.text("0123456789", min_size=11, max_size=11)


def apart(one, others):
    return one_error_apart(np.full(len(others), int(one)), np.array([int(other) for other in others]))


@given(DIGITS)
def test_every_single_error_is_one_error(digits):
    variants = list(oracles.one_error_variants(digits))
    assert apart(digits, variants).all()
    assert len(set(variants)) >= 99


@given(DIGITS, st.data())
def test_two_errors_are_one_only_where_one_error_makes_the_same(digits, data):
    once = set(oracles.one_error_variants(digits))
    first = data.draw(st.sampled_from(sorted(once)))
    twice = sorted(oracles.one_error_variants(first))
    assert apart(digits, twice).tolist() == [number in once for number in twice]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("19031410123", "19031410123", False),
        ("19031410123", "19031410124", True),
        ("19031410123", "09031410123", True),
        ("19031410123", "19031401123", True),
        ("19031410129", "19031410130", False),  # a difference of 1 that changes two digits
        ("19031410123", "19131400123", False),  # a swap of digits that are no neighbours
        ("00000000010", "00000000001", True),
    ],
)
def test_by_hand(one, other, expected):
    assert apart(one, [other]).tolist() == apart(other, [one]).tolist() == [expected]
