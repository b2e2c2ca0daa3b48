"""Candidate pairs that stand, brought up to date: joins and comparisons of what changed, and of nothing else."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from kleuterlink import block
from kleuterlink.linkage.tools import Tools
from kleuterlink.tables import BoolArray, IntArray, Pairs, RuleReport


@dataclass(frozen=True)
class StandingPairs:
    """Candidate pairs of two registers, and what each rule made.

    Attributes
    ----------
    pairs
        Sorted, of rows in the order of the ids.
    code
        (E,) int64 agreement pattern of each.
    reports
        One per rule.

    """

    pairs: Pairs
    code: IntArray
    reports: list[RuleReport]


@dataclass(frozen=True)
class Side:
    """One of the registers: how it changed, and which of its records compare otherwise though nothing of their own changed.

    Attributes
    ----------
    change
        The register before and after.
    touched
        Flags (after): a value's frequency class changed, or whether its birth date is a day on which the register heaps births.

    """

    change: block.Change
    touched: BoolArray


def pairs_again(standing: StandingPairs, left: Side, right: Side, rules: Sequence[block.Rule], tools: Tools, *, same: bool = False) -> StandingPairs:
    """Bring pairs up to date.

    Parameters
    ----------
    standing
        The pairs before.
    left, right
        The registers.
    rules
        The rules, as they were before.
    tools
        How pairs are made and compared, with the frequencies as they are now.
    same
        The two sides are one register: each pair once, left before right.

    Returns
    -------
    StandingPairs
        The pairs that `Tools.join` and `Tools.vectors` would make of the registers as they are now.

    """
    pairs, code, reports = _joined_again(standing, left.change, right.change, rules, tools, same=same)
    stale = np.flatnonzero((code < 0) | left.touched[pairs.left] | right.touched[pairs.right])
    code[stale] = tools.vectors(left.change.after, right.change.after, pairs.take(stale)).code
    return StandingPairs(pairs, code, reports)


def _joined_again(
    standing: StandingPairs, left: block.Change, right: block.Change, rules: Sequence[block.Rule], tools: Tools, *, same: bool
) -> tuple[Pairs, IntArray, list[RuleReport]]:
    """Return the pairs as they are now, their patterns (-1 where not known yet), and the rules' reports."""
    size = right.after.size
    one, other = left.moved[standing.pairs.left], right.moved[standing.pairs.right]
    stays = (one >= 0) & (other >= 0)
    packed = one[stays].astype(np.int64) * size + other[stays]

    def work(index: int) -> tuple[IntArray, RuleReport, bool]:
        rule, report = rules[index], standing.reports[index]
        made = block.pairs_of_fresh(left, right, rule, report, tools.max_block)
        if made is not None:
            return made[0], replace(report, largest_block=made[1]), False
        whole, (report,) = tools.join(left.after, right.after, [rule], same=same)
        return whole.left.astype(np.int64) * size + whole.right, report, True

    with ThreadPoolExecutor(tools.threads or os.cpu_count() or 1) as pool:
        outcomes = list(pool.map(work, range(len(rules))))
    old, rules_of, code = packed, standing.pairs.rules[stays], standing.code[stays]
    for index, (_, _, whole) in enumerate(outcomes):
        if whole:
            rules_of &= ~np.uint32(1 << index)
    made, bits, _ = block.united([each for each, _, _ in outcomes])
    if same:
        once = made // size < made % size
        made, bits = made[once], bits[once]
    place = np.searchsorted(old, made)
    there = np.flatnonzero(place < len(old))
    there = there[old[place[there]] == made[there]]
    rules_of[place[there]] |= bits[there]
    new = np.ones(len(made), bool)
    new[there] = False
    # What is left has a place between what stood: all stays in order.
    every = _inserted(place[new], (old, made[new]), (rules_of, bits[new]), (code, np.full(int(new.sum()), -1, np.int64)))
    row, column = np.divmod(every[0], size)
    pairs, code = Pairs(row.astype(np.int32), column.astype(np.int32), every[1].astype(np.uint32)), every[2]
    reports = _counted(pairs.rules, [report for _, report, _ in outcomes])
    if any(whole for _, _, whole in outcomes):
        used = np.flatnonzero(pairs.rules)
        pairs, code = pairs.take(used), code[used]
    return pairs, code, reports


def _inserted(place: IntArray, *columns: tuple[IntArray, IntArray]) -> list[IntArray]:
    """Insert values into columns, before the entries at some places (sorted)."""
    is_new = np.zeros(len(columns[0][0]) + len(place), bool)
    is_new[place + np.arange(len(place))] = True
    made = []
    for old, new in columns:
        column = np.empty(len(is_new), old.dtype)
        column[is_new], column[~is_new] = new, old
        made.append(column)
    return made


def _counted(rules: IntArray, reports: Sequence[RuleReport]) -> list[RuleReport]:
    """Count what each rule made, and made first."""
    first = rules & -rules.astype(np.int64)
    return [
        replace(report, pairs=int(np.count_nonzero(rules & (1 << bit))), new_pairs=int(np.count_nonzero(first == 1 << bit)))
        for bit, report in enumerate(reports)
    ]
