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
    left, right = batch.first_parts("first_names")
    level = np.zeros(len(batch), np.int8)
    known = (left >= 0) & (right >= 0)
    same = np.flatnonzero(known & (left == right))
    level[same] = 8 + batch.frequencies.first_names[left[same]]
    one, other = batch.pick(same).parts("first_names")
    level[same[(_slot(one, 1) >= 0) & _equal_in_order(one, other)]] = 13
    rest = np.flatnonzero(known & (left != right))
    level[rest] = _first_names_apart(batch.pick(rest))
    level[~known] = -1
    return level


def _first_names_apart(batch: Batch) -> IntArray:
    """Grade first names whose first one differs."""
    vocabulary = batch.left.register.vocabulary
    left, right = batch.first_parts("first_names")
    level = np.zeros(len(batch), np.int8)
    level[batch.share("first_names", "text")] = 7
    _raise_to(level, 6, batch, _alike)
    _raise_to(level, 5, batch, lambda few: few.share("first_names", "consonants"))
    open_rows = np.flatnonzero(level == 0)
    graded = similar(vocabulary, left[open_rows], right[open_rows])
    level[open_rows] = np.array([0, 2, 4], np.int8)[graded]
    if "surname" in batch.left.register.columns and "surname" in batch.right.register.columns:
        _raise_to(level, 3, batch, _exchanged, below=3)
    single = (vocabulary.length[left] == 1) | (vocabulary.length[right] == 1)
    level[(level == 0) & single & (vocabulary.initial[left] == vocabulary.initial[right])] = 1
    return level


def _alike(batch: Batch) -> BoolArray:
    """Tell whether two first names sound alike, or are forms of one call name."""
    return batch.share("first_names", "sound") | batch.share("first_names", "nickname")


def _exchanged(batch: Batch) -> BoolArray:
    """Tell whether first name and surname of one stand as surname and first name of the other, one of them in another spelling at most.

    One of them alone says little: a child's surname is another's first name, or a brother's names are exchanged.
    """
    exchanged = batch.share("first_names", "core", "surname") | batch.share("surname", "core", "first_names")
    either = np.flatnonzero(exchanged)
    few = batch.pick(either)
    exchanged[either] = few.share("first_names", "sound", "surname") & few.share("surname", "sound", "first_names")
    return exchanged


def surname(batch: Batch) -> IntArray:
    """Grade surnames: levels of `SURNAME`, int8, -1 where either has none."""
    left, right = batch.first_parts("surname")
    level = np.zeros(len(batch), np.int8)
    known = (left >= 0) & (right >= 0)
    same = np.flatnonzero(known & (left == right))
    one, other = batch.pick(same).parts("surname")
    whole = np.flatnonzero(_equal_in_order(one, other))
    classes = np.append(batch.frequencies.surname, np.int8(0))
    level[same[whole]] = 11 + np.max([classes[part[whole]] for part in one], axis=0)
    rest = np.flatnonzero(known & (level == 0))
    level[rest] = _surnames_apart(batch.pick(rest))
    level[~known] = -1
    return level


def _surnames_apart(batch: Batch) -> IntArray:
    """Grade surnames that are not equal part for part."""
    level = np.zeros(len(batch), np.int8)
    some = np.flatnonzero(batch.share("surname", "core"))
    shared = batch.pick(some)
    left, right = shared.parts("surname", "core")
    level[some] = np.where(_rarity_of_equal(left, right, shared) >= RARE, 9, 8)
    level[some[_same_parts(left, right)]] = 10
    _raise_to(level, 7, batch, lambda few: few.share("surname", "sound"))
    _raise_to(level, 6, batch, lambda few: few.share("surname", "consonants"))
    _grade_similar(level, batch, "surname", near=1, close=5)
    if "parent" in batch.left.register.columns or "parent" in batch.right.register.columns:
        _raise_to(level, 4, batch, lambda few: _parents_name(few, "core"), below=3)
        _raise_to(level, 3, batch, lambda few: _parents_name(few, "consonants"), below=3)
    if "first_names" in batch.left.register.columns and "first_names" in batch.right.register.columns:
        _raise_to(level, 2, batch, _exchanged, below=2)
    return level


def _rarity_of_equal(left: Sequence[IntArray], right: Sequence[IntArray], batch: Batch) -> IntArray:
    """Return the highest frequency class among parts with equal cores, of which the commoner spelling counts."""
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
            found |= batch.share(one, derived, other)
    return found


def parent(batch: Batch) -> IntArray:
    """Grade the parents' names: levels of `PARENT`, int8, -1 where either has none."""
    left, right = batch.first_parts("parent")
    level = np.zeros(len(batch), np.int8)
    known = np.flatnonzero((left >= 0) & (right >= 0))
    level[(left < 0) | (right < 0)] = -1
    shared = batch.pick(known).share("parent", "text")
    level[known[shared]] = _parents_shared(batch.pick(known[shared]))
    rest = known[~shared]
    level[rest] = batch.pick(rest).share("parent", "sound")
    _grade_similar(level, batch, "parent", near=0, close=1)
    return level


def _parents_shared(batch: Batch) -> IntArray:
    """Grade parents' names that have a part in common."""
    left, right = map(_distinct, batch.parts("parent"))
    rarest, equal = np.full(len(batch), -1, np.int8), np.zeros(len(batch), np.int8)
    for a in left:
        matched = np.zeros(len(batch), bool)
        for b in right:
            matched |= (a == b) & (a >= 0)
        equal += matched
        rarest[matched] = np.maximum(rarest[matched], batch.frequencies.parent[a[matched]])
    level = np.where(rarest >= RARE, 3, 2).astype(np.int8)
    length_left, length_right = _count(left), _count(right)
    level[(equal >= 2) & (equal == np.minimum(length_left, length_right))] = 4
    level[(equal >= 2) & (equal == length_left) & (equal == length_right)] = 5
    return level


def words(column: str) -> tuple[Comparison, Callable[[Batch], IntArray]]:
    """Return a comparison of a further column of names or texts, word by word."""
    comparison = Comparison(
        column,
        ("different", "distantly similar", "similar or other spelling", "a word agrees", "all words of the shorter agree", "agrees"),
    )

    def levels(batch: Batch) -> IntArray:
        left, right = batch.first_parts(column)
        level = np.zeros(len(batch), np.int8)
        some = np.flatnonzero(batch.share(column, "text"))
        a, b = batch.pick(some).parts(column)
        level[some] = 3
        level[some[_all_in(a, b) | _all_in(b, a)]] = 4
        level[some[_same_parts(a, b)]] = 5
        _raise_to(level, 2, batch, lambda few: few.share(column, "sound"))
        _grade_similar(level, batch, column, near=1, close=2)
        level[(left < 0) | (right < 0)] = -1
        return level

    return comparison, levels


def _grade_similar(level: IntArray, batch: Batch, column: str, *, near: int, close: int) -> None:
    """Raise pairs at level 0 to `near` or `close` where any two parts are similar."""
    rows = np.flatnonzero(level == 0)
    left, right = batch.pick(rows).parts(column)
    best = np.zeros(len(rows), np.int8)
    for a in left:
        known = np.flatnonzero(a >= 0)
        for b in right:
            both = known[(b[known] >= 0) & (best[known] < 2)]
            best[both] = np.maximum(best[both], similar(batch.left.register.vocabulary, a[both], b[both]))
    level[rows] = np.array([0, near, close], np.int8)[best]


def _raise_to(level: IntArray, value: int, batch: Batch, holds: Callable[[Batch], BoolArray], below: int = 1) -> None:
    """Raise pairs whose level is lower than `below` to `value` where a test holds; the test sees only those pairs."""
    rows = np.flatnonzero(level < below)
    level[rows[holds(batch.pick(rows))]] = value


def _equal_in_order(left: Sequence[IntArray], right: Sequence[IntArray]) -> BoolArray:
    """Tell whether all parts but the first are equal, in order."""
    equal = np.ones(len(left[0]), bool)
    for k in range(1, max(len(left), len(right))):
        equal &= _slot(left, k) == _slot(right, k)
    return equal


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
