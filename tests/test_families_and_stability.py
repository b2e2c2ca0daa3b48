"""Twins do not hide each other, and what comes on top of a list leaves the other children's decisions alone."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

import kleuterlink
from kleuterlink import synthetic
from kleuterlink.evaluate import OUT_OF_QUESTION

CHILDREN = 12_000


def run(folder, registers):
    return kleuterlink.run(synthetic.write_sample(folder, registers))


@pytest.fixture(scope="module")
def registers():
    """Registers in which one child in ten is a twin, and one in twenty is enrolled nowhere."""
    rates = dataclasses.replace(synthetic.RATES, twins=0.10, not_found=0.05, not_found_brussels=0.05, not_found_newcomer=0.05)
    return synthetic.make_registers(CHILDREN, seed=8, rates=rates)


@pytest.fixture(scope="module")
def result(registers, tmp_path_factory):
    return run(tmp_path_factory.mktemp("twins"), registers)


def test_no_child_is_hidden_by_its_twin_s_enrolment(registers, result):
    twins = registers.children[registers.children["twin"]]
    nowhere = set(twins.loc[twins["not_found"], "child_id"])
    assert len(twins) > 1_000
    assert len(nowhere) >= 30
    listed = set(result.not_found["child_id"])
    in_question = result.children.loc[~result.children["status"].isin(OUT_OF_QUESTION), "child_id"]
    hidden = nowhere & set(in_question) - listed
    assert len(hidden) <= 0.001 * len(twins)
    false_alarms = listed & set(twins.loc[~twins["not_found"], "child_id"])
    assert len(false_alarms) <= 0.005 * len(twins)


def test_one_percent_more_records_move_only_decisions_that_hang_in_the_balance(registers, result, tmp_path):
    of_others = registers.enrolments[~registers.enrolments["stamnummer"].isin(registers.matches["record_id"])]
    taken_out = of_others.iloc[:: max(len(of_others) // (len(registers.enrolments) // 100), 1)]
    fewer = dataclasses.replace(registers, enrolments=registers.enrolments.drop(taken_out.index).reset_index(drop=True))
    assert 0.005 * len(registers.enrolments) < len(taken_out) < 0.02 * len(registers.enrolments)
    before = run(tmp_path, fewer)
    chances = pd.DataFrame({"before": before.children["p_not_found"], "after": result.children["p_not_found"]})
    moved = (before.children["status"] != result.children["status"]).to_numpy()
    assert moved.sum() <= 0.0005 * CHILDREN
    assert (chances["before"] - chances["after"]).abs().mean() < 3e-4
    # Whose candidates and their levels are the same moved only where it was in doubt.
    same = before.children["child_id"].map(evidence(before)).to_numpy() == result.children["child_id"].map(evidence(result)).to_numpy()
    assert same.mean() > 0.8
    assert chances[moved & same].max(axis=1).between(0.05, 0.95).all()


def evidence(result):
    """Return, by child, the levels of its candidates that count for anything."""
    # Of children who are surely found, the links are all there is.
    pairs = pd.concat([result.links, result.candidates]).drop_duplicates(["register", "record_id", "child_id"])
    levels = [column for column in pairs if column.startswith("level_")]
    rows = pairs[pairs["match_weight"] > 0]
    texts = rows[["register", "record_id", *levels]].astype(str).agg("|".join, axis=1)
    return texts.groupby(rows["child_id"].astype(object)).agg(lambda texts: ";".join(sorted(texts)))
