"""A year of absences: whole runs with and without them, from CSV and from Parquet, by time and memory."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from benchmarks.measure import measure
from benchmarks.report import Report
from kleuterlink.participation.school_days import SchoolDays

NAME = "absences"

BATCH = 2_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--children", type=int, default=300_000, metavar="N", help="births (default: %(default)s)")
    parser.add_argument("--rows", type=int, default=20_000_000, metavar="N", help="absence rows (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="default: 1")
    parser.add_argument("--formats", nargs="+", default=["csv", "parquet"], choices=["csv", "parquet"], help="default: both")


def run(arguments: argparse.Namespace) -> Report:
    from kleuterlink import synthetic

    registers = synthetic.make_registers(arguments.children, seed=arguments.seed)
    report = Report(f"{arguments.rows:,} absence rows, {arguments.children:,} births")
    with tempfile.TemporaryDirectory() as folder:
        plain = synthetic.write_sample(Path(folder), registers)
        rows = []
        for kind in ("none", *arguments.formats):
            config, size = plain, 0.0
            if kind != "none":
                path = write_absences(Path(folder) / f"absences.{kind}", registers.enrolments, arguments.rows, np.random.default_rng(arguments.seed))
                config = plain.with_name(f"{kind}.toml")
                config.write_text(f'{plain.read_text()}\n[registers.absences]\nrole = "absences"\npreset = "absence-warehouse"\npath = "{path.name}"\n')
                size = path.stat().st_size / 1e9
            used = measure(["kleuterlink.cli", "run", config, "--out", Path(folder) / f"out_{kind}", "--quiet"])
            rows.append({"absences": kind, "file, GB": size, "seconds": used.seconds, "processor seconds": used.processor, "peak memory, GB": used.gigabytes})
    report.add("Whole runs", rows)
    return report


def write_absences(path: Path, enrolments: pd.DataFrame, rows: int, rng: np.random.Generator) -> Path:
    """Write absence rows of pupils on school days, one per pupil and day, as the warehouse's export has them; in no order."""
    calendar = SchoolDays("2023-2024")
    open_days = rng.permutation(np.flatnonzero(calendar.half_days))
    if rows > len(enrolments) * len(open_days):
        raise SystemExit(f"{rows:,} rows are more than {len(enrolments):,} pupils have school days")
    numbers = {name: pa.array(enrolments[name]) for name in ("stamnummer", "instellingsnummer")}
    days = pa.array([(calendar.first + day).item().strftime("%d/%m/%Y") for day in open_days])
    codes = pa.array(["A", "P", "B"])
    begins = rng.integers(0, len(open_days), len(enrolments))
    writer = None
    for start in range(0, rows, BATCH):
        number = rng.permutation(np.arange(start, min(start + BATCH, rows)))
        # Each pupil's next absence is on the next of the days, from a day of its own on: no day comes twice.
        pupil = number % len(enrolments)
        day = (begins[pupil] + number // len(enrolments)) % len(open_days)
        columns = {name: values.take(pa.array(pupil)) for name, values in numbers.items()}
        columns["datum"] = days.take(pa.array(day))
        columns["halve_dagen"] = pa.array(calendar.half_days[open_days[day]]).cast(pa.string())
        columns["code"] = codes.take(pa.array(rng.choice(3, len(number), p=[0.8, 0.15, 0.05])))
        table = pa.table(columns)
        if writer is None:
            options = pc.WriteOptions(delimiter=";", quoting_style="none")
            writer = pc.CSVWriter(path, table.schema, write_options=options) if path.suffix == ".csv" else pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()
    return path
