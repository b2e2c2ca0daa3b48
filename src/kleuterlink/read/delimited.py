"""CSV of any delimiter and encoding -> text columns, and the lines that do not have the header's width."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from kleuterlink.errors import ConfigError, InputError
from kleuterlink.read.source import Source
from kleuterlink.read.values import one_dictionary

DELIMITERS = (";", ",", "\t", "|")
"""Delimiters that are found out, in order of preference."""

_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_HIGH = re.compile(rb"[\x80-\xff]")
_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_SEQUENCE_OR_HIGH = re.compile(_SEQUENCE.pattern + b"|" + _HIGH.pattern)
_SAMPLE = 1 << 16
_BLOCK = 1 << 22
_LARGE_BLOCK = 1 << 25  # each block of coded texts has a dictionary of its own


@dataclass(frozen=True)
class Written:
    """How a CSV file is written, as far as it is known.

    Attributes
    ----------
    label
        What messages call it.
    delimiter, encoding
        As configured; None to find out.
    coded
        Whether the texts are to be dictionary-encoded: a row then costs four bytes a column, whatever its length.

    """

    label: str
    delimiter: str | None = None
    encoding: str | None = None
    coded: bool = False


def read_delimited(data: bytes, written: Written, *, wanted: Collection[str]) -> Source:
    """Read a CSV file's bytes.

    Parameters
    ----------
    data
        The whole file.
    written
        How it is written.
    wanted
        Names of mapped columns; they help to recognise the delimiter.

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
    text, notes = _utf8(data, label, written.encoding)
    del data  # a register's file is a good part of the memory that a run takes
    first = text[: text.find(b"\n") + 1]
    hint = first.strip().lower()
    if hint.startswith(b"sep=") and len(hint) <= 5:  # Excel's own way of naming the delimiter
        delimiter = delimiter or first.strip()[4:].decode() or None
        text = text[len(first) :]
    header, delimiter = _header(text, label, wanted, delimiter)
    table, set_aside, order = _parse(text, label, header, delimiter, coded=written.coded)
    if b'"' in text:
        _check_quotes(table, order, label, delimiter)
    return Source(label, table, order, tuple(set_aside), len(order) + len(set_aside), headed=False, typed=False, notes=notes)


def _utf8(data: bytes, label: str, encoding: str | None) -> tuple[bytes, tuple[str, ...]]:
    """Return the text as UTF-8 without a byte order mark, and what there is to say of it."""
    if encoding is None:
        for mark, name in _BYTE_ORDER_MARKS:
            if data.startswith(mark):
                data, encoding = data[len(mark) :], name
                break
    try:
        if encoding is None:
            return _undeclared(data, label)
        text = data.decode(encoding).removeprefix("\ufeff")
        return text.encode(), ()
    except LookupError:
        raise InputError(f"{label}: there is no encoding called {encoding}; use utf-8, utf-16, cp1252 or latin-1") from None
    except UnicodeError:
        raise InputError(f"{label}: is not valid {encoding or 'UTF-16'}: it may be cut short, or `encoding` may be wrong") from None


def _undeclared(data: bytes, label: str) -> tuple[bytes, tuple[str, ...]]:
    if b"\x00" in data[:_SAMPLE]:
        odd, even = data[1:_SAMPLE:2].count(0), data[0:_SAMPLE:2].count(0)
        if max(odd, even) < 0.4 * min(len(data), _SAMPLE) / 2:
            raise InputError(f"{label}: holds bytes that are no text: it is a binary file, or damaged; export it as CSV or Parquet")
        return data.decode("utf-16-le" if odd > even else "utf-16-be").encode(), ()
    try:
        decoder = codecs.getincrementaldecoder("utf-8")()
        for start in range(0, len(data), _BLOCK):  # in blocks: the decoded text itself is not needed
            decoder.decode(data[start : start + _BLOCK], final=start + _BLOCK >= len(data))
    except UnicodeDecodeError:
        return _not_utf8(data)
    return data, ()


def _not_utf8(data: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Take the text as Latin-1; but where most accents are UTF-8, only the strays among them: as Latin-1 the others would be two letters each."""
    high = _high_bytes(data)
    sequences = _SEQUENCE.findall(high)
    strays = len(_HIGH.findall(high)) - sum(map(len, sequences))
    if strays > len(sequences):
        return _latin(data), ()
    mended = _SEQUENCE_OR_HIGH.sub(lambda found: found[0] if len(found[0]) > 1 else _latin(found[0]), data)
    return mended, (f"the text is UTF-8 with {strays:,} bytes that are not; these were read as Latin-1",)


def _high_bytes(data: bytes) -> bytes:
    """Return the bytes beyond ASCII, those that stand apart in the text kept apart: a thousandth of it, which is searched in no time."""
    high = np.frombuffer(data, np.uint8) >= 0x80
    kept = high.copy()
    kept[1:] |= high[:-1]
    return np.frombuffer(data, np.uint8)[kept].tobytes()


def _latin(data: bytes) -> bytes:
    # Windows writes Latin-1 as cp1252; five of its bytes mean nothing there, and then it is Latin-1 proper.
    try:
        return data.decode("cp1252").encode()
    except UnicodeDecodeError:
        return data.decode("latin-1").encode()


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


def _parse(text: bytes, label: str, header: list[str], delimiter: str, *, coded: bool) -> tuple[pa.Table, list[tuple[int, str]], npt.NDArray[np.int64]]:
    width = len(header)
    # A last line wider than the header is always set aside; where it is not, an open quote has swallowed it.
    sentinel = "\x1a" + delimiter * width
    misfits = _Misfits(width, delimiter)
    kind = pa.dictionary(pa.int32(), pa.string()) if coded else pa.string()
    names = [str(position) for position in range(width)]

    def parse(*, threads: bool) -> pa.Table:
        misfits.clear()
        return pa.csv.read_csv(
            pa.PythonFile(_Joined([text, b"\n" + sentinel.encode() + b"\n"]), mode="r"),
            read_options=pa.csv.ReadOptions(column_names=names, use_threads=threads, block_size=_LARGE_BLOCK if coded else _BLOCK),
            parse_options=pa.csv.ParseOptions(delimiter=delimiter, newlines_in_values=b'"' in text, invalid_row_handler=misfits.keep),
            convert_options=pa.csv.ConvertOptions(column_types=dict.fromkeys(names, kind), strings_can_be_null=False),
        )

    try:
        table = parse(threads=True)
        if misfits.texts != [sentinel]:
            # Only one thread alone can tell the numbers of the rows that do not fit.
            table = parse(threads=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise InputError(f"{label}: cannot be read as CSV with the delimiter {delimiter!r}: is it cut short, or is a quote not closed?") from None
    set_aside, swallowing, last = misfits.rows, misfits.swallowing, misfits.texts[-1] if misfits.texts else ""
    if swallowing:
        raise InputError(_stray_quote(label, swallowing))
    if last != sentinel:
        raise InputError(f"{label}: a quote is opened and never closed (the file may be cut short): close it, or export the file again")
    set_aside.pop()
    if table.num_rows == 0:
        raise InputError(f"{label}: the header line cannot be read: is a quote in it not closed?")
    table = table.slice(1)
    if len(set_aside) > table.num_rows:
        raise InputError(
            f"{label}: most rows are not as wide as the header ({set_aside[0][1]}): quote values that hold the delimiter {delimiter!r}, or export with another"
        )
    well_formed = np.ones(table.num_rows + len(set_aside), np.bool_)
    well_formed[[row - 1 for row, _ in set_aside]] = False
    order = np.flatnonzero(well_formed) + 1
    return table.rename_columns(header), set_aside, order


class _Misfits:
    """The lines that are not as wide as the header, as the parser meets them."""

    def __init__(self, width: int, delimiter: str) -> None:
        self._width, self._delimiter = width, delimiter
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
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


class _Joined(io.RawIOBase):
    """Parts of a text one after the other, as a stream: no copy of the whole is made."""

    def __init__(self, parts: list[bytes]) -> None:
        self._parts, self._at = [memoryview(part) for part in parts], 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer with what comes next."""
        while self._parts and self._at == len(self._parts[0]):
            self._parts.pop(0)
            self._at = 0
        if not self._parts:
            return 0
        taken = self._parts[0][self._at : self._at + len(buffer)]
        buffer[: len(taken)] = taken
        self._at += len(taken)
        return len(taken)


def _check_quotes(table: pa.Table, order: npt.NDArray[np.int64], label: str, delimiter: str) -> None:
    """Refuse a value that holds whole rows: a stray quote opened it, and the children in it would be lost."""
    if table.num_columns < 3:
        return
    for column in table.columns:
        coded = one_dictionary(column)
        values = coded.dictionary
        broken = pc.and_(pc.match_substring_regex(values, "[\r\n]"), pc.greater_equal(pc.count_substring(values, delimiter), table.num_columns - 1))
        if pc.any(broken).as_py():
            row = int(order[pc.index(broken.take(coded.indices), True).as_py()])
            raise InputError(_stray_quote(label, row))


def _stray_quote(label: str, row: int) -> str:
    return f"{label}: about row {row} a quote is opened and closes only some lines further on: close it, or double the quotes within values"
