"""Quality against a truth, checked against plain set arithmetic."""

from __future__ import annotations

import doctest
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink.evaluate import calibration_error, candidate_recall, list_quality, list_quality_by_group, pair_quality, reliability, truth
from kleuterlink.tables import STRING

IDS = st.sets(st.sampled_from("abcdefghij"))
PAIRS = st.lists(st.tuples(st.sampled_from(["nl", "fr"]), st.sampled_from("123"), st.sampled_from("abc")), max_size=12)
PROBABILITIES = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=30)


def listed(ids) -> pd.DataFrame:
    return pd.DataFrame({"child_id": pd.array(sorted(ids), dtype=STRING)})


def pairs(rows, **columns) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["register", "record_id", "child_id"], dtype=STRING).assign(**columns)


def share(part: int, whole: int) -> float:
    return part / whole if whole else math.nan


def same(got: float, expected: float) -> bool:
    return got == pytest.approx(expected, nan_ok=True)


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(truth).attempted > 5
    assert doctest.testmod(truth).failed == 0


@given(IDS, IDS)
def test_the_list_is_compared_as_sets_are(on_list, true):
    got = list_quality(listed(on_list), true)
    assert got["on_list"] == len(on_list)
    assert got["true"] == len(true)
    assert got["true_positives"] == len(on_list & true)
    assert got["false_alarms"] == len(on_list - true)
    assert got["missed"] == len(true - on_list)
    assert same(got["ppv"], share(len(on_list & true), len(on_list)))
    assert same(got["sensitivity"], share(len(on_list & true), len(true)))
    if on_list & true:
        assert got["f1"] == pytest.approx(2 / (1 / got["ppv"] + 1 / got["sensitivity"]))


@given(IDS, IDS, IDS)
def test_only_the_children_spoken_of_count(on_list, true, children):
    assert list_quality(listed(on_list), true, children=children) == pytest.approx(list_quality(listed(on_list & children), true & children), nan_ok=True)


@given(IDS, IDS, IDS)
def test_each_group_is_a_list_of_its_own(on_list, true, twins):
    everyone = sorted("abcdefghij")
    children = pd.DataFrame(
        {
            "child_id": pd.array(everyone, dtype=STRING),
            "not_found": [child in true for child in everyone],
            "twin": [child in twins for child in everyone],
            "region": pd.array(["north" if child in twins else None for child in everyone], dtype=STRING),
            "weight": 1.5,
        }
    )
    table = list_quality_by_group(listed(on_list | {"not a child"}), children)
    expected = [("twin", str(value), group) for value, group in ((False, set(everyone) - twins), (True, twins)) if group]
    expected += [("region", "north", twins)] if twins else []
    assert list(zip(table["group"], table["value"], strict=True)) == [(group, value) for group, value, _ in expected]
    for row, (_, _, group) in zip(table.to_dict("records"), expected, strict=True):
        whole = list_quality(listed(on_list), true, children=group)
        assert row["children"] == len(group)
        assert all(same(row[name], whole[name]) for name in ("true", "on_list", "ppv", "sensitivity"))


def test_without_groups_the_table_is_empty_and_has_its_columns():
    table = list_quality_by_group(listed("a"), pd.DataFrame({"child_id": ["a"], "not_found": [True]}))
    assert len(table) == 0
    assert [*table.columns] == ["group", "value", "children", "true", "on_list", "ppv", "sensitivity"]


@given(PAIRS, PAIRS)
def test_links_are_compared_as_sets_of_pairs_are(made, true):
    got = pair_quality(pairs(made), pairs(true))
    links, matches = set(made), set(true)
    assert (got["links"], got["matches"], got["true_links"]) == (len(links), len(matches), len(links & matches))
    assert (got["false_links"], got["missed_matches"]) == (len(links - matches), len(matches - links))
    assert same(got["precision"], share(len(links & matches), len(links)))
    assert same(got["recall"], share(len(links & matches), len(matches)))
    assert same(got["f1"], share(2 * len(links & matches), len(links) + len(matches)))
    assert same(candidate_recall(pairs(made), pairs(true)), got["recall"])


@given(PAIRS, PAIRS)
def test_each_register_is_compared_by_itself(made, true):
    got = pair_quality(pairs(made), pairs(true), by_register=True)
    assert [*got] == sorted({pair[0] for pair in [*made, *true]})
    for name, figures in got.items():
        alone = pair_quality(pairs([pair for pair in made if pair[0] == name]), pairs([pair for pair in true if pair[0] == name]))
        assert figures == pytest.approx(alone, nan_ok=True)


def test_possible_links_are_no_links():
    rows = [("nl", "1", "a"), ("nl", "2", "b")]
    got = pair_quality(pairs(rows, decision=["link", "possible_link"]), pairs(rows))
    assert (got["links"], got["recall"]) == (1, 0.5)
    assert candidate_recall(pairs(rows, decision=["link", "possible_link"]), pairs(rows)) == 1.0


def test_dtypes_of_the_tables_do_not_matter():
    rows = [("nl", "1", "a")]
    assert pair_quality(pairs(rows), pairs(rows).astype(object))["f1"] == 1.0


@given(PROBABILITIES, st.integers(1, 12))
def test_calibration_error_is_the_sum_over_bins(rows, bins):
    p, happened = [row[0] for row in rows], [row[1] for row in rows]
    expected = 0.0
    for number in range(bins):
        inside = [(q, y) for q, y in rows if min(int(q * bins), bins - 1) == number]
        if inside:
            expected += len(inside) / len(rows) * abs(sum(q for q, _ in inside) / len(inside) - sum(y for _, y in inside) / len(inside))
    assert same(calibration_error(p, happened, bins=bins), expected if rows else math.nan)
    table = reliability(p, happened, bins=bins)
    assert table["count"].sum() == len(rows)
    assert (table["count"] > 0).all()
    assert table["bin"].is_monotonic_increasing
    assert (table["count"] * table["observed"]).sum() == pytest.approx(sum(happened))


def test_probabilities_that_come_true_are_calibrated():
    p = np.repeat([0.05, 0.45, 0.95], 200)
    happened = np.concatenate([np.arange(200) < share * 200 for share in (0.05, 0.45, 0.95)])
    assert calibration_error(p, happened) == pytest.approx(0)
    assert calibration_error(1 - p, happened) > 0.5
