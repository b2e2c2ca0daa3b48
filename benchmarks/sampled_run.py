"""Run kleuterlink and tell which of its functions the processor was busy for.

Run as a process of its own (`python -m benchmarks.sampled_run FILE.json run CONFIG ...`). Every few milliseconds the processor time that each
thread has used since the last look goes to the innermost function of kleuterlink that it is in: what numpy or Arrow do for a function is
counted as the function's. Threads that libraries start by themselves, and what passes before the start and in between looks of a thread that ends, is the rest.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType

import kleuterlink

INTERVAL = 0.005
PACKAGE = str(Path(kleuterlink.__file__).parent)
IMPORTS, REST = "(importing)", "(libraries' threads, and the rest)"


class Sampler(threading.Thread):
    """Adds up processor seconds by function; `seconds` is complete once the sampler has been stopped."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seconds: Counter[str] = Counter()
        self._last: dict[threading.Thread, float] = {}
        self._done = threading.Event()

    def run(self) -> None:
        while not self._done.wait(INTERVAL):
            self._look()

    def stop(self) -> None:
        self._done.set()
        self.join()
        self.seconds[REST] = time.process_time() - sum(self.seconds.values())

    def _look(self) -> None:
        frames = sys._current_frames()  # noqa: SLF001 (the documented way to see all threads)
        for thread in threading.enumerate():
            if thread is self or thread.ident not in frames:
                continue
            try:
                used = time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
            except OSError:  # it has ended since
                continue
            self.seconds[place(frames[thread.ident])] += used - self._last.get(thread, 0.0)
            self._last[thread] = used


def place(frame: FrameType | None) -> str:
    """Name the innermost function of kleuterlink in a stack of frames, or what Python does where there is none."""
    importing = False
    while frame is not None:
        code = frame.f_code
        importing |= "importlib" in code.co_filename
        if code.co_filename.startswith(PACKAGE) and code.co_name != "<module>":
            if importing:
                return IMPORTS
            return f"{'.'.join(Path(code.co_filename).relative_to(PACKAGE).with_suffix('').parts)}: {code.co_qualname}"
        frame = frame.f_back
    return IMPORTS


def main() -> None:
    from kleuterlink.cli import main as command

    sampler = Sampler()
    sampler.start()
    code = command(sys.argv[2:])
    sampler.stop()
    Path(sys.argv[1]).write_text(json.dumps(dict(sampler.seconds.most_common())), encoding="utf-8")
    raise SystemExit(code)


if __name__ == "__main__":
    main()
