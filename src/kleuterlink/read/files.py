"""Open whatever file a register is kept in: its first bytes decide what it is, not its name."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from pathlib import Path

import pyarrow as pa

from kleuterlink.config import RegisterConfig
from kleuterlink.errors import InputError
from kleuterlink.read.containers import read_duckdb, read_parquet, read_sqlite, read_workbook
from kleuterlink.read.delimited import Written, read_delimited
from kleuterlink.read.source import Source, Wanted, whole_source

_SUFFIXES = {
    ".parquet": "Parquet",
    ".pq": "Parquet",
    ".xlsx": "Excel",
    ".xlsm": "Excel",
    ".csv": "CSV",
    ".tsv": "CSV",
    ".txt": "CSV",
    ".duckdb": "DuckDB",
    ".sqlite": "SQLite",
    ".sqlite3": "SQLite",
}
_REFUSED = {
    "PDF": "export the table behind it as CSV or Parquet",
    "a web page (HTML)": "the download may have been a login page; export it again as CSV",
    "XML": "export it as CSV or Parquet",
    "JSON": "export it as CSV or Parquet",
    "a ZIP archive": "unpack it and name the file inside, or save a spreadsheet as .xlsx",
    "an old or locked Excel file": "save it as .xlsx or CSV, without a password",
    "an Arrow file": "save it as Parquet",
}


def open_file(path: Path, label: str, register: RegisterConfig, wanted: Wanted, *, memory_limit: str | None = None) -> Source:
    """Open a register's file.

    Parameters
    ----------
    path
        The file: CSV (plain or gzip), Parquet, Excel, DuckDB or SQLite.
    label
        What messages call it.
    register
        Its configuration: `table`, `sheet`, `delimiter`, `encoding`.
    wanted
        The mapped columns.
    memory_limit
        Memory that a database's engine may take, as "2GB"; None for its own default.

    Returns
    -------
    Source
        The table as it stands in the file.

    Raises
    ------
    InputError
        The file is missing, empty, cut short, or not what it is called; the message says what it looks like and what to do.

    """
    try:
        if path.is_dir():
            raise InputError(f"{label}: is a folder; name a file in it")
        with path.open("rb") as stream:
            start = stream.read(4096)
        if not start.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
            raise InputError(f"{label}: the file is empty; export it again")
        packed = start.startswith(b"\x1f\x8b")
        data = _unpack(path, label) if packed else b""
        kind = _kind(data[:4096] if packed else start, path)
        _check_kind(kind, path, label, packed=packed)
        if kind == "Parquet":
            return whole_source(label, read_parquet(path, label, wanted))
        if kind == "Excel":
            return read_workbook(path, label, register.sheet)
        if kind == "DuckDB":
            return whole_source(label, read_duckdb(path, label, register.table, wanted, memory_limit=memory_limit))
        if kind == "SQLite":
            return whole_source(label, read_sqlite(path, label, register.table))
        with io.BytesIO(data) if packed else path.open("rb") as stream:
            return read_delimited(stream, Written(label, register.delimiter, register.encoding), wanted)
    except FileNotFoundError:
        raise InputError(f"{label}: there is no such file; check `path`, which is relative to the configuration file") from None
    except pa.ArrowInvalid:
        raise InputError(f"{label}: the file is damaged or cut short; export or copy it again") from None
    except OSError as error:
        raise InputError(f"{label}: cannot be read ({error.strerror or 'input/output error'}); check that it is complete and that you may open it") from None


def _unpack(path: Path, label: str) -> bytes:
    try:
        with gzip.open(path) as stream:
            return stream.read()
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise InputError(f"{label}: the gzip file is damaged or cut short; copy it again") from None


def _kind(start: bytes, path: Path) -> str:  # noqa: PLR0911 one line per kind is what reads best
    if start.startswith(b"PAR1"):
        return "Parquet"
    if start.startswith(b"PK\x03\x04"):
        return "Excel" if _is_workbook(path) else "a ZIP archive"
    if start.startswith(b"SQLite format 3\x00"):
        return "SQLite"
    if start[8:12] == b"DUCK":
        return "DuckDB"
    if start.startswith(b"%PDF"):
        return "PDF"
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        return "an old or locked Excel file"
    if start.startswith((b"ARROW1", b"FEA1")):
        return "an Arrow file"
    return _text_kind(start)


def _text_kind(start: bytes) -> str:
    shown = start.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if shown.startswith((b"<!doctype html", b"<html", b"<head", b"<table", b"<body")):
        return "a web page (HTML)"
    if shown.startswith(b"<?xml"):
        return "XML"
    if shown.startswith((b"{", b"[{", b"[\n", b"[\r\n")):
        return "JSON"
    return "CSV"


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        # Cut short, the archive has lost its table of contents: its first entries still tell.
        with path.open("rb") as stream:
            start = stream.read(4096)
        return b"[Content_Types].xml" in start or b"xl/" in start or b"docProps/" in start


def _check_kind(kind: str, path: Path, label: str, *, packed: bool) -> None:
    if kind in _REFUSED:
        raise InputError(f"{label}: this is {kind}, which cannot be read: {_REFUSED[kind]}")
    if packed and kind != "CSV":
        raise InputError(f"{label}: this is a packed {kind} file: unpack it first")
    called = _SUFFIXES.get(path.suffix.lower())
    if called is not None and called != kind:
        raise InputError(f"{label}: the name says {called} and the content looks like {kind}: rename the file, or export it again as {called}")
