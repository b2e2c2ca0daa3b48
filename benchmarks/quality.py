"""kleuterlink's own quality on synthetic registers: seeds by error models, everything decided without the truth."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from benchmarks.report import Report
from kleuterlink.evaluate import OUT_OF_QUESTION, calibration_error, candidate_recall, list_quality, pair_quality

NAME = "quality"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--children", type=int, default=20_000, metavar="N", help="births (default: %(default)s)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], metavar="S", help="default: 1 2 3")
    parser.add_argument("--models", nargs="+", default=["standard", "doubled"], metavar="NAME", help="names in kleuterlink.synthetic.ERROR_MODELS")


def run(arguments: argparse.Namespace) -> Report:
    rows = [one_run(arguments.children, seed, model) for model in arguments.models for seed in arguments.seeds]
    report = Report(f"kleuterlink's quality: {arguments.children:,} births, {len(arguments.seeds)} seeds")
    report.add("Every run", rows)
    figures = pd.DataFrame(rows).drop(columns="seed").groupby("model", sort=False)
    means = figures.mean().reset_index().to_dict("records")
    report.add("Means", [{str(key): value for key, value in row.items()} for row in means])
    return report


def one_run(children: int, seed: int, model: str) -> dict[str, object]:
    """Make registers, link them and compare with the truth."""
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
    return {
        "model": model,
        "seed": seed,
        **{name: listed[name] for name in ("ppv", "sensitivity", "on_list", "true")},
        "expected": float(known["p_not_found"].sum()),
        "calibration error": calibration_error(known["p_not_found"], happened),
        **{f"pair {name}": pairs[name] for name in ("f1", "precision", "recall")},
        "recall of the candidates kept": candidate_recall(result.candidates, registers.matches),
        "pairs per record": candidate_pairs(result.quality) / (len(registers.enrolments) + len(registers.fr)),
        "seconds": seconds,
    }


def candidate_pairs(quality: Mapping[str, object]) -> int:
    """Return how many candidate pairs a run made over all lists."""
    made = quality["candidate_pairs"]
    assert isinstance(made, Mapping)
    return sum(int(number) for number in made.values())
