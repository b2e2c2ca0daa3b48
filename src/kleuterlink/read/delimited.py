"""CSV of any delimiter and encoding -> text columns, and the lines that do not have the header's width."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Collection

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from kleuterlink.errors import InputError
from kleuterlink.read.source import Source

DELIMITERS = (";", ",", "\t", "|")
"""Delimiters that are found out, in order of preference."""

_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_SAMPLE = 1 << 16
_BLOCK = 1 << 22


def read_delimited(data: bytes, label: str, *, wanted: Collection[str], delimiter: str | None, encoding: str | None) -> Source:
    """Read a CSV file's bytes.

    Parameters
    ----------
    data
        The whole file.
    label
        What messages call it.
    wanted
        Names of mapped columns; they help to recognise the delimiter.
    delimiter, encoding
        As configured; None to find out.

    Returns
    -------
    Source
        Text columns as written (blanks kept). Lines that are not as wide as the header are set aside; blank lines are no rows.

    Raises
    ------
    InputError
        The text cannot be decoded, a quote is never closed, or there is no header; the message says what to do.

    """
    text = _utf8(data, label, encoding)
    first, _, rest = text.partition(b"\n")
    hint = first.strip().lower()
    if hint.startswith(b"sep=") and len(hint) <= 5:  # Excel's own way of naming the delimiter
        delimiter = delimiter or first.strip()[4:].decode() or None
        text = rest
    header, delimiter = _header(text, label, wanted, delimiter)
    table, set_aside, order = _parse(text, label, header, delimiter)
    _check_quotes(table, label, header, delimiter)
    return Source(label, table, order, tuple(set_aside), len(order) + len(set_aside), headed=False)


def _utf8(data: bytes, label: str, encoding: str | None) -> bytes:
    """Return the text as UTF-8 without a byte order mark."""
    if encoding is None:
        for mark, name in _BYTE_ORDER_MARKS:
            if data.startswith(mark):
                data, encoding = data[len(mark) :], name
                break
    try:
        if encoding is None:
            return _undeclared(data, label)
        text = data.decode(encoding).removeprefix("\ufeff")
        return text.encode()
    except LookupError:
        raise InputError(f"{label}: there is no encoding called {encoding}; use utf-8, utf-16, cp1252 or latin-1") from None
    except UnicodeError:
        raise InputError(f"{label}: is not valid {encoding}: it may be cut short, or `encoding` may be wrong") from None


def _undeclared(data: bytes, label: str) -> bytes:
    if b"\x00" in data[:_SAMPLE]:
        odd, even = data[1:_SAMPLE:2].count(0), data[0:_SAMPLE:2].count(0)
        if max(odd, even) < 0.4 * min(len(data), _SAMPLE) / 2:
            raise InputError(f"{label}: is a binary file, not CSV: export it as CSV or Parquet")
        return data.decode("utf-16-le" if odd > even else "utf-16-be").encode()
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        # Windows writes Latin-1 as cp1252; five of its bytes mean nothing there, and then it is Latin-1 proper.
        try:
            return data.decode("cp1252").encode()
        except UnicodeDecodeError:
            return data.decode("latin-1").encode()
    return data


def _header(text: bytes, label: str, wanted: Collection[str], delimiter: str | None) -> tuple[list[str], str]:
    """Find the delimiter under which the first line holds most mapped columns, else the one that gives the most even rows."""
    sample = text[:_SAMPLE].decode("utf-8", "ignore")
    names = {name.strip().casefold() for name in wanted}
    best: tuple[tuple[int, float, int], list[str], str] | None = None
    for candidate in (delimiter,) if delimiter else DELIMITERS:
        try:
            rows = [row for row in csv.reader(io.StringIO(sample, newline=""), delimiter=candidate) if row]
        except (csv.Error, TypeError):
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
        if delimiter and len(delimiter) != 1:
            raise InputError(f"{label}: the delimiter must be one character; leave `delimiter` out to have it found")
        raise InputError(f"{label}: has no header line that can be read: a CSV file with a line of column names is expected")
    return best[1], best[2]


def _parse(text: bytes, label: str, header: list[str], delimiter: str) -> tuple[pa.Table, list[tuple[int, str]], np.ndarray]:
    width = len(header)
    # A last line wider than the header is always set aside; where it is not, an open quote has swallowed it.
    sentinel = delimiter * width
    set_aside: list[tuple[int, str]] = []
    last: list[str] = []

    def keep(row: pa.csv.InvalidRow) -> str:
        last[:] = [row.text]
        breaks = row.text.count("\n") + row.text.count("\r")
        note = f" (a quote runs on over {breaks + 1} lines: is one not closed?)" if breaks else ""
        set_aside.append((row.number - 1, f"{row.actual_columns} values where the header has {width}{note}"))
        return "skip"

    try:
        table = pa.csv.read_csv(
            io.BytesIO(text.rstrip(b"\r\n") + b"\n" + sentinel.encode() + b"\n"),
            read_options=pa.csv.ReadOptions(column_names=[str(position) for position in range(width)], use_threads=False, block_size=max(_BLOCK, 1)),
            parse_options=pa.csv.ParseOptions(delimiter=delimiter, newlines_in_values=b'"' in text, invalid_row_handler=keep),
            convert_options=pa.csv.ConvertOptions(default_column_type=pa.string(), strings_can_be_null=False),
        )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise InputError(f"{label}: cannot be read as CSV with the delimiter {delimiter!r}: is it cut short, or is a quote not closed?") from None
    if not last or last[0] != sentinel:
        raise InputError(f"{label}: a quote is opened and never closed (the file may be cut short): close it, or export the file again")
    set_aside.pop()
    if table.num_rows == 0:
        raise InputError(f"{label}: the header line cannot be read: is a quote in it not closed?")
    table = table.slice(1)
    order = np.setdiff1d(np.arange(1, table.num_rows + len(set_aside) + 1), np.array([row for row, _ in set_aside], dtype=np.int64))
    return table.rename_columns(header), set_aside, order


def _check_quotes(table: pa.Table, label: str, header: list[str], delimiter: str) -> None:
    """Refuse a value that holds whole rows: a stray quote opened it, and the children in it would be lost."""
    if len(header) < 3:
        return
    for column in table.columns:
        swallowed = pc.and_(pc.match_substring_regex(column, "[\r\n]"), pc.greater_equal(pc.count_substring(column, delimiter), len(header) - 1))
        if pc.any(swallowed).as_py():
            row = pc.index(swallowed, True).as_py() + 1
            raise InputError(f"{label}: about row {row} a quote is opened and closes only some lines further on: close it, or double the quotes within values")
