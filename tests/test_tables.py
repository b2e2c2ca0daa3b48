"""What registers keep: derived once, whoever asks; pairs that are told apart, and counted."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import planted
import pytest
import strategies
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink.block import DEFAULT_RULES, candidate_pairs, rules_of
from kleuterlink.score import distinct_patterns
from kleuterlink.tables import Pairs, Vectors


@pytest.fixture
def register():
    (made,) = strategies.encoded([{"first_names": "Anna", "surname": "Peeters", "birth_date": 20190310}])
    return made


def test_what_several_threads_ask_for_is_derived_once(register):
    calls, together = [], Barrier(4)

    def ask():
        together.wait()
        return register.once("size", lambda: calls.append(1) or register.size)

    with ThreadPoolExecutor(4) as pool:
        assert [each.result() for each in [pool.submit(ask) for _ in range(4)]] == [1] * 4
    assert len(calls) == 1


def test_what_cannot_be_derived_is_told_to_all_who_ask(register):
    def fail():
        raise ValueError("no such column")

    for derive in (fail, list):
        with pytest.raises(ValueError, match="no such column"):
            register.once("column", derive)


def test_what_was_derived_is_forgotten_and_derived_again(register):
    register.once("parts", list)
    rules = rules_of(DEFAULT_RULES, register, register)
    before = candidate_pairs(register, register, rules, threads=1)[0]
    assert len(register.derived) > 1
    register.forget()
    assert not register.derived
    assert candidate_pairs(register, register, rules, threads=4)[0].left.tolist() == before.left.tolist()


def packed(pairs):
    return np.array(sorted(left * 5 + right for left, right in pairs), np.int64)


PAIRS = st.sets(st.tuples(st.integers(0, 4), st.integers(0, 4)))


@given(pairs=PAIRS, some=PAIRS)
def test_pairs_that_are_among_some(pairs, some):
    left, right = (np.array([pair[side] for pair in sorted(pairs)], np.int32) for side in (0, 1))
    found = Pairs(left, right, np.zeros(len(pairs), np.uint32)).among(packed(some), 5)
    assert found.tolist() == [pair in some for pair in sorted(pairs)]


@given(st.lists(st.sampled_from([3, 40, 41, 1_000]), min_size=1))
def test_patterns_that_are_counted_count_as_their_pairs_do(codes):
    vectors = Vectors(planted.COMPARISONS, np.array(codes, np.int64))
    counts = vectors.counted()
    assert dict(zip(counts.code.tolist(), counts.pairs.tolist(), strict=True)) == {code: codes.count(code) for code in sorted(set(codes))}
    assert counts.code.tolist() == sorted(set(codes))
    further = Vectors(planted.COMPARISONS, np.array([7, 41]))
    patterns = distinct_patterns([further, counts])
    np.testing.assert_array_equal(patterns.code, distinct_patterns([vectors, further]).code)
    np.testing.assert_array_equal(patterns.tally(counts), patterns.tally(vectors))
