"""What the Spark engine moves and computes: rows and bytes of each shuffle, and processor seconds, of births joined and compared with a list, and sifted."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report import Report
from kleuterlink import block, compare
from kleuterlink.config import EngineConfig, load_config
from kleuterlink.engines import spark
from kleuterlink.engines.spark.records import layout_of
from kleuterlink.normalise import encode, normalise
from kleuterlink.read import read_register

NAME = "spark"
WARM_UP = 20_000
"""Records of either side that are joined before anything is measured: a virtual machine compiles what it runs often."""

SETTINGS = {"spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.driver.memory": "3g"}
SETTINGS["spark.sql.autoBroadcastJoinThreshold"] = "-1"  # registers of many millions are not broadcast: what is measured is what they do
EVENTS = {"spark.eventLog.enabled": "true", "spark.eventLog.compress": "false", "spark.eventLog.rolling.enabled": "false"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--children", type=int, default=300_000, metavar="N", help="births (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="default: 1")
    parser.add_argument("--cores", type=int, default=2, metavar="C", help="default: 2")
    parser.add_argument("--partitions", type=int, default=8, metavar="P", help="shuffle partitions (default: 8)")


def run(arguments: argparse.Namespace) -> Report:
    from kleuterlink import synthetic

    registers = synthetic.make_registers(arguments.children, seed=arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        config = load_config(synthetic.write_sample(Path(folder), registers))
        names = config.births_name, next(iter(config.lists))
        births, records = encode([normalise(read_register(name, config.registers[name], base=config.base).records) for name in names])
        events = Path(folder) / "events"
        events.mkdir()
        further = {"spark.sql.shuffle.partitions": str(arguments.partitions), "spark.eventLog.dir": events.as_uri()}
        engine = EngineConfig(name="spark", master=f"local[{arguments.cores}]", spark=SETTINGS | EVENTS | further)
        tools = spark.open_engine(engine, [births, records], compare.frequencies([births, records]), {})
        rules = block.default_rules(births, records)
        tools.candidate_pairs(*(register.take(np.arange(min(WARM_UP, register.size))) for register in (births, records)), rules)
        since, before, started = time.time(), _processor_seconds(), time.perf_counter()
        pairs, _ = tools.candidate_pairs(births, records, rules)
        seconds, used = time.perf_counter() - started, {kind: value - before.get(kind, 0.0) for kind, value in _processor_seconds().items()}
        joined, kept = time.time(), [_kept_bytes(tools.session)]
        held, _ = tools.held_pairs(births, records, rules)
        counted, before = time.time(), _processor_seconds()
        kept.append(_kept_bytes(tools.session))
        # With these odds all pairs are possible: what comes to the driver is in the time too. `_sifted` keeps the flags until they are measured.
        _sifted = held.sift(1 / held.counts.pairs)
        kept.append(_kept_bytes(tools.session))
        sifting_used = sum(value - before.get(kind, 0.0) for kind, value in _processor_seconds().items())
        tools.session.stop()
        shuffles, sifting = list(_shuffles(events, since, joined)), list(_shuffles(events, counted))
    report = Report(f"Spark: {births.size:,} births and {records.size:,} records of {names[1]}, {arguments.cores} cores")
    every, entries = births.size + records.size, [sum(len(block.entries(side, rule)[0]) for rule in rules) for side in (births, records)]
    known = {births.size: "births", records.size: "records", entries[0]: "births in blocks", entries[1]: "records in blocks", sum(entries): "blocks, counted"}
    of_blocks = shuffles[-2][0]  # the last two shuffles carry pairs: those that blocks hold, and distinct ones
    known |= {of_blocks: "pairs of blocks", len(pairs): "pairs, with their births"}
    report.add("Shuffles", [{"what": _called(rows, known), "rows": rows, "MB": size / 1e6, "bytes a row": size / rows} for rows, size in shuffles])
    report.add("Sifting", [{"rows": rows, "MB": size / 1e6, "bytes a distinct pair": size / len(pairs)} for rows, size in sifting])
    rates: dict[str, float] = {
        "records": every,
        "records in blocks": sum(entries),
        "pairs of blocks": of_blocks,
        "distinct pairs": len(pairs),
        "bytes shuffled": sum(size for _, size in shuffles),
        "bytes shuffled in sifting": sum(size for _, size in sifting),
        "bytes of pairs that the executors keep": kept[1] - kept[0],
        "... and of those with flags": kept[2] - kept[1],
        "processor microseconds of sifting": 1e6 * sifting_used,
        "bytes of packed records": sum(layout_of(side).itemsize * side.size for side in (births, records)),
        "processor microseconds": 1e6 * sum(used.values()),
        **{f"... of {kind}": 1e6 * value for kind, value in used.items() if value >= 0.1},
    }
    report.add(
        "Rates", [{"": name, "number": int(number), "a record": number / every, "a distinct pair": number / len(pairs)} for name, number in rates.items()]
    )
    report.notes.append(f"{seconds:.0f} seconds, on a machine that may have done other work too")
    return report


def _called(rows: int, known: Mapping[int, str]) -> str:
    nearest = min(known, key=lambda count: abs(count - rows))
    return known[nearest] if abs(nearest - rows) <= 0.02 * rows else ""


def _kept_bytes(session: Any) -> int:
    """Return how much the executors keep, in memory and on disk."""
    return sum(each.memSize() + each.diskSize() for each in session.sparkContext._jsc.sc().getRDDStorageInfo())  # noqa: SLF001 Python has no other way to it


def _shuffles(events: Path, since: float, until: float = np.inf) -> Iterator[tuple[int, int]]:
    """Yield rows and bytes of each shuffle that Spark wrote between two moments, in order."""
    for path in sorted(path for path in events.rglob("*") if path.is_file()):
        for line in path.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            if event["Event"] != "SparkListenerStageCompleted" or not since * 1000 <= event["Stage Info"]["Submission Time"] < until * 1000:
                continue
            found = {each["Name"]: each.get("Value") for each in event["Stage Info"]["Accumulables"]}
            if rows := int(found.get("internal.metrics.shuffle.write.recordsWritten") or 0):
                yield rows, int(found["internal.metrics.shuffle.write.bytesWritten"])


def _processor_seconds() -> dict[str, float]:
    """Return processor seconds of all processes that this one started, and their children's, by their names (Linux)."""
    tick, processes = os.sysconf("SC_CLK_TCK"), {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, rest = path.read_text().split("(", 1)[1].rsplit(")", 1)
        except OSError:
            continue
        fields = rest.split()
        # Own time, and that of children that ended.
        processes[int(path.parent.name)] = (int(fields[1]), name, sum(map(int, fields[11:15])) / tick)
    mine, found = {os.getpid()}, {}
    for _ in processes:
        more = {process for process, (parent, _, _) in processes.items() if parent in mine} - mine
        if not more:
            break
        mine |= more
    for process in mine - {os.getpid()}:
        _, name, seconds = processes[process]
        found[name] = found.get(name, 0.0) + seconds
    return found
