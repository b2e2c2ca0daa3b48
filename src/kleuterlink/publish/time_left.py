"""How long a run will still take: by what its stages usually take of the whole."""

from __future__ import annotations

import time
from collections.abc import Callable

USUAL = {
    "read": 0.09,
    "normalise": 0.11,
    "compare": 0.17,
    "first pass": 0.22,
    "second look": 0.12,
    "assign": 0.07,
    "participation": 0.07,
    "evaluate": 0.08,
    "publish": 0.07,
}
"""Share of a run's time that each stage takes, measured at 300,000 to 1,000,000 births; others are not reckoned with."""

RESTORED = 0.2
"""Share of the slowest stage's pace below which a stage was not made, but found finished."""


class TimeLeft:
    """Estimates the time that is left.

    Parameters
    ----------
    clock
        Returns seconds.

    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._spent: dict[str, float] = {}
        self._stage, self._since = "", clock()

    def __call__(self, stage: str, share: float | None) -> float | None:
        """Note how far a run is, and estimate.

        Parameters
        ----------
        stage
            The stage that is going on.
        share
            The share of it that is done; None where not known.

        Returns
        -------
        float or None
            Seconds; None as long as no stage has shown how fast the run is.

        """
        now = self._clock()
        self._spent[self._stage] = self._spent.get(self._stage, 0.0) + now - self._since
        self._stage, self._since = stage, now
        done = {name: USUAL[name] for name in self._spent if name in USUAL and name != stage}
        if share and stage in USUAL:
            done[stage] = share * USUAL[stage]
        paces = {name: self._spent.get(name, 0.0) / usual for name, usual in done.items()}
        made = [name for name, pace in paces.items() if pace > RESTORED * max(paces.values())]
        if not made:
            return None
        pace = sum(self._spent[name] for name in made) / sum(done[name] for name in made)
        return pace * max(sum(USUAL.values()) - sum(done.values()), 0.0)


def in_minutes(seconds: float | None) -> str:
    """Return an estimate in words; nothing below ten seconds, or where there is none."""
    if seconds is None or seconds < 10:
        return ""
    return f"about {seconds:.0f} s left" if seconds < 90 else f"about {seconds / 60:.0f} min left"
