"""What every kind of file is opened as, before its columns are mapped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa


@dataclass(frozen=True)
class Source:
    """A table as it stands in its file.

    Attributes
    ----------
    label
        What messages call it.
    table
        Its usable rows, columns in the order of the file.
    rows
        int64, the row numbers of `table` (1-based, header and blank lines not counted).
    set_aside
        (row number, problem) of rows that could not be read.
    rows_in
        `len(rows)` + `len(set_aside)`.
    headed
        False where the column names come from a first line, which may be data by mistake.
    typed
        True where cells may be numbers and dates, False where all is text.
    notes
        What there is to say of how it was read, without values.

    """

    label: str
    table: pa.Table
    rows: npt.NDArray[np.int64]
    set_aside: tuple[tuple[int, str], ...]
    rows_in: int
    headed: bool
    typed: bool
    notes: tuple[str, ...] = ()


def whole_source(label: str, table: pa.Table, *, headed: bool = True) -> Source:
    """Take a table of which every row could be read.

    Parameters
    ----------
    label
        What messages call it.
    table
        The table.
    headed
        False where the column names come from a first line.

    Returns
    -------
    Source
        Its rows, numbered from 1.

    """
    return Source(label, table, np.arange(1, table.num_rows + 1, dtype=np.int64), (), table.num_rows, headed=headed, typed=True)
