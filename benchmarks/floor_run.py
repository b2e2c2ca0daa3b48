"""What no tool can be faster than: DuckDB reads the inputs of a run, sorts their keys, and writes outputs like the run's. Nothing is linked.

Run as a process of its own (`python -m benchmarks.floor_run CONFIG OUT FLOOR`). Written are the tables, in Parquet and CSV, that the
run of kleuterlink left in OUT, so that both write the same; the time that it takes to get them is told, to be taken off.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import duckdb

from benchmarks.cleaning import read_csv
from kleuterlink.config import RunConfig, load_config
from kleuterlink.read.presets import apply_preset

KEYS = ("id", "national_number", "first_names", "surname", "birth_date")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("out", type=Path, help="folder that a run of kleuterlink wrote")
    parser.add_argument("floor", type=Path, help="folder for what is written here")
    arguments = parser.parse_args()
    connection = duckdb.connect()
    seconds, started = {}, (time.perf_counter(), time.process_time())

    def lap(name: str) -> None:
        nonlocal started
        now = time.perf_counter(), time.process_time()
        seconds[name] = [after - before for before, after in zip(started, now, strict=True)]
        started = now

    registers = read(connection, load_config(arguments.config))
    lap("read")
    sort(connection, registers)
    lap("sort")
    tables = borrow(connection, arguments.out)
    lap("borrowed")
    write(connection, tables, arguments.floor)
    lap("write")
    (arguments.floor / "seconds.json").write_text(json.dumps(seconds), encoding="utf-8")


def read(connection: duckdb.DuckDBPyConnection, config: RunConfig) -> dict[str, dict[str, str]]:
    """Read every register into a table of texts; return the column that holds each key, by register.

    DuckDB does not read Windows' Latin-1 by itself: Arrow hands it such a file.
    """
    columns = {}
    for name, register in config.registers.items():
        mapped = apply_preset(name, register)
        assert register.path is not None
        path = config.base / register.path
        if _is_utf_8(path):
            connection.execute(f"create table \"{name}\" as select * from read_csv('{path}', all_varchar = true)")
        else:
            connection.register("file", read_csv(path))
            connection.execute(f'create table "{name}" as select * from file')
        known = {row[0] for row in connection.execute(f'describe "{name}"').fetchall()}
        named = {field: names[0] for field, names in mapped.optional.items()} | dict(mapped.required)
        columns[name] = {key: named[key] for key in KEYS if named.get(key) in known}
    return columns


def _is_utf_8(path: Path) -> bool:
    try:
        path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return False
    return True


def sort(connection: duckdb.DuckDBPyConnection, registers: dict[str, dict[str, str]]) -> None:
    """Sort every key of every register, with the rows that hold it."""
    for name, columns in registers.items():
        for key, column in columns.items():
            connection.execute(f'create table "{name} {key}" as select "{column}", rowid as source from "{name}" order by "{column}"')


def borrow(connection: duckdb.DuckDBPyConnection, out: Path) -> dict[str, str]:
    """Get the run's tables into memory; return the table behind each file name."""
    tables = {}
    for path in sorted([*out.glob("*.parquet"), *out.glob("*.csv")]):
        tables[path.name] = table = f"out {path.name}"
        connection.execute(f"create table \"{table}\" as select * from '{path}'")
    return tables


def write(connection: duckdb.DuckDBPyConnection, tables: dict[str, str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        form = "format parquet, compression zstd" if name.endswith(".parquet") else "format csv, header true"
        connection.execute(f"copy \"{table}\" to '{folder / name}' ({form})")


if __name__ == "__main__":
    main()
