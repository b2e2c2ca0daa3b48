"""What blocking makes and loses: candidate pairs per record and candidate recall under the default rules, by list."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import pandas as pd

from benchmarks.report import Report
from kleuterlink.block import candidate_pairs, default_rules
from kleuterlink.config import RunConfig, load_config
from kleuterlink.evaluate import candidate_recall
from kleuterlink.normalise import encode, normalise
from kleuterlink.read import read_register
from kleuterlink.tables import Encoded, RuleReport

NAME = "blocking"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--children", type=int, default=300_000, metavar="N", help="births (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="default: 1")
    parser.add_argument("--error-model", default="standard", metavar="NAME", help="a name in kleuterlink.synthetic.ERROR_MODELS")


def run(arguments: argparse.Namespace) -> Report:
    from kleuterlink import synthetic

    registers = synthetic.make_registers(arguments.children, seed=arguments.seed, rates=synthetic.ERROR_MODELS[arguments.error_model])
    with tempfile.TemporaryDirectory() as folder:
        config = load_config(synthetic.write_sample(Path(folder), registers))
        births, *lists = encode(list(normalised_registers(config).values()))
    report = Report(f"Blocking: {arguments.error_model} errors, {arguments.children:,} births")
    rows, by_rule, every = [], [], []
    for name, records in zip(config.lists, lists, strict=True):
        made, reports = pairs_of_rules(name, births, records)
        matches = registers.matches[registers.matches["register"] == name]
        rows.append({"": name, "records": records.size, "candidate pairs": len(made), "pairs per record": len(made) / records.size})
        rows[-1]["candidate recall"] = candidate_recall(made, matches)
        by_rule += [{"": name, **vars(each)} for each in reports]
        every.append(made)
    everything = pd.concat(every)
    records = sum(each.size for each in lists)
    total = {"": "all", "records": records, "candidate pairs": len(everything), "pairs per record": len(everything) / records}
    report.add("By list", [*rows, {**total, "candidate recall": candidate_recall(everything, registers.matches)}])
    report.add("By rule", by_rule)
    return report


def recall_of(config: Path, matches: pd.DataFrame) -> float:
    """Return the share of the matches that the default rules make, over all lists."""
    settings = load_config(config)
    births, *lists = encode(list(normalised_registers(settings).values()))
    made = [pairs_of_rules(name, births, records)[0] for name, records in zip(settings.lists, lists, strict=True)]
    return candidate_recall(pd.concat(made), matches)


def normalised_registers(config: RunConfig) -> dict[str, pd.DataFrame]:
    """Read and normalise the births and the lists, in that order."""
    names = (config.births_name, *config.lists)
    return {name: normalise(read_register(name, config.registers[name], base=config.base).records) for name in names}


def pairs_of_rules(name: str, births: Encoded, records: Encoded) -> tuple[pd.DataFrame, list[RuleReport]]:
    """Make the candidate pairs of the default rules, with the columns that `candidate_recall` takes."""
    pairs, reports = candidate_pairs(births, records, default_rules(births, records))
    return pd.DataFrame({"register": name, "record_id": records.ids[pairs.right], "child_id": births.ids[pairs.left]}), reports
