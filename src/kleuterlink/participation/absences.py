"""Rows of half-days (absences, or presences in earlier years) -> half-days per enrolment.

Rows stream through in slices, so that 20 million of them need little more memory than they hold themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from kleuterlink.config import Period
from kleuterlink.participation.columns import Values, coded, numbers, rows_of
from kleuterlink.participation.days import as_day, to_days
from kleuterlink.participation.enrolled import MOST_CONCEIVABLE
from kleuterlink.participation.school_days import SchoolDays

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

_OUTCOMES = ("counted", "no_enrolment", "unusable_half_days", "unknown_code", "unknown_date", "counted_present", "outside_enrolment", "no_school")


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
        Number of rows by what became of them: `counted`, `no_enrolment` (none of that id lies in the school year), `unusable_half_days`,
        `unknown_code`, `unknown_date`, `counted_present` (in a period in which everybody counts as present), `outside_enrolment`,
        `no_school` (a day without school in the calendar). They add up to the rows handed in.
    crowded
        int64, places of counted rows on pupil's days that hold more half-days than there is school: told twice, or one of them too many. Only
        as many half-days as the day has are counted, presences first, then accepted absences.

    """

    half_days: npt.NDArray[np.float64]
    any_row: npt.NDArray[np.bool_]
    crowded: npt.NDArray[np.int64]
    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_OUTCOMES, 0))


@dataclass(frozen=True)
class RowRules:
    """What rows of half-days mean.

    Attributes
    ----------
    codes
        Meanings of codes (`present`, `accepted`, `absent`) that come before `CODE_MEANINGS`.
    counted_present
        Periods whose rows are left out.
    without_code
        What a row without a code means.

    """

    codes: Mapping[str, Literal["present", "accepted", "absent"]] = field(default_factory=dict)
    counted_present: Sequence[Period] = ()
    without_code: Literal["present", "accepted", "absent"] = "absent"

    def classes(self, codes: Sequence[str]) -> list[int]:
        """Return the place of each code's meaning among present, accepted and absent; 3 for a code without one."""
        meanings = {**CODE_MEANINGS, **{code.upper(): meaning for code, meaning in self.codes.items()}}
        known = {code: _CLASSES.index(meaning) for code, meaning in meanings.items()}
        return [known.get(code.strip().upper(), _UNKNOWN_CODE) for code in codes]


AS_PUBLISHED = RowRules()
"""The published meanings, and nothing left out."""


def count_absences(
    absences: pd.DataFrame | pa.Table,
    record_ids: Values,
    periods: pd.DataFrame,
    school: SchoolDays,
    rules: RowRules = AS_PUBLISHED,
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
        `spell` (position in `record_ids`), `first`, `last`: the days that count for it, within the school year, as `days_of_spells` returns
        them.
    school
        The school year's days.
    rules
        What the rows mean.

    Returns
    -------
    AbsenceCounts
        One entry per enrolment, in order.

    """
    source = _Source(absences, record_ids, periods, school, rules)
    count = len(record_ids)
    counts = AbsenceCounts(np.zeros((count, 3)), np.zeros(count, np.bool_), np.zeros(0, np.int64))
    half_days_of_day = np.zeros(count * len(school.half_days), np.uint16)
    for rows in source.slices():
        counts.any_row |= np.bincount(rows.spell[rows.spell >= 0], minlength=count) > 0
        for outcome, number in zip(_OUTCOMES, np.bincount(rows.outcome, minlength=len(_OUTCOMES)).tolist(), strict=True):
            counts.rows[outcome] += number
        kept = rows.take(np.flatnonzero(rows.outcome == 0))
        counts.half_days += np.bincount(kept.spell * 3 + kept.meaning, weights=kept.half_days, minlength=3 * count).reshape(-1, 3)
        # In halves of a half-day; a row that states more than a week is cut, as it is beyond any day.
        np.add.at(half_days_of_day, kept.pupil_day, np.ceil(2 * np.minimum(kept.half_days, 10)).astype(np.uint16))
    crowded = (half_days_of_day.reshape(count, len(school.half_days)) > 2 * school.half_days).ravel()
    if crowded.any():
        counts.crowded = _take_excess(source, crowded, counts.half_days)
    return counts


def _take_excess(source: _Source, crowded: npt.NDArray[np.bool_], half_days: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Take from the half-days of each spell what is too many on a day; return the places of the rows concerned."""
    parts = [rows.take(np.flatnonzero((rows.outcome == 0) & crowded[rows.pupil_day])) for rows in source.slices()]
    days, place = np.unique(np.concatenate([part.pupil_day for part in parts]), return_inverse=True)
    meaning, stated = (np.concatenate([getattr(part, name) for part in parts]) for name in ("meaning", "half_days"))
    told = np.bincount(place * 3 + meaning, weights=stated, minlength=3 * len(days)).reshape(-1, 3)
    spell, day = np.divmod(days, len(source.school.half_days))
    # As many as the day has, presences first, then accepted absences, then the others.
    most = source.school.half_days[day][:, None]
    counted = np.diff(np.minimum(np.cumsum(told, axis=1), most), axis=1, prepend=0)
    np.subtract.at(half_days, spell, told - counted)
    return np.concatenate([part.place for part in parts])


@dataclass(frozen=True)
class _Rows:
    """Some rows of half-days, one entry per row; `outcome` is a place in `_OUTCOMES`, `pupil_day` 0 where not counted."""

    place: npt.NDArray[np.int64]
    spell: npt.NDArray[np.int64]
    meaning: npt.NDArray[np.int64]
    half_days: npt.NDArray[np.float64]
    pupil_day: npt.NDArray[np.int64]
    outcome: npt.NDArray[np.int8]

    def take(self, rows: npt.NDArray[np.int64]) -> _Rows:
        return _Rows(*(getattr(self, each.name)[rows] for each in fields(self)))


class _Source:
    """The rows of a register, and what becomes of each; read slice by slice."""

    def __init__(self, absences: pd.DataFrame | pa.Table, record_ids: Values, periods: pd.DataFrame, school: SchoolDays, rules: RowRules) -> None:
        self.school = school
        self._size = len(absences)
        self._spell = _Column(absences, "record_id", lambda ids: rows_of(ids, record_ids), -1)
        self._meaning = _Column(absences, "code", rules.classes, _CLASSES.index(rules.without_code))
        self._half_days = _Column(absences, "half_days", _half_days, 1.0)
        self._day, self._everybody_present = _days(absences["date"], rules.counted_present)
        self._calendar = _Calendar(periods, len(record_ids))

    def slices(self) -> Iterator[_Rows]:
        for start in range(0, self._size, SLICE):
            yield self._rows(slice(start, min(start + SLICE, self._size)))

    def _rows(self, rows: slice) -> _Rows:
        spell, half_days, meaning, day = self._spell[rows], self._half_days[rows], self._meaning[rows], self._day[rows]
        inside = self._calendar.covers(spell, day)
        in_year = np.where(inside, (day - self.school.first).astype(np.int64), 0)
        nothing_on = self.school.half_days[in_year] == 0
        outcome = np.zeros(len(spell), np.int8)
        # The first thing that is wrong with a row is what it is counted under: what comes later here overrides.
        wrong = (spell < 0, np.isnan(half_days), meaning == _UNKNOWN_CODE, np.isnat(day), self._everybody_present[rows], ~inside, nothing_on)
        for number, hit in reversed(list(enumerate(wrong, 1))):
            outcome[hit] = number
        pupil_day = np.where(outcome == 0, spell * len(self.school.half_days) + in_year, 0)
        return _Rows(np.arange(rows.start, rows.stop), spell, meaning, half_days, pupil_day, outcome)


class _Column:
    """A column of texts, each distinct one read once; null where the column is missing."""

    def __init__(self, absences: pd.DataFrame | pa.Table, name: str, read: Callable[[list[str]], npt.ArrayLike], missing: float) -> None:
        there = name in (absences.column_names if isinstance(absences, pa.Table) else absences)
        self._codes: npt.NDArray[Any] = np.zeros(len(absences), np.int8)
        distinct = pa.array([], pa.string())
        if there:
            self._codes, distinct = coded(absences[name])
        self._values: npt.NDArray[Any] = np.append(np.asarray(read(distinct.to_pylist()), dtype=np.dtype(type(missing))), missing)

    def __getitem__(self, rows: slice) -> npt.NDArray[Any]:
        values: npt.NDArray[Any] = self._values[self._codes[rows]]
        return values


_DAY_SPAN = 1 << 20


class _Calendar:
    """The days that count for each enrolment."""

    def __init__(self, periods: pd.DataFrame, count: int) -> None:
        spell = periods["spell"].to_numpy(dtype=np.int64)
        first, last = (periods[column].to_numpy().astype("datetime64[D]").astype(np.int64) for column in ("first", "last"))
        # Nearly every enrolment has one period: it is looked up; among several the one is searched for.
        self._several = np.bincount(spell, minlength=count) > 1
        self._only = np.full((2, count), [[0], [-1]])
        self._only[:, spell] = first, last
        order = np.argsort(spell * _DAY_SPAN + first)
        order = order[self._several[spell[order]]]
        self._first, self._last = ((spell * _DAY_SPAN + bound)[order] for bound in (first, last))

    def covers(self, spell: npt.NDArray[np.int64], day: npt.NDArray[np.datetime64]) -> npt.NDArray[np.bool_]:
        known = (spell >= 0) & ~np.isnat(day)
        number = np.where(known, day.astype(np.int64), 0)
        if not self._only.size:
            return known & False
        covered: npt.NDArray[np.bool_] = known & (number >= self._only[0][spell]) & (number <= self._only[1][spell])
        searched = np.flatnonzero(known & self._several[spell])
        key = spell[searched] * _DAY_SPAN + number[searched]
        place = np.searchsorted(self._first, key, side="right") - 1
        covered[searched] = (place >= 0) & (key <= self._last[np.maximum(place, 0)]) if len(searched) else False
        return covered


def _half_days(texts: list[str]) -> npt.NDArray[np.float64]:
    stated = numbers(pa.array(texts, pa.string()))
    return np.where((stated >= 0) & (stated <= MOST_CONCEIVABLE), stated, np.nan)


def _days(column: Any, counted_present: Sequence[Period]) -> tuple[npt.NDArray[np.datetime64], npt.NDArray[np.bool_]]:
    """Return each row's day, and whether everybody counts as present on it; a year has few distinct days."""
    each = pa.array(np.asarray(column, dtype=np.int32)).dictionary_encode()
    day = to_days(each.dictionary.to_numpy())
    everybody_present = np.zeros(len(day), np.bool_)
    for period in counted_present:
        everybody_present |= (day >= as_day(period.first)) & (day <= as_day(period.last))
    place = each.indices.to_numpy()
    return day[place], everybody_present[place]
