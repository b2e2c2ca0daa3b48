"""A comparison as a scale: its levels from far to close, each with the test that puts a pair there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

from kleuterlink.engines.reference.records import Part, Parts, Record
from kleuterlink.tables import Comparison

Test = Callable[[Record, Record], bool]

NEAR, CLOSE = 0.8, 0.9
"""Bounds on Jaro-Winkler similarity."""

SHORTEST_INFIX = 3
"""Letters that a name needs for its occurrence within another one to count."""


class Scale(NamedTuple):
    """A comparison: its name, whether both records have what it compares, and its levels with their tests."""

    name: str
    known: Test
    levels: tuple[tuple[str, Test], ...]

    @property
    def comparison(self) -> Comparison:
        """The comparison as the tables describe it."""
        return Comparison(self.name, tuple(label for label, _ in self.levels))

    def grade(self, left: Record, right: Record) -> int:
        """Return the closest level whose test holds, 0 where none does, -1 where the comparison is missing."""
        if not self.known(left, right):
            return -1
        return next((level for level in range(len(self.levels) - 1, 0, -1) if self.levels[level][1](left, right)), 0)


def otherwise(left: object, right: object) -> bool:
    """Hold for every pair: the test of the lowest level."""
    return left is not None and right is not None


def texts(parts: Iterable[Part]) -> list[str]:
    """Return the parts as written."""
    return [part.text for part in parts]


def share(left: Iterable[object], right: Iterable[object]) -> bool:
    """Tell whether two collections have a member in common."""
    return not set(left).isdisjoint(right)


def share_sound(left: Parts, right: Parts) -> bool:
    """Tell whether a part of one sounds like a part of the other."""
    return share([part.sound for part in left], [part.sound for part in right])


def share_consonants(left: Parts, right: Parts) -> bool:
    """Tell whether a part of one has the consonants of a part of the other."""
    return share([part.consonants for part in left], [part.consonants for part in right])


@lru_cache(maxsize=1 << 18)
def similarity(left: str, right: str) -> float:
    """Return the Jaro-Winkler similarity of two texts, or 1 where the shorter one (of three letters or more) stands within the other."""
    import jellyfish

    shorter, longer = sorted((left, right), key=len)
    if len(shorter) >= SHORTEST_INFIX and shorter in longer:
        return 1.0
    value: float = jellyfish.jaro_winkler_similarity(left, right)
    return value


def any_similar(left: Parts, right: Parts, bound: float) -> bool:
    """Tell whether a part of one is at least so similar to a part of the other."""
    return any(similarity(a.text, b.text) >= bound for a in left for b in right)


def typing_errors(left: str, right: str) -> int:
    """Count the insertions, deletions, replacements and swaps of neighbours between two texts, no place being changed twice.

    This is the optimal string alignment distance. jellyfish has the unrestricted distance of Damerau, which also changes what it has swapped
    (CA, ABC: 2 instead of 3).
    """
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        new = [i]
        for j, b in enumerate(right, 1):
            new.append(min(row[j] + 1, new[j - 1] + 1, row[j - 1] + (a != b)))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                new[j] = min(new[j], before[j - 2] + 1)
        before, row = row, new
    return row[-1]
