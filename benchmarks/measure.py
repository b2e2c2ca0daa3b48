"""Time and memory of a command."""

from __future__ import annotations

import os
import signal
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

    Processor seconds are what to compare where other work shares the machine. `stopped` says why a command did not finish, empty
    where it did.
    """

    seconds: float
    processor: float
    gigabytes: float
    stopped: str = ""


def measure(command: Sequence[str | Path], *, seconds: float = float("inf"), gigabytes: float = float("inf")) -> Measured:
    """Run a Python module with arguments, as a process of its own that must succeed, or is stopped at a bound."""
    started = time.perf_counter()
    with subprocess.Popen([sys.executable, "-m", *map(str, command)], cwd=ROOT, start_new_session=True, stdout=sys.stderr) as process:
        watch = _Watch(process.pid, started + seconds, gigabytes * 1e9)
        watch.start()
        _, status, usage = os.wait4(process.pid, 0)
        took = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        watch.end()
    if process.returncode and not watch.stopped:
        raise SystemExit(f"{command[0]} ended with code {process.returncode}")
    largest = watch.peak or usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Measured(took, usage.ru_utime + usage.ru_stime, largest / 1e9, watch.stopped)


class _Watch(Thread):
    """Keeps the peak of a group of processes' memory, and ends them at a bound.

    The peak is the largest sum of resident memory that was seen, or the peak that the kernel kept of one process, where that is more (Linux;
    elsewhere the caller asks the system, which counts what this process had in memory when it started the other).
    """

    def __init__(self, group: int, deadline: float, most: float) -> None:
        super().__init__()
        self.peak, self.stopped = 0, ""
        self._group, self._deadline, self._most, self._done = group, deadline, most, Event()

    def run(self) -> None:
        begun = time.perf_counter()
        while not self._done.wait(INTERVAL):
            now_and_peak = [_memory(int(entry.name), self._group) for entry in Path("/proc").glob("[0-9]*")]
            self.peak = max(self.peak, sum(each for each, _ in now_and_peak), max((each for _, each in now_and_peak), default=0))
            now = time.perf_counter()
            if now > self._deadline or self.peak > self._most:
                self.stopped = f"stopped after {now - begun:.0f} s" if now > self._deadline else f"stopped at {self.peak / 1e9:.1f} GB"
                os.killpg(self._group, signal.SIGKILL)
                return

    def end(self) -> None:
        self._done.set()
        self.join()


def _memory(process: int, group: int) -> tuple[int, int]:
    """Return the resident memory of a process of the group, now and at its peak, in bytes; zeros for any other."""
    try:
        if os.getpgid(process) != group:
            return 0, 0
        known = dict(line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines())
        now, most = (int(known.get(field, "0 kB").split()[0]) * 1024 for field in ("VmRSS", "VmHWM"))
    except (OSError, ValueError):
        return 0, 0
    return now, most
