"""CSV of any delimiter and encoding -> text columns, and the lines that do not have the header's width."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from kleuterlink.coded import KIND
from kleuterlink.errors import ConfigError, InputError
from kleuterlink.read.decoding import open_text
from kleuterlink.read.source import Source, Wanted, whole_table

DELIMITERS = (";", ",", "\t", "|")
"""Delimiters that are found out, in order of preference."""

_SAMPLE = 1 << 16
_BLOCK = 1 << 21
"""Bytes that are parsed at a time: so many that they stay in the processor's cache while column after column is taken from them. What repeats itself within a
block is stored once; what does between blocks, is found again when all are read."""


@dataclass(frozen=True)
class Written:
    """How a CSV file is written, as far as it is known.

    Attributes
    ----------
    label
        What messages call it.
    delimiter, encoding
        As configured; None to find out.

    """

    label: str
    delimiter: str | None = None
    encoding: str | None = None


def read_delimited(stream: BinaryIO, written: Written, wanted: Wanted) -> Source:
    """Read a CSV file.

    Parameters
    ----------
    stream
        The file's bytes; they are gone through twice.
    written
        How it is written.
    wanted
        The mapped columns; they also help to recognise the delimiter.

    Returns
    -------
    Source
        Text columns as written (blanks kept). Lines that are not as wide as the header are set aside; blank lines are no rows.

    Raises
    ------
    ConfigError
        The delimiter is not one plain character.
    InputError
        The text cannot be decoded, a quote is never closed, or there is no header; the message says what to do.

    """
    label, delimiter = written.label, written.delimiter
    if delimiter is not None and (len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n'):
        raise ConfigError(f"{label}: the delimiter must be one character, such as ; or , or a tab; leave `delimiter` out to have it found")
    text = open_text(stream, label, written.encoding)
    blocks = text.blocks()
    beginning = next(blocks, b"")
    first = beginning[: beginning.find(b"\n") + 1]
    hint = first.strip().lower()
    if hint.startswith(b"sep=") and len(hint) <= 5:  # Excel's own way of naming the delimiter
        delimiter = delimiter or first.strip()[4:].decode() or None
        beginning = beginning[len(first) :]
    header, delimiter = _header(beginning, label, wanted.names, delimiter)
    # Of a quoted text every value is looked at: a stray quote may have swallowed rows anywhere.
    kinds = {place: pa.string() if wanted.plain(name) else KIND for place, name in enumerate(header) if text.quoted or name in wanted}
    parser = _Parser(label, len(header), delimiter, kinds, quoted=text.quoted)
    table, set_aside, order = parser.parse(chain([beginning], blocks))
    if text.quoted:
        _check_quotes(table, order, label, delimiter)
    whole = whole_table(dict(zip(kinds, table.columns, strict=False)), header, table.num_rows)
    return Source(label, whole, order, tuple(set_aside), len(order) + len(set_aside), headed=False, typed=False, notes=text.notes)


def _header(text: bytes, label: str, wanted: Collection[str], delimiter: str | None) -> tuple[list[str], str]:
    """Find the delimiter under which the first line holds most mapped columns, else the one that gives the most even rows."""
    sample = text[:_SAMPLE].decode("utf-8", "ignore")
    names = {name.strip().casefold() for name in wanted}
    best: tuple[tuple[int, float, int], list[str], str] | None = None
    for candidate in (delimiter,) if delimiter else DELIMITERS:
        try:
            rows = [row for row in csv.reader(io.StringIO(sample, newline=""), delimiter=candidate) if row]
        except csv.Error:
            continue
        if not rows:
            continue
        whole = rows[1:-1] if len(text) > _SAMPLE else rows[1:]
        even = float(np.mean([len(row) == len(rows[0]) for row in whole])) if whole and len(rows[0]) > 1 else 0.0
        found = len(names & {cell.strip().casefold() for cell in rows[0]})
        score = (found, even, len(rows[0]))
        if best is None or score > best[0]:
            best = (score, rows[0], candidate)
    if best is None:
        raise InputError(f"{label}: has no header line that can be read: a CSV file with a line of column names is expected")
    return best[1], best[2]


@dataclass(frozen=True)
class _Parser:
    """How the rows of a text are told apart, and of which type each column that is kept will be, by its place."""

    label: str
    width: int
    delimiter: str
    kinds: dict[int, pa.DataType]
    quoted: bool

    def parse(self, blocks: Iterator[bytes]) -> tuple[pa.Table, list[tuple[int, str]], npt.NDArray[np.int64]]:
        """Return the columns, the rows that do not fit with what is wrong with them, and the numbers of those that do."""
        # A last line wider than the header is always set aside; where it is not, an open quote has swallowed it.
        sentinel = "\x1a" + self.delimiter * self.width
        misfits = _Misfits(self.width, self.delimiter)
        try:
            table = self._table(chain(blocks, [f"\n{sentinel}\n".encode()]), misfits)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            raise InputError(f"{self.label}: cannot be read as CSV with the delimiter {self.delimiter!r}: is it cut short, or is a quote not closed?") from None
        set_aside, swallowing, last = misfits.rows, misfits.swallowing, misfits.texts[-1] if misfits.texts else ""
        if swallowing:
            raise InputError(_stray_quote(self.label, swallowing))
        if last != sentinel:
            raise InputError(f"{self.label}: a quote is opened and never closed (the file may be cut short): close it, or export the file again")
        set_aside.pop()
        if table.num_rows == 0:
            raise InputError(f"{self.label}: the header line cannot be read: is a quote in it not closed?")
        if len(set_aside) > table.num_rows - 1:
            raise InputError(
                f"{self.label}: most rows are not as wide as the header ({set_aside[0][1]}): quote values that hold the delimiter {self.delimiter!r}, "
                "or export with another"
            )
        well_formed = np.ones(table.num_rows - 1 + len(set_aside), np.bool_)
        well_formed[[row - 1 for row, _ in set_aside]] = False
        below = [_below_the_header(column) for column in table.columns]
        return pa.table(below, names=table.column_names), set_aside, np.flatnonzero(well_formed) + 1

    def _table(self, blocks: Iterator[bytes], misfits: _Misfits) -> pa.Table:
        names = [str(place) for place in range(self.width)]
        kept = {str(place): kind for place, kind in self.kinds.items()} or {names[0]: KIND}
        with pa.csv.open_csv(
            pa.PythonFile(_Stream(blocks), mode="r"),
            read_options=pa.csv.ReadOptions(column_names=names, use_threads=False, block_size=_BLOCK),
            parse_options=pa.csv.ParseOptions(delimiter=self.delimiter, newlines_in_values=self.quoted, invalid_row_handler=misfits.keep),
            convert_options=pa.csv.ConvertOptions(column_types=kept, include_columns=list(kept), strings_can_be_null=False),
        ) as reader:
            batches = [batch for batch in reader if batch.num_rows]
            return pa.Table.from_batches(batches, reader.schema)


def _below_the_header(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Leave out the column's name, also where it is a value that no row has."""
    first, *others = column.chunks
    rows = first.slice(1)
    if isinstance(rows, pa.DictionaryArray) and not pc.any(pc.equal(rows.indices, 0), min_count=0).as_py():
        rows = pa.DictionaryArray.from_arrays(pc.subtract(rows.indices, pa.scalar(1, pa.int32())), rows.dictionary.slice(1))
    return pa.chunked_array([rows, *others], column.type)


class _Misfits:
    """The lines that are not as wide as the header, as the parser meets them."""

    def __init__(self, width: int, delimiter: str) -> None:
        self._width, self._delimiter = width, delimiter
        self.rows: list[tuple[int, str]] = []
        self.texts: list[str] = []
        self.swallowing = 0

    def keep(self, row: pa.csv.InvalidRow) -> str:
        """Keep a line, and go on without it."""
        number = (row.number or 0) - 1
        self.texts.append(row.text)
        self.rows.append((number, f"{row.actual_columns} values where the header has {self._width}"))
        if ("\n" in row.text or "\r" in row.text) and row.text.count(self._delimiter) > self._width and not self.swallowing:
            self.swallowing = number
        return "skip"


class _Stream(io.RawIOBase):
    """Blocks of a text, as a file that can be read once."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks, self._rest = blocks, b""

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Return what comes next, at most so many bytes; nothing at the end."""
        parts, length = [self._rest], len(self._rest)
        while length < size and (block := next(self._blocks, b"")):
            parts.append(block)
            length += len(block)
        # What is too much of the last part comes first next time.
        end = len(parts[-1]) - max(length - size, 0)
        parts[-1], self._rest = parts[-1][:end], parts[-1][end:]
        return b"".join(parts)


def _check_quotes(table: pa.Table, order: npt.NDArray[np.int64], label: str, delimiter: str) -> None:
    """Refuse a value that holds whole rows: a stray quote opened it, and the children in it would be lost."""
    if table.num_columns < 3:
        return
    for column in table.columns:
        start = 0
        for chunk in column.chunks:
            values = chunk.dictionary if isinstance(chunk, pa.DictionaryArray) else chunk
            broken = pc.and_(pc.match_substring_regex(values, "[\r\n]"), pc.greater_equal(pc.count_substring(values, delimiter), table.num_columns - 1))
            if pc.any(broken).as_py():
                rows = broken.take(chunk.indices) if isinstance(chunk, pa.DictionaryArray) else broken
                raise InputError(_stray_quote(label, int(order[start + pc.index(rows, True).as_py()])))
            start += len(chunk)


def _stray_quote(label: str, row: int) -> str:
    return f"{label}: about row {row} a quote is opened and closes only some lines further on: close it, or double the quotes within values"
