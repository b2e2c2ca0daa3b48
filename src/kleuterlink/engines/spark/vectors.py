"""The kernel in the executors: pairs in Spark -> pairs with agreement patterns, or counts of these."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from kleuterlink import compare
from kleuterlink.engines.spark.records import Layout, Shared, gathered, layout_of, record_frame, unpack
from kleuterlink.tables import Encoded, IntArray, Pairs, Vectors

Work = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]
"""What an executor does with the batches of a partition."""


def with_patterns(session: Any, shared: Any, sides: tuple[Encoded, Encoded], pairs: Any, extras: Mapping[str, str]) -> Any:
    """Compare pairs where they are.

    Parameters
    ----------
    session
        The Spark session.
    shared
        Broadcast `Shared`.
    sides
        The registers.
    pairs
        Data frame of `left`, `right`, and anything else.
    extras
        Kind of each further column to be compared, by name.

    Returns
    -------
    DataFrame
        The columns of `pairs`, and `code` (bigint, the agreement pattern). Nothing of it is made yet.

    """
    schema = ", ".join([*(f"{name} {kind}" for name, kind in pairs.dtypes), "code bigint"])
    return _with_records(session, sides, pairs).mapInArrow(_kernel(sides, shared, dict(extras), pairs.columns), schema)


def counted(session: Any, shared: Any, sides: tuple[Encoded, Encoded], pairs: Any, extras: Mapping[str, str], others: IntArray) -> Any:
    """Compare pairs where they are, and count them by agreement pattern.

    Parameters
    ----------
    session, shared, sides, pairs, extras
        As of `with_patterns`.
    others
        Pairs that are not counted, sorted and packed as left * right.size + right.

    Returns
    -------
    DataFrame
        `code` (bigint, an agreement pattern) and `pairs` (bigint). Nothing of it is made yet.

    """
    from pyspark.sql import functions as f

    compared = _with_records(session, sides, pairs.select("left", "right"))
    kernel = _counting_kernel(sides, shared, dict(extras), session.sparkContext.broadcast(others))
    return compared.mapInArrow(kernel, "code bigint, pairs bigint").groupBy("code").agg(f.sum("pairs").alias("pairs"))


def _with_records(session: Any, sides: tuple[Encoded, Encoded], pairs: Any) -> Any:
    """Bring the records of pairs to them."""
    one, other = (
        record_frame(session, register).withColumnsRenamed({"row": side, "record": f"{side} record"})
        for register, side in zip(sides, ("left", "right"), strict=True)
    )
    return pairs.join(one, "left").join(other, "right")


def _kernel(sides: tuple[Encoded, Encoded], shared: Any, extras: Mapping[str, str], kept: list[str]) -> Work:
    """Return what an executor does with pairs and their records: compare them."""
    layouts = layout_of(sides[0]), layout_of(sides[1])

    def codes(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for columns in gathered(batches):
            code = _compared(columns, layouts, shared.value, extras).code
            yield pa.RecordBatch.from_arrays([*(columns[name] for name in kept), pa.array(code)], [*kept, "code"])

    return codes


def _counting_kernel(sides: tuple[Encoded, Encoded], shared: Any, extras: Mapping[str, str], others: Any) -> Work:
    """Return what an executor does with pairs that are only counted."""
    layouts, size = (layout_of(sides[0]), layout_of(sides[1])), sides[1].size

    def counts(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for columns in gathered(batches):
            left, right = (columns[side].to_numpy() for side in ("left", "right"))
            vectors = _compared(columns, layouts, shared.value, extras)
            apart = ~Pairs(left, right, np.zeros(len(left), np.uint32)).among(others.value, size)
            made = Vectors(vectors.comparisons, vectors.code[apart]).counted()
            yield pa.RecordBatch.from_arrays([pa.array(made.code), pa.array(made.pairs)], ["code", "pairs"])

    return counts


def _compared(columns: Mapping[str, pa.Array], layouts: tuple[Layout, Layout], shared: Shared, extras: Mapping[str, str]) -> Vectors:
    """Compare the left with the right record of each row."""
    left, right = (unpack(columns[f"{side} record"], layout, shared) for side, layout in zip(("left", "right"), layouts, strict=True))
    rows = np.arange(left.size, dtype=np.int32)
    return compare.compare(left, right, Pairs(rows, rows, np.zeros(left.size, np.uint32)), shared.frequencies, extras=extras, threads=1)
