"""Rows that say something impossible or doubtful about an enrolment or an absence: flagged, and kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kleuterlink.config import Role, RunConfig
from kleuterlink.participation.absences import CODE_MEANINGS
from kleuterlink.participation.days import possible_range, to_days
from kleuterlink.participation.ids import rows_of
from kleuterlink.participation.spells import numbers
from kleuterlink.tables import REJECTED, STRING

Bools = npt.NDArray[np.bool_]

MOST_HALF_DAYS = 330
"""Half-days of the longest school year published; a school's own number comes before it."""

_OPEN = np.datetime64("9999-12-31", "D")


@dataclass(frozen=True)
class Flagged:
    """What is doubtful in the registers.

    Attributes
    ----------
    rows
        `tables.REJECTED` columns, a row per problem, sorted by (`register`, `row`, `field`, `problem`). The rows
        were used all the same, but for values that are no number, negative or beyond 400.
    totals
        A row per register, in the order of the configuration: `register` (text), `rows`, `clean`, `flagged` (int64; `rows` is the sum
        of the other two).

    """

    rows: pd.DataFrame
    totals: pd.DataFrame


def flag(births: pd.DataFrame, links: pd.DataFrame, registers: Mapping[str, pd.DataFrame], config: RunConfig) -> Flagged:
    """Flag rows that cannot be right, or that deserve a look.

    Parameters
    ----------
    births
        Normalised births (`record_id`; where known `birth_date`).
    links
        `tables.LINKS` rows; accepted links tell which enrolments are one child's.
    registers
        Records by register: lists of enrolments and registers of absences; `row` is the input row (1-based position where absent).
    config
        The run's configuration.

    Returns
    -------
    Flagged
        The problems, and totals that reconcile.

    Notes
    -----
    Enrolments: a period that ends before it starts; a start before birth (the record's own birth date, or the linked child's); half-days
    that are no number, negative, or more than the school has; a period that overlaps an earlier enrolment of the child, or follows one
    without end. Absences: an id that is in no list of the same Community, an unknown code, no usable date, half-days that are no number
    or more than a day has.

    """
    found: list[pd.DataFrame] = []
    totals: list[tuple[str, int, int, int]] = []
    for name, register in config.registers.items():
        if name not in registers or register.role not in (Role.ENROLMENTS, Role.ABSENCES):
            continue
        records = registers[name]
        if register.role is Role.ENROLMENTS:
            problems = _of_enrolments(records, _birth_of_linked(births, links, records, name), _most(records, config))
            problems += _of_periods(births, links, registers, name, config)
        else:
            lists = [registers[each]["record_id"] for each, its in config.lists.items() if its.system is register.system and each in registers]
            problems = _of_absences(records, lists, {*CODE_MEANINGS, *(code.upper() for code in config.participation.codes)})
        rows = records["row"].to_numpy(dtype=np.int64) if "row" in records else np.arange(1, len(records) + 1)
        flagged = np.zeros(len(records), np.bool_)
        for field, problem, hit in problems:
            flagged |= hit
            found.append(pd.DataFrame({"register": name, "row": rows[hit], "field": field, "problem": problem}))
        totals.append((name, len(records), int((~flagged).sum()), int(flagged.sum())))
    table = pd.concat([one for one in found if len(one)] or [_nothing()], ignore_index=True).sort_values(list(REJECTED), ignore_index=True)
    return Flagged(
        table.astype({"register": STRING, "field": STRING, "problem": STRING}),
        pd.DataFrame(totals, columns=["register", "rows", "clean", "flagged"]).astype({"register": STRING}),
    )


Problem = tuple[str, str, Bools]


def _of_enrolments(records: pd.DataFrame, born: npt.NDArray[np.datetime64], most: npt.NDArray[np.float64]) -> list[Problem]:
    problems: list[Problem] = []
    start = to_days(records["enrolled_from"].to_numpy(dtype=np.int32)) if "enrolled_from" in records else np.full(len(records), np.datetime64("NaT", "D"))
    if "enrolled_until" in records:
        end = to_days(records["enrolled_until"].to_numpy(dtype=np.int32))
        problems.append(("enrolled_until", "the enrolment ends before it starts", end < start))
        problems.append(("enrolled_until", "the enrolment ends before the child was born", end < born))
    problems.append(("enrolled_from", "the enrolment starts before the child was born", start < born))
    sums = np.zeros(len(records))
    for field in ("half_days_present", "half_days_accepted", "half_days_possible"):
        if field not in records:
            continue
        values = numbers(records[field])
        problems.append((field, "no number of half-days", np.isnan(values) & records[field].notna().to_numpy(dtype=bool)))
        problems.append((field, "a negative number of half-days", values < 0))
        if field != "half_days_possible":
            sums += np.where(np.isnan(values), 0, values)
    problems.append(("half_days_present", "more half-days than the school has", sums > most))
    return problems


def _of_periods(births: pd.DataFrame, links: pd.DataFrame, registers: Mapping[str, pd.DataFrame], name: str, config: RunConfig) -> list[Problem]:
    """Compare the periods of a child's enrolments, in all lists; flags the rows of one list."""
    parts = [_periods(births, links, registers[each], each) for each in config.with_role(Role.ENROLMENTS) if each in registers]
    spells = pd.concat(parts, ignore_index=True).sort_values(["child", "start", "list", "position"], ignore_index=True)
    end = spells["end"].astype("datetime64[s]")
    before = end.astype(np.int64).groupby(spells["child"]).cummax().groupby(spells["child"]).shift(1)
    earlier = before.fillna(np.iinfo(np.int64).min).to_numpy(dtype=np.float64)
    overlaps = spells["start"].astype("datetime64[s]").astype(np.int64).to_numpy(dtype=np.float64) <= earlier
    never_closed = overlaps & (earlier >= np.float64(_OPEN.astype("datetime64[s]").astype(np.int64)))
    own = (spells["list"] == name).to_numpy(dtype=bool)
    problems: list[Problem] = []
    for problem, hit in (
        ("overlaps an earlier enrolment of the same child", overlaps & ~never_closed),
        ("an earlier enrolment of the same child has no end", never_closed),
    ):
        rows = np.zeros(len(registers[name]), np.bool_)
        rows[spells.loc[hit & own, "position"].to_numpy(dtype=np.int64)] = True
        problems.append(("enrolled_from", problem, rows))
    return problems


def _periods(births: pd.DataFrame, links: pd.DataFrame, records: pd.DataFrame, name: str) -> pd.DataFrame:
    child = _linked_child(births, links, records, name)
    start, end = (
        to_days(records[field].to_numpy(dtype=np.int32)) if field in records else np.full(len(records), np.datetime64("NaT", "D"))
        for field in ("enrolled_from", "enrolled_until")
    )
    end = np.where(np.isnat(end), _OPEN, end)
    usable = (child >= 0) & ~np.isnat(start) & (start <= end)
    periods = pd.DataFrame({"list": name, "position": np.flatnonzero(usable), "child": child[usable]})
    return periods.assign(start=start[usable].astype("datetime64[s]"), end=end[usable].astype("datetime64[s]"))


def _of_absences(records: pd.DataFrame, lists: list[pd.Series], codes: set[str]) -> list[Problem]:
    known = pa.array(pd.concat(lists).to_numpy(dtype=object) if lists else [], pa.string())
    ids = pa.array(records["record_id"], pa.string())
    problems: list[Problem] = [("record_id", "no enrolment has this id", ~pc.is_in(ids, value_set=known).to_numpy(zero_copy_only=False))]
    if "date" in records:
        dates = pa.array(records["date"].to_numpy(dtype=np.int32)).dictionary_encode()
        problems.append(("date", "no usable date", np.isnat(to_days(dates.dictionary.to_numpy()))[dates.indices.to_numpy()]))
    if "code" in records:
        problems.append(
            ("code", "unknown code", _where(records["code"], lambda texts: np.array([text.strip().upper() not in codes for text in texts], np.bool_)))
        )
    if "half_days" in records:
        problems.append(("half_days", "no number of half-days", _where(records["half_days"], lambda texts: np.isnan(numbers(pd.Series(texts, dtype=object))))))
        problems.append(
            ("half_days", "a negative number of half-days", _where(records["half_days"], lambda texts: numbers(pd.Series(texts, dtype=object)) < 0))
        )
        problems.append(("half_days", "more half-days than a day has", _where(records["half_days"], lambda texts: numbers(pd.Series(texts, dtype=object)) > 2)))
    return problems


def _where(column: pd.Series, test: Callable[[list[str]], Any]) -> Bools:
    """Test each distinct text once; a null passes."""
    coded = pa.array(column, pa.string()).dictionary_encode()
    answers = np.append(np.asarray(test(coded.dictionary.to_pylist()), np.bool_), np.False_)
    hits: Bools = answers[pc.fill_null(coded.indices, len(answers) - 1).to_numpy(zero_copy_only=False)]
    return hits


def _linked_child(births: pd.DataFrame, links: pd.DataFrame, records: pd.DataFrame, name: str) -> npt.NDArray[np.int64]:
    """Row of the birth that each record is linked to; -1 where none."""
    own = links[((links["register"] == name) & (links["decision"] == "link")).fillna(False).to_numpy(dtype=bool)]
    record = rows_of(own["record_id"], records["record_id"])
    birth = rows_of(own["child_id"], births["record_id"])
    child = np.full(len(records), -1, np.int64)
    child[record[record >= 0]] = birth[record >= 0]
    return child


def _birth_of_linked(births: pd.DataFrame, links: pd.DataFrame, records: pd.DataFrame, name: str) -> npt.NDArray[np.datetime64]:
    """First day on which each record's child can be born: the linked birth's, else the record's own; NaT where not known."""
    own = possible_range(records["birth_date"].to_numpy(dtype=np.int32))[0] if "birth_date" in records else np.full(len(records), np.datetime64("NaT", "D"))
    if "birth_date" not in births or births.empty:
        return own
    child = _linked_child(births, links, records, name)
    linked = possible_range(births["birth_date"].to_numpy(dtype=np.int32))[0][child]
    return np.where((child >= 0) & ~np.isnat(linked), linked, own)


def _most(records: pd.DataFrame, config: RunConfig) -> npt.NDArray[np.float64]:
    """Most half-days that each record's school has in the year."""
    rules, year = config.participation, config.run.school_year or ""
    most = np.full(len(records), float(rules.possible_half_days.get(year, MOST_HALF_DAYS)))
    if "school" in records:
        of_school = records["school"].astype(object).map(rules.possible_half_days_by_school.get(year, {})).to_numpy(dtype=np.float64, na_value=np.nan)
        most = np.where(np.isnan(of_school), most, of_school)
    stated = numbers(records["half_days_possible"]) if "half_days_possible" in records else np.full(len(records), np.nan)
    return np.where(np.isnan(stated), most, stated)


def _nothing() -> pd.DataFrame:
    return pd.DataFrame({column: pd.Series(dtype="int64" if column == "row" else "object") for column in REJECTED})
