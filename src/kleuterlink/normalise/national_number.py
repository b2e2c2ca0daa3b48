"""The national number and the bis number, read strictly for cohorts born from 2000."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kleuterlink.normalise.calendar_days import days_in_month

MISSING, NATIONAL, BIS, FAULTY = 0, 1, 2, 3
"""Values of `number_kind`."""

_PLACEHOLDERS = (
    "12345678901",
    "01234567890",
    "12345678910",
    "09876543210",
    "98765432109",
    "98765432100",
    "10987654321",
    "12345678900",
    "12312312312",
    "99999999998",
    *(f"{digit}" * 11 for digit in range(10)),
)


_BLOCK = 1 << 16  # what is read at a time stays in the processor's cache


class NumberColumns(NamedTuple):
    """What a column of national numbers says; one entry per row, in row order."""

    digits: pa.StringArray
    kind: npt.NDArray[np.int8]
    birth_date: npt.NDArray[np.int32]
    sex: npt.NDArray[np.int8]


def read_numbers(values: pa.StringArray) -> NumberColumns:
    """Read national and bis numbers.

    Parameters
    ----------
    values
        Numbers as the source writes them, with or without punctuation; null where missing.

    Returns
    -------
    NumberColumns
        `digits`: the 11 digits, null where missing, a known placeholder, or not 9 to 11 digits (a spreadsheet drops leading zeros: 9 and
        10 digits are filled up). `kind`: int8, 0 missing, 1 valid national number, 2 valid bis number, 3 fails its check or has an
        impossible date. `birth_date`: int32 yyyymmdd, 00 for what the number leaves open, 0 unless valid. `sex`: int8, 0 unknown, 1 male,
        2 female, 0 unless valid.

    Notes
    -----
    `YYMMDD-SSS-CC`, CC = 97 - (2YYMMDDSSS mod 97), SSS from 001 to 998 and odd for males; a bis number adds 40 to the month where the sex
    is known and 20 where it is not (Crossroads Bank for Social Security). The century is fixed at 2000, which is what makes the check
    digits catch every single wrong digit and every swap of neighbours.

    """
    digits = _eleven_digits(values)
    kind, birth_date, sex = np.empty(len(digits), np.int8), np.empty(len(digits), np.int32), np.empty(len(digits), np.int8)
    for start in range(0, len(digits), _BLOCK):
        block = slice(start, start + _BLOCK)
        kind[block], birth_date[block], sex[block] = _said(digits[block])
    return NumberColumns(digits, kind, birth_date, sex)


def _said(digits: pa.StringArray) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int32], npt.NDArray[np.int8]]:
    """Return kind, birth date and sex, one per number."""
    number: npt.NDArray[np.int64] = pc.fill_null(digits.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    present = digits.is_valid().to_numpy(zero_copy_only=False)
    body, check = np.divmod(number, 100)
    day_part, counter = np.divmod(body, 1000)
    year, month, day = 2000 + day_part // 10_000, day_part // 100 % 100, day_part % 100
    offset = np.select([month >= 40, month >= 20], [40, 20], 0)
    month = month - offset
    # A month left open may carry any day: the day counts on once the counters of a date are used up.
    possible = (month <= 12) & (day <= np.where(month == 0, 31, days_in_month(year, np.clip(month, 1, 12)))) & (counter >= 1) & (counter <= 998)
    valid = present & possible & (check == 97 - (2_000_000_000 + body) % 97)
    kind = np.select([valid & (offset == 0), valid, present], [NATIONAL, BIS, FAULTY], MISSING).astype(np.int8)
    birth_date = np.where(valid, year * 10_000 + month * 100 + np.where(month == 0, 0, day), 0).astype(np.int32)
    sex = np.where(valid & (offset != 20), np.where(counter % 2 == 1, 1, 2), 0).astype(np.int8)
    return kind, birth_date, sex


def _eleven_digits(values: pa.StringArray) -> pa.StringArray:
    """Keep the digits; null where they are no number."""
    plain = pc.and_(pc.ascii_is_decimal(values), pc.equal(pc.binary_length(values), 11))
    others = pc.fill_null(pc.invert(plain), False)
    written = pc.replace_substring_regex(values.filter(others), r"\.0+$|[^0-9]+", "")
    length = pc.utf8_length(written)
    whole = pc.if_else(pc.and_(pc.greater_equal(length, 9), pc.less_equal(length, 11)), pc.utf8_lpad(written, 11, "0"), pa.scalar(None, pa.string()))
    digits = pc.replace_with_mask(values, others, whole)
    # The check digits of an empty number (000000000-CC) are no information either.
    unknown = pc.or_(pc.is_in(digits, pa.array(_PLACEHOLDERS)), pc.starts_with(digits, "000000000"))
    return pc.if_else(unknown, pa.scalar(None, pa.string()), digits)
