"""What every kind of file is opened as, before its columns are mapped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa


@dataclass(frozen=True)
class Wanted:
    """Which columns of a file are read.

    Attributes
    ----------
    names
        Names of the mapped columns; a file need not have them all. Surrounding blanks and capitals do not count.
    unlike
        Those whose values differ on nearly every row: they are kept as they are, the others dictionary-encoded.

    """

    names: frozenset[str]
    unlike: frozenset[str] = frozenset()

    def __contains__(self, name: str) -> bool:
        """Tell whether a column of this name is mapped."""
        return _folded(name) in self._names

    def plain(self, name: str) -> bool:
        """Tell whether its values are kept as they are."""
        return _folded(name) in self._unlike

    @cached_property
    def _names(self) -> set[str]:
        return set(map(_folded, self.names))

    @cached_property
    def _unlike(self) -> set[str]:
        return set(map(_folded, self.unlike))


def _folded(name: str) -> str:
    return name.strip().casefold()


def whole_table(columns: Mapping[int, pa.ChunkedArray], names: Sequence[str], rows: int) -> pa.Table:
    """Return a file's table with all its columns; those that were not read, by their place, are null and take no memory."""
    return pa.table([columns.get(place, pa.nulls(rows)) for place in range(len(names))], names=names)


@dataclass(frozen=True)
class Source:
    """A table as it stands in its file.

    Attributes
    ----------
    label
        What messages call it.
    table
        Its usable rows, columns in the order of the file; those that no field is mapped to may be null.
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
