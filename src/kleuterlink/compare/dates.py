"""Comparison of birth dates, with what the national number says of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kleuterlink.compare.columns import Batch
from kleuterlink.tables import BoolArray, Comparison, IntArray

BIRTH_DATE = Comparison(
    "birth_date",
    (
        "different",
        "same year and month",
        "same year and day",
        "same month and day",
        "one digit differs",
        "day and month swapped",
        "a placeholder on one side, same year",
        "a number states the other's date",
        "equal, a placeholder",
        "equal",
    ),
)

PLAIN_DATE_LABELS = ("different", "same year and month", "same year and day", "same month and day", "one digit differs", "day and month swapped", "equal")


def birth_date(batch: Batch) -> IntArray:
    """Grade birth dates: levels of `BIRTH_DATE`, int8, -1 where either is unknown."""
    left, right = batch.both("birth_date")
    level = _grade(left, right, equal=9)
    apart = np.flatnonzero((level >= 0) & (level < 9))
    if len(apart):
        level[apart] = _apart(batch.pick(apart), level[apart])
    if batch.left.register.has("placeholder_date") and batch.right.register.has("placeholder_date"):
        one, other = batch.both("placeholder_date")
        level[(level == 9) & (one | other)] = 8
    return level


def _apart(batch: Batch, level: IntArray) -> IntArray:
    """Raise levels of dates that differ by what placeholders and numbers say."""
    left, right = batch.both("birth_date")
    level = level.copy()
    if batch.left.register.has("placeholder_date") or batch.right.register.has("placeholder_date"):
        vague = _vague(batch, left, side="left") | _vague(batch, right, side="right")
        level[vague & (left // 10000 == right // 10000)] = 6
    level[_number_says(batch, left, right)] = 7
    return level


def _vague(batch: Batch, date: IntArray, *, side: str) -> BoolArray:
    columns, rows = (batch.left, batch.left_rows) if side == "left" else (batch.right, batch.right_rows)
    unknown_part: BoolArray = (date % 100 == 0) | (date // 100 % 100 == 0)
    if not columns.register.has("placeholder_date"):
        return unknown_part
    flagged: BoolArray = unknown_part | columns.plain("placeholder_date")[rows].astype(bool)
    return flagged


def _number_says(batch: Batch, left: IntArray, right: IntArray) -> BoolArray:
    """Tell whether a valid number of one record states the other's date (stated or in its number).

    Where both bear the same number this says nothing more: on another child's record the number states that child's date too.
    """
    found = np.zeros(len(batch), bool)
    number = {}
    for side, columns, rows in (("left", batch.left, batch.left_rows), ("right", batch.right, batch.right_rows)):
        number[side] = columns.plain("number_birth_date")[rows] if columns.register.has("number_birth_date") else np.zeros(len(batch), np.int32)
    for a, b in ((number["left"], right), (number["right"], left), (number["left"], number["right"])):
        found |= (a == b) & (a % 100 > 0)
    if batch.left.register.has("national_number") and batch.right.register.has("national_number"):
        one, other = batch.both("national_number")
        found &= (one != other) | (one == 0)
    return found


def plain_date(column: str) -> tuple[Comparison, Callable[[Batch], IntArray]]:
    """Return a comparison of a further column of dates."""
    return Comparison(column, PLAIN_DATE_LABELS), lambda batch: _grade(*batch.both(column), equal=6)


def _grade(left: IntArray, right: IntArray, *, equal: int) -> IntArray:
    """Grade two yyyymmdd dates: 0 to 5 as in `PLAIN_DATE_LABELS`, `equal`, or -1 where either is unknown."""
    level = np.zeros(len(left), np.int8)
    same = left == right
    rest = np.flatnonzero(~same)
    a, b = left[rest].astype(np.int32), right[rest].astype(np.int32)
    # An unknown part agrees with nothing, and no digit of it differs.
    year, month, day = a // 10000 == b // 10000, (a // 100 % 100 == b // 100 % 100) & (a // 100 % 100 > 0), (a % 100 == b % 100) & (a % 100 > 0)
    whole = (a % 100 > 0) & (b % 100 > 0)
    graded = np.zeros(len(rest), np.int8)
    graded[year & month] = 1
    graded[year & day] = 2
    graded[month & day] = 3
    # Only pairs with two parts equal can differ in one digit.
    close = np.flatnonzero((graded > 0) & whole)
    graded[close[_one_digit(a[close], b[close])]] = 4
    graded[year & ~month & ~day & (a // 100 % 100 == b % 100) & (b // 100 % 100 == a % 100)] = 5
    level[rest] = graded
    level[same] = equal
    level[(left == 0) | (right == 0)] = -1
    return level


def _one_digit(a: IntArray, b: IntArray) -> BoolArray:
    difference = np.zeros(len(a), np.int8)
    for _ in range(8):
        difference += (a % 10 != b % 10).astype(np.int8)
        a, b = a // 10, b // 10
    single: BoolArray = difference == 1
    return single
