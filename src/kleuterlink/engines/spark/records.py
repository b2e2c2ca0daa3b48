"""Encoded registers in Spark: a row per record, its columns packed into bytes of one length.

Packed, a record crosses a shuffle as one value of some eighty bytes, and a batch of them becomes numpy columns without a copy of each cell.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from kleuterlink.compare import Frequencies
from kleuterlink.tables import Encoded, Vocabulary

BATCH = 1 << 17
"""Rows that an executor works on at a time, whatever the size of the batches that Spark hands over."""

CHUNK = 1 << 16
"""Records in a chunk of a packed table: an Arrow array of bytes holds two gigabytes at most."""

Layout = np.dtype[np.void]
"""Which columns a packed record holds, and how."""


@dataclass(frozen=True)
class Shared:
    """What all records share, broadcast to the executors once per run.

    Attributes
    ----------
    vocabulary, values
        As of `Encoded`.
    frequencies
        Frequency classes over all registers.

    """

    vocabulary: Vocabulary
    values: dict[str, npt.NDArray[np.object_]]
    frequencies: Frequencies


def layout_of(register: Encoded) -> Layout:
    """Return how the records of a register are packed."""
    return np.dtype([(name, column.dtype, column.shape[1:]) for name, column in register.columns.items()])


def pack(register: Encoded) -> pa.Table:
    """Pack a register.

    Parameters
    ----------
    register
        N records.

    Returns
    -------
    pyarrow.Table
        N rows of `row` (int32, the place in the register) and `record` (binary, as `layout_of` says).

    """
    layout = layout_of(register)
    records = np.empty(register.size, layout)
    for name, column in register.columns.items():
        records[name] = column
    chunks = [_as_binary(records[start : start + CHUNK]) for start in range(0, register.size, CHUNK)]
    return pa.table({"row": pa.array(np.arange(register.size, dtype=np.int32)), "record": pa.chunked_array(chunks, pa.binary())})


def _as_binary(records: npt.NDArray[np.void]) -> pa.Array:
    offsets = np.arange(len(records) + 1, dtype=np.int32) * np.int32(records.itemsize)
    return pa.Array.from_buffers(pa.binary(), len(records), [None, pa.py_buffer(offsets), pa.py_buffer(records.tobytes())])


def unpack(records: pa.Array, layout: Layout, shared: Shared) -> Encoded:
    """Return packed records as a register of their own, without ids: their rows are their places here."""
    fixed = records.cast(pa.binary(layout.itemsize))
    packed = np.frombuffer(fixed.buffers()[1], layout, len(fixed), fixed.offset * layout.itemsize)
    columns = {name: np.ascontiguousarray(packed[name]) for name in layout.names or ()}
    return Encoded(len(packed), pd.arrays.ArrowExtensionArray(pa.array([], pa.string())), columns, shared.vocabulary, shared.values)


def gathered(batches: Iterable[pa.RecordBatch]) -> Iterator[dict[str, pa.Array]]:
    """Join batches to larger ones, as columns by name: what is done once per batch should not be done often."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(map(len, waiting)) >= BATCH:
            yield _joined(waiting)
            waiting = []
    if any(map(len, waiting)):
        yield _joined(waiting)


def _joined(batches: list[pa.RecordBatch]) -> dict[str, pa.Array]:
    table = pa.Table.from_batches(batches).combine_chunks()
    return {name: table.column(name).chunk(0) for name in table.column_names}


def record_frame(session: Any, register: Encoded) -> Any:
    """Return a register as a Spark data frame of `row` and `record`; handed over once, and kept by the executors as long as the register is there."""

    def hand_over() -> Any:
        frame = session.createDataFrame(pack(register)).repartition("row").persist()
        weakref.finalize(register, let_go, frame).atexit = False
        return frame

    return register.once("packed in Spark", hand_over)


def let_go(frame: Any) -> None:
    """Have the executors drop what they keep of a data frame."""
    with suppress(Exception):  # where the session was stopped in between, what it kept is gone
        frame.unpersist()
