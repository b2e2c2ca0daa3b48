"""Rows in the order of their numbers, as numpy brings them there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink.ordering import first_rows, sorted_rows


def check(numbers):
    rows, ordered = sorted_rows(numbers)
    np.testing.assert_array_equal(rows, np.argsort(numbers, kind="stable"))
    np.testing.assert_array_equal(ordered, numbers[rows])
    np.testing.assert_array_equal(first_rows(numbers), np.unique(numbers, return_index=True)[1])


@given(st.lists(st.one_of(st.integers(0, 5), st.integers(0, 2**63 - 1), st.integers(2**63 - 9, 2**63 - 1)), max_size=70))
def test_rows_are_in_the_order_of_their_numbers(numbers):
    check(np.array(numbers, np.int64))


@pytest.mark.parametrize("most", [1, 9, 1 << 40, (1 << 63) - 1])
def test_many_numbers_are_too(most):
    random = np.random.default_rng(1)
    check(random.choice(random.integers(0, most, 700, endpoint=True), 3_000))


def test_numbers_that_differ_in_their_lowest_bits_only_are_told_apart():
    check((1 << 62) + np.arange(5_000)[::-1])
