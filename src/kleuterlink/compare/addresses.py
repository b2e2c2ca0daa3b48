"""Comparison of addresses as a whole: street, house number, postcode and municipality depend on one another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from kleuterlink.compare.columns import Batch
from kleuterlink.compare.similarity import similar
from kleuterlink.tables import BoolArray, Comparison, IntArray

ADDRESS = Comparison(
    "address",
    (
        "elsewhere",
        "same municipality",
        "same postcode, common",
        "same postcode, rare",
        "same street name, elsewhere",
        "same street",
        "same house number and place, other street name",
        "same street name and house number, elsewhere",
        "same address",
    ),
)

FIELDS = ("street", "house_number", "postcode", "municipality")


@dataclass(frozen=True)
class _Texts:
    text: npt.NDArray[np.object_]
    length: IntArray
    letters: npt.NDArray[np.uint32]
    initial: IntArray


def address(batch: Batch) -> IntArray:
    """Grade addresses: levels of `ADDRESS`, int8, -1 where no field is known on both sides.

    The place is the postcode, or the municipality where a postcode is missing. A street in the other language, or
    misspelt beyond recognition, leaves the house number and the place.
    """
    agree, known = {}, {}
    for name in FIELDS:
        agree[name], known[name] = _equal(batch, name)
    place = agree["postcode"] | (agree["municipality"] & ~known["postcode"])
    near = np.flatnonzero(place & known["street"] & ~agree["street"])
    if len(near):
        a, b = batch.pick(near).both("street")
        agree["street"][near] = similar(_street_texts(batch), a.astype(np.int32), b.astype(np.int32)) == 2
    level = np.zeros(len(batch), np.int8)
    level[agree["municipality"]] = 1
    if batch.left.register.has("postcode"):
        code = np.append(batch.frequencies.postcode, np.int8(0))[batch.left.plain("postcode")[batch.left_rows].astype(np.int64)]
        level[agree["postcode"]] = 2 + code[agree["postcode"]]
    level[agree["street"] & ~place] = 4
    level[agree["street"] & place] = 5
    level[agree["house_number"] & place] = 6
    level[agree["house_number"] & agree["street"]] = 7
    level[agree["house_number"] & agree["street"] & place] = 8
    level[~np.logical_or.reduce(list(known.values()))] = -1
    return level


def _equal(batch: Batch, name: str) -> tuple[BoolArray, BoolArray]:
    """Return where a field agrees and where it is known on both sides."""
    if not (batch.left.register.has(name) and batch.right.register.has(name)):
        return np.zeros(len(batch), bool), np.zeros(len(batch), bool)
    a, b = batch.both(name)
    known: BoolArray = (a >= 0) & (b >= 0)
    return known & (a == b), known


def _street_texts(batch: Batch) -> _Texts:
    return _features(_Identity(batch.left.register.values["street"]))


@dataclass(frozen=True, eq=False)
class _Identity:
    """A key by identity for the cache: the street names of one run are one array."""

    text: npt.NDArray[np.object_]

    def __hash__(self) -> int:
        return id(self.text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and other.text is self.text


@lru_cache(maxsize=1)
def _features(key: _Identity) -> _Texts:
    text = key.text
    length = np.fromiter((len(value) for value in text), np.int16, len(text))
    letters = np.fromiter((_letters(value) for value in text), np.uint32, len(text))
    return _Texts(text, length, letters, np.fromiter((ord(value[0]) for value in text), np.int32, len(text)))


def _letters(value: str) -> int:
    bits = 0
    for letter in set(value):
        bits |= 1 << (ord(letter) % 32)
    return bits
