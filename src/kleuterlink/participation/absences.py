"""Rows of half-days (absences, or presences in earlier years) -> half-days per enrolment.

Rows stream through in slices, so that 20 million of them need little more memory than they hold themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kleuterlink.config import Period
from kleuterlink.participation.days import as_day, to_days
from kleuterlink.participation.spells import MOST_CONCEIVABLE

CODE_MEANINGS: Mapping[str, str] = {
    # Below compulsory age an absence is sent as A, whatever its cause; P and B are those of compulsory five-year-olds.
    "A": "absent",
    "P": "accepted",
    "B": "absent",
    # A child that is late is there; the code is not sent, but some software writes it.
    "L": "present",
    # Unverified: that the COVID codes count as accepted. State it under [participation.codes] where it matters.
    "N": "accepted",
    "X": "accepted",
}
"""What the codes mean (Discimus, absences of nursery education)."""

SLICE = 2_000_000
"""Rows that are looked at together."""

_CLASSES = ("present", "accepted", "absent")
_UNKNOWN_CODE = 3


_OUTCOMES = ("not_linked", "unusable_half_days", "unknown_code", "unknown_date", "counted_present", "outside_enrolment")


@dataclass
class AbsenceCounts:
    """Half-days of every enrolment, and what became of every row.

    Attributes
    ----------
    half_days
        float64 (spells, 3): half-days of rows that mean present, accepted absence, other absence.
    any_row
        bool (spells,): at least one row stands for the enrolment, within the period or not.
    rows
        Number of rows by what became of them: `counted`, `not_linked` (no enrolment of that id is linked), `unusable_half_days`,
        `unknown_code`, `unknown_date`, `counted_present` (in a period in which everybody counts as present), `outside_enrolment`. They
        add up to the rows handed in.

    """

    half_days: npt.NDArray[np.float64]
    any_row: npt.NDArray[np.bool_]
    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("counted", *_OUTCOMES), 0))


def count_absences(
    absences: pd.DataFrame | pa.Table,
    record_ids: Sequence[str],
    periods: pd.DataFrame,
    *,
    codes: Mapping[str, str] | None = None,
    counted_present: Sequence[Period] = (),
    without_code: Literal["present", "accepted", "absent"] = "absent",
) -> AbsenceCounts:
    """Add up rows of half-days per enrolment.

    Parameters
    ----------
    absences
        `record_id` (text), `date` (int32 yyyymmdd), and where known `code` and `half_days` (text). A row without
        half-days is one half-day.
    record_ids
        The enrolments; their positions are what `periods` and the result speak of. Unique.
    periods
        `spell` (position in `record_ids`), `first`, `last`: the days that count for it, as `days_of_spells` returns them.
    codes
        Meanings (`present`, `accepted`, `absent`) that come before `CODE_MEANINGS`.
    counted_present
        Periods whose rows are left out.
    without_code
        What a row without a code means.

    Returns
    -------
    AbsenceCounts
        One entry per enrolment, in order.

    """
    meanings = {**CODE_MEANINGS, **{code.upper(): meaning for code, meaning in (codes or {}).items()}}
    ids = pa.array(list(record_ids), pa.string())
    calendar = _Calendar(periods)
    counts = AbsenceCounts(np.zeros((len(ids), 3)), np.zeros(len(ids), np.bool_))
    for rows in _slices(absences):
        size = len(rows["record_id"])
        spell = pc.fill_null(pc.index_in(rows["record_id"], value_set=ids), -1).to_numpy(zero_copy_only=False).astype(np.int64)
        counts.any_row |= np.bincount(spell[spell >= 0], minlength=len(ids)) > 0
        meaning = _by_value(rows.get("code"), size, lambda code: _class_of(code, meanings), _CLASSES.index(without_code)).astype(np.int8)
        half_days = _by_value(rows.get("half_days"), size, _number_of, 1.0)
        day, everybody_present = _days(rows["date"], counted_present)
        for outcome, hit in zip(
            _OUTCOMES,
            (
                spell < 0,
                np.isnan(half_days),
                meaning == _UNKNOWN_CODE,
                np.isnat(day),
                everybody_present,
                ~calendar.covers(spell, day),
            ),
            strict=True,
        ):
            # The first thing that is wrong with a row is what it is counted under.
            lost = hit & (spell != _LOST)
            counts.rows[outcome] += int(lost.sum())
            spell = np.where(lost, _LOST, spell)
        kept = spell != _LOST
        counts.rows["counted"] += int(kept.sum())
        counts.half_days += np.bincount(spell[kept] * 3 + meaning[kept], weights=half_days[kept], minlength=3 * len(ids)).reshape(-1, 3)
    return counts


_LOST = -2
_DAY_SPAN = 1 << 20


class _Calendar:
    """The days that count for each enrolment, as sorted numbers."""

    def __init__(self, periods: pd.DataFrame) -> None:
        spell = periods["spell"].to_numpy(dtype=np.int64)
        first, last = (periods[column].to_numpy().astype("datetime64[D]").astype(np.int64) for column in ("first", "last"))
        order = np.argsort(spell * _DAY_SPAN + first)
        self._first = (spell * _DAY_SPAN + first)[order]
        self._last = (spell * _DAY_SPAN + last)[order]

    def covers(self, spell: npt.NDArray[np.int64], day: npt.NDArray[np.datetime64]) -> npt.NDArray[np.bool_]:
        known = (spell >= 0) & ~np.isnat(day)
        if not len(self._first):
            return np.zeros(len(spell), np.bool_)
        key = np.where(known, spell * _DAY_SPAN + np.where(known, day.astype(np.int64), 0), -1)
        place = np.searchsorted(self._first, key, side="right") - 1
        covered: npt.NDArray[np.bool_] = known & (place >= 0) & (key <= self._last[np.maximum(place, 0)])
        return covered


def _slices(absences: pd.DataFrame | pa.Table) -> Iterator[dict[str, Any]]:
    names = [name for name in ("record_id", "date", "code", "half_days") if name in (absences.column_names if isinstance(absences, pa.Table) else absences)]
    for start in range(0, len(absences), SLICE):
        if isinstance(absences, pa.Table):
            part = absences.slice(start, SLICE)
            yield {name: part[name].combine_chunks() for name in names}
        else:
            frame = absences.iloc[start : start + SLICE]
            yield {name: frame[name].to_numpy() if name == "date" else pa.array(frame[name], pa.string()) for name in names}


def _by_value(column: pa.Array | None, size: int, read: Any, otherwise: float) -> npt.NDArray[np.float64]:
    """Read each distinct text once; a null is `otherwise`."""
    if column is None:
        return np.full(size, otherwise)
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    coded = column.cast(pa.string()).dictionary_encode()
    values = np.array([*(read(text) for text in coded.dictionary.to_pylist()), otherwise], dtype=np.float64)
    read_once: npt.NDArray[np.float64] = values[pc.fill_null(coded.indices, len(values) - 1).to_numpy(zero_copy_only=False)]
    return read_once


def _class_of(code: str, meanings: Mapping[str, str]) -> int:
    meaning = meanings.get(code.strip().upper())
    return _UNKNOWN_CODE if meaning is None else _CLASSES.index(meaning)


def _number_of(text: str) -> float:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return np.nan
    return number if 0 <= number <= MOST_CONCEIVABLE else np.nan


def _days(column: Any, counted_present: Sequence[Period]) -> tuple[npt.NDArray[np.datetime64], npt.NDArray[np.bool_]]:
    """Return each row's day, and whether everybody counts as present on it; a year has few distinct days."""
    coded = pa.array(np.asarray(column, dtype=np.int32)).dictionary_encode()
    day = to_days(coded.dictionary.to_numpy())
    everybody_present = np.zeros(len(day), np.bool_)
    for period in counted_present:
        everybody_present |= (day >= as_day(period.first)) & (day <= as_day(period.last))
    place = coded.indices.to_numpy()
    return day[place], everybody_present[place]
