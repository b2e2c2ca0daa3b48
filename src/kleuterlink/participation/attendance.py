"""How many half-days each child and each enrolment has, and what they are enough for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kleuterlink.config import Purpose, RunConfig
from kleuterlink.errors import RuleError
from kleuterlink.participation.absences import AbsenceCounts
from kleuterlink.participation.calendar import age_on_31_december, compulsory_from
from kleuterlink.participation.enrolled import Enrolled
from kleuterlink.participation.half_days import half_days_of, last_day
from kleuterlink.participation.school_days import SchoolDays
from kleuterlink.participation.thresholds import ACCEPTED_COUNT, enough
from kleuterlink.tables import IntArray

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Attendance:
    """Half-days of the school year, and what they are enough for.

    Attributes
    ----------
    children
        A row per birth in order. Int64 `half_days_possible`, `half_days_present`, `half_days_accepted`, null where nothing is known of the
        child's attendance; per purpose `threshold_<purpose>` (Int64; null where there is none, or the sources disagree) and
        `enough_<purpose>` (boolean; null where there is no threshold, the half-days are not known or cannot decide).
    enrolments
        The same columns but for `enough_<purpose>`, a row per record of `Enrolled`.
    absences
        Per register of absences, what became of its rows.

    """

    children: pd.DataFrame
    enrolments: pd.DataFrame
    absences: Mapping[str, AbsenceCounts]


def count_half_days(births: pd.DataFrame, enrolled: Enrolled, registers: Mapping[str, pd.DataFrame], config: RunConfig) -> Attendance:
    """Count the half-days of every child and of every enrolment in the school year, and compare a child's with the thresholds.

    Parameters
    ----------
    births
        Normalised births (`record_id`; where known `birth_date`).
    enrolled
        The records of the lists, as `gather_enrolled` lines them up.
    registers
        Records of the registers with role `absences` by name (`record_id`, `date`, `code`, `half_days`), whose `record_id` is that of the
        lists of the same Community.
    config
        The run's configuration, with a school year.

    Returns
    -------
    Attendance
        A row per birth, a row per enrolment, and what became of the absence rows.

    Raises
    ------
    RuleError
        There is no school year, or its entry dates or thresholds are not known.

    Notes
    -----
    Yearly totals that an enrolment states come first: they are added up over a child's enrolments, and capped by the half-days of
    school in the periods that several of them cover. Otherwise, where presence is implied: the school's half-days on the days that are
    this enrolment's (`days_of_spells`), from the child's entry date on, minus the absences on them; where presence was recorded: the
    presences. An enrolment of a Community without absences loaded, or without any row where presence was recorded, says nothing.

    """
    if config.run.school_year is None:
        raise RuleError("attendance needs a school year; state run.school_year")
    year = config.run.school_year
    calendar = SchoolDays(year, config.participation.entry_dates)
    counted = half_days_of(enrolled, registers, calendar, config)
    of_records = {"possible": counted.possible, "present": counted.present, "accepted": counted.accepted}
    totals = _per_child(enrolled.child, of_records, len(births))
    ages = age_on_31_december(dates_of(births), year)
    still_possible = float(calendar.between(np.array([last_day(calendar, config) + 1]), np.array([calendar.last]))[0])
    children, enrolments = ({f"half_days_{name}": whole(values) for name, values in each.items()} for each in (totals, of_records))
    for purpose in Purpose:
        half_days = totals["present"] + (totals["accepted"] if purpose in ACCEPTED_COUNT else 0)
        needed, answer = enough(half_days, np.full(len(births), still_possible), ages, year, purpose, config.participation.thresholds)
        children |= {f"threshold_{purpose}": whole(needed), f"enough_{purpose}": yes_no(answer)}
        of_age = age_on_31_december(enrolled.birth_date, year)
        nothing = np.full(len(enrolled), np.nan)
        enrolments[f"threshold_{purpose}"] = whole(enough(nothing, nothing, of_age, year, purpose, config.participation.thresholds)[0])
    return Attendance(pd.DataFrame(children), pd.DataFrame(enrolments), counted.absences)


def dates_of(births: pd.DataFrame) -> npt.NDArray[np.int32]:
    """Return the birth dates, int32 yyyymmdd; 0 where the births lack them."""
    return births["birth_date"].to_numpy(dtype=np.int32) if "birth_date" in births else np.zeros(len(births), np.int32)


def age_and_duty(birth_dates: npt.NDArray[np.int32], school_year: str) -> dict[str, pd.Series]:
    """Return `age` (Int64) and `compulsory` (boolean) of int32 yyyymmdd birth dates in a school year."""
    ages, must_from = age_on_31_december(birth_dates, school_year), compulsory_from(birth_dates)
    compulsory = np.where(np.isnat(must_from), np.nan, must_from <= np.datetime64(f"{school_year[:4]}-09-01"))
    return {"age": whole(np.where(ages >= 0, ages, np.nan)), "compulsory": yes_no(compulsory)}


def whole(values: Floats) -> pd.Series:
    """Return float64 numbers as Int64, rounded; NaN as null."""
    unknown = np.isnan(values)
    return pd.Series(pd.arrays.IntegerArray(np.where(unknown, 0, np.rint(values)).astype(np.int64), unknown))


def yes_no(values: Floats) -> pd.Series:
    """Return 1.0 and 0.0 as boolean; NaN as null."""
    unknown = np.isnan(values)
    return pd.Series(pd.arrays.BooleanArray(np.where(unknown, 0, values) > 0, unknown))


def _per_child(child: IntArray, of_records: Mapping[str, Floats], count: int) -> dict[str, Floats]:
    """Add up the enrolments whose attendance is known; NaN for children without one."""
    known = np.flatnonzero((child >= 0) & ~np.isnan(of_records["present"]))
    sums = {name: np.bincount(child[known], weights=values[known], minlength=count) for name, values in of_records.items()}
    enrolments = np.bincount(child[known], minlength=count)
    several = enrolments > 1
    sums["present"] = np.where(several, np.minimum(sums["present"], sums["possible"]), sums["present"])
    sums["accepted"] = np.where(several, np.minimum(sums["accepted"], sums["possible"] - sums["present"]), sums["accepted"])
    return {name: np.where(enrolments > 0, np.rint(values), np.nan) for name, values in sums.items()}
