"""How a process that does nothing but link uses memory, threads and the collector. Nothing here is heavy to import."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

TURN = 1e-3
"""Seconds. With Python's usual five a run of 300,000 births on two cores takes a fifth longer (docs/decisions.md)."""

M_ARENA_MAX, M_MMAP_THRESHOLD, M_TRIM_THRESHOLD = -8, -3, -1
"""Options of `mallopt`, as in glibc's malloc.h."""


@contextmanager
def short_turns() -> Iterator[None]:
    """Let threads take turns every millisecond within the block, and as before after it.

    A thread that comes back from NumPy or Arrow waits for the lock until its holder's turn is over; with two lists in two threads that is
    most of the time that they lose.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(before, TURN))
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@contextmanager
def importing() -> Iterator[None]:
    """Let the collector rest within a block that imports: it would go through modules that stay."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


@contextmanager
def imported() -> Iterator[None]:
    """Keep the collector within the block from going through what is imported by now."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def reuse_memory() -> None:
    """Let numpy and Arrow use again what they free, instead of giving it back to the system (glibc; elsewhere only Arrow's pool changes).

    By default every large array goes back at once, and the system must clear new pages for the next one, which takes a tenth of a run.
    """
    import pyarrow as pa

    pa.set_memory_pool(pa.system_memory_pool())
    library = _library()
    if library is not None:
        # One arena for all threads; no array below 1 GB mapped by itself; no end of the heap below 2 GB cut off.
        for option, value in ((M_ARENA_MAX, 1), (M_MMAP_THRESHOLD, 1 << 30), (M_TRIM_THRESHOLD, (1 << 31) - 1)):
            library.mallopt(option, value)


def give_memory_back() -> None:
    """Give what is free back to the system (glibc; elsewhere nothing is done)."""
    library = _library()
    if library is not None:
        library.malloc_trim(0)


def _library() -> ctypes.CDLL | None:
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    return library if library is not None and hasattr(library, "mallopt") else None
