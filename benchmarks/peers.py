"""kleuterlink and its peers on the same synthetic registers: from CSV files to outputs, each a process of its own.

All link births with a Dutch- and a French-language list. Splink runs twice, with blocking rules that make few pairs and
with rules that make many. kleuterlink decides by itself; of a peer all scored pairs are taken, and its cut is chosen with the truth in hand,
once over all its pairs and once over the best pairs of each list record. The floor is DuckDB alone, which reads the files, sorts
their keys and writes the outputs. The children judged are those for whom not being found means something: old enough, and
covered by the lists. Who does not finish within the bounds is stopped, and the report says so. kleuterlink runs again before and after
each of the others: a machine that is slower for some minutes is slower for both.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import fmean, median

import pandas as pd

from benchmarks import blocking, judged
from benchmarks.measure import ROOT, Measured, measure
from benchmarks.report import Report

NAME = "peers"

OURS, FLOOR = "kleuterlink", "floor: DuckDB reads, sorts, writes"


@dataclass(frozen=True)
class Peer:
    """A tool with its set-up: what the report calls it, and the command that links."""

    title: str
    module: str
    options: tuple[str, ...] = ()


PEERS = {
    "splink-few": Peer("Splink, few pairs", "benchmarks.splink_run", ("--rules", "few")),
    "splink-many": Peer("Splink, many pairs", "benchmarks.splink_run", ("--rules", "many")),
    "goldenmatch": Peer("goldenmatch", "benchmarks.goldenmatch_run"),
    "recordlinkage": Peer("recordlinkage", "benchmarks.recordlinkage_run"),
}


@dataclass
class Runs:
    """The runs of one tool, each with kleuterlink's just before and just after it."""

    own: list[Measured] = field(default_factory=list)
    beside: list[tuple[Measured, Measured]] = field(default_factory=list)

    @property
    def stopped(self) -> str:
        """Why the last one did not finish."""
        return self.own[-1].stopped if self.own else ""

    def usual(self, name: str) -> float:
        """Return the median of what is measured."""
        return median(getattr(each, name) for each in self.own)

    def times(self, name: str) -> float:
        """Return how many times as much as kleuterlink took beside it: the median over the runs; 1 of kleuterlink itself."""
        if not self.beside:
            return 1.0
        ours = [fmean(getattr(each, name) for each in pair) for pair in self.beside]
        return median(getattr(each, name) / one for each, one in zip(self.own, ours, strict=True))


Costs = dict[str, tuple[Runs, dict[str, object]]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--children", type=int, nargs="+", default=[20_000], metavar="N", help="births of each set of registers (default: 20000)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the registers (default: %(default)s)")
    parser.add_argument("--error-model", default="standard", metavar="NAME", help="a name in kleuterlink.synthetic.ERROR_MODELS (default: %(default)s)")
    parser.add_argument("--peers", nargs="*", choices=tuple(PEERS), default=list(PEERS), help="who runs beside kleuterlink and the floor (default: all)")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="runs of each, of which the median counts (default: %(default)s)")
    parser.add_argument("--recall", action="store_true", help="count candidate pairs and their recall too, in further runs")
    parser.add_argument("--seconds", type=float, default=900.0, metavar="N", help="bound on a peer's time (default: %(default)s)")
    parser.add_argument("--gigabytes", type=float, default=16.0, metavar="N", help="bound on a peer's memory (default: %(default)s)")
    parser.add_argument("--folder", type=Path, default=ROOT / "bench-out", metavar="DIR", help="where registers and outputs go (default: bench-out)")


def run(arguments: argparse.Namespace) -> Report:
    report = Report(f"kleuterlink and its peers: {arguments.error_model} errors, seed {arguments.seed}")
    for children in arguments.children:
        one_size(report, children, arguments)
    report.notes += [
        "The peers' best cuts are chosen with the truth, which no user has.",
        "The bounds are on peers: " + f"{arguments.seconds:.0f} s and {arguments.gigabytes:.0f} GB.",
        "Where the load average is above 0.5 other work shared the machine: compare processor seconds.",
    ]
    return report


def one_size(report: Report, children: int, arguments: argparse.Namespace) -> None:
    """Make registers, run everybody, and add the tables of this size."""
    from kleuterlink import synthetic
    from kleuterlink.synthetic.large import CHILDREN, TRUTH

    folder = arguments.folder / f"{arguments.error_model}-{children}-{arguments.seed}"
    rates = synthetic.ERROR_MODELS[arguments.error_model]
    config = synthetic.write_large_sample(folder, children, seed=arguments.seed, rates=rates, largest=1_000_000)
    busy = os.getloadavg()[0]
    costs = everybody(config, arguments)
    if arguments.recall:
        count_candidates(costs, config, arguments)
    # Nothing is judged before everybody has run: the pairs would lie in the memory that the next one needs.
    truth = judged.Truth.read(folder / "kleuterlink", folder / TRUTH, folder / CHILDREN)
    tables = judged.Tables.of_ours(truth)
    for key in arguments.peers:
        measured, told = costs[PEERS[key].title]
        if not measured.stopped:
            tables.add(PEERS[key].title, judged.read_pairs(folder / f"{key}.parquet"), told, truth)
    title = f"{children:,} births"
    sizes = {"children judged": len(truth.scope), "truly not found": len(truth.not_found), "matches": len(truth.matches)}
    report.add(f"{title}: registers", [sizes | {"load average before": busy, "fingerprint": fingerprint(folder)}])
    report.add(f"{title}: cost, from CSV files to outputs, and the list at its best", cost_rows(costs, {OURS: truth.own, **tables.best}))
    report.add(f"{title}: the list of children not found", tables.lists)
    report.add(f"{title}: links", tables.links)
    report.add(f"{title}: missed matches of newcomers and of others", tables.gaps)


def everybody(config: Path, arguments: argparse.Namespace) -> Costs:
    """Run kleuterlink, the floor and the peers; return what each took, and what it told."""
    folder, bounds = config.parent, {"seconds": arguments.seconds, "gigabytes": arguments.gigabytes}
    ours, floor = folder / "kleuterlink", folder / "floor"
    outs = {PEERS[key].title: folder / f"{key}.parquet" for key in arguments.peers}
    others: dict[str, Callable[[], Measured]] = {FLOOR: partial(run_floor, config, ours, floor)}
    others |= {(peer := PEERS[key]).title: partial(measure, [peer.module, config, outs[peer.title], *peer.options], **bounds) for key in arguments.peers}
    runs = {name: Runs() for name in (OURS, *others)}

    def run_ours() -> Measured:
        runs[OURS].own.append(measure(["kleuterlink.cli", "run", config, "--out", ours, "--quiet"]))
        return runs[OURS].own[-1]

    before = run_ours()
    for _ in range(arguments.repeat):
        for name, run_other in others.items():
            if not runs[name].stopped:  # one that was stopped is not tried again
                runs[name].own.append(run_other())
                after = run_ours()
                runs[name].beside.append((before, after))
                before = after
    told = {title: json.loads(out.with_suffix(".json").read_text(encoding="utf-8")) for title, out in outs.items() if not runs[title].stopped}
    return {name: (each, {"candidate_pairs": pairs_made(ours)} if name == OURS else told.get(name, {})) for name, each in runs.items()}


def run_floor(config: Path, ours: Path, floor: Path) -> Measured:
    """Measure the floor, less the seconds that it takes to get hold of our outputs, which it has no part in."""
    shutil.rmtree(floor, ignore_errors=True)
    measured = measure(["benchmarks.floor_run", config, ours, floor])
    seconds, processor = json.loads((floor / "seconds.json").read_text(encoding="utf-8"))["borrowed"]
    return Measured(measured.seconds - seconds, measured.processor - processor, measured.gigabytes)


def pairs_made(out: Path) -> int:
    """Return how many candidate pairs a run made over all lists."""
    quality = json.loads((out / "quality.json").read_text(encoding="utf-8"))
    made: dict[str, int] = quality["candidate_pairs"]
    return sum(made.values())


def count_candidates(costs: Costs, config: Path, arguments: argparse.Namespace) -> None:
    """Add candidate pairs and their recall, in runs of their own: counting takes time."""
    from kleuterlink.synthetic.large import TRUTH

    costs[OURS][1]["candidate_recall"] = blocking.recall_of(config, pd.read_parquet(config.parent / TRUTH))
    for key in arguments.peers:
        peer = PEERS[key]
        if costs[peer.title][0].stopped:
            continue
        out = config.parent / f"{key}-candidates.parquet"
        measure([peer.module, config, out, *peer.options, "--matches", config.parent / TRUTH])
        costs[peer.title][1].update(json.loads(out.with_suffix(".json").read_text(encoding="utf-8")))


def cost_rows(costs: Costs, lists: dict[str, dict[str, float]]) -> judged.Rows:
    """Return what each took, how many times as much as kleuterlink, and how good its list is: our own, and the peers' best."""
    rows: judged.Rows = []
    for name, (each, made) in costs.items():
        best = lists.get(name, {})
        rows.append(
            {
                "": f"{name} ({each.stopped})" if each.stopped else name,
                "seconds": each.usual("seconds"),
                "times as long": each.times("seconds"),
                "processor seconds": each.usual("processor"),
                "times as much": each.times("processor"),
                "peak memory, GB": each.usual("gigabytes"),
                "times the memory": each.times("gigabytes"),
                "candidate pairs": made.get("candidate_pairs", ""),
                "candidate recall": made.get("candidate_recall", ""),
                "ppv": best.get("ppv", ""),
                "sensitivity": best.get("sensitivity", ""),
                "errors": best.get("errors", ""),
            }
        )
    return rows


def fingerprint(folder: Path) -> str:
    """Return a hash of the registers: figures of other registers, such as an older generator's, do not compare."""
    content = hashlib.sha256()
    for path in sorted(folder.glob("*.csv")):
        content.update(path.read_bytes())
    return content.hexdigest()[:8]
