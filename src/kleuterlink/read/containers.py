"""Parquet, Excel, DuckDB and SQLite files -> Arrow tables."""

from __future__ import annotations

import sqlite3
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import pyarrow as pa

from kleuterlink.errors import ConfigError, InputError
from kleuterlink.read.source import Source, Wanted, whole_source, whole_table
from kleuterlink.read.values import array_of_objects

_UNREADABLE = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, EOFError, OSError, RuntimeError)
"""What openpyxl lets through from its insides where a workbook is damaged."""


BATCH = 1 << 19
"""Rows that a database hands over at a time."""


def read_parquet(path: Path, label: str, wanted: Wanted) -> pa.Table:
    """Read a Parquet file.

    Parameters
    ----------
    path
        The file.
    label
        What messages call it.
    wanted
        The mapped columns.

    Returns
    -------
    pyarrow.Table
        All its columns, those that are not mapped null.

    Raises
    ------
    InputError
        It is damaged or cut short; export it again.

    """
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
        texts = [field.name for field in schema if _is_text(field.type) and not wanted.plain(field.name)]
        kept = [name for name in schema.names if name in wanted]
        places = {name: place for place, name in enumerate(schema.names)}
        if len(places) < len(schema) or not kept:  # columns are read by their names
            return pq.ParquetFile(path).read()
        table = pq.ParquetFile(path, read_dictionary=texts).read(columns=kept)
        table.validate(full=True)  # a damaged file may hold text that is no UTF-8
    except (pa.ArrowException, OSError, UnicodeError):
        raise InputError(f"{label}: the Parquet file is damaged or cut short; export or copy it again") from None
    return whole_table({places[name]: table.column(name) for name in table.column_names}, schema.names, table.num_rows)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


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


def read_duckdb(path: Path, label: str, table: str | None, wanted: Wanted, *, memory_limit: str | None = None) -> pa.Table:
    """Read a table of a DuckDB database.

    Parameters
    ----------
    path
        The database file; it is opened for reading only.
    label
        What messages call it.
    table
        The table or view; None where there is only one.
    wanted
        The mapped columns.
    memory_limit
        Memory that DuckDB may take, as "2GB"; None for its own default.

    Returns
    -------
    pyarrow.Table
        All its columns, those that are not mapped null; texts are dictionary-encoded batch by batch.

    Raises
    ------
    ConfigError
        No such table, or several and none named; the message lists them.
    InputError
        The database is damaged or in use.

    """
    import duckdb

    try:
        with duckdb.connect(str(path), read_only=True, config={} if memory_limit is None else {"memory_limit": memory_limit}) as connection:
            listing = connection.table_function("duckdb_tables").project("table_name").fetchall()
            views = connection.table_function("duckdb_views").filter("NOT internal").project("view_name").fetchall()
            name = _choose_table([str(row[0]) for row in (*listing, *views)], label, table)
            quoted = name.replace('"', '""')
            return _of_relation(connection.table(f'"{quoted}"'), wanted)
    except duckdb.Error:
        raise InputError(f"{label}: the DuckDB database is damaged, of another version, or in use by another program") from None


def _of_relation(relation: Any, wanted: Wanted) -> pa.Table:
    """Read what is wanted of a table of DuckDB; its names differ in more than capitals."""
    import duckdb

    places = [place for place, name in enumerate(relation.columns) if name in wanted] or [0]
    kept = relation.select(*(duckdb.ColumnExpression(relation.columns[place]) for place in places))

    with kept.to_arrow_reader(BATCH) as reader:
        whole = pa.concat_tables([_coded(pa.table(batch), wanted) for batch in reader] or [reader.schema.empty_table()])
    return whole_table(dict(zip(places, whole.columns, strict=True)), relation.columns, whole.num_rows)


def _coded(table: pa.Table, wanted: Wanted) -> pa.Table:
    texts = {field.name for field in table.schema if _is_text(field.type) and not wanted.plain(field.name)}
    return pa.table({name: column.dictionary_encode() if name in texts else column for name, column in zip(table.column_names, table.columns, strict=True)})


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
