"""What holds for every comparison: it looks at the pair alone, from either side, and the outcome does not depend on batches or threads."""

import numpy as np
import pytest
import strategies
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink.compare import Frequencies, compare, comparisons_for, frequencies, kernel
from kleuterlink.tables import Pairs


def every_pair(left, right):
    rows = np.indices((left.size, right.size)).reshape(2, -1).astype(np.int32)
    return Pairs(rows[0], rows[1], np.zeros(rows.shape[1], np.uint32))


def levels_of(left, right, pairs, classes):
    return compare(left, right, pairs, classes, extras=strategies.EXTRAS, threads=1).levels()


@given(st.data())
def test_the_levels_are_the_same_from_either_side(data):
    left, right = data.draw(strategies.registers())
    classes = data.draw(strategies.frequency_classes([left, right]))
    pairs = every_pair(left, right)
    turned = Pairs(pairs.right, pairs.left, pairs.rules)
    np.testing.assert_array_equal(levels_of(left, right, pairs, classes), levels_of(right, left, turned, classes))


@given(st.data())
def test_the_levels_of_a_pair_do_not_depend_on_other_records(data):
    left, right = data.draw(strategies.registers())
    classes = data.draw(strategies.frequency_classes([left, right]))
    pairs = every_pair(left, right)
    together = levels_of(left, right, pairs, classes)
    first = np.zeros(1, np.int32)
    for at in range(0, len(pairs), 5):
        one, other = left.take(pairs.left[at : at + 1]), right.take(pairs.right[at : at + 1])
        assert levels_of(one, other, Pairs(first, first, np.zeros(1, np.uint32)), classes).tolist() == [together[at].tolist()]


@pytest.mark.parametrize(("batch", "threads"), [(7, 1), (7, 4), (1 << 18, 4), (1 << 18, None)])
def test_batches_and_threads_do_not_change_the_outcome(monkeypatch, batch, threads):
    left, right = strategies.encoded(strategies.large_register(1, 25), strategies.large_register(2, 20))
    pairs, classes = every_pair(left, right), frequencies([left, right])
    expected = compare(left, right, pairs, classes, extras=strategies.EXTRAS, threads=1)
    monkeypatch.setattr(kernel, "BATCH", batch)
    made = compare(left, right, pairs, classes, extras=strategies.EXTRAS, threads=threads)
    np.testing.assert_array_equal(made.code, expected.code)
    assert len(np.unique(made.code)) > 100


def test_a_record_equals_itself_in_the_highest_level_and_what_it_lacks_is_missing():
    whole = strategies.large_register(1, 40).fillna({"first_names": "Karel"})
    (register,) = strategies.encoded(whole)
    tokens = np.full(len(register.vocabulary.text), 4, np.int8)
    classes = Frequencies(tokens, tokens, tokens, np.ones(20, np.int8))
    rows = np.arange(register.size, dtype=np.int32)
    levels = levels_of(register, register, Pairs(rows, rows, rows.astype(np.uint32)), classes)
    found = [comparison for comparison, _ in comparisons_for(register, register, strategies.EXTRAS)]
    present = {
        "national_number": register.columns["national_number"] > 0,
        "surname": register.columns["surname"][:, 0] >= 0,
        "sex": (register.columns["sex"] > 0) | (register.columns["number_sex"] > 0),
        "code": register.columns["code"] >= 0,
        "given": register.columns["given"][:, 0] >= 0,
        "seen": register.columns["seen"] > 0,
        "group": register.columns["group"] >= 0,
    }
    for name, known in present.items():
        at = [comparison.name for comparison in found].index(name)
        np.testing.assert_array_equal(levels[:, at], np.where(known, len(found[at].labels) - 1, -1), err_msg=name)
        assert 0 < known.sum() < register.size, name


def test_no_pairs_make_no_patterns():
    left, right = strategies.encoded(strategies.large_register(1, 3), strategies.large_register(2, 0))
    vectors = compare(left, right, every_pair(left, right), frequencies([left, right]))
    assert vectors.code.tolist() == []
    assert vectors.levels().shape == (0, 7)


def test_registers_whose_names_are_all_missing_are_compared():
    left, right = strategies.encoded(
        [{"first_names": None, "surname": "X", "parent": None, "sex": "M"}] * 2, [{"first_names": None, "surname": None, "parent": None, "sex": "M"}]
    )
    assert levels_of(left, right, every_pair(left, right), frequencies([left, right])).tolist() == [[-1, -1, -1, 1]] * 2
