"""kleuterlink and Splink on the same synthetic registers: from CSV files to outputs, each a process of its own.

Both link births with a Dutch- and a French-language list. Splink runs twice, with blocking rules that make few pairs and
with rules that make many. kleuterlink decides by itself; Splink's cut is chosen with the truth in hand, once over all its
pairs and once over the best pairs of each list record. The children judged are those for whom not being found means
something: old enough, and covered by the lists.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pandas as pd

from benchmarks import cuts
from benchmarks.measure import ROOT, Measured, measure
from benchmarks.report import Report
from kleuterlink.evaluate import OUT_OF_QUESTION, list_quality, pair_quality

if TYPE_CHECKING:
    from kleuterlink.synthetic import Registers

NAME = "splink"
WEAK = -10.0
"""Match weight in bits below which no cut on links is the best."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--children", type=int, default=20_000, metavar="N", help="births (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the registers (default: %(default)s)")
    parser.add_argument("--error-model", default="standard", metavar="NAME", help="a name in kleuterlink.synthetic.ERROR_MODELS (default: %(default)s)")
    parser.add_argument("--rules", nargs="+", choices=("few", "many"), default=["few", "many"], help="Splink's blocking rules (default: both)")
    parser.add_argument("--max-pairs", type=float, default=1e7, metavar="N", help="random pairs from which Splink estimates u (default: %(default)s)")
    parser.add_argument("--recall", action="store_true", help="count Splink's candidate recall too, in further runs")
    parser.add_argument("--folder", type=Path, default=ROOT / "bench-out", metavar="DIR", help="where registers and outputs go (default: bench-out)")


def run(arguments: argparse.Namespace) -> Report:
    from kleuterlink import synthetic

    name = f"{arguments.error_model}-{arguments.children}-{arguments.seed}"
    folder = arguments.folder / name
    registers = synthetic.make_registers(arguments.children, seed=arguments.seed, rates=synthetic.ERROR_MODELS[arguments.error_model])
    config = synthetic.write_sample(folder, registers)
    ours = folder / "kleuterlink"
    busy = os.getloadavg()[0]
    registers.matches.to_parquet(folder / "matches.parquet")
    costs = {"kleuterlink": (measure(["kleuterlink.cli", "run", config, "--out", ours, "--quiet"]), {"candidate_pairs": pairs_made(ours)})}
    variants = {}
    for rules in arguments.rules:
        theirs = folder / f"splink-{rules}.parquet"
        command = ["benchmarks.splink_run", config, theirs, "--rules", rules, "--max-pairs", arguments.max_pairs]
        measured = measure(command)
        if arguments.recall:  # in a run of its own: counting takes time
            measure([*command, "--matches", folder / "matches.parquet"])
        costs[f"Splink, {rules} pairs"] = measured, json.loads(theirs.with_suffix(".json").read_text())
        variants[f"{rules} pairs"] = pairs = read_pairs(theirs)
        variants[f"{rules} pairs, best of each record"] = cuts.best_of_each(pairs, [["register", "record_id"]])
    children = pd.read_parquet(ours / "children.parquet")
    scope = set(children.loc[~children["status"].isin(OUT_OF_QUESTION), "child_id"])
    truly = set(registers.children.loc[registers.children["not_found"].astype(bool), "child_id"]) & scope

    report = Report(f"kleuterlink and Splink: {name}")
    sizes = {"births": len(registers.births), "Dutch-language list": len(registers.enrolments), "French-language list": len(registers.fr)}
    report.add(
        "Registers",
        [sizes | {"matches": len(registers.matches), "children judged": len(scope), "truly not found": len(truly), "fingerprint": fingerprint(folder)}],
    )
    report.add("Cost, from CSV files to outputs", cost_rows(costs))
    links = pd.read_parquet(ours / "links.parquet")
    own = list_quality(pd.read_csv(ours / "not_found.csv", dtype={"child_id": str}), truly, children=scope)
    report.add("The list of children not found", [{"": "kleuterlink, its own cut", **_figures(own)}, *list_rows(variants, scope, truly, own)])
    report.add("Links", [{"": "kleuterlink, its own decisions", **pair_quality(links, registers.matches)}, *link_rows(variants, registers.matches)])
    report.add("Missed matches of newcomers and of others", gap_rows(links.loc[links["decision"] == "link", cuts.PAIR], variants, registers))
    report.notes += [
        "Splink's best cuts are chosen with the truth, which no user has.",
        f"Load average before the first run: {busy:.1f}. Above 0.5 other work shared the machine: compare processor seconds.",
    ]
    return report


def pairs_made(out: Path) -> int:
    """Return how many candidate pairs a run made over all lists."""
    quality = json.loads((out / "quality.json").read_text(encoding="utf-8"))
    made: dict[str, int] = quality["candidate_pairs"]
    return sum(made.values())


def read_pairs(path: Path) -> pd.DataFrame:
    """Read Splink's pairs, less those that no figure needs: weak, and the best of neither their child nor their record."""
    return duckdb.sql(f"""
        select * from read_parquet('{path}')
        qualify score > {WEAK} or score = max(score) over (partition by child_id) or score = max(score) over (partition by register, record_id)
    """).df()


def cost_rows(costs: dict[str, tuple[Measured, dict[str, float]]]) -> list[dict[str, object]]:
    """Return what each tool took, and how many times as long as kleuterlink."""
    first = costs["kleuterlink"][0]
    return [
        {
            "": name,
            "seconds": each.seconds,
            "times as long": each.seconds / first.seconds,
            "processor seconds": each.processor,
            "times as much": each.processor / first.processor,
            "peak memory, GB": each.gigabytes,
            "candidate pairs": made["candidate_pairs"],
            "candidate recall": made.get("candidate_recall"),
        }
        for name, (each, made) in costs.items()
    ]


def fingerprint(folder: Path) -> str:
    """Return a hash of the registers: figures of other registers, such as an older generator's, do not compare."""
    content = b"".join(path.read_bytes() for path in sorted(folder.glob("*.csv")))
    return hashlib.sha256(content).hexdigest()[:8]


def list_rows(variants: dict[str, pd.DataFrame], scope: set[str], truly: set[str], own: dict[str, float]) -> list[dict[str, object]]:
    rows = []
    for variant, pairs in variants.items():
        scores = cuts.child_scores(pairs, scope)
        chosen = {
            "p >= 0.5": _even(pairs),
            "fewest errors by the truth": cuts.fewest_errors(scores, truly),
            "at kleuterlink's sensitivity": cuts.at_sensitivity(scores, truly, own["sensitivity"]),
        }
        rows += [{"": f"Splink, {variant}; {name}", **_figures(cuts.list_at(scores, cut, truly)), "cut, bits": cut} for name, cut in chosen.items()]
    return rows


def link_rows(variants: dict[str, pd.DataFrame], matches: pd.DataFrame) -> list[dict[str, object]]:
    rows = []
    for variant, pairs in variants.items():
        for name, cut in (("p >= 0.5", _even(pairs)), ("best F1 by the truth", cuts.best_pair_cut(pairs, matches))):
            rows.append({"": f"Splink, {variant}; {name}", **cuts.pairs_at(pairs, cut, matches), "cut, bits": cut})
    return rows


def gap_rows(links: pd.DataFrame, variants: dict[str, pd.DataFrame], registers: Registers) -> list[dict[str, object]]:
    """Return the share of matches that are missed, of newcomers and of others, and the gap between the two."""
    newcomers = set(registers.children.loc[registers.children["newcomer"].astype(bool), "child_id"])
    tools = {"kleuterlink, its own decisions": links}
    for variant, pairs in variants.items():
        for name, cut in (("p >= 0.5", _even(pairs)), ("best F1 by the truth", cuts.best_pair_cut(pairs, registers.matches))):
            tools[f"Splink, {variant}; {name}"] = pairs.loc[pairs["score"] >= cut, cuts.PAIR]
    of_newcomer = registers.matches["child_id"].isin(newcomers).to_numpy()
    rows = []
    for name, made in tools.items():
        found = registers.matches[cuts.PAIR].astype(object).merge(made.astype(object).drop_duplicates(), on=cuts.PAIR, how="left", indicator=True)
        missed = (found["_merge"] == "left_only").to_numpy()
        of_newcomers, of_others = float(missed[of_newcomer].mean()), float(missed[~of_newcomer].mean())
        rows.append({"": name, "newcomers": of_newcomers, "others": of_others, "gap": of_newcomers - of_others})
    return rows


def _even(pairs: pd.DataFrame) -> float:
    return float(pairs.loc[pairs["match_probability"] >= 0.5, "score"].min())


def _figures(quality: dict[str, float]) -> dict[str, float]:
    return {name: quality[name] for name in ("ppv", "sensitivity", "on_list", "false_alarms", "missed")} | {
        "errors": quality["false_alarms"] + quality["missed"]
    }
