"""How long a thread may hold Python's lock while others wait for it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

TURN = 1e-3
"""Seconds. With Python's usual five a run of 300,000 births on two cores takes a fifth longer (docs/decisions.md)."""


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
