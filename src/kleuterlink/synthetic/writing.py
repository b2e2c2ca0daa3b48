"""How a register writes ids, texts and dates."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kleuterlink.synthetic.pools import Texts
from kleuterlink.synthetic.populations import NURSERY, Population
from kleuterlink.synthetic.spellings import in_latin_1


def draw_ids(rng: np.random.Generator, size: int, prefix: str, digits: int, population: Population = NURSERY) -> Texts:
    """Draw distinct ids in random order: a prefix and so many digits; every part of several populations has numbers of its own."""
    parts = population.parts
    lowest, highest = -(-(10 ** (digits - 1)) // parts), 10**digits // parts
    ids = np.unique(rng.integers(lowest, highest, int(size * 1.2) + 20))
    return np.array([f"{prefix}{number * parts + population.part}" for number in rng.permutation(ids)[:size].tolist()], dtype=object)


def capitals(texts: Texts) -> Texts:
    """Write texts in the capitals that Windows' Latin-1 has."""
    return in_latin_1(np.array([text.upper() for text in texts], dtype=object))


def iso(dates: npt.NDArray[np.datetime64]) -> Texts:
    """Write dates as yyyy-mm-dd; empty where not known."""
    return _written(dates, "%Y-%m-%d")


def day_first(dates: npt.NDArray[np.datetime64]) -> Texts:
    """Write dates as dd/mm/yyyy; empty where not known."""
    return _written(dates, "%d/%m/%Y")


def _written(dates: npt.NDArray[np.datetime64], form: str) -> Texts:
    days, row = np.unique(dates, return_inverse=True)
    texts = np.array(["" if np.isnat(day) else day.item().strftime(form) for day in days], dtype=object)
    return texts[row] if len(texts) else np.empty(0, dtype=object)
