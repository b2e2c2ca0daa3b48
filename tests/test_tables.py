"""What registers keep: derived once, whoever asks."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import strategies

from kleuterlink.block import DEFAULT_RULES, candidate_pairs, rules_of


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
