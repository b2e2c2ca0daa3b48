"""How many half-days each child attended, and what they are enough for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kleuterlink.config import Purpose, Role, RunConfig
from kleuterlink.errors import RuleError
from kleuterlink.participation.absences import AbsenceCounts, count_absences
from kleuterlink.participation.calendar import age_on_31_december, compulsory_from, first_entry
from kleuterlink.participation.days import add_months, as_day, to_days
from kleuterlink.participation.school_days import SchoolDays
from kleuterlink.participation.spells import days_of_spells, linked_spells
from kleuterlink.participation.thresholds import ACCEPTED_COUNT, enough
from kleuterlink.tables import STRING

Floats = npt.NDArray[np.float64]

ATTENDANCE = {
    "child_id": "text; the birth record's id, in the order of the register",
    "age": "Int64; on 31 December of the school year's first year; null where not known",
    "compulsory": "boolean; has to be at school in this school year; null where the birth date is not known",
    "half_days_possible": "Int64; half-days of school while enrolled",
    "half_days_present": "Int64; half-days present",
    "half_days_accepted": "Int64; half-days of accepted absence",
    "threshold_<purpose>": "Int64; null where there is none, or the sources disagree",
    "enough_<purpose>": "boolean; null where there is no threshold, the half-days are not known or cannot decide",
}
"""Columns of `Attendance.children`; the last two once per purpose (`allowance`, `admission`, `compulsory`). Half-days are null where nothing is
known of the child's attendance: no rows are not no attendance."""


@dataclass(frozen=True)
class Attendance:
    """Half-days of every child.

    Attributes
    ----------
    children
        `ATTENDANCE`, a row per birth in order.
    absence_rows
        Per register of absences, the number of rows by what became of them (see `AbsenceCounts.rows`).

    """

    children: pd.DataFrame
    absence_rows: Mapping[str, Mapping[str, int]]


def count_half_days(births: pd.DataFrame, links: pd.DataFrame, enrolments: Mapping[str, pd.DataFrame], config: RunConfig) -> Attendance:
    """Count every child's half-days in the school year, and compare them with the thresholds.

    Parameters
    ----------
    births
        Normalised births (`record_id`; where known `birth_date`).
    links
        `tables.LINKS` rows; only accepted links count.
    enrolments
        Records by register: of the lists (`record_id`; where known `school`, `enrolled_from`, `enrolled_until`, `half_days_present`,
        `half_days_accepted`, `half_days_possible`), and of registers with role `absences` (`record_id`, `date`, `code`, `half_days`),
        whose `record_id` is that of the lists of the same Community.
    config
        The run's configuration, with a school year.

    Returns
    -------
    Attendance
        A row per birth, and what became of the absence rows.

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
    rules = config.participation
    calendar = SchoolDays(config.run.school_year, rules.entry_dates)
    last = calendar.last if rules.counted_until is None else min(calendar.last, as_day(rules.counted_until))
    spells = linked_spells(pd.Index(births["record_id"].to_numpy(dtype=object)), links, enrolments, config, (calendar.first, last))
    spells["first"] = np.maximum(spells["first"].to_numpy(), _may_come_from(spells, births, calendar, config))
    spells = spells[spells["first"] <= spells["last"]].reset_index(drop=True)
    periods = days_of_spells(spells)
    school_year_half_days = _half_days_of_year(spells, calendar, config)
    spells["scale"] = school_year_half_days / calendar.total
    spells, rows = _from_rows(spells, _OwnDays(periods, spells["scale"].to_numpy(), calendar), enrolments, config)
    totals = _per_child(spells, len(births))
    return Attendance(_answers(births, totals, float(calendar.between(np.array([last + 1]), np.array([calendar.last]))[0]), config), rows)


def _may_come_from(spells: pd.DataFrame, births: pd.DataFrame, calendar: SchoolDays, config: RunConfig) -> npt.NDArray[np.datetime64]:
    """First day on which each spell's child may be at school, where presence is not stated: enrolment often comes months before."""
    dates = births["birth_date"].to_numpy(dtype=np.int32) if "birth_date" in births else np.zeros(len(births), np.int32)
    ready = add_months(to_days(dates), 30)
    # The entry date of the others lies before the school year, or beyond it.
    in_year = (ready > calendar.first) & (ready <= calendar.last)
    entry = np.where(np.isnat(ready), calendar.first, ready)
    entry[in_year] = first_entry(dates[in_year], config.participation.entry_dates)
    child = spells["child"].to_numpy(dtype=np.int64)
    may = np.where(spells["special"].to_numpy(dtype=bool) & ~np.isnat(ready[child]), ready[child], entry[child])
    return np.where(spells["present"].notna(), calendar.first, may).astype("datetime64[s]")


def _half_days_of_year(spells: pd.DataFrame, calendar: SchoolDays, config: RunConfig) -> Floats:
    """Half-days of the whole year at each spell's school: the school's own, the year's, or the calendar's."""
    year = str(config.run.school_year)
    otherwise = config.participation.possible_half_days.get(year, calendar.total)
    own = config.participation.possible_half_days_by_school.get(year, {})
    return np.asarray(spells["school"].map(own).astype(np.float64).fillna(float(otherwise)), dtype=np.float64)


@dataclass(frozen=True)
class _OwnDays:
    """The days that belong to each spell, and the half-days of school on them."""

    periods: pd.DataFrame
    scale: Floats
    calendar: SchoolDays

    def within(self, first: np.datetime64, last: np.datetime64) -> Floats:
        start, end = (self.periods[column].to_numpy().astype("datetime64[D]") for column in ("first", "last"))
        half_days = self.calendar.between(np.maximum(start, first), np.minimum(end, last))
        return np.bincount(self.periods["spell"].to_numpy(dtype=np.int64), weights=half_days, minlength=len(self.scale)) * self.scale


def _from_rows(
    spells: pd.DataFrame, own: _OwnDays, enrolments: Mapping[str, pd.DataFrame], config: RunConfig
) -> tuple[pd.DataFrame, dict[str, dict[str, int]]]:
    """Fill in what spells do not state: `possible` from the calendar, `present` and `accepted` from rows."""
    calendar, rules = own.calendar, config.participation
    own_days = own.within(calendar.first, calendar.last)
    given = sum((own.within(as_day(period.first), as_day(period.last)) for period in rules.counted_present), np.zeros(len(spells)))
    stated = spells["present"].notna().to_numpy()
    present, accepted, possible = (spells[column].to_numpy(dtype=np.float64).copy() for column in ("present", "accepted", "possible"))
    # Of days that two enrolments cover, only the one that they belong to has the half-days of school.
    whole = calendar.between(*(spells[column].to_numpy().astype("datetime64[D]") for column in ("first", "last"))) * own.scale
    possible = np.where(np.isnan(possible), own_days, possible * np.divide(own_days, whole, out=np.ones(len(spells)), where=whole > 0))
    recorded = bool(calendar.first < as_day(rules.presence_implied_from))
    outcomes = {}
    for name, register in config.with_role(Role.ABSENCES).items():
        if name not in enrolments:
            continue
        here = spells["list"].isin([each for each, its in config.lists.items() if its.system is register.system]).to_numpy(dtype=bool)
        counts = _counted(enrolments[name], spells, own.periods, here, config, recorded=recorded)
        outcomes[name] = counts.rows
        was_there, excused, absent = counts.half_days.T
        fills = here & ~stated & (counts.any_row | (not recorded))
        present[fills] = np.clip(was_there + given if recorded else possible - excused - absent, 0, possible)[fills]
        accepted[fills] = np.minimum(excused, possible)[fills]
    return spells.assign(present=present, accepted=accepted, possible=possible), outcomes


def _counted(
    rows: pd.DataFrame, spells: pd.DataFrame, periods: pd.DataFrame, here: npt.NDArray[np.bool_], config: RunConfig, *, recorded: bool
) -> AbsenceCounts:
    """Count the rows of one register; one entry per spell, zero where the spell is of a list that it does not speak of."""
    position = np.where(here, np.cumsum(here) - 1, -1)
    own = periods.assign(spell=position[periods["spell"].to_numpy(dtype=np.int64)])
    counts = count_absences(
        rows,
        spells.loc[here, "record_id"].tolist(),
        own[own["spell"] >= 0],
        codes=config.participation.codes,
        counted_present=config.participation.counted_present,
        without_code="present" if recorded else "absent",
    )
    half_days, any_row = np.zeros((len(spells), 3)), np.zeros(len(spells), np.bool_)
    half_days[here], any_row[here] = counts.half_days, counts.any_row
    return AbsenceCounts(half_days, any_row, counts.rows)


def _per_child(spells: pd.DataFrame, count: int) -> dict[str, Floats]:
    """Add up the spells whose attendance is known; NaN for children without one."""
    known = spells[spells["present"].notna()]
    child = known["child"].to_numpy(dtype=np.int64)
    sums = {name: np.bincount(child, weights=known[name].fillna(0), minlength=count) for name in ("present", "accepted", "possible")}
    spells_of_child = np.bincount(child, minlength=count)
    several = spells_of_child > 1
    sums["present"] = np.where(several, np.minimum(sums["present"], sums["possible"]), sums["present"])
    sums["accepted"] = np.where(several, np.minimum(sums["accepted"], sums["possible"] - sums["present"]), sums["accepted"])
    return {name: np.where(spells_of_child > 0, np.rint(values), np.nan) for name, values in sums.items()}


def _answers(births: pd.DataFrame, totals: Mapping[str, Floats], still_possible: float, config: RunConfig) -> pd.DataFrame:
    year = str(config.run.school_year)
    dates = births["birth_date"].to_numpy(dtype=np.int32) if "birth_date" in births else np.zeros(len(births), np.int32)
    ages = age_on_31_december(dates, year)
    must_from = compulsory_from(dates)
    compulsory = must_from <= np.datetime64(f"{year[:4]}-09-01")
    columns: dict[str, pd.Series] = {
        "child_id": births["record_id"].astype(STRING).reset_index(drop=True),
        "age": _whole(np.where(ages >= 0, ages, np.nan)),
        "compulsory": _yes_no(np.where(np.isnat(must_from), np.nan, compulsory)),
        **{f"half_days_{name}": _whole(totals[name]) for name in ("possible", "present", "accepted")},
    }
    left = np.full(len(births), still_possible)
    for purpose in Purpose:
        counted = totals["present"] + (totals["accepted"] if purpose in ACCEPTED_COUNT else 0)
        needed, answer = enough(counted, left, ages, year, purpose, config.participation.thresholds)
        columns |= {f"threshold_{purpose}": _whole(needed), f"enough_{purpose}": _yes_no(answer)}
    return pd.DataFrame(columns)


def _whole(values: Floats) -> pd.Series:
    return pd.Series(values).astype("Int64")


def _yes_no(values: Floats) -> pd.Series:
    return pd.Series(values).astype("boolean")
