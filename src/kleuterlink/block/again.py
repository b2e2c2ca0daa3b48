"""What changes of a join when records come, change or go: only blocks that hold one of them are looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kleuterlink.block.join import KEPT, _Blocks, _blocks_of, _in_blocks, _in_common, _pairs, _ranges, _starts, entries
from kleuterlink.block.rules import Rule
from kleuterlink.tables import BoolArray, Encoded, IntArray, RuleReport

_MARKS = 1 << 18


@dataclass(frozen=True)
class Change:
    """A register before and after records came, changed or went.

    Attributes
    ----------
    before, after
        The register, either time in the order of its ids.
    moved
        Row after of each row before; -1 of records that changed or went. What stays keeps its order.
    fresh
        Flags (after): records that came or changed.

    """

    before: Encoded
    after: Encoded
    moved: IntArray
    fresh: BoolArray

    @property
    def still(self) -> bool:
        """Whether nothing changed at all."""
        return self.before is self.after

    @cached_property
    def gone(self) -> Encoded:
        """The records that changed or went, as they were."""
        return self.before.take(np.flatnonzero(self.moved < 0))

    @cached_property
    def came(self) -> tuple[Encoded, IntArray]:
        """The records that came or changed, and their rows."""
        rows = np.flatnonzero(self.fresh)
        return self.after.take(rows), rows.astype(np.int32)


def unchanged(register: Encoded) -> Change:
    """Return the change of a register in which nothing changed."""
    return Change(register, register, np.arange(register.size, dtype=np.int32), np.zeros(register.size, bool))


def pairs_of_fresh(left: Change, right: Change, rule: Rule, report: RuleReport, max_block: int) -> tuple[IntArray, int] | None:
    """Return the pairs that a rule makes of fresh records.

    Parameters
    ----------
    left, right
        The registers.
    rule
        The rule.
    report
        What it made before.
    max_block
        As of `candidate_pairs`.

    Returns
    -------
    pairs : int64 array
        Distinct, packed as left * right.size + right.
    largest : int
        The rule's largest block now.
    None
        Instead of both, where the rule must be joined as a whole: a block that was or is oversized changed, so that pairs of other records may have
        come or gone; or the largest block shrank.

    """
    sides = (left,) if right is left else (left, right)
    came = [_blocks_of(side.came[0], rule)[0] for side in sides]
    keys = np.unique(np.concatenate([blocks.key for blocks in (*came, *(_blocks_of(side.gone, rule)[0] for side in sides))]))
    was = [_entries(side.before, rule, keys) for side in sides]
    fresh = [_Blocks(side.came[1][blocks.rows], blocks.key, blocks.start) for side, blocks in zip(sides, came, strict=True)]
    old = [_moved(blocks, side.moved) for side, blocks in zip(sides, was, strict=True)]
    now = [_together(*both) for both in zip(old, fresh, strict=True)]
    largest = []
    for one, other in ((was[0], was[-1]), (now[0], now[-1])):
        a, b = _in_common(one, other)
        if (one.count[a] > max_block).any() or (other.count[b] > max_block).any():
            return None
        largest.append(int(other.count[b].max(initial=0)))
    if largest[1] < largest[0] == report.largest_block:
        return None
    size = right.after.size
    made = np.concatenate([_pairs(one, other, _in_common(one, other), size) for one, other in ((fresh[0], now[-1]), (old[0], fresh[-1]))])
    made.sort()
    return made[_starts(made)], max(largest[1], report.largest_block)


def rows_in_blocks_of(register: Encoded, few: Encoded, rules: Sequence[Rule]) -> IntArray:
    """Return the rows (sorted, distinct) of a register that share a rule's key with any of a few records."""
    found = [_entries(register, rule, np.unique(_blocks_of(few, rule)[0].key)).rows for rule in rules]
    return np.unique(np.concatenate([np.zeros(0, np.int32), *found]))


def _entries(register: Encoded, rule: Rule, keys: IntArray) -> _Blocks:
    """Return the blocks of some keys (sorted, distinct): out of the register's blocks where they are kept, else by going through its records."""
    kept = register.derived.get(f"{KEPT} of {'+'.join(rule.key_names)}")
    if kept is not None:
        return _blocks_of_keys(kept.result()[0], keys)
    rows, own, _ = entries(register, rule)
    # Nearly all keys are none of those that are asked for, which a few of their bits tell.
    asked = np.zeros(_MARKS, bool)
    asked[keys & (_MARKS - 1)] = True
    maybe = np.flatnonzero(asked[own & (_MARKS - 1)])
    wanted = maybe[np.isin(own[maybe], keys)]
    return _in_blocks(rows[wanted], own[wanted])


def _moved(blocks: _Blocks, moved: IntArray) -> _Blocks:
    """Return blocks with the rows as they are now, of what stays."""
    rows = moved[blocks.rows]
    stays = rows >= 0
    return _in_blocks(rows[stays], np.repeat(blocks.key, blocks.count)[stays])


def _together(one: _Blocks, other: _Blocks) -> _Blocks:
    """Return the blocks of both."""
    rows, keys = (np.concatenate(both) for both in ((one.rows, other.rows), [np.repeat(each.key, each.count) for each in (one, other)]))
    return _in_blocks(rows, keys)


def _blocks_of_keys(blocks: _Blocks, keys: IntArray) -> _Blocks:
    """Return the blocks of some keys (sorted, distinct) out of all blocks of a register."""
    place = np.searchsorted(blocks.key, keys)
    place = place[place < len(blocks.key)]
    place = place[blocks.key[place] == keys[: len(place)]]
    count = blocks.start[place + 1] - blocks.start[place]
    rows = blocks.rows[_ranges(blocks.start[place], count)]
    return _Blocks(rows, blocks.key[place], np.append(0, np.cumsum(count)).astype(np.int32))


def blocks_to_keep(register: Encoded, rule: Rule) -> dict[str, IntArray]:
    """Return a register's blocks as arrays: `rows`, `key` and `start` of `_Blocks`, and whether no record has more than one key."""
    blocks, single = register.once(f"{KEPT} of {'+'.join(rule.key_names)}", lambda: _blocks_of(register, rule))
    return {"rows": blocks.rows, "key": blocks.key, "start": blocks.start, "single": np.array([single])}


def give_blocks(register: Encoded, rule: str, arrays: Mapping[str, IntArray]) -> None:
    """Give a register back the blocks that `blocks_to_keep` returned of it; `rule` is the rule's key names joined with +."""
    blocks = _Blocks(arrays["rows"], arrays["key"], arrays["start"])
    register.once(f"{KEPT} of {rule}", lambda: (blocks, bool(arrays["single"][0])))
