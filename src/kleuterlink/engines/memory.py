"""Memory, as the C library hands it out (glibc; elsewhere nothing is done)."""

from __future__ import annotations

import ctypes
import sys

M_ARENA_MAX, M_MMAP_THRESHOLD, M_TRIM_THRESHOLD = -8, -3, -1
"""Options of `mallopt`, as in glibc's malloc.h."""


def reuse_memory() -> None:
    """Let numpy and Arrow use again what they free, instead of giving it back to the system.

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
    """Give what is free back to the system."""
    library = _library()
    if library is not None:
        library.malloc_trim(0)


def _library() -> ctypes.CDLL | None:
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    return library if library is not None and hasattr(library, "mallopt") else None
