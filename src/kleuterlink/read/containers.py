"""Parquet, Excel, DuckDB and SQLite files -> Arrow tables."""

from __future__ import annotations

import sqlite3
import warnings
import zipfile
import zlib
from pathlib import Path
from xml.etree.ElementTree import ParseError

import pyarrow as pa

from kleuterlink.errors import ConfigError, InputError
from kleuterlink.read.source import Source, whole_source
from kleuterlink.read.values import array_of_objects

_UNREADABLE = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, EOFError, OSError, RuntimeError)
"""What openpyxl lets through from its insides where a workbook is damaged."""


def read_parquet(path: Path, label: str, *, coded: bool) -> pa.Table:
    """Read a Parquet file.

    Parameters
    ----------
    path
        The file.
    label
        What messages call it.
    coded
        Whether texts are to be dictionary-encoded: a row then costs four bytes a column, whatever its length.

    Returns
    -------
    pyarrow.Table
        All its columns.

    Raises
    ------
    InputError
        It is damaged or cut short; export it again.

    """
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
        texts = [field.name for field in schema if coded and (pa.types.is_string(field.type) or pa.types.is_large_string(field.type))]
        table = pq.ParquetFile(path, read_dictionary=texts).read()
        table.validate(full=True)  # a damaged file may hold text that is no UTF-8
    except (pa.ArrowException, OSError, UnicodeError):
        raise InputError(f"{label}: the Parquet file is damaged or cut short; export or copy it again") from None
    return table


def read_workbook(path: Path, label: str, sheet: str | None) -> Source:
    """Read a sheet of an Excel workbook.

    Parameters
    ----------
    path
        The workbook (.xlsx).
    label
        What messages call it.
    sheet
        The sheet; None for the first.

    Returns
    -------
    Source
        The rows below the first row that is not blank, which holds the column names; blank rows are no rows.

    Raises
    ------
    ConfigError
        No such sheet; the message lists the sheets.
    InputError
        The workbook is damaged or the sheet empty.

    """
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with path.open("rb") as stream, warnings.catch_warnings():  # a stream: by path, openpyxl insists on a suffix
            warnings.simplefilter("ignore")  # openpyxl warns of styles and validations that it does not carry over
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
            if sheet is not None and sheet not in book.sheetnames:
                raise ConfigError(f"{label}: the workbook has no sheet {sheet}; it has {', '.join(book.sheetnames)}")
            page = book[sheet] if sheet is not None else book.worksheets[0]
            rows = [row for row in page.iter_rows(values_only=True) if any(cell not in {None, ""} for cell in row)]
            book.close()
    except (zipfile.BadZipFile, zlib.error, InvalidFileException, ParseError, *_UNREADABLE):
        raise InputError(f"{label}: the Excel workbook is damaged or cut short; save it again as .xlsx") from None
    if not rows:
        raise InputError(f"{label}: the sheet is empty; name another with `sheet`")
    width = max(len(row) for row in rows)
    padded = [(*row, *(None,) * (width - len(row))) for row in rows]
    names = ["" if cell is None else str(cell) for cell in padded[0]]
    columns = [array_of_objects(list(values)) for values in zip(*padded[1:], strict=True)] if len(padded) > 1 else [pa.nulls(0)] * width
    return whole_source(label, pa.table(columns, names=names), headed=False)


def read_duckdb(path: Path, label: str, table: str | None) -> pa.Table:
    """Read a table of a DuckDB database.

    Parameters
    ----------
    path
        The database file; it is opened for reading only.
    label
        What messages call it.
    table
        The table or view; None where there is only one.

    Returns
    -------
    pyarrow.Table
        All its columns.

    Raises
    ------
    ConfigError
        No such table, or several and none named; the message lists them.
    InputError
        The database is damaged or in use.

    """
    import duckdb

    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            listing = connection.table_function("duckdb_tables").project("table_name").fetchall()
            views = connection.table_function("duckdb_views").filter("NOT internal").project("view_name").fetchall()
            name = _choose_table([str(row[0]) for row in (*listing, *views)], label, table)
            quoted = name.replace('"', '""')
            return connection.table(f'"{quoted}"').to_arrow_table()
    except duckdb.Error:
        raise InputError(f"{label}: the DuckDB database is damaged, of another version, or in use by another program") from None


def read_sqlite(path: Path, label: str, table: str | None) -> pa.Table:
    """Read a table of an SQLite database.

    Parameters
    ----------
    path
        The database file; it is opened for reading only.
    label
        What messages call it.
    table
        The table or view; None where there is only one.

    Returns
    -------
    pyarrow.Table
        All its columns.

    Raises
    ------
    ConfigError
        No such table, or several and none named; the message lists them.
    InputError
        The database is damaged.

    """
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            listing = connection.execute(
                "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
            ).fetchall()
            name = _choose_table([str(row[0]) for row in listing], label, table)
            quoted = name.replace('"', '""')
            cursor = connection.execute(f'SELECT * FROM "{quoted}"')
            names = [str(column[0]) for column in cursor.description]
            rows = cursor.fetchall()
        finally:
            connection.close()
    except (sqlite3.Error, UnicodeError):
        raise InputError(f"{label}: the SQLite database is damaged or cut short, or its text is no UTF-8") from None
    columns = [array_of_objects(list(values)) for values in zip(*rows, strict=True)] if rows else [pa.nulls(0)] * len(names)
    return pa.table(columns, names=names)


def _choose_table(names: list[str], label: str, table: str | None) -> str:
    if table is None and len(names) == 1:
        return names[0]
    if table in names:
        return str(table)
    problem = "name one of them with `table`" if table is None else f"there is no table {table}"
    raise ConfigError(f"{label}: {problem}; the database has {', '.join(names) or 'no tables'}")
