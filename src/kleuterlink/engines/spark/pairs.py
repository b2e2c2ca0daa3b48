"""The joins in Spark SQL: packed records -> candidate pairs.

Each executor makes the keys of its records with `block`'s own code; Spark counts, joins and leaves out what is double.
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

ENTRIES = "bit int, key bigint, row int"
"""A record in a block: the rule's bit, the block's key, the record."""


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

    """

    rule: block.Rule
    further: Sequence[block.Key]
    oversized: tuple[IntArray, ...] = field(default=())
    largest: int = 0

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

    def counted(self, keys: IntArray, partners: IntArray, large: IntArray) -> Splits:
        """Return the splits after the newest blocks were counted: those that are too large are split once more, where a key is left."""
        if not large.any() or len(self.oversized) == len(self.further):
            return replace(self, largest=max(self.largest, int(partners.max(initial=0))))
        return replace(self, oversized=(*self.oversized, np.sort(keys[large])), largest=max(self.largest, int(partners[~large].max(initial=0))))


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
    left, right = (_entries(session, shared, side, dict(enumerate(splits)), newest=False) for side in sides)
    met = left.withColumnRenamed("row", "left").join(right.withColumnRenamed("row", "right"), ["bit", "key"]).select("left", "right", "bit")
    # Partitioned by one side only, the pairs of a record need no further shuffle on their way to that record.
    return Joined(met.repartition("left").groupBy("left", "right").agg(f.bit_or("bit").alias("rules")), splits)


def _counted(session: Any, shared: Any, sides: tuple[Encoded, Encoded], splits: dict[int, Splits], max_block: int) -> dict[int, Splits]:
    """Count the newest blocks of some rules that both sides have; only the sizes and the large ones come to the driver."""
    from pyspark.sql import functions as f

    counted_once = [
        _entries(session, shared, register, splits, newest=True).select("bit", "key", f.lit(side == 0).cast("long").alias("entries"))
        for side, register in enumerate(sides)
    ]
    # One aggregation over both sides: a join of two would have to sort what it only counts.
    one, every = f.sum("entries"), f.count("*")
    blocks = (
        counted_once[0]
        .union(counted_once[1])
        .groupBy("bit", "key")
        .agg(one.alias("entries"), (every - one).alias("partners"))
        .where("entries > 0 and partners > 0")
        .groupBy("bit", f.when(f.greatest("entries", "partners") > max_block, f.col("key")).alias("oversized"))
        .agg(f.max("partners").alias("partners"))
        .toArrow()
    )
    bits, partners = (blocks.column(name).to_numpy() for name in ("bit", "partners"))
    oversized = blocks.column("oversized").is_valid().to_numpy()
    keys = blocks.column("oversized").fill_null(0).to_numpy()
    counted = {}
    for rule, each in splits.items():
        of = bits == _bit(rule)
        counted[rule] = each.counted(keys[of], partners[of], oversized[of])
    return counted


def _bit(rule: int) -> int:
    return int(np.uint32(1 << rule).astype(np.int32))


def _entries(session: Any, shared: Any, register: Encoded, splits: dict[int, Splits], *, newest: bool) -> Any:
    return record_frame(session, register).mapInArrow(_entries_of(layout_of(register), shared, splits, newest=newest), ENTRIES)


def _entries_of(layout: Layout, shared: Any, splits: dict[int, Splits], *, newest: bool) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return what an executor does with its records: put them into blocks."""

    def entries(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for columns in gathered(batches):
            register, row = unpack(columns["record"], layout, shared.value), columns["row"].to_numpy()
            for rule, each in splits.items():
                rows, keys = each.entries(register, newest=newest)
                yield pa.RecordBatch.from_arrays(
                    [pa.array(np.full(len(rows), _bit(rule), np.int32)), pa.array(keys), pa.array(row[rows])], ["bit", "key", "row"]
                )

    return entries
