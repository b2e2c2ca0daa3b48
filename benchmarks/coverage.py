"""How often the truth lies within the 95% intervals that a run gives of its own figures: seeds by error models.

Most municipalities have hardly anybody whose outcome is open: their interval is a single number, which no 95% can be asked of. So those of several
numbers are counted apart.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.blocking import normalised_registers, pairs_of_rules
from benchmarks.report import Report
from kleuterlink.config import load_config
from kleuterlink.evaluate import OUT_OF_QUESTION, candidate_recall, list_quality, pair_quality
from kleuterlink.normalise import encode

NAME = "coverage"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--children", type=int, default=10_000, metavar="N", help="births (default: %(default)s)")
    parser.add_argument("--seeds", type=int, nargs=2, default=[201, 301], metavar=("FIRST", "END"), help="default: 201 301, that is 201 to 300")
    parser.add_argument("--models", nargs="+", default=["standard"], metavar="NAME", help="names in kleuterlink.synthetic.ERROR_MODELS")


def run(arguments: argparse.Namespace) -> Report:
    rows = [row for model in arguments.models for seed in range(*arguments.seeds) for row in one_run(arguments.children, seed, model)]
    report = Report(f"Coverage of the 95% intervals: {arguments.children:,} births, seeds {arguments.seeds[0]} to {arguments.seeds[1] - 1}")
    groups = pd.DataFrame(rows).groupby(["model", "figure"], sort=False)
    table = groups.agg(
        truth=("truth", "mean"), estimate=("estimate", "mean"), width=("width", "mean"), covered=("covered", "mean"), intervals=("covered", "size")
    )
    report.add("Means over the seeds, and the share of the intervals that hold the truth", table.reset_index().to_dict("records"))
    return report


def one_run(children: int, seed: int, model: str) -> list[dict[str, Any]]:
    """Make registers, link them, and set every estimate beside the truth."""
    from kleuterlink import run as run_kleuterlink
    from kleuterlink import synthetic

    registers = synthetic.make_registers(children, seed=seed, rates=synthetic.ERROR_MODELS[model])
    with tempfile.TemporaryDirectory() as folder:
        config = load_config(synthetic.write_sample(Path(folder), registers))
        result = run_kleuterlink(config)
        frames = normalised_registers(config)
    known = result.children.merge(registers.children[["child_id", "not_found"]].astype({"child_id": result.children["child_id"].dtype}), on="child_id")
    asked = ~known["status"].isin(OUT_OF_QUESTION).to_numpy(bool)
    missing = known["not_found"].to_numpy(bool) & asked
    quality: Mapping[str, Any] = result.quality
    rows: list[dict[str, Any]] = []

    def add(figure: str, truth: float, entry: Mapping[str, Any], name: str, bounds: str) -> None:
        low, high = entry[bounds]
        rows.append({"model": model, "figure": figure, "truth": truth, "estimate": entry[name], "width": high - low, "covered": low <= truth <= high})

    listed = list_quality(result.not_found, set(known.loc[missing, "child_id"]), children=set(known.loc[asked, "child_id"]))
    add("not found", float(missing.sum()), quality["not_found"], "expected", "interval")
    add("PPV of the list", listed["ppv"], quality["not_found"], "ppv", "ppv_interval")
    add("sensitivity of the list", listed["sensitivity"], quality["not_found"], "sensitivity", "sensitivity_interval")
    municipality = frames[config.births_name]["municipality"].astype(object).fillna("unknown").to_numpy(object)
    for group in quality["groups"]:
        if group["group"] == "municipality":
            truth, (low, high) = float(missing[municipality == group["value"]].sum()), group["interval"]
            for figure in ("", ", interval of several numbers" if low < high else ", interval of a single number"):
                add(f"not found, by municipality{figure}", truth, group, "expected_not_found", "interval")
    births, *lists = encode(list(frames.values()))
    by_list = pair_quality(result.links, registers.matches, by_register=True)
    for name, records in zip(config.lists, lists, strict=True):
        matches = registers.matches[registers.matches["register"] == name]
        for figure in ("precision", "recall"):
            add(f"{figure} of the links, {name}", by_list[name][figure], quality["linkage"][name], figure, f"{figure}_interval")
        lost = 1 - candidate_recall(pairs_of_rules(name, births, records)[0], matches)
        add(f"blocking loss, {name}", lost, quality["linkage"][name], "blocking_loss", "blocking_loss_interval")
    return rows
