"""How kleuterlink's time and memory grow with the registers, stage by stage.

Records are births and rows of the lists. The stages' seconds are those that a run writes into its manifest; what goes before the first
stage (starting Python, importing) and after the last one (writing) stands beside them.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter
from pathlib import Path

from benchmarks.measure import ROOT, Measured, measure
from benchmarks.report import Report

NAME = "scale"

OUTSIDE = "starting, and writing"

Run = tuple[Measured, dict[str, float], list[int]]
"""What a run took, the seconds of each stage, and the rows of each register."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--children", type=int, nargs="+", default=[20_000, 100_000, 300_000, 1_000_000], metavar="N", help="births (default: 20,000 to 1,000,000)"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="seed of the registers (default: %(default)s)")
    parser.add_argument("--registers", type=Path, nargs="*", default=[], metavar="DIR", help="samples that are there already, linked after the others")
    parser.add_argument("--functions", type=int, default=0, metavar="N", help="name the N functions that keep the processor busiest too")
    parser.add_argument("--folder", type=Path, default=ROOT / "bench-out", metavar="DIR", help="where registers and outputs go (default: bench-out)")


def run(arguments: argparse.Namespace) -> Report:
    from kleuterlink import synthetic
    from kleuterlink.synthetic.files import RUN

    busy = os.getloadavg()[0]
    samples = {}
    for children in arguments.children:
        folder = arguments.folder / f"scale-{children}-{arguments.seed}"
        samples[synthetic.write_large_sample(folder, children, seed=arguments.seed)] = folder / "kleuterlink"
    samples |= {folder / RUN: arguments.folder / f"scale-{folder.name}" for folder in arguments.registers}
    runs = [one_run(config, out) for config, out in samples.items()]
    report = Report("How time and memory grow")
    report.add("Whole runs", whole_rows(runs))
    report.add("Microseconds per record, by stage", stage_rows(runs))
    if arguments.functions:
        busy_for = [sampled(config, out) for config, out in samples.items()]
        report.add("Processor microseconds per record, by room", room_rows(busy_for, runs))
        for seconds, (_, _, sizes) in zip(busy_for, runs, strict=True):
            report.add(f"Functions that keep the processor busiest, {sizes[0]:,} births", function_rows(seconds, arguments.functions))
    report.notes.append(f"Load average before the first run: {busy:.1f}. Above 0.5 other work shared the machine: compare processor seconds.")
    return report


def one_run(config: Path, out: Path) -> Run:
    measured = measure(["kleuterlink.cli", "run", config, "--out", out, "--quiet"])
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    stages: dict[str, float] = manifest["timings"]
    return measured, {**stages, OUTSIDE: measured.seconds - sum(stages.values())}, [each["rows_in"] for each in manifest["inputs"].values()]


def whole_rows(runs: list[Run]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for measured, _, sizes in runs:
        records = sum(sizes)
        each: dict[str, object] = {"births": sizes[0], "records": records, "seconds": measured.seconds, "processor seconds": measured.processor}
        each |= {"microseconds per record": measured.seconds / records * 1e6, "processor microseconds per record": measured.processor / records * 1e6}
        rows.append({**each, "peak memory, GB": measured.gigabytes, "bytes per record": round(measured.gigabytes * 1e9 / records)})
    return rows


def stage_rows(runs: list[Run]) -> list[dict[str, object]]:
    names = list(dict.fromkeys(name for _, stages, _ in runs for name in stages))
    rows = []
    for name in [*names, "all"]:
        row: dict[str, object] = {"stage": name}
        for measured, stages, sizes in runs:
            seconds = measured.seconds if name == "all" else stages.get(name, 0.0)
            row[f"{sizes[0]:,} births"] = seconds / sum(sizes) * 1e6
        rows.append(row)
    return rows


def sampled(config: Path, out: Path) -> dict[str, float]:
    """Link once more; return the processor seconds of every function, the most first."""
    told = out.with_suffix(".sampled.json")
    measure(["benchmarks.sampled_run", told, "run", config, "--out", out, "--quiet"])
    seconds: dict[str, float] = json.loads(told.read_text(encoding="utf-8"))
    return seconds


def room_rows(busy_for: list[dict[str, float]], runs: list[Run]) -> list[dict[str, object]]:
    """Return what the functions of each room take together, the room that takes the most of the last run first."""
    added: list[Counter[str]] = []
    for seconds in busy_for:
        added.append(Counter())
        for function, each in seconds.items():
            added[-1][function.split(":")[0].split(".")[0]] += each
    rows: list[dict[str, object]] = []
    for room, _ in added[-1].most_common():
        per_record = {f"{sizes[0]:,} births": each[room] / sum(sizes) * 1e6 for each, (_, _, sizes) in zip(added, runs, strict=True)}
        rows.append({"room": room, **per_record, "share of the last": added[-1][room] / added[-1].total()})
    return rows


def function_rows(seconds: dict[str, float], most: int) -> list[dict[str, object]]:
    total = sum(seconds.values())
    return [{"function": name, "processor seconds": each, "share": each / total} for name, each in list(seconds.items())[:most]]
