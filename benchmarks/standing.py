"""A day's delivery against a standing run, and single records: seconds of each part, and milliseconds a record."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.measure import measure
from benchmarks.report import Report

NAME = "standing"

LIST = "pupils_nl"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--children", type=int, default=300_000, metavar="N", help="births (default: %(default)s)")
    parser.add_argument("--new", type=int, default=1_000, metavar="N", help="records that are delivered (default: %(default)s)")
    parser.add_argument("--scored", type=int, default=500, metavar="N", help="records that are scored one by one (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="default: 1")


def run(arguments: argparse.Namespace) -> Report:
    from kleuterlink import synthetic
    from kleuterlink.config import load_config

    report = Report(f"{arguments.new:,} new records against {arguments.children:,} births")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = synthetic.write_sample(folder, synthetic.make_registers(arguments.children, seed=arguments.seed))
        path = folder / str(load_config(config).registers[LIST].path)
        whole = pd.read_csv(path, sep=";", dtype=str, encoding="latin-1", keep_default_na=False)
        later = np.zeros(len(whole), bool)
        later[np.random.default_rng(arguments.seed).choice(len(whole), arguments.new, replace=False)] = True
        new = folder / "new.csv"
        whole[later].to_csv(new, sep=";", index=False, encoding="latin-1")
        whole[~later].to_csv(path, sep=";", index=False, encoding="latin-1")
        standing, rows = folder / "standing", []
        for what, command in (
            ("run --keep", ["run", config, "--keep", standing, "--out", folder / "first"]),
            ("update", ["update", standing, "--list", LIST, new, "--out", folder / "second"]),
        ):
            used = measure(["kleuterlink.cli", *command, "--quiet"])
            rows.append({"command": what, "seconds": used.seconds, "processor seconds": used.processor, "peak memory, GB": used.gigabytes})
        report.add("Whole commands, outputs written", rows)
        report.add("Parts of an update in Python", _parts(standing, new))
        report.add("One record, milliseconds", [_scored(standing, whole[later].head(arguments.scored))])
    return report


def _parts(standing: Path, new: Path) -> list[dict[str, object]]:
    """Deliver once more, and time each stage by the clock and by the processor."""
    from kleuterlink import update

    seen: list[tuple[str, float, float]] = []

    def progress(stage: str, _share: float | None) -> None:
        seen.append((stage, time.perf_counter(), time.process_time()))

    update(standing, {LIST: new}, progress=progress)
    progress("", None)
    parts: dict[str, np.ndarray] = {}
    for (stage, *start), (_, *end) in pairwise(seen):
        parts[stage] = parts.get(stage, np.zeros(2)) + np.subtract(end, start)
    parts["all"] = np.sum(list(parts.values()), axis=0)
    return [{"part": stage, "seconds": float(both[0]), "processor seconds": float(both[1])} for stage, both in parts.items()]


def _scored(standing: Path, records: pd.DataFrame) -> dict[str, object]:
    from kleuterlink import Standing

    opened = time.perf_counter()
    asked = Standing(standing)
    rows = [_fields(row) for row in records.to_dict("records")]
    asked.score(rows[0])
    ready = 1000 * (time.perf_counter() - opened)
    times = {clock.__name__: _milliseconds(asked.score, rows, clock) for clock in (time.perf_counter, time.process_time)}
    half, most = np.quantile(times["perf_counter"], [0.5, 0.95])
    half_processor, most_processor = np.quantile(times["process_time"], [0.5, 0.95])
    return {"opened": ready, "median": half, "95%": most, "median, processor": half_processor, "95%, processor": most_processor}


def _milliseconds(work: Callable[[dict[str, object]], object], rows: list[dict[str, object]], clock: Callable[[], float]) -> list[float]:
    made = []
    for row in rows:
        since = clock()
        work(row)
        made.append(1000 * (clock() - since))
    return made


def _fields(row: dict[str, str]) -> dict[str, object]:
    return {
        "first_names": row["voornaam"],
        "surname": row["achternaam"],
        "sex": row["geslacht"],
        "national_number": row["rijksregisternummer"],
        "birth_date": "-".join(reversed(row["geboortedatum"].split("/"))),
        "address": row["adres"],
        "postcode": row["postcode"],
        "municipality": row["gemeente"],
    }
