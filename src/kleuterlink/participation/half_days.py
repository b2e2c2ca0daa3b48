"""The half-days of every enrolment: what it states itself, else what the rows of its days say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from kleuterlink.config import Role, RunConfig
from kleuterlink.participation.absences import AbsenceCounts, RowRules, count_absences
from kleuterlink.participation.calendar import first_entry
from kleuterlink.participation.columns import read_distinct
from kleuterlink.participation.days import add_months, as_day, to_days
from kleuterlink.participation.enrolled import Enrolled
from kleuterlink.participation.school_days import SchoolDays
from kleuterlink.participation.spells import days_of_spells, spells_of

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class HalfDays:
    """Half-days of every enrolment within the school year, on the days that are its own.

    Attributes
    ----------
    possible, present, accepted
        float64, one per record of `Enrolled`; all three NaN where nothing is known of its attendance, where it lies outside the year, and
        where it repeats another with its totals. Totals that a record states are as stated, but for `possible`, which is cut to the
        days that are its own.
    absences
        Per register of absences, what became of its rows.

    """

    possible: Floats
    present: Floats
    accepted: Floats
    absences: Mapping[str, AbsenceCounts]


def half_days_of(enrolled: Enrolled, registers: Mapping[str, pd.DataFrame], calendar: SchoolDays, config: RunConfig) -> HalfDays:
    """Count the half-days of every enrolment.

    Parameters
    ----------
    enrolled
        The enrolments.
    registers
        Records of the registers with role `absences` (`record_id`, `date`; where known `code`, `half_days`), by name. Their `record_id` is
        that of the lists of the same Community.
    calendar
        The school year's days.
    config
        The run's configuration.

    Returns
    -------
    HalfDays
        One entry per enrolment.

    """
    spells = spells_of(enrolled, _may_come_from(enrolled, calendar, config), (calendar.first, last_day(calendar, config)))
    record = spells["record"].to_numpy()
    own = _OwnDays(days_of_spells(spells), _half_days_of_year(enrolled.school.take(pa.array(record)), calendar, config) / calendar.total, calendar)
    counted = np.full((3, len(enrolled)), np.nan)
    (counted[0, record], counted[1, record], counted[2, record]), absences = _of_spells(enrolled, spells, own, registers, config)
    possible, present, accepted = counted
    unknown = np.isnan(present)
    possible[unknown], accepted[unknown] = np.nan, np.nan
    return HalfDays(possible, present, np.where(~unknown & np.isnan(accepted), 0, accepted), absences)


def last_day(calendar: SchoolDays, config: RunConfig) -> np.datetime64:
    """Return the last day whose half-days are counted."""
    until = config.participation.counted_until
    return calendar.last if until is None else min(calendar.last, as_day(until))


def _may_come_from(enrolled: Enrolled, calendar: SchoolDays, config: RunConfig) -> npt.NDArray[np.datetime64]:
    """First day on which each child may be at school: enrolment often comes months before."""
    dates, row = np.unique(enrolled.birth_date, return_inverse=True)
    ready = add_months(to_days(dates), 30)
    # The entry date of the others lies before the school year, or beyond it.
    in_year = (ready > calendar.first) & (ready <= calendar.last)
    entry = np.where(np.isnat(ready), calendar.first, ready)
    special = entry.copy()
    entry[in_year] = first_entry(dates[in_year], config.participation.entry_dates)
    return np.where(enrolled.special, special[row], entry[row])


def _half_days_of_year(schools: pa.StringArray, calendar: SchoolDays, config: RunConfig) -> Floats:
    """Half-days of the whole year at each school: the school's own, the year's, or the calendar's."""
    year, rules = str(config.run.school_year), config.participation
    otherwise = float(rules.possible_half_days.get(year, calendar.total))
    own = rules.possible_half_days_by_school.get(year, {})
    return read_distinct(schools, lambda texts: [float(own.get(text, otherwise)) for text in texts], otherwise)


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


def _of_spells(
    enrolled: Enrolled, spells: pd.DataFrame, own: _OwnDays, registers: Mapping[str, pd.DataFrame], config: RunConfig
) -> tuple[tuple[Floats, Floats, Floats], dict[str, AbsenceCounts]]:
    """Fill in what spells do not state: `possible` from the calendar, `present` and `accepted` from rows."""
    calendar, rules, record = own.calendar, config.participation, spells["record"].to_numpy()
    present, accepted, possible = (stated[record] for stated in (enrolled.present, enrolled.accepted, enrolled.possible))
    own_days = own.within(calendar.first, calendar.last)
    given = sum((own.within(as_day(period.first), as_day(period.last)) for period in rules.counted_present), np.zeros(len(spells)))
    stated = spells["stated"].to_numpy()
    # Of days that two enrolments cover, only the one that they belong to has the half-days of school.
    whole = calendar.between(*(spells[column].to_numpy().astype("datetime64[D]") for column in ("first", "last"))) * own.scale
    possible = np.where(np.isnan(possible), own_days, possible * np.divide(own_days, whole, out=np.ones(len(spells)), where=whole > 0))
    recorded = bool(calendar.first < as_day(rules.presence_implied_from))
    outcomes = {}
    for name, register in config.with_role(Role.ABSENCES).items():
        if name not in registers:
            continue
        of_system = np.array([config.registers[each].system is register.system for each in enrolled.names], np.bool_)
        here = of_system[enrolled.place[record]] if len(record) else np.zeros(0, np.bool_)
        counts = _counted(registers[name], enrolled.record_id.take(pa.array(record)), own, here, config, recorded=recorded)
        outcomes[name] = counts
        was_there, excused, absent = counts.half_days.T
        fills = here & ~stated & (counts.any_row | (not recorded))
        present[fills] = np.clip(was_there + given if recorded else possible - excused - absent, 0, possible)[fills]
        accepted[fills] = np.minimum(excused, possible)[fills]
    return (possible, present, accepted), outcomes


def _counted(rows: pd.DataFrame, record_ids: pa.StringArray, own: _OwnDays, here: Flags, config: RunConfig, *, recorded: bool) -> AbsenceCounts:
    """Count the rows of one register; one entry per spell, zero where the spell is of a list that it does not speak of."""
    position = np.where(here, np.cumsum(here) - 1, -1)
    periods = own.periods.assign(spell=position[own.periods["spell"].to_numpy(dtype=np.int64)])
    rules = RowRules(config.participation.codes, config.participation.counted_present, "present" if recorded else "absent")
    counts = count_absences(rows, record_ids.filter(pa.array(here)), periods[periods["spell"] >= 0], own.calendar, rules)
    half_days, any_row = np.zeros((len(here), 3)), np.zeros(len(here), np.bool_)
    half_days[here], any_row[here] = counts.half_days, counts.any_row
    return replace(counts, half_days=half_days, any_row=any_row)
