"""Dates as sources write them -> int32 yyyymmdd, with 00 kept for an unknown month or day."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kleuterlink.errors import ConfigError
from kleuterlink.read.values import one_dictionary

_MONTHS = (
    "jan january januari janvier",
    "feb february februari février fevrier févr fev fév",
    "mar march maart mars mrt",
    "apr april avril avr",
    "may mei mai",
    "jun june juni juin",
    "jul july juli juillet juil",
    "aug august augustus août aout aoû aou",
    "sep september septembre sept",
    "oct october oktober octobre okt",
    "nov november novembre",
    "dec december décembre decembre déc",
)
_MONTH_OF_NAME = {name: month for month, names in enumerate(_MONTHS, start=1) for name in names.split()}

_PARTS = {
    "%Y": r"(?P<Y>\d{4})",
    "%y": r"(?P<y>\d{2})",
    "%m": r"(?P<m>\d{1,2})",
    "%d": r"(?P<d>\d{1,2})",
    "%b": r"(?P<b>\pL+)\.?",
    "%B": r"(?P<b>\pL+)\.?",
    "%H": r"\d{1,2}",
    "%M": r"\d{1,2}",
    "%S": r"\d{1,2}",
    "%f": r"\d{1,9}",
    "%%": "%",
}
_SHORTHANDS = {"%F": "%Y-%m-%d", "%D": "%m/%d/%y", "%T": "%H:%M:%S"}
_TIME_OF_DAY = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?"

GUESSES = ("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y%m%d", "%d%m%Y", "%Y/%m/%d", "%d/%m/%y", "%d-%m-%y", "%y%m%d", "%d %b %Y", "%d-%b-%Y")
"""Formats that are tried where a register's own does not fit, in order of preference."""


@dataclass(frozen=True)
class ParsedDates:
    """A column of dates.

    Attributes
    ----------
    dates
        int32 yyyymmdd, 00 for an unknown month or day, 0 for an unknown date; one per row.
    misfit
        bool, one per row: there is a value, and it is no date in the format.
    stated
        Number of rows with a value.

    """

    dates: npt.NDArray[np.int32]
    misfit: npt.NDArray[np.bool_]
    stated: int


def parse_dates(column: pa.ChunkedArray, date_format: str, *, or_iso: bool = False) -> ParsedDates:
    """Read a column of dates.

    Parameters
    ----------
    column
        Trimmed text, or `date32`, which needs no format; plain or dictionary-encoded.
    date_format
        strptime format with %Y %y %m %d %b %B and times of day. A month or day written 00 is unknown and stays 00; a date
        of zeros only is unknown. A time of day after the date is dropped, and two-digit years from 69 on are 19xx, as in POSIX.
    or_iso
        Read yyyy-mm-dd too where the format does not fit: a spreadsheet column may hold texts as well as true dates.

    Returns
    -------
    ParsedDates
        One date per row, in row order. Impossible dates (31 February, month 13) are unknown and marked as misfits.

    Raises
    ------
    ConfigError
        The format has a directive that says nothing about a date, or lacks a year, month or day.

    """
    pattern = _pattern(date_format)
    # A register of 300,000 children holds about 2,000 birth dates: only distinct values are parsed.
    coded = one_dictionary(column)
    distinct = coded.dictionary
    if pa.types.is_date32(distinct.type):
        dates = _of_parts(*(part(distinct).to_numpy() for part in (pc.year, pc.month, pc.day)))
        fits = np.ones(len(distinct), np.bool_)
    else:
        dates, fits = _parse_distinct(distinct, pattern)
        if or_iso and not fits.all():
            iso_dates, iso_fits = _parse_distinct(distinct, _pattern("%Y-%m-%d"))
            dates, fits = np.where(fits, dates, iso_dates), fits | iso_fits
    codes = pc.fill_null(coded.indices, len(distinct)).to_numpy(zero_copy_only=False)
    misfit = ~np.append(fits, True)[codes] if not fits.all() else np.zeros(len(column), np.bool_)
    return ParsedDates(np.append(dates, np.int32(0))[codes], misfit, len(column) - coded.null_count)


def guess_format(column: pa.ChunkedArray) -> str | None:
    """Find the format of `GUESSES` that most values fit.

    Parameters
    ----------
    column
        Trimmed text, plain or dictionary-encoded.

    Returns
    -------
    str or None
        The format; None where none fits 90% of the distinct values. Ties go to the earlier one in `GUESSES`.

    """
    distinct = pc.unique(one_dictionary(column).dictionary).drop_null()
    if len(distinct) == 0:
        return None
    shares = [float(_parse_distinct(distinct, _pattern(guess))[1].mean()) for guess in GUESSES]
    best = int(np.argmax(shares))
    return GUESSES[best] if shares[best] >= 0.9 else None


def _pattern(date_format: str) -> str:
    for shorthand, meaning in _SHORTHANDS.items():
        date_format = date_format.replace(shorthand, meaning)
    pieces = re.findall(r"%.?|[^%]+", date_format, re.DOTALL)
    unknown = [piece for piece in pieces if piece.startswith("%") and piece not in _PARTS]
    if unknown:
        raise ConfigError(f"date_format {date_format}: {', '.join(unknown)} is not known; known are {' '.join(_PARTS)} %F %D %T")
    parts = [piece for piece in pieces if piece in _PARTS and "?P<" in _PARTS[piece]]
    if sorted({"%y": "Y", "%m": "b", "%B": "b"}.get(part, part[1:]) for part in parts) != ["Y", "b", "d"]:
        raise ConfigError(f"date_format {date_format}: a year (%Y or %y), a month (%m, %b or %B) and a day (%d) are needed, each once")
    joined = "".join(_PARTS.get(piece, re.escape(piece)) for piece in pieces)
    if ")(" in joined:  # Without separators a part of one digit cannot be told from its neighbour.
        joined = joined.replace(r"\d{1,2}", r"\d{2}")
    return f"^{joined}{_TIME_OF_DAY}$"


def _parse_distinct(values: pa.Array, pattern: str) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    found = pc.extract_regex(values, pattern=pattern)
    shaped = found.is_valid().to_numpy(zero_copy_only=False)
    groups = {field.name: pc.fill_null(pc.struct_field(found, field.name), "0") for field in found.type}
    day = _number(groups["d"])
    month = _number(groups["m"]) if "m" in groups else _named_month(groups["b"])
    if "y" in groups:
        short = _number(groups["y"])
        year = np.where(short >= 69, 1900, 2000) + short
        zeros = (month == 0) & (day == 0) & (short == 0)
    else:
        year = _number(groups["Y"])
        zeros = (month == 0) & (day == 0) & (year == 0)
    fits = shaped & (zeros | _possible(year, month, day))
    return np.where(fits & ~zeros, _of_parts(year, month, day), 0).astype(np.int32), fits


def _number(texts: pa.Array) -> npt.NDArray[np.int64]:
    numbers: npt.NDArray[np.int64] = texts.cast(pa.int64()).to_numpy()
    return numbers


def _named_month(names: pa.Array) -> npt.NDArray[np.int64]:
    return np.array([_MONTH_OF_NAME.get(name.lower(), -1) for name in names.to_pylist()], dtype=np.int64)


def _of_parts(year: npt.NDArray[np.int64], month: npt.NDArray[np.int64], day: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    return (year * 10_000 + month * 100 + day).astype(np.int32)


def _possible(year: npt.NDArray[np.int64], month: npt.NDArray[np.int64], day: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    lengths = np.array([31, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    known = (month >= 0) & (month <= 12)
    last = lengths[np.where(known, month, 0)] + ((month == 2) & leap)
    possible: npt.NDArray[np.bool_] = known & (year >= 1) & (day >= 0) & (day <= last)
    return possible
