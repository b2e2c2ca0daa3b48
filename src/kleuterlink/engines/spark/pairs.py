"""The joins in Spark SQL: packed records -> candidate pairs.

Each executor makes the keys of its records with `block`'s own code; Spark counts, joins and leaves out what is double.
A block that stays too large is joined in tiles, so that no task has it all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa

from kleuterlink import block
from kleuterlink.engines.spark.records import Layout, gathered, layout_of, record_frame, unpack
from kleuterlink.tables import Encoded, IntArray

ENTRIES = "lot int, key bigint, row int"
"""A record in a block: the rule and the tile of the block (`rule + MOST_RULES * tile`), the block's key, the record."""

MOST_RULES = 1 << block.RULE_BITS
"""As many as `block` allows."""

MOST_PARTS = 128
"""Parts of either side of a block: 16,384 tiles are more than there are tasks, and a record stands in 128 of them."""


@dataclass(frozen=True)
class Crowds:
    """Blocks that are too large though no key is left to split them. Each is joined in tiles: every part of one side with every part of the other.

    Attributes
    ----------
    key
        int64 (C,) their keys, sorted.
    parts
        int64 (2, C) number of parts of the left and of the right side.

    """

    key: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    parts: IntArray = field(default_factory=lambda: np.zeros((2, 0), np.int64))

    def tiles(self, rows: IntArray, keys: IntArray, side: int) -> tuple[IntArray, IntArray]:
        """Return which entry of a side goes into which tile: one of a crowd into as many as the other side has parts, all others into tile 0."""
        own, other = np.ones((2, len(keys)), np.int64)
        if len(self.key):
            at = np.minimum(np.searchsorted(self.key, keys), len(self.key) - 1)
            crowded = np.flatnonzero(self.key[at] == keys)
            own[crowded], other[crowded] = self.parts[side, at[crowded]], self.parts[1 - side, at[crowded]]
        entry = np.repeat(np.arange(len(keys)), other)
        others_part = np.arange(len(entry)) - np.repeat(np.cumsum(other) - other, other)
        # Fibonacci hashing: rows that follow one another, or all even ones, come into all parts alike.
        part = ((rows.astype(np.int64) * 2_654_435_761 & 0xFFFFFFFF) * own >> 32)[entry]
        return entry, part * other[entry] + others_part if side == 0 else others_part * own[entry] + part


@dataclass(frozen=True)
class Splits:
    """How one rule puts records into blocks.

    Attributes
    ----------
    rule
        The rule.
    further
        Keys that split its oversized blocks, one after the other.
    oversized
        For each of the first of them, the sorted keys of the blocks that it splits.
    largest
        Records of the right side in the largest block that is not split.
    crowds
        Blocks that are too large and are not split.

    """

    rule: block.Rule
    further: Sequence[block.Key]
    oversized: tuple[IntArray, ...] = field(default=())
    largest: int = 0
    crowds: Crowds = field(default_factory=Crowds)

    def entries(self, register: Encoded, *, newest: bool) -> tuple[IntArray, IntArray]:
        """Return rows and keys of the records, in all blocks or only in those that the newest split made."""
        rows, keys, _ = block.entries(register, self.rule)
        whole = []
        for oversized, key in zip(self.oversized, self.further, strict=False):
            large = np.isin(keys, oversized)
            whole.append((rows[~large], keys[~large]))
            rows, keys = block.split(rows[large], keys[large], key, register)
        if newest or not whole:
            return rows, keys
        made, of = zip(*whole, (rows, keys), strict=True)
        return np.concatenate(made), np.concatenate(of)

    def counted(self, keys: IntArray, records: IntArray, max_block: int) -> Splits:
        """Return the splits after the newest blocks were counted (`keys` of those that are too large and 0 else, `records` of either side).

        Those that are too large are split once more, where a key is left.
        """
        large, order = keys != 0, np.argsort(keys)[np.count_nonzero(keys == 0) :]
        if large.any() and len(self.oversized) < len(self.further):
            return replace(self, oversized=(*self.oversized, keys[order]), largest=max(self.largest, int(records[1, ~large].max(initial=0))))
        crowds = Crowds(keys[order], np.minimum(-(-records[:, order] // max_block), MOST_PARTS))
        return replace(self, crowds=crowds, largest=max(self.largest, int(records[1].max(initial=0))))


@dataclass(frozen=True)
class Joined:
    """Two registers joined: pairs in Spark (`left`, `right`, `rules`), and how each rule came to its blocks."""

    pairs: Any
    splits: list[Splits]


def join(session: Any, shared: Any, sides: tuple[Encoded, Encoded], rules: Sequence[block.Rule], max_block: int) -> Joined:
    """Join two registers under blocking rules.

    Parameters
    ----------
    session
        The Spark session.
    shared
        Broadcast `Shared`.
    sides
        The registers.
    rules
        The rules.
    max_block
        Largest block, as of `block.candidate_pairs`.

    Returns
    -------
    Joined
        Distinct pairs, a record with itself among them where it meets itself; partitioned by `left`. Nothing of them is made yet.

    """
    from pyspark.sql import functions as f

    splits = [Splits(rule, block.further_keys(*sides, rule)) for rule in rules]
    open_rules = list(range(len(rules)))
    while open_rules:
        before = {rule: splits[rule] for rule in open_rules}
        for rule, counted in _counted(session, shared, sides, before, max_block).items():
            splits[rule] = counted
        open_rules = [rule for rule, each in before.items() if len(splits[rule].oversized) > len(each.oversized)]
    met = meetings(session, shared, sides, splits)
    # Partitioned by one side only, the pairs of a record need no further shuffle on their way to that record.
    return Joined(met.repartition("left").groupBy("left", "right").agg(f.bit_or("bit").alias("rules")), splits)


def meetings(session: Any, shared: Any, sides: tuple[Encoded, Encoded], splits: Sequence[Splits]) -> Any:
    """Return each pair of records in each block that both are in: data frame of `left`, `right` and the rule's `bit`."""
    left, right = _entries(session, shared, sides, dict(enumerate(splits)), newest=False)
    met = left.withColumnRenamed("row", "left").join(right.withColumnRenamed("row", "right"), ["lot", "key"])
    return met.selectExpr("left", "right", f"shiftleft(1, lot % {MOST_RULES}) as bit")


def _counted(session: Any, shared: Any, sides: tuple[Encoded, Encoded], splits: dict[int, Splits], max_block: int) -> dict[int, Splits]:
    """Count the newest blocks of some rules that both sides have; only the sizes and the large ones come to the driver."""
    from pyspark.sql import functions as f

    counted_once = [
        entries.select("lot", "key", f.lit(side == 0).cast("long").alias("entries"))
        for side, entries in enumerate(_entries(session, shared, sides, splits, newest=True))
    ]
    # One aggregation over both sides: a join of two would have to sort what it only counts.
    one, every = f.sum("entries"), f.count("*")
    blocks = (
        counted_once[0]
        .union(counted_once[1])
        .groupBy("lot", "key")
        .agg(one.alias("entries"), (every - one).alias("partners"))
        .where("entries > 0 and partners > 0")
        .groupBy("lot", f.when(f.greatest("entries", "partners") > max_block, f.col("key")).otherwise(0).alias("oversized"))
        .agg(f.max("entries").alias("entries"), f.max("partners").alias("partners"))
        .toArrow()
    )
    rules, keys, *records = (blocks.column(name).to_numpy() for name in ("lot", "oversized", "entries", "partners"))
    return {rule: each.counted(keys[rules == rule], np.stack(records)[:, rules == rule], max_block) for rule, each in splits.items()}


def _entries(session: Any, shared: Any, sides: tuple[Encoded, Encoded], splits: dict[int, Splits], *, newest: bool) -> list[Any]:
    """Return both sides' records in blocks."""
    return [
        record_frame(session, register).mapInArrow(_entries_of(layout_of(register), shared, splits, side, newest=newest), ENTRIES)
        for side, register in enumerate(sides)
    ]


def _entries_of(
    layout: Layout, shared: Any, splits: dict[int, Splits], side: int, *, newest: bool
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return what an executor does with its records: put them into blocks, and into the tiles of crowds."""

    def entries(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for columns in gathered(batches):
            register, row = unpack(columns["record"], layout, shared.value), columns["row"].to_numpy()
            for rule, each in splits.items():
                rows, keys = each.entries(register, newest=newest)
                rows, lots = row[rows], np.full(len(rows), rule, np.int32)
                if len(each.crowds.key):
                    entry, tile = each.crowds.tiles(rows, keys, side)
                    rows, keys, lots = rows[entry], keys[entry], (rule + MOST_RULES * tile).astype(np.int32)
                yield pa.RecordBatch.from_arrays([pa.array(lots), pa.array(keys), pa.array(rows)], ["lot", "key", "row"])

    return entries
