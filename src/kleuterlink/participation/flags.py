"""Rows that say something impossible or doubtful about an enrolment or an absence: flagged, and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from kleuterlink.config import Role, RunConfig
from kleuterlink.participation.absences import CODE_MEANINGS
from kleuterlink.participation.columns import numbers, read_distinct, rows_of
from kleuterlink.participation.days import possible_range, to_days
from kleuterlink.participation.enrolled import Enrolled
from kleuterlink.participation.places import Problem, unknown_places
from kleuterlink.schemas import REJECTED
from kleuterlink.tables import STRING, IntArray

Bools = npt.NDArray[np.bool_]

MOST_HALF_DAYS = 330
"""Half-days of the longest school year published; a school's own number comes before it."""

NONE_CROWDED: Mapping[str, npt.NDArray[np.int64]] = MappingProxyType({})
"""What `crowded` is where no absences were counted."""

_OPEN = np.datetime64("9999-12-31", "D")


@dataclass(frozen=True)
class Flagged:
    """What is doubtful in the registers.

    Attributes
    ----------
    rows
        `schemas.REJECTED` columns, a row per problem, sorted by (`register`, `row`, `field`, `problem`). The rows
        were used all the same, but for values that are no number, negative or beyond 400.
    totals
        A row per register, in the order of the configuration: `register` (text), `rows`, `clean`, `flagged` (int64; `rows` is the sum
        of the other two).

    """

    rows: pd.DataFrame
    totals: pd.DataFrame


def flag(
    enrolled: Enrolled, registers: Mapping[str, pd.DataFrame], config: RunConfig, *, crowded: Mapping[str, npt.NDArray[np.int64]] = NONE_CROWDED
) -> Flagged:
    """Flag rows that cannot be right, or that deserve a look.

    Parameters
    ----------
    enrolled
        The records of the lists of enrolments; accepted links tell which are one child's.
    registers
        Normalised records by register, those of absences as they were read; `row` is the input row (1-based position where absent).
    config
        The run's configuration.
    crowded
        By register of absences, places of rows on days that hold more half-days of a pupil than there is school (`AbsenceCounts.crowded`).

    Returns
    -------
    Flagged
        The problems, and totals that reconcile.

    Notes
    -----
    Enrolments: a period that ends before it starts; a start before birth (the record's own birth date, or the linked child's); half-days
    that are no number, negative, or more than the school has; a period that overlaps an earlier enrolment of the child, or follows one
    without end. Absences: an id that is in no list of the same Community, an unknown code, no usable date, half-days that are no number
    or more than a day has, by itself or with the pupil's other rows. Where a table of schools of the Community is loaded: a school that is
    not in it, and successors that are not, or that run in a circle. A municipality that is not known: see `unknown_places`.

    """
    found: list[pd.DataFrame] = []
    totals: list[tuple[str, int, int, int]] = []
    overlapping = _overlapping(enrolled)
    for name in [name for name in config.registers if name in registers]:
        records, role = registers[name], config.registers[name].role
        problems = unknown_places(name, registers, config)
        if role is Role.ENROLMENTS:
            own = enrolled.of(name)
            of_periods = _of_periods(enrolled, own) + [("enrolled_from", problem, hit[own]) for problem, hit in overlapping.items()]
            problems += [(field, problem, _by_position(hit, enrolled.position[own])) for field, problem, hit in of_periods]
            problems += _of_half_days(records, config)
        elif role is Role.ABSENCES:
            system = config.registers[name].system
            lists = [registers[each]["record_id"] for each, its in config.with_role(Role.ENROLMENTS).items() if its.system is system and each in registers]
            problems += _of_absences(records, lists, {*CODE_MEANINGS, *(code.upper() for code in config.participation.codes)})
            too_many = np.zeros(len(records), np.bool_)
            too_many[crowded.get(name, [])] = True
            problems.append(("half_days", "the pupil has more half-days on this day than there is school", too_many))
        rows = records["row"].to_numpy(dtype=np.int64) if "row" in records else np.arange(1, len(records) + 1)
        flagged = np.zeros(len(records), np.bool_)
        for field, problem, hit in problems:
            flagged |= hit
            if hit.any():
                found.append(pd.DataFrame({"register": name, "row": rows[hit], "field": field, "problem": problem}))
        totals.append((name, len(records), int((~flagged).sum()), int(flagged.sum())))
    table = pd.concat(found or [_nothing()], ignore_index=True).sort_values(list(REJECTED), ignore_index=True)
    return Flagged(
        table.astype({"register": STRING, "field": STRING, "problem": STRING}),
        pd.DataFrame(totals, columns=["register", "rows", "clean", "flagged"]).astype({"register": STRING}),
    )


_PRESENT, _ACCEPTED, _POSSIBLE = "half_days_present", "half_days_accepted", "half_days_possible"


def _of_periods(enrolled: Enrolled, own: slice) -> list[Problem]:
    start, end = enrolled.start[own], enrolled.end[own]
    born = possible_range(enrolled.birth_date[own])[0]
    return [
        ("enrolled_until", "the enrolment ends before it starts", end < start),
        ("enrolled_until", "the enrolment ends before the child was born", end < born),
        ("enrolled_from", "the enrolment starts before the child was born", start < born),
    ]


def _by_position(hit: Bools, position: IntArray) -> Bools:
    """Put flags in the order of the register's rows."""
    flags = np.zeros(len(hit), np.bool_)
    flags[position] = hit
    return flags


def _of_half_days(records: pd.DataFrame, config: RunConfig) -> list[Problem]:
    problems: list[Problem] = []
    for field in (_PRESENT, _ACCEPTED, _POSSIBLE):
        if field in records:
            values = numbers(records[field])
            problems.append((field, "no number of half-days", np.isnan(values) & records[field].notna().to_numpy(dtype=bool)))
            problems.append((field, "a negative number of half-days", values < 0))
    return [*problems, (_PRESENT, "more half-days than the school has", _sums(records) > _most(records, config))]


def _sums(records: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Half-days that each record states, present and accepted together."""
    stated = [np.nan_to_num(numbers(records[field]), posinf=np.inf) for field in (_PRESENT, _ACCEPTED) if field in records]
    return sum(stated, np.zeros(len(records)))


def _overlapping(enrolled: Enrolled) -> dict[str, Bools]:
    """Compare the periods of a child's enrolments, in all lists; one flag per record, on the later one."""
    end = np.where(np.isnat(enrolled.end), _OPEN, enrolled.end)
    usable = np.flatnonzero((enrolled.child >= 0) & ~np.isnat(enrolled.start) & (enrolled.start <= end))
    usable = usable[pd.Series(enrolled.child[usable]).duplicated(keep=False).to_numpy()]
    spells = pd.DataFrame({"record": usable, "child": enrolled.child[usable]})
    spells = spells.assign(start=enrolled.start[usable].astype(np.int64), end=end[usable].astype(np.int64))
    spells = spells.sort_values(["child", "start", "record"], ignore_index=True)
    earlier = spells.groupby("child")["end"].cummax().groupby(spells["child"]).shift(1, fill_value=np.iinfo(np.int64).min).to_numpy()
    overlaps, endless = spells["start"].to_numpy() <= earlier, earlier >= _OPEN.astype(np.int64)
    flags = {}
    for problem, hit in (
        ("overlaps an earlier enrolment of the same child", overlaps & ~endless),
        ("an earlier enrolment of the same child has no end", overlaps & endless),
    ):
        flags[problem] = np.zeros(len(enrolled), np.bool_)
        flags[problem][spells["record"].to_numpy()[hit]] = True
    return flags


def _of_absences(records: pd.DataFrame, lists: list[pd.Series], codes: set[str]) -> list[Problem]:
    known = pd.concat(lists, ignore_index=True) if lists else pd.Series([], dtype=STRING)
    problems: list[Problem] = [("record_id", "no enrolment has this id", rows_of(records["record_id"], known) < 0)]
    if "date" in records:
        dates = pa.array(records["date"].to_numpy(dtype=np.int32)).dictionary_encode()
        problems.append(("date", "no usable date", np.isnat(to_days(dates.dictionary.to_numpy()))[dates.indices.to_numpy()]))
    if "code" in records:
        unknown = read_distinct(records["code"], lambda texts: [text.strip().upper() not in codes for text in texts], missing=False)
        problems.append(("code", "unknown code", unknown))
    if "half_days" in records:
        half_days = numbers(records["half_days"])
        problems += [
            ("half_days", "no number of half-days", np.isnan(half_days) & records["half_days"].notna().to_numpy(dtype=bool)),
            ("half_days", "a negative number of half-days", half_days < 0),
            ("half_days", "more half-days than a day has", half_days > 2),
        ]
    return problems


def _most(records: pd.DataFrame, config: RunConfig) -> npt.NDArray[np.float64]:
    """Most half-days that each record's school has in the year."""
    rules, year = config.participation, config.run.school_year or ""
    most = np.full(len(records), float(rules.possible_half_days.get(year, MOST_HALF_DAYS)))
    own = rules.possible_half_days_by_school.get(year, {})
    if "school" in records and own:
        of_school = read_distinct(records["school"], lambda texts: [own.get(text, np.nan) for text in texts], np.nan)
        most = np.where(np.isnan(of_school), most, of_school)
    stated = numbers(records[_POSSIBLE]) if _POSSIBLE in records else np.full(len(records), np.nan)
    return np.where(np.isnan(stated), most, stated)


def _nothing() -> pd.DataFrame:
    return pd.DataFrame({column: pd.Series(dtype="int64" if column == "row" else "object") for column in REJECTED})
