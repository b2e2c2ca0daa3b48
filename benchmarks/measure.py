"""Time and memory of a command."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

ROOT = Path(__file__).parents[1]
INTERVAL = 0.1
"""Seconds between two looks at the memory of the process group."""


@dataclass(frozen=True)
class Measured:
    """Wall-clock seconds, processor seconds and the peak of resident memory in gigabytes, over a command and what it started.

    Processor seconds are what to compare where other work shares the machine.
    """

    seconds: float
    processor: float
    gigabytes: float


def measure(command: Sequence[str | Path]) -> Measured:
    """Run a Python module with arguments, as a process of its own that must succeed."""
    started = time.perf_counter()
    with subprocess.Popen([sys.executable, "-m", *map(str, command)], cwd=ROOT, start_new_session=True, stdout=sys.stderr) as process:
        peak, done = [0], Event()
        watcher = Thread(target=_watch, args=(process.pid, peak, done))
        watcher.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        done.set()
        watcher.join()
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with code {process.returncode}")
    single = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Measured(seconds, usage.ru_utime + usage.ru_stime, max(single, peak[0]) / 1e9)


def _watch(group: int, peak: list[int], done: Event) -> None:
    """Keep the largest sum of resident memory over the processes of a group (Linux; elsewhere the largest process counts)."""
    while not done.wait(INTERVAL):
        peak[0] = max(peak[0], sum(_resident(int(entry.name), group) for entry in Path("/proc").glob("[0-9]*")))


def _resident(process: int, group: int) -> int:
    try:
        if os.getpgid(process) != group:
            return 0
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0
