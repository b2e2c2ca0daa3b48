"""Candidate pairs that stay in the executors: counted and sifted there; only those that can matter to a matching come to the driver."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from kleuterlink.engines.spark.records import let_go
from kleuterlink.engines.spark.vectors import Work
from kleuterlink.score.marginals import UNLIKELY
from kleuterlink.tables import BoolArray, FloatArray, IntArray, Pairs, PatternCounts

PAIR = "left int, right int, rules int, code bigint"
"""A pair: its records, the rules that made it (bits), the agreement pattern."""

COLUMNS = ("left", "right", "rules", "code")


@dataclass(frozen=True)
class HeldPairs:
    """Candidate pairs, compared; the executors keep them as long as this object is there.

    Attributes
    ----------
    session
        The Spark session.
    frame
        Data frame of `PAIR`, persisted.
    counts
        How many pairs show each pattern.
    size
        Number of records of the right side.

    """

    session: Any
    frame: Any
    counts: PatternCounts
    size: int

    def __post_init__(self) -> None:
        """Have the executors let go of the pairs when nobody asks for them any more."""
        weakref.finalize(self, let_go, self.frame).atexit = False

    def sift(self, odds: FloatArray) -> SiftedThere:
        """Find the pairs that a matching may hold, as `score.possible` does.

        Parameters
        ----------
        odds
            Odds of each pattern of `counts`.

        Returns
        -------
        SiftedThere
            The possible pairs, and what gives others.

        """
        table = self.session.createDataFrame(pa.table({"code": self.counts.code, "odds": odds}))
        frame = _flagged(self.frame, table).persist()
        return SiftedThere(self, frame, fetched(frame.where("possible").select(*COLUMNS), self.size))


@dataclass(frozen=True)
class SiftedThere:
    """Candidate pairs in the executors, with a flag on those that are possible.

    Attributes
    ----------
    held
        The pairs.
    frame
        Data frame of `PAIR` and `possible`, persisted.
    possible
        The possible pairs, sorted, and their patterns.

    """

    held: HeldPairs
    frame: Any
    possible: tuple[Pairs, IntArray]

    def __post_init__(self) -> None:
        """Have the executors let go of the flags too."""
        weakref.finalize(self, let_go, self.frame).atexit = False

    def others(self, births: BoolArray, records: BoolArray, patterns: BoolArray) -> tuple[Pairs, IntArray]:
        """Return those of the other pairs whose birth, record or pattern is among some.

        Parameters
        ----------
        births, records, patterns
            (N,), (M,) and (P,) flags; the patterns are those of `HeldPairs.counts`.

        Returns
        -------
        pairs : Pairs
            Sorted.
        code : int64 array
            Their patterns.

        """
        flags = np.packbits(births), np.packbits(records), self.held.counts.code[patterns]
        chosen = _choosing(self.held.session.sparkContext.broadcast(flags))
        return fetched(self.frame.where("not possible").select(*COLUMNS).mapInArrow(chosen, PAIR), self.held.size)


def _flagged(frame: Any, odds: Any) -> Any:
    """Tell which pairs are possible, given the odds of each pattern.

    The formulas are those of `score.possible`, and so is the order in which sums are made: that of the other record's row. So the flags are its too.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as f

    def total(values: str, side: str, other: str) -> Any:
        return f.sum(values).over(Window.partitionBy(side).orderBy(other).rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing))

    def besides(sum_: str, own: str) -> Any:
        return 1 + f.greatest(f.col(sum_) - f.col(own), f.lit(0.0))

    return (
        frame.join(f.broadcast(odds), "code")
        .withColumn("most_right", total("odds", "right", "left"))
        .withColumn("into_left", f.col("odds") / besides("most_right", "odds"))
        .withColumn("most_left", total("odds", "left", "right"))
        .withColumn("least_left", total("into_left", "left", "right"))
        .withColumn("into_right", f.col("odds") / besides("most_left", "odds"))
        .withColumn("least_right", total("into_right", "right", "left"))
        .withColumn("possible", f.col("odds") > f.lit(UNLIKELY) * besides("least_left", "into_left") * besides("least_right", "into_right"))
        .select(*COLUMNS, "possible")
    )


def _choosing(flags: Any) -> Work:
    """Return what an executor does with its pairs: pick out those that are asked for."""

    def chosen(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        births, records = (np.unpackbits(bits).view(bool) for bits in flags.value[:2])
        for batch in batches:
            left, right, code = (batch.column(name).to_numpy() for name in ("left", "right", "code"))
            yield batch.filter(pa.array(births[left] | records[right] | np.isin(code, flags.value[2])))

    return chosen


def fetched(frame: Any, size: int) -> tuple[Pairs, IntArray]:
    """Bring pairs to the driver, sorted, and the agreement pattern of each; `size` is the number of records of the right side."""
    made = frame.toArrow()
    left, right, rules, code = (made.column(name).to_numpy() for name in COLUMNS)
    order = np.argsort(left * np.int64(size) + right)
    return Pairs(left[order], right[order], rules[order].view(np.uint32)), code[order]
