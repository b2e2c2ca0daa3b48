"""The joins against trying every pair, and what they report."""

import numpy as np
import oracles
import pytest
import strategies
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink.block import DEFAULT_RULES, KEYS, LOOSE_RULES, candidate_pairs, default_rules, report_rows, rules_of
from kleuterlink.block.rules import REFINEMENTS
from kleuterlink.engines import reference
from kleuterlink.errors import ConfigError

NAMES = [*DEFAULT_RULES, *LOOSE_RULES]
REGISTERS = st.builds(strategies.encoded, strategies.records(most=10), strategies.records(most=10))


def as_set(pairs):
    return set(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))


@given(REGISTERS, st.booleans())
def test_the_pairs_are_those_that_trying_every_pair_finds(registers, same):
    left, right = (registers[0], registers[0]) if same else registers
    rules = rules_of(NAMES, left, right)
    if not rules:
        return
    pairs, reports = candidate_pairs(left, right, rules, same=same)
    expected = [oracles.all_pairs(left, right, rule, same=same) for rule in rules]
    assert list(zip(pairs.left, pairs.right, strict=True)) == sorted(set().union(*expected))
    assert [[bits >> at & 1 for at in range(len(rules))] for bits in pairs.rules.tolist()] == [
        [int(pair in made) for made in expected] for pair in zip(pairs.left, pairs.right, strict=True)
    ]
    assert (pairs.left.dtype, pairs.right.dtype, pairs.rules.dtype) == (np.int32, np.int32, np.uint32)
    earlier = [set().union(*expected[:at]) for at in range(len(rules))]
    assert [(report.rule, report.pairs, report.new_pairs) for report in reports] == [
        (rule.name, len(made), len(made - before)) for rule, made, before in zip(rules, expected, earlier, strict=True)
    ]
    assert all(report.refined == 0 for report in reports)


@given(REGISTERS, st.sampled_from(NAMES), st.integers(1, 3))
def test_refinement_keeps_every_pair_that_agrees_in_the_further_keys(registers, names, max_block):
    left, right = registers
    rules = rules_of([names], left, right)
    if not rules:
        return
    whole = as_set(candidate_pairs(left, right, rules)[0])
    refined = as_set(candidate_pairs(left, right, rules, max_block=max_block)[0])
    further = [KEYS[name] for name in REFINEMENTS if KEYS[name].fits(left, right)]
    values = [(oracles.key_values(left, key), oracles.key_values(right, key)) for key in further]
    agreeing = {(a, b) for a, b in whole if all((one[a] & other[b]) or not (one[a] or other[b]) for one, other in values)}
    assert agreeing <= refined <= whole


@given(REGISTERS, st.sampled_from(sorted(KEYS)), st.integers(1, 4))
def test_blocks_are_refined_exactly_where_one_is_too_large(registers, key, max_block):
    left, right = registers
    rules = rules_of([(key,)], left, right)
    if not rules:
        return
    pairs, (report,) = candidate_pairs(left, right, rules, max_block=max_block)
    largest = oracles.largest_block(left, right, rules[0].keys)
    spare = any(KEYS[name].fits(left, right) for name in REFINEMENTS if name != key)
    assert (report.refined > 0) == (largest > max_block and spare)
    if not report.refined:
        assert as_set(pairs) == oracles.all_pairs(left, right, rules[0])
        assert report.largest_block <= largest


CLASS = [{"postcode": "1000", "birth_date": 20190310 + at % 2, "sex": "MV"[at // 2 % 2], "house_number": "1"} for at in range(4)]
"""Four children of one postcode: two birth dates, of each a boy and a girl."""


@pytest.mark.parametrize(
    ("max_block", "pairs", "largest", "refined"),
    [
        (5, 20, 5, 0),
        (4, 10, 3, 1),  # by birth date: 2 x 3 and 2 x 2
        (2, 7, 2, 1),  # the one with three on a side by sex, too: 1 x 2, 1 x 1, and 2 x 2
        (1, 5, 2, 1),  # the others too; the boy who stands there twice cannot be split
    ],
)
def test_an_oversized_block_is_split_key_by_key(max_block, pairs, largest, refined):
    left, right = strategies.encoded(CLASS, [*CLASS, CLASS[0]])
    made, (report,) = candidate_pairs(left, right, rules_of([("postcode",)], left, right), max_block=max_block)
    assert len(made) == pairs
    assert vars(report) == {"rule": "postcode", "pairs": pairs, "new_pairs": pairs, "largest_block": largest, "refined": refined}


def test_records_that_lack_a_further_key_stay_together():
    crowd = [{"postcode": "1000", "birth_date": 20190310, "sex": sex} for sex in ("M", "M", "V", None, None)]
    left, right = strategies.encoded(crowd, crowd)
    pairs, _ = candidate_pairs(left, right, rules_of([("postcode",)], left, right), max_block=2)
    assert as_set(pairs) == {(a, b) for group in ([0, 1], [2], [3, 4]) for a in group for b in group}


def test_a_rule_is_not_refined_by_its_own_key():
    crowd = [{"birth_date": 20190310, "sex": "MV"[at % 2]} for at in range(4)]
    left, right = strategies.encoded(crowd, crowd)
    pairs, (report,) = candidate_pairs(left, right, rules_of([("birth_date", "sex")], left, right), max_block=1)
    assert len(pairs) == 8  # nothing but the year and month is left to split by, and it is the same
    assert (report.largest_block, report.refined) == (2, 2)
    left, right = strategies.encoded([{"sex": "M"}] * 3, [{"sex": "M"}] * 3)
    _, (report,) = candidate_pairs(left, right, rules_of([("sex",)], left, right), max_block=1)
    assert (report.largest_block, report.refined) == (3, 0)


def test_reports_become_plain_rows():
    left, right = strategies.encoded(CLASS, CLASS)
    _, reports = candidate_pairs(left, right, rules_of([("postcode",), ("birth_date",)], left, right))
    assert report_rows(reports) == [
        {"rule": "postcode", "pairs": 16, "new_pairs": 16, "largest_block": 4, "refined": 0},
        {"rule": "birth_date", "pairs": 8, "new_pairs": 0, "largest_block": 2, "refined": 0},
    ]


def test_a_record_is_not_paired_with_itself():
    (register,) = strategies.encoded(CLASS)
    pairs, _ = candidate_pairs(register, register, default_rules(register, register), same=True)
    assert len(pairs) > 0
    assert (pairs.left != pairs.right).all()
    assert as_set(pairs) == {(b, a) for a, b in as_set(pairs)}


@pytest.mark.parametrize("join", [candidate_pairs, reference.candidate_pairs])
def test_there_are_32_rules_at_most_and_one_at_least(join):
    left, right = strategies.encoded(CLASS, CLASS)
    rule = rules_of([("postcode",)], left, right)
    pairs, _ = join(left, right, rule * 32)
    assert set(pairs.rules.tolist()) == {2**32 - 1}
    for wrong in (0, 33):
        with pytest.raises(ConfigError, match=f"{wrong} rules fit these registers; there must be 1 to 32"):
            join(left, right, rule * wrong)


@pytest.mark.parametrize(("rows", "others"), [([], CLASS), (CLASS, []), ([], [])])
def test_a_register_without_records_makes_no_pairs(rows, others):
    fields = list(CLASS[0])
    left, right = strategies.encoded(strategies.raw(rows, fields), strategies.raw(others, fields))
    pairs, reports = candidate_pairs(left, right, rules_of([("postcode",), ("birth_date", "sex")], left, right))
    assert len(pairs) == 0
    assert [(report.pairs, report.largest_block) for report in reports] == [(0, 0), (0, 0)]
