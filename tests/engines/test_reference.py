"""The fast engine against the plain one: the same pairs, rules, reports and levels."""

import numpy as np
import pytest
import strategies
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink import block, compare
from kleuterlink.block import DEFAULT_RULES, KEYS, LOOSE_RULES
from kleuterlink.engines import reference
from kleuterlink.tables import Pairs

RULES = [*DEFAULT_RULES, *LOOSE_RULES, ("parent_name",), ("street", "house_number"), ("municipality", "birth_year"), *((name,) for name in strategies.EXTRAS)]
"""Every key stands in at least one of them."""
SOME_RULES = st.lists(st.sampled_from(RULES), min_size=1, max_size=5, unique=True)
MAX_BLOCK = st.sampled_from([2, 2, 3, 400])


def every_pair(left, right):
    rows = np.indices((left.size, right.size)).reshape(2, -1).astype(np.int32)
    return Pairs(rows[0], rows[1], np.zeros(rows.shape[1], np.uint32))


def assert_same_pairs(left, right, keys, *, max_block, same=False):
    rules = block.rules_of(keys, left, right, strategies.EXTRAS)
    if not rules:
        return
    fast, fast_reports = block.candidate_pairs(left, right, rules, max_block=max_block, same=same)
    plain, plain_reports = reference.candidate_pairs(left, right, rules, max_block=max_block, same=same)
    for name in ("left", "right", "rules"):
        np.testing.assert_array_equal(getattr(fast, name), getattr(plain, name))
        assert getattr(fast, name).dtype == getattr(plain, name).dtype
    assert fast_reports == plain_reports


def assert_same_levels(left, right, pairs, frequencies):
    fast = compare.compare(left, right, pairs, frequencies, extras=strategies.EXTRAS, threads=1)
    plain = reference.compare(left, right, pairs, frequencies, extras=strategies.EXTRAS, threads=1)
    assert fast.comparisons == plain.comparisons
    for at, comparison in enumerate(fast.comparisons):
        different = np.flatnonzero(fast.levels()[:, at] != plain.levels()[:, at])
        assert len(different) == 0, (comparison.name, fast.levels()[different, at], plain.levels()[different, at], different)
    np.testing.assert_array_equal(fast.code, plain.code)
    assert fast.code.dtype == plain.code.dtype


def test_every_key_is_in_a_rule():
    assert {key for rule in RULES for key in rule} == {*KEYS, *strategies.EXTRAS}


@given(strategies.registers(), SOME_RULES, MAX_BLOCK)
def test_the_same_pairs_of_two_registers(registers, keys, max_block):
    assert_same_pairs(*registers, keys, max_block=max_block)


@given(strategies.records(), SOME_RULES, MAX_BLOCK)
def test_the_same_pairs_within_a_register(records, keys, max_block):
    (register,) = strategies.encoded(records)
    assert_same_pairs(register, register, keys, max_block=max_block, same=True)


@given(st.data())
def test_the_same_levels_of_every_pair(data):
    left, right = data.draw(strategies.registers())
    assert_same_levels(left, right, every_pair(left, right), data.draw(strategies.frequency_classes([left, right])))


def test_the_same_levels_of_every_pair_of_larger_registers():
    left, right = strategies.encoded(strategies.large_register(3, 60), strategies.large_register(4, 60))
    chance = np.random.default_rng(5)
    first, second, third = (chance.integers(0, 5, len(left.vocabulary.text), np.int8) for _ in range(3))
    assert_same_levels(left, right, every_pair(left, right), compare.Frequencies(first, second, third, chance.integers(0, 2, 20, np.int8)))


@pytest.mark.parametrize("max_block", [3, 400])
def test_the_same_outcome_on_larger_registers(max_block):
    left, right = strategies.encoded(strategies.large_register(1, 90), strategies.large_register(2, 70))
    assert_same_pairs(left, right, RULES, max_block=max_block)
    rules = block.default_rules(left, right)
    pairs, _ = reference.candidate_pairs(left, right, rules, max_block=max_block)
    assert len(pairs) > 100
    assert_same_levels(left, right, pairs, compare.frequencies([left, right]))


def test_registers_without_records_or_without_a_common_field():
    left, right = strategies.encoded(strategies.large_register(1, 5), strategies.large_register(2, 0))
    assert_same_pairs(left, right, RULES, max_block=400)
    names, streets = strategies.encoded([{"first_names": "An"}], [{"street": "Kerkstraat"}])
    assert_same_levels(names, streets, every_pair(names, streets), compare.frequencies([names, streets]))
