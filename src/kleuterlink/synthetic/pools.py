"""Names to draw from, weighted: those of `faker`, and a long tail of our own making.

Five hundred surnames bear a quarter of the Belgians; the other three quarters bear more than a hundred thousand. A linkage
that is tried on the commonest names alone meets far too many namesakes, so the tail is built from the parts of real names
(`names.csv`, own compilation): Van + Broek + hoven, Ben + Yak + oubi.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import product

import numpy as np
import numpy.typing as npt
from faker.providers.person.fr_BE import Provider as FrenchNames
from faker.providers.person.nl_BE import Provider as DutchNames

Texts = npt.NDArray[np.object_]

KINDS = ("boy", "girl", "surname")
"""What there are names for; the position of a sex's names is the sex's code less one."""

_FAKER_SHARE = 0.25
_FAKER = {
    ("nl", "boy"): DutchNames.first_names_male,
    ("nl", "girl"): DutchNames.first_names_female,
    ("nl", "surname"): DutchNames.last_names,
    ("fr", "boy"): FrenchNames.first_names_male,
    ("fr", "girl"): FrenchNames.first_names_female,
    ("fr", "surname"): FrenchNames.last_names,
}
# French-speaking families of Brussels often bear a Dutch surname.
_BORROWED = {("fr", "surname"): ("nl", 0.21)}


@dataclass(frozen=True)
class Pool:
    """Distinct names with their shares.

    Attributes
    ----------
    names
        Distinct names.
    cumulative
        float64, running sum of their shares; the last is 1.

    """

    names: Texts
    cumulative: npt.NDArray[np.float64]

    def draw(self, rng: np.random.Generator, size: int) -> Texts:
        """Draw this many names, independently."""
        drawn: Texts = self.names[np.searchsorted(self.cumulative, rng.random(size), side="right")]
        return drawn


def read_table(name: str) -> Iterator[dict[str, str]]:
    """Read a CSV table of this package, row by row."""
    yield from csv.DictReader(files(__package__).joinpath(name).read_text(encoding="utf-8").splitlines())


@cache
def pool_of(origin: str, kind: str) -> Pool:
    """Return the names of an origin.

    Parameters
    ----------
    origin
        As in `rates.ORIGINS`.
    kind
        `boy`, `girl` or `surname`.

    Returns
    -------
    Pool
        The same for every seed.

    """
    weights: dict[str, float] = {}
    for names, shares in _sets(origin, kind):
        for name, share in zip(names, shares.tolist(), strict=True):
            weights[name] = weights.get(name, 0.0) + share
    return _pool(weights)


@cache
def grandparents_pool(origin: str, kind: str) -> Pool:
    """Return the names that second and third first names are drawn from: those of all ages, where they are known."""
    known = _FAKER.get((origin, kind))
    return pool_of(origin, kind) if known is None else _pool(known)


def _pool(weights: Mapping[str, float]) -> Pool:
    cumulative = np.cumsum(np.fromiter(weights.values(), np.float64, len(weights)))
    cumulative /= cumulative[-1]
    return Pool(np.array(list(weights), dtype=object), cumulative)


def _sets(origin: str, kind: str) -> Iterator[tuple[list[str], npt.NDArray[np.float64]]]:
    """Yield names with their shares, set by set."""
    # Which of the made names are the commoner ones is the same in every register.
    rng = np.random.default_rng(sum(map(ord, origin + kind)))
    parts: dict[str, list[list[str]]] = {}
    shares: dict[str, float] = {}
    for row in _rows(origin, kind):
        parts.setdefault(row["set"], []).append(row["values"].split("|"))
        shares.setdefault(row["set"], float(row["share"] or 0))
    for name, lists in parts.items():
        made = list(dict.fromkeys(map(_join, product(*lists))))
        rank = np.arange(len(made)) + 15.0 if name == "list" else rng.permutation(len(made)) + 60.0
        weights = 1.0 / rank ** (1.0 if name == "list" else 0.8)
        yield made, weights / weights.sum() * shares[name]
    if (origin, kind) in _FAKER:
        known = _FAKER[origin, kind]
        weights = np.fromiter(known.values(), np.float64, len(known))
        if kind != "surname":
            weights = weights**0.6  # the weights are those of all ages; a child's name is less often Agnes
        yield list(known), weights / weights.sum() * _FAKER_SHARE
    if (origin, kind) in _BORROWED:
        lender, share = _BORROWED[origin, kind]
        lent = pool_of(lender, kind)
        yield lent.names.tolist(), np.diff(lent.cumulative, prepend=0.0) * share


def _join(parts: tuple[str, ...]) -> str:
    """Join the parts of a name; what follows a particle in one word has no capital of its own."""
    return "".join(part.lower() if before and before[-1].isalpha() else part for part, before in zip(parts, ("", *parts), strict=False))


def _rows(origin: str, kind: str) -> list[dict[str, str]]:
    return [row for row in read_table("names.csv") if (row["origin"], row["kind"]) == (origin, kind)]


def draw_names(rng: np.random.Generator, origins: Texts, kind: str, *, grandparents: bool = False) -> Texts:
    """Draw a name for everyone.

    Parameters
    ----------
    rng
        Source of chance.
    origins
        Everyone's origin.
    kind
        `boy`, `girl` or `surname`.
    grandparents
        Whether the names are those of all ages.

    Returns
    -------
    ndarray of object
        Names, aligned with `origins`.

    """
    drawn = np.empty(len(origins), dtype=object)
    for origin in sorted(set(origins.tolist())):
        rows = np.flatnonzero(origins == origin)
        drawn[rows] = (grandparents_pool if grandparents else pool_of)(origin, kind).draw(rng, len(rows))
    return drawn
