"""Comparison of national and bis numbers, and of sex."""

from __future__ import annotations

import numpy as np

from kleuterlink.compare.columns import Batch
from kleuterlink.tables import BoolArray, Comparison, IntArray

NUMBER = Comparison(
    "national_number",
    (
        "two valid numbers that differ",
        "differ, one of them invalid or a bis number",
        "bis and other number of the same birth date",
        "one typing error apart",
        "equal",
    ),
)

SEX = Comparison("sex", ("different", "equal"))

DIGITS = 11
BIS = 2
INVALID = 3

_POWERS = 10 ** np.arange(DIGITS, dtype=np.int64)
_DIFFERENCES = np.unique(np.concatenate([np.outer(np.arange(1, 10), _POWERS).ravel(), np.outer(np.arange(1, 10), 9 * _POWERS[:-1]).ravel()]))
"""Differences that one wrong digit (d 10^k) or one swap of neighbours (9 d 10^k) can make."""


def national_number(batch: Batch) -> IntArray:
    """Grade numbers: levels of `NUMBER`, int8, -1 where either is missing.

    A typing error leaves a number invalid: with the century fixed, the check digits of these cohorts catch every wrong
    digit and every swap of neighbours. So two *valid* numbers one digit apart (same-sex twins) are not one error apart.
    """
    left, right = batch.both("national_number")
    level = np.zeros(len(batch), np.int8)
    level[left == right] = 4
    level[(left == 0) | (right == 0)] = -1
    rest = np.flatnonzero(level == 0)
    kind_left, kind_right = batch.pick(rest).both("number_kind")
    date_left, date_right = batch.pick(rest).both("number_birth_date")
    graded = np.zeros(len(rest), np.int8)
    bis, invalid = (kind_left == BIS) | (kind_right == BIS), (kind_left == INVALID) | (kind_right == INVALID)
    graded[bis | invalid] = 1
    graded[bis & ~invalid & (date_left == date_right) & (date_left % 100 > 0)] = 2
    faulty = np.flatnonzero(invalid)
    graded[faulty[one_error_apart(left[rest][faulty], right[rest][faulty])]] = 3
    level[rest] = graded
    return level


def one_error_apart(left: IntArray, right: IntArray) -> BoolArray:
    """Tell whether two numbers of 11 digits differ by one digit or by one swap of neighbouring digits.

    Parameters
    ----------
    left, right
        int64, aligned.

    Returns
    -------
    bool array
        False where they are equal.

    """
    apart = np.zeros(len(left), bool)
    difference = np.abs(left - right)
    position = np.minimum(np.searchsorted(_DIFFERENCES, difference), len(_DIFFERENCES) - 1)
    maybe = np.flatnonzero(_DIFFERENCES[position] == difference)
    digits_left = left[maybe, None] // _POWERS % 10
    digits_right = right[maybe, None] // _POWERS % 10
    unequal = digits_left != digits_right
    count = unequal.sum(axis=1)
    first = unequal.argmax(axis=1)
    second = np.minimum(first + 1, DIGITS - 1)
    row = np.arange(len(maybe))
    swapped = (count == 2) & (digits_left[row, first] == digits_right[row, second]) & (digits_left[row, second] == digits_right[row, first])
    apart[maybe[(count == 1) | swapped]] = True
    return apart


def sex(batch: Batch) -> IntArray:
    """Grade sex, stated or else by the number: levels of `SEX`, int8, -1 where either is unknown."""
    left, right = _sex(batch, left=True), _sex(batch, left=False)
    level: IntArray = (left == right).astype(np.int8)
    level[(left == 0) | (right == 0)] = -1
    return level


def _sex(batch: Batch, *, left: bool) -> IntArray:
    columns, rows = (batch.left, batch.left_rows) if left else (batch.right, batch.right_rows)
    stated = columns.plain("sex") if columns.register.has("sex") else np.zeros(columns.register.size, np.int8)
    if columns.register.has("number_sex"):
        stated = np.where(stated == 0, columns.plain("number_sex"), stated)
    chosen: IntArray = stated[rows]
    return chosen
