"""The flow diagram's counts: whatever was decided, nothing is lost between two steps."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from links import link_rows

from kleuterlink.evaluate.flow import ASIDE, flow

STATUSES = st.sampled_from([*ASIDE, "found", "enrolled_nl", "left"])


def register(rows_in: int, used: int) -> SimpleNamespace:
    return SimpleNamespace(rows_in=rows_in, records=range(used))


@given(
    statuses=st.lists(STATUSES, min_size=1, max_size=12),
    rejected=st.integers(0, 5),
    pairs=st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 7), st.integers(0, 11), st.booleans()), max_size=20),
)
def test_the_numbers_of_every_step_add_up(statuses, rejected, pairs):
    children = pd.DataFrame({"child_id": [f"K{place}" for place in range(len(statuses))], "status": statuses})
    rows = [(name, record, child % len(statuses), link) for name, record, child, link in pairs]
    registers = {"births": register(len(statuses) + rejected, len(statuses)), "a": register(9, 8), "b": register(8, 8)}
    steps = flow(registers, {name: SimpleNamespace(candidate_pairs=30) for name in "ab"}, children, link_rows("ab", rows), "births")
    assert list(steps) == ["births", "a", "b"]
    for step in steps.values():
        assert min(step.values()) >= 0
        assert step["rows_in"] == step["rejected"] + step["used"]
        assert step["used"] == step["linked"] + step["possible"] + step["unlinked"]
    births = steps["births"]
    assert births["rejected"] == rejected
    assert births["used"] == len(children) == sum(births[name] for name in ("found", *ASIDE))
    assert births["linked"] == len({child for _, _, child, link in rows if link})
    assert [births[name] for name in ASIDE] == [statuses.count(name) for name in ASIDE]
    for name in "ab":
        assert steps[name]["linked"] + steps[name]["possible"] == len({record for own, record, _, _ in rows if own == name})


def test_a_record_with_a_link_and_a_possible_one_is_linked():
    links = link_rows("a", [("a", 1, 0, True), ("a", 1, 1, False), ("a", 2, 1, False)])
    children = pd.DataFrame({"child_id": ["K1", "K2"], "status": ["found", "not_found"]})
    steps = flow({"births": register(2, 2), "a": register(4, 3)}, {"a": SimpleNamespace(candidate_pairs=3)}, children, links, "births")
    assert steps["a"] == {"rows_in": 4, "rejected": 1, "used": 3, "candidate_pairs": 3, "linked": 1, "possible": 1, "unlinked": 1}
    assert [steps["births"][name] for name in ("linked", "possible", "unlinked", "found", "not_found")] == [1, 1, 0, 1, 1]
