"""Comparisons of first names, surnames and parents."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from kleuterlink.compare.columns import Batch
from kleuterlink.compare.similarity import similar
from kleuterlink.tables import BoolArray, Comparison, IntArray

FIRST_NAMES = Comparison(
    "first_names",
    (
        "different",
        "same initial, where one has only that",
        "distantly similar",
        "first name and surname exchanged",
        "similar, or one contained in the other",
        "same consonants",
        "call name or other spelling",
        "a further first name agrees",
        "first name agrees, very common",
        "first name agrees, common",
        "first name agrees, not common",
        "first name agrees, rare",
        "first name agrees, very rare",
        "all of several first names agree",
    ),
)

SURNAME = Comparison(
    "surname",
    (
        "different",
        "distantly similar",
        "first name and surname exchanged",
        "like a parent's name",
        "a parent's name",
        "similar, or one contained in the other",
        "same consonants",
        "other spelling",
        "a part agrees, common",
        "a part agrees, rare",
        "agrees but for order or particles",
        "agrees, very common",
        "agrees, common",
        "agrees, not common",
        "agrees, rare",
        "agrees, very rare",
    ),
)

PARENT = Comparison(
    "parent", ("different", "similar or other spelling", "a part agrees, common", "a part agrees, rare", "all parts of the shorter name agree", "agrees")
)

RARE = 2
"""First frequency class that counts as rare where only two are told apart."""


def first_names(batch: Batch) -> IntArray:
    """Grade first names: levels of `FIRST_NAMES`, int8, -1 where either has none."""
    left, right = batch.parts("first_names")
    level = np.zeros(len(batch), np.int8)
    same = (left[0] == right[0]) & (left[0] >= 0)
    level[same] = 8 + batch.frequencies.first_names[left[0][same]]
    several = same & (_slot(left, 1) >= 0)
    for k in range(1, max(len(left), len(right))):
        several &= _slot(left, k) == _slot(right, k)
    level[several] = 13
    rest = np.flatnonzero(~same & (left[0] >= 0) & (right[0] >= 0))
    level[rest] = _first_names_apart(batch.pick(rest))
    level[(left[0] < 0) | (right[0] < 0)] = -1
    return level


def _first_names_apart(batch: Batch) -> IntArray:
    """Grade first names whose first one differs."""
    vocabulary = batch.left.register.vocabulary
    left, right = batch.parts("first_names")
    level = np.zeros(len(batch), np.int8)
    _raise_to(level, 7, lambda rows: _any_equal(_rows(left, rows), _rows(right, rows)))
    _raise_to(level, 6, lambda rows: _alike(batch.pick(rows)))
    _raise_to(level, 5, lambda rows: _any_equal(*batch.pick(rows).parts("first_names", "consonants")))
    open_rows = np.flatnonzero(level == 0)
    graded = similar(vocabulary, left[0][open_rows], right[0][open_rows])
    level[open_rows] = np.array([0, 2, 4], np.int8)[graded]
    if "surname" in batch.left.register.columns and "surname" in batch.right.register.columns:
        _raise_to(level, 3, lambda rows: _exchanged(batch.pick(rows)), below=3)
    single = (vocabulary.length[left[0]] == 1) | (vocabulary.length[right[0]] == 1)
    level[(level == 0) & single & (vocabulary.initial[left[0]] == vocabulary.initial[right[0]])] = 1
    return level


def _alike(batch: Batch) -> BoolArray:
    """Tell whether two first names sound alike, or are forms of one call name."""
    sound = _any_equal(*batch.parts("first_names", "sound"))
    return sound | _any_equal(*batch.parts("first_names", "nickname"))


def _exchanged(batch: Batch) -> BoolArray:
    """Tell whether first name and surname of one stand as surname and first name of the other, one of them in another spelling at most.

    One of them alone says little: a child's surname is another's first name, or a brother's names are exchanged.
    """
    found = _crosswise(batch, "core")
    either = np.flatnonzero(found[0] | found[1])
    exchanged = np.zeros(len(batch), bool)
    exchanged[either] = np.logical_and(*_crosswise(batch.pick(either), "sound"))
    return exchanged


def _crosswise(batch: Batch, derived: str) -> tuple[BoolArray, BoolArray]:
    """Tell whether a first name of the left record is a surname part of the right one, and the reverse."""
    (left_first, right_first), (left_surname, right_surname) = (batch.parts(column, derived) for column in ("first_names", "surname"))
    return _any_equal(left_first, right_surname), _any_equal(left_surname, right_first)


def surname(batch: Batch) -> IntArray:
    """Grade surnames: levels of `SURNAME`, int8, -1 where either has none."""
    left, right = batch.parts("surname")
    level = np.zeros(len(batch), np.int8)
    same = (left[0] == right[0]) & (left[0] >= 0)
    for k in range(1, max(len(left), len(right))):
        same &= _slot(left, k) == _slot(right, k)
    classes = np.append(batch.frequencies.surname, np.int8(0))
    level[same] = 11 + np.max([classes[part[same]] for part in left], axis=0)
    rest = np.flatnonzero(~same & (left[0] >= 0) & (right[0] >= 0))
    level[rest] = _surnames_apart(batch.pick(rest))
    level[(left[0] < 0) | (right[0] < 0)] = -1
    return level


def _surnames_apart(batch: Batch) -> IntArray:
    """Grade surnames that are not equal part for part."""
    left, right = batch.parts("surname", "core")
    level = np.zeros(len(batch), np.int8)
    rarity = _rarity_of_equal(left, right, batch)
    level[rarity >= 0] = 8
    level[rarity >= RARE] = 9
    some = np.flatnonzero(rarity >= 0)
    level[some[_same_parts(_rows(left, some), _rows(right, some))]] = 10
    _raise_to(level, 7, lambda rows: _any_equal(*batch.pick(rows).parts("surname", "sound")))
    _raise_to(level, 6, lambda rows: _any_equal(*batch.pick(rows).parts("surname", "consonants")))
    _grade_similar(level, batch, "surname", near=1, close=5)
    if "parent" in batch.left.register.columns or "parent" in batch.right.register.columns:
        _raise_to(level, 4, lambda rows: _parents_name(batch.pick(rows), "core"), below=3)
        _raise_to(level, 3, lambda rows: _parents_name(batch.pick(rows), "consonants"), below=3)
    if "first_names" in batch.left.register.columns and "first_names" in batch.right.register.columns:
        _raise_to(level, 2, lambda rows: _exchanged(batch.pick(rows)), below=2)
    return level


def _rarity_of_equal(left: Sequence[IntArray], right: Sequence[IntArray], batch: Batch) -> IntArray:
    """Return the highest frequency class among parts with equal cores, of which the commoner spelling counts; -1 where none is equal."""
    left_tokens, right_tokens = batch.parts("surname")
    classes = batch.frequencies.surname
    rarity = np.full(len(batch), -1, np.int8)
    for one, a in zip(left_tokens, left, strict=True):
        for other, b in zip(right_tokens, right, strict=True):
            equal = np.flatnonzero((a == b) & (a >= 0))
            rarity[equal] = np.maximum(rarity[equal], np.minimum(classes[one[equal]], classes[other[equal]]))
    return rarity


def _same_parts(left: Sequence[IntArray], right: Sequence[IntArray]) -> BoolArray:
    """Tell whether both have the same set of parts."""
    return _all_in(left, right) & _all_in(right, left)


def _all_in(inner: Sequence[IntArray], outer: Sequence[IntArray]) -> BoolArray:
    inside = np.ones(len(inner[0]), bool)
    for part in inner:
        inside &= (part < 0) | np.logical_or.reduce([part == other for other in outer])
    return inside


def _parents_name(batch: Batch, derived: str) -> BoolArray:
    """Tell whether a surname part of one stands in the parent's name of the other, by what is derived of either."""
    found = np.zeros(len(batch), bool)
    for one, other in (("surname", "parent"), ("parent", "surname")):
        if batch.left.register.has(one) and batch.right.register.has(other):
            left = [part[batch.left_rows] for part in batch.left.parts(one, derived)]
            found |= _any_equal(left, [part[batch.right_rows] for part in batch.right.parts(other, derived)])
    return found


def parent(batch: Batch) -> IntArray:
    """Grade the parents' names: levels of `PARENT`, int8, -1 where either has none."""
    left, right = map(_distinct, batch.parts("parent"))
    level = np.zeros(len(batch), np.int8)
    none = (left[0] < 0) | (right[0] < 0)
    rarest = np.full(len(batch), -1, np.int8)
    equal = np.zeros(len(batch), np.int8)
    for a in left:
        matched = np.zeros(len(batch), bool)
        for b in right:
            matched |= (a == b) & (a >= 0)
        equal += matched
        rarest[matched] = np.maximum(rarest[matched], batch.frequencies.parent[a[matched]])
    level[equal > 0] = 2
    level[rarest >= RARE] = 3
    length_left, length_right = _count(left), _count(right)
    level[(equal >= 2) & (equal == np.minimum(length_left, length_right))] = 4
    level[(equal >= 2) & (equal == length_left) & (equal == length_right)] = 5
    rest = np.flatnonzero((equal == 0) & ~none)
    apart = batch.pick(rest)
    level[rest] = _any_equal(*apart.parts("parent", "sound"))
    still = rest[level[rest] == 0]
    close = np.zeros(len(still), np.int8)
    _grade_similar(close, batch.pick(still), "parent", near=0, close=1)
    level[still] = close
    level[none] = -1
    return level


def words(column: str) -> tuple[Comparison, Callable[[Batch], IntArray]]:
    """Return a comparison of a further column of names or texts, word by word."""
    comparison = Comparison(
        column,
        ("different", "distantly similar", "similar or other spelling", "a word agrees", "all words of the shorter agree", "agrees"),
    )

    def levels(batch: Batch) -> IntArray:
        left, right = batch.parts(column)
        level = np.zeros(len(batch), np.int8)
        _raise_to(level, 3, lambda rows: _any_equal(_rows(left, rows), _rows(right, rows)))
        some = np.flatnonzero(level == 3)
        a, b = _rows(left, some), _rows(right, some)
        level[some[_all_in(a, b) | _all_in(b, a)]] = 4
        level[some[_same_parts(a, b)]] = 5
        _raise_to(level, 2, lambda rows: _any_equal(*batch.pick(rows).parts(column, "sound")))
        _grade_similar(level, batch, column, near=1, close=2)
        level[(left[0] < 0) | (right[0] < 0)] = -1
        return level

    return comparison, levels


def _grade_similar(level: IntArray, batch: Batch, column: str, *, near: int, close: int) -> None:
    """Raise pairs at level 0 to `near` or `close` where any two parts are similar."""
    rows = np.flatnonzero(level == 0)
    left, right = batch.pick(rows).parts(column)
    best = np.zeros(len(rows), np.int8)
    for a in left:
        for b in right:
            both = np.flatnonzero((a >= 0) & (b >= 0) & (best < 2))
            best[both] = np.maximum(best[both], similar(batch.left.register.vocabulary, a[both], b[both]))
    level[rows] = np.array([0, near, close], np.int8)[best]


def _raise_to(level: IntArray, value: int, holds: Callable[[IntArray], BoolArray], below: int = 1) -> None:
    """Raise pairs whose level is lower than `below` to `value` where a test holds; the test sees only those pairs."""
    rows = np.flatnonzero(level < below)
    level[rows[holds(rows)]] = value


def _any_equal(left: Sequence[IntArray], right: Sequence[IntArray]) -> BoolArray:
    found = np.zeros(len(left[0]), bool)
    for a in left:
        for b in right:
            found |= (a == b) & (a >= 0)
    return found


def _rows(parts: Sequence[IntArray], rows: IntArray) -> list[IntArray]:
    return [part[rows] for part in parts]


def _distinct(parts: Sequence[IntArray]) -> list[IntArray]:
    """Leave out what an earlier part is already."""
    kept = list(parts)
    for later in range(1, len(parts)):
        for earlier in range(later):
            kept[later] = np.where(parts[later] == parts[earlier], -1, kept[later])
    return kept


def _slot(parts: Sequence[IntArray], k: int) -> IntArray:
    return parts[k] if k < len(parts) else np.full(len(parts[0]), -1, np.int32)


def _count(parts: Sequence[IntArray]) -> IntArray:
    counted: IntArray = np.sum([part >= 0 for part in parts], axis=0)
    return counted
