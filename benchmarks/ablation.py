"""What each field is worth: the list's quality where the births lack it, over error models."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import pandas as pd

from benchmarks.report import Report
from kleuterlink import run as run_kleuterlink
from kleuterlink.config import load_config
from kleuterlink.evaluate import calibration_error, list_quality, pair_quality

NAME = "ablation"

FIELDS: dict[str, tuple[str, ...]] = {
    "nothing": (),
    "national number": ("national_number",),
    "birth date": ("birth_date",),
    "first names": ("first_names",),
    "surname": ("surname",),
    "parent": ("parent",),
    "sex": ("sex",),
    "address": ("street", "house_number", "postcode", "municipality"),
}
"""What is left out, and the fields of the births behind it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--children", type=int, default=20_000, metavar="N", help="births (default: %(default)s)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2], metavar="S", help="default: 1 2")
    parser.add_argument("--models", nargs="+", default=["standard", "numberless", "names"], metavar="NAME", help="names in kleuterlink.synthetic.ERROR_MODELS")


def run(arguments: argparse.Namespace) -> Report:
    rows = [row for model in arguments.models for seed in arguments.seeds for row in runs(arguments.children, seed, model)]
    report = Report(f"Ablation: {arguments.children:,} births, seeds {' '.join(map(str, arguments.seeds))}")
    means = pd.DataFrame(rows).drop(columns="seed").groupby(["model", "left out"], sort=False).mean().reset_index()
    report.add("Means", [{str(key): value for key, value in row.items()} for row in means.to_dict("records")])
    return report


def runs(children: int, seed: int, model: str) -> list[dict[str, object]]:
    """Link the same registers once with everything, and once without each field of the births."""
    from kleuterlink import synthetic

    registers = synthetic.make_registers(children, seed=seed, rates=synthetic.ERROR_MODELS[model])
    happened = registers.children["not_found"].to_numpy(bool)
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        config = load_config(synthetic.write_sample(Path(folder), registers))
        births = config.registers[config.births_name]
        for name, fields in FIELDS.items():
            columns = {field: column for field, column in births.columns.items() if field not in fields}
            left = {**config.registers, config.births_name: births.model_copy(update={"columns": columns})}
            # Without a school year, so that a child without a birth date is judged like any other.
            result = run_kleuterlink(config.model_copy(update={"registers": left, "run": config.run.model_copy(update={"school_year": None})}))
            listed, pairs = list_quality(result.not_found, registers.not_found), pair_quality(result.links, registers.matches)
            rows.append(
                {
                    "model": model,
                    "seed": seed,
                    "left out": name,
                    **{figure: listed[figure] for figure in ("ppv", "sensitivity", "false_alarms", "missed")},
                    "expected": float(result.children["p_not_found"].sum()),
                    "true": listed["true"],
                    "calibration error": calibration_error(result.children["p_not_found"], happened),
                    "pair f1": pairs["f1"],
                }
            )
    return rows
