"""Derived keys: what a blocking rule can join on.

A key is a column of whole numbers, or a matrix where a record has several values of it (name parts, the stated date and the
number's); 0 means that the record has none. Names enter by their sound, so that a key survives spelling, particles and
hyphens; any part of a name counts, so that it survives a half or a turned-round one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kleuterlink.tables import BoolArray, Encoded, IntArray

Hashes = npt.NDArray[np.uint64]

DATES, NAMES = 2, 4
"""Values of a date (the stated one and the number's), and of a name, that a record may have."""


@dataclass(frozen=True)
class Key:
    """A derived key: the columns that it needs (any one of them suffices), how to make it, what it is, and how many values of it a record may have."""

    columns: tuple[str, ...]
    values: Callable[[Encoded], IntArray]
    about: str
    most: int = 1

    def fits(self, *registers: Encoded) -> bool:
        """Tell whether every register can make the key."""
        return all(any(register.has(column) for column in self.columns) for register in registers)


def _full(date: IntArray) -> BoolArray:
    return (date > 0) & (date % 100 > 0) & (date // 100 % 100 > 0)


def _stated_dates(register: Encoded) -> list[IntArray]:
    names = [name for name in ("birth_date", "number_birth_date") if register.has(name)]
    return [register.columns[name] for name in names]


def _dates(register: Encoded, key: Callable[[IntArray], IntArray]) -> IntArray:
    """Make a key of the stated date and, where it says otherwise, of the number's."""
    made = [np.where(_full(date), key(date), 0) for date in _stated_dates(register)]
    return np.stack(made, axis=1)


def _unordered(date: IntArray) -> IntArray:
    month, day = date // 100 % 100, date % 100
    ordered: IntArray = date // 10000 * 10000 + np.minimum(month, day) * 100 + np.maximum(month, day)
    return ordered


def _year_months(register: Encoded) -> IntArray:
    made = [np.where(date // 100 % 100 > 0, date // 100, 0) for date in _stated_dates(register)]
    return np.stack(made, axis=1)


def _years(register: Encoded) -> IntArray:
    made = [np.where(date > 0, date // 10000, 0) for date in _stated_dates(register)]
    return np.stack(made, axis=1)


def _sounds(*columns: str) -> Callable[[Encoded], IntArray]:
    def values(register: Encoded) -> IntArray:
        sound = np.append(register.vocabulary.sound, np.int32(-1)) + np.int32(1)
        return np.concatenate([sound[register.columns[column]] for column in columns if register.has(column)], axis=1)

    return values


def _whole_name(column: str) -> Callable[[Encoded], IntArray]:
    """Make one key of all parts of a name, in any order."""

    def values(register: Encoded) -> IntArray:
        parts = np.sort(_sounds(column)(register), axis=1)
        whole = combine([parts[:, k] + 1 for k in range(parts.shape[1])])
        return np.where(parts[:, -1] > 0, whole, 0)

    return values


def _initial(register: Encoded) -> IntArray:
    initial = np.append(register.vocabulary.initial, np.int8(-127)).astype(np.int32) + 127
    return initial[register.columns["first_names"][:, 0]]


def _code(column: str) -> Callable[[Encoded], IntArray]:
    def values(register: Encoded) -> IntArray:
        made: IntArray = register.columns[column] + 1
        return made

    return values


def _plain(column: str) -> Callable[[Encoded], IntArray]:
    def values(register: Encoded) -> IntArray:
        return register.columns[column].astype(np.int64)

    return values


KEYS: Mapping[str, Key] = {
    "national_number": Key(("national_number",), _plain("national_number"), "the national or bis number"),
    "birth_date": Key(
        ("birth_date", "number_birth_date"),
        lambda register: _dates(register, _unordered),
        "birth date, stated or by the number; day and month in either order",
        DATES,
    ),
    "birth_year_month": Key(("birth_date", "number_birth_date"), _year_months, "year and month of birth; the day may be unknown", DATES),
    "birth_year_day": Key(
        ("birth_date", "number_birth_date"), lambda register: _dates(register, lambda date: date // 10000 * 100 + date % 100), "year and day of birth", DATES
    ),
    "birth_month_day": Key(("birth_date", "number_birth_date"), lambda register: _dates(register, lambda date: date % 10000), "month and day of birth", DATES),
    "birth_year": Key(("birth_date", "number_birth_date"), _years, "year of birth", DATES),
    "first_name": Key(("first_names",), _sounds("first_names"), "sound of any first name", NAMES),
    "surname": Key(("surname",), _sounds("surname"), "sound of any part of the surname, without particles", NAMES),
    "name": Key(
        ("first_names", "surname"), _sounds("first_names", "surname"), "sound of any first name or surname part, whichever field it stands in", 2 * NAMES
    ),
    "parent": Key(("parent",), _sounds("parent"), "sound of any part of the parent's name", NAMES),
    "parent_name": Key(("parent",), _whole_name("parent"), "sounds of all parts of the parent's name, in any order"),
    "initial": Key(("first_names",), _initial, "initial of the first of the first names"),
    "house_number": Key(("house_number",), _code("house_number"), "house number"),
    "street": Key(("street",), _code("street"), "street stem"),
    "postcode": Key(("postcode",), _code("postcode"), "postcode"),
    "municipality": Key(("municipality",), _code("municipality"), "municipality"),
    "sex": Key(("sex",), _plain("sex"), "sex"),
}
"""Derived keys by name."""


def extra_key(column: str, kind: str) -> Key:
    """Return the key of a further column: its words by sound for names and texts, its value otherwise."""
    if kind in {"name", "text"}:
        return Key((column,), _sounds(column), f"sound of any word of {column}", NAMES)
    return Key((column,), _plain(column) if kind == "date" else _code(column), column)


def combine(parts: list[IntArray]) -> IntArray:
    """Hash aligned columns of whole numbers into one int64 column; 0 where any part is 0.

    A hash makes two different keys equal once in some 10^12 pairs; such a pair is only compared needlessly.
    """
    mixed = np.zeros(len(parts[0]), np.uint64)
    present = np.ones(len(parts[0]), bool)
    for part in parts:
        present &= part != 0
        mixed = mix(mixed, part)
    return np.where(present, as_key(mixed), 0)


def mix(mixed: Hashes | np.uint64, part: IntArray) -> Hashes:
    """Mix a part of a key into the hash of the parts before it."""
    return _scramble(mixed ^ part.astype(np.uint64))


def as_key(mixed: Hashes) -> IntArray:
    """Return a hash as a key: int64 above 0."""
    key: IntArray = (mixed >> np.uint64(1)).astype(np.int64) | 1
    return key


def _scramble(value: Hashes) -> Hashes:
    """Mix 64 bits (the finaliser of SplitMix64: Steele, Lea & Flood 2014, OOPSLA)."""
    value = value + np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))
