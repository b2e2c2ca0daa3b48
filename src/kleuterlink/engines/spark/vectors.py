"""The kernel in the executors: pairs in Spark -> pairs with agreement patterns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from kleuterlink import compare
from kleuterlink.engines.spark.records import Layout, gathered, layout_of, record_frame, unpack
from kleuterlink.tables import Encoded, Pairs


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
    one, other = (
        record_frame(session, register).withColumnsRenamed({"row": side, "record": f"{side} record"})
        for register, side in zip(sides, ("left", "right"), strict=True)
    )
    schema = ", ".join([*(f"{name} {kind}" for name, kind in pairs.dtypes), "code bigint"])
    layouts = layout_of(sides[0]), layout_of(sides[1])
    return pairs.join(one, "left").join(other, "right").mapInArrow(_kernel(layouts, shared, dict(extras), pairs.columns), schema)


def _kernel(
    layouts: tuple[Layout, Layout], shared: Any, extras: Mapping[str, str], kept: list[str]
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return what an executor does with pairs and their records: compare them."""

    def codes(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for columns in gathered(batches):
            left, right = (unpack(columns[f"{side} record"], layout, shared.value) for side, layout in zip(("left", "right"), layouts, strict=True))
            rows = np.arange(left.size, dtype=np.int32)
            pairs = Pairs(rows, rows, np.zeros(left.size, np.uint32))
            code = compare.compare(left, right, pairs, shared.value.frequencies, extras=extras, threads=1).code
            yield pa.RecordBatch.from_arrays([*(columns[name] for name in kept), pa.array(code)], [*kept, "code"])

    return codes
