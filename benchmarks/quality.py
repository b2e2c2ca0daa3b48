"""kleuterlink's own quality on synthetic registers: seeds by error models, everything decided without the truth."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from benchmarks.reliability import reliability_bins, reliability_picture
from benchmarks.report import Report
from kleuterlink.evaluate import OUT_OF_QUESTION, calibration_error, list_quality, pair_quality

NAME = "quality"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--children", type=int, default=20_000, metavar="N", help="births (default: %(default)s)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], metavar="S", help="default: 1 2 3")
    parser.add_argument("--models", nargs="+", default=["standard", "doubled"], metavar="NAME", help="names in kleuterlink.synthetic.ERROR_MODELS")
    parser.add_argument("--picture", type=Path, metavar="FILE.svg", help="draw how well p_not_found is calibrated, over all runs")


def run(arguments: argparse.Namespace) -> Report:
    runs = [one_run(arguments.children, seed, model) for model in arguments.models for seed in arguments.seeds]
    rows = [row for row, _ in runs]
    report = Report(f"kleuterlink's quality: {arguments.children:,} births, {len(arguments.seeds)} seeds")
    report.add("Every run", rows)
    figures = pd.DataFrame(rows).drop(columns="seed").groupby("model", sort=False)
    means = figures.mean().reset_index().to_dict("records")
    report.add("Means", [{str(key): value for key, value in row.items()} for row in means])
    outcomes = pd.concat([known for _, known in runs])
    bins = reliability_bins(outcomes["p_not_found"], outcomes["not_found"])
    report.add("Reliability of p_not_found, over all runs", [{str(key): value for key, value in row.items()} for row in bins.to_dict("records")])
    if arguments.picture:
        title = f"{len(outcomes):,} children of {len(runs)} runs: {len(arguments.models)} error models, {len(arguments.seeds)} seeds each"
        arguments.picture.write_text(reliability_picture(bins, title), encoding="utf-8")
    return report


def one_run(children: int, seed: int, model: str) -> tuple[dict[str, object], pd.DataFrame]:
    """Make registers, link them and compare with the truth; return the figures, and `p_not_found` beside `not_found` per child in question."""
    from kleuterlink import run as run_kleuterlink
    from kleuterlink import synthetic

    registers = synthetic.make_registers(children, seed=seed, rates=synthetic.ERROR_MODELS[model])
    with tempfile.TemporaryDirectory() as folder:
        config = synthetic.write_sample(Path(folder), registers)
        started = time.perf_counter()
        result = run_kleuterlink(config)
        seconds = time.perf_counter() - started
    known = result.children.merge(registers.children[["child_id", "not_found"]].astype({"child_id": result.children["child_id"].dtype}), on="child_id")
    known = known[~known["status"].isin(OUT_OF_QUESTION)]
    happened = known["not_found"].to_numpy(bool)
    listed = list_quality(result.not_found, set(known.loc[happened, "child_id"]), children=set(known["child_id"]))
    pairs = pair_quality(result.links, registers.matches)
    figures = {
        "model": model,
        "seed": seed,
        **{name: listed[name] for name in ("ppv", "sensitivity", "on_list", "true")},
        "expected": float(known["p_not_found"].sum()),
        "calibration error": calibration_error(known["p_not_found"], happened),
        **{f"pair {name}": pairs[name] for name in ("f1", "precision", "recall")},
        "pairs per record": candidate_pairs(result.quality) / (len(registers.enrolments) + len(registers.fr)),
        "seconds": seconds,
    }
    return figures, known[["p_not_found", "not_found"]]


def candidate_pairs(quality: Mapping[str, object]) -> int:
    """Return how many candidate pairs a run made over all lists."""
    made = quality["candidate_pairs"]
    assert isinstance(made, Mapping)
    return sum(int(number) for number in made.values())
