"""The files of a store of half-days: the rows of every delivery, and the year's table that follows from them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from kleuterlink.errors import OutputError
from kleuterlink.publish.absences.ledger import LEDGER, Entry, Ledger, content_of
from kleuterlink.publish.absences.merge import ROWS, Coverage, sorted_rows, standing
from kleuterlink.read import file_hash
from kleuterlink.read.presets import PRESETS

TABLE, REJECTED, PARTS = "absences.parquet", "rejected.csv", "parts"

NAMES = {field: names[0] for field, names in PRESETS["absence-warehouse"].columns.items()}
"""What the table's columns are called: as the preset `absence-warehouse` expects them."""


def write_part(folder: Path, entry: Entry, rows: Mapping[str, pa.Table], rejected: pd.DataFrame) -> Entry:
    """Write the rows of a delivery, a group of rows per month; return its entry with their hash.

    No ledger names the files yet: what is written does not count before `write_store` has ended.
    """
    (folder / PARTS).mkdir(parents=True, exist_ok=True)
    path = folder / PARTS / f"{entry.name}.parquet"
    with _replaced(path) as fresh, pq.ParquetWriter(fresh, pa.schema(ROWS), compression="zstd") as writer:
        for month in sorted(rows):
            writer.write_table(rows[month], row_group_size=max(len(rows[month]), 1))
    with _replaced(path.with_suffix(".csv")) as fresh:
        table = rejected.assign(file=entry.file, delivered=entry.delivered.isoformat())
        table[["delivered", "file", "row", "field", "problem"]].to_csv(fresh, index=False, lineterminator="\n", encoding="utf-8")
    return replace(entry, part_sha256=file_hash(path))


def write_store(folder: Path, ledger: Ledger, touched: set[str]) -> Ledger:
    """Write the year's table, the reasons of rejected rows and the ledger, in this order.

    Parameters
    ----------
    folder
        The store.
    ledger
        The deliveries, those that were added included.
    touched
        Months whose rows may have changed; the others are taken over from the table that is there.

    Returns
    -------
    Ledger
        With the rows that stand, and the table's hash.

    Raises
    ------
    OutputError
        A part is missing or was changed.

    """
    path = folder / TABLE
    earlier = pq.ParquetFile(path) if path.exists() and ledger.table_sha256 == file_hash(path) else None
    if earlier is not None and not touched:
        return ledger
    every = sorted({month for entry in ledger.entries for month in entry.months})
    kept: list[dict[str, tuple[int, int]]] = [dict(entry.months) for entry in ledger.entries]
    months = []
    with _replaced(path) as fresh, pq.ParquetWriter(fresh, _schema(), compression="zstd") as writer:
        for month in every:
            if earlier is not None and month not in touched:
                table = earlier.read_row_group(ledger.table_months.index(month)) if month in ledger.table_months else _schema().empty_table()
            else:
                table, stand = _month(folder, ledger, month)
                for place, number in stand.items():
                    kept[place][month] = kept[place][month][0], number
            if len(table):
                months.append(month)
                writer.write_table(table, row_group_size=len(table))
    with _replaced(folder / REJECTED) as fresh:
        texts = [(folder / PARTS / f"{entry.name}.csv").read_text(encoding="utf-8").splitlines(keepends=True) for entry in ledger.entries]
        fresh.write_text("".join([*texts[0][:1], *(line for lines in texts for line in lines[1:])] if texts else []), encoding="utf-8", newline="\n")
    entries = tuple(replace(entry, months=own) for entry, own in zip(ledger.entries, kept, strict=True))
    ledger = replace(ledger, entries=entries, table_months=tuple(months), table_sha256=file_hash(path))
    with _replaced(folder / LEDGER) as fresh:
        fresh.write_text(json.dumps(content_of(ledger), indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    return ledger


def _month(folder: Path, ledger: Ledger, month: str) -> tuple[pa.Table, dict[int, int]]:
    """Return a month's rows that stand, and how many they are of each delivery."""
    having = [place for place, entry in enumerate(ledger.entries) if month in entry.months]
    tables = [_part(folder, ledger.entries[place]).read_row_group(sorted(ledger.entries[place].months).index(month)) for place in having]
    rows = pa.concat_tables(tables)
    rank = np.repeat(having, [len(table) for table in tables])
    coverages = [
        Coverage(place, *entry.covers, None if entry.every_school else frozenset(entry.schools))
        for place, entry in enumerate(ledger.entries)
        if entry.covers is not None
    ]
    stands = standing(rows, rank, coverages)
    table = sorted_rows(rows.filter(pa.array(stands))).rename_columns(list(_schema().names))
    return table, dict(zip(having, np.bincount(rank[stands], minlength=len(ledger.entries))[having].tolist(), strict=True))


def _part(folder: Path, entry: Entry) -> pq.ParquetFile:
    path = folder / PARTS / f"{entry.name}.parquet"
    if not path.exists() or file_hash(path) != entry.part_sha256:
        raise OutputError(f"{path}: is missing or was changed; make the store anew from the deliveries")
    return pq.ParquetFile(path)


def _schema() -> pa.Schema:
    return pa.schema({NAMES[name]: kind for name, kind in ROWS.items()})


@contextmanager
def _replaced(path: Path) -> Iterator[Path]:
    """Give a path to write to; what is written there takes the place of `path` when the block ends well."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        yield fresh
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
