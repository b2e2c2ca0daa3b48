"""All that is derived from the links: where each child stands, whether it attends enough, and what is doubtful."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kleuterlink.coded import text_array
from kleuterlink.config import Role, RunConfig
from kleuterlink.participation.attendance import Attendance, age_and_duty, count_half_days, dates_of
from kleuterlink.participation.days import Days, as_day, to_days
from kleuterlink.participation.enrolled import Enrolled, gather_enrolled
from kleuterlink.participation.flags import flag
from kleuterlink.participation.half_days import last_day
from kleuterlink.participation.joined import join_links
from kleuterlink.participation.school_days import SchoolDays
from kleuterlink.participation.status import as_of, statuses
from kleuterlink.participation.thresholds import ACCEPTED_COUNT
from kleuterlink.results import Deferred, LinkRows, Table
from kleuterlink.schemas import ATTENDANCE, ENROLMENTS, REJECTED
from kleuterlink.tables import STRING

LONG = np.timedelta64(28, "D")
"""Time without a single absence after which they were probably not delivered; the Easter holidays are two weeks."""


@dataclass(frozen=True, kw_only=True)
class Derived:
    """What follows from the links.

    Attributes
    ----------
    children
        `schemas.CHILDREN`, `status`, `found_in` and `reason` as pandas categories; with a school year also `CHILDREN_OF_YEAR`, and with
        attendance `ATTENDANCE`.
    enrolments
        `schemas.ENROLMENTS`, to be made when it is asked for; None without a school year.
    flagged
        `schemas.REJECTED` rows: what is doubtful; none without a school year.
    quality
        Part of `quality.json`: `flagged`, per register of enrolments or absences `rows` = `clean` + `flagged`; and `absence_rows`, per register
        of absences the number of rows by what became of them (see `AbsenceCounts.rows`), which add up to the rows used.
    warnings
        What a person must know before the figures are used.

    """

    children: pd.DataFrame
    enrolments: Table[pd.DataFrame | None] = Table()
    flagged: pd.DataFrame
    quality: dict[str, object]
    warnings: tuple[str, ...] = ()


def derive(
    births: pd.DataFrame,
    links: pd.DataFrame | LinkRows,
    p_found: pd.DataFrame,
    registers: Mapping[str, pd.DataFrame],
    config: RunConfig,
    *,
    p_not_found: npt.NDArray[np.float64],
) -> Derived:
    """Derive everything that the links say about children and enrolments.

    Parameters
    ----------
    births
        Normalised births (`record_id`; where known `birth_date`, `municipality`, `postcode`).
    links
        `schemas.LINKS` rows of all lists; or the same links as rows of the births and of the registers.
    p_found
        `child_id` (the births in order) and a float64 column per list: the probability that the child is in it.
    registers
        Normalised records of each list, and records of registers with role `absences`, by name.
    config
        The run's configuration.
    p_not_found
        float64 per child: probability that it is in none of the lists.

    Returns
    -------
    Derived
        The tables.

    Raises
    ------
    RuleError
        The school year's entry dates or thresholds are not known.
    ValueError
        The tables do not speak of the same children, or not of every list in the configuration.

    """
    joined = links if isinstance(links, LinkRows) else join_links(births, links, registers, config)
    children = statuses(births, joined, p_found, registers, config, p_not_found=p_not_found)
    year = config.run.school_year
    if year is None:
        nothing = pd.DataFrame(columns=list(REJECTED))
        return Derived(children=children, enrolments=None, flagged=nothing, quality={"flagged": {}, "absence_rows": {}})
    municipality = text_array(births["municipality"]) if "municipality" in births else pa.nulls(len(births), pa.string())
    children = children.assign(**age_and_duty(dates_of(births), year), municipality=pd.Series(municipality, dtype=STRING))
    enrolled = gather_enrolled(births, joined, registers, config)
    attendance = count_half_days(births, enrolled, registers, config) if _attendance_loaded(registers, config) else None
    absences = {} if attendance is None else attendance.absences
    flagged = flag(enrolled, registers, config, crowded={name: counts.crowded for name, counts in absences.items()})
    absence_rows = {name: counts.rows for name, counts in absences.items()}
    return Derived(
        children=children if attendance is None else _with_attendance(children, attendance.children, config),
        enrolments=enrolments_table(births, enrolled, attendance, config),
        flagged=flagged.rows,
        quality={"flagged": flagged.totals.set_index("register").to_dict("index"), "absence_rows": absence_rows},
        warnings=(*_uncounted(absence_rows), *_stale(absence_rows, registers, config)),
    )


def _uncounted(absence_rows: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """Say where many absence rows were not counted: to the children concerned presence is ascribed, or absence where presence is recorded."""
    for name, rows in absence_rows.items():
        lost = {outcome: number for outcome, number in rows.items() if number and outcome not in ("counted", "counted_present")}
        if sum(lost.values()) > 0.01 * sum(rows.values()):
            reasons = ", ".join(f"{number:,} {outcome.replace('_', ' ')}" for outcome, number in sorted(lost.items(), key=lambda item: -item[1]))
            yield f"{name}: {sum(lost.values()):,} of {sum(rows.values()):,} rows were not counted ({reasons})"


def _stale(absence_rows: Mapping[str, object], registers: Mapping[str, pd.DataFrame], config: RunConfig) -> Iterator[str]:
    """Say where absences end long before the last day that is counted: presence would be ascribed to days of which nothing is known."""
    last = last_day(SchoolDays(str(config.run.school_year), config.participation.entry_dates), config)
    for name in absence_rows:
        day = to_days(registers[name]["date"].max() if len(registers[name]) else 0)
        if np.isnat(day) or day < last - LONG:
            told = "there are no rows with a date" if np.isnat(day) else f"the last row is of {day}"
            yield f"{name}: {told}, and half-days are counted until {last}; state participation.counted_until, the last day that the absences cover"


def enrolments_table(births: pd.DataFrame, enrolled: Enrolled, attendance: Attendance | None, config: RunConfig) -> Deferred:
    """Tabulate every enrolment.

    Parameters
    ----------
    births
        Normalised births (`record_id`; where known `municipality`).
    enrolled
        The enrolments.
    attendance
        Their half-days and thresholds; None where no attendance is loaded.
    config
        The run's configuration, with a school year.

    Returns
    -------
    Deferred
        `schemas.ENROLMENTS`, a row per record, sorted by (register, record_id).

    """
    homes = text_array(births["municipality"]) if "municipality" in births else None
    rows = _EnrolmentRows(enrolled, text_array(births["record_id"]), homes, None if attendance is None else attendance.enrolments, config)
    return Deferred(len(enrolled), partial(rows.make, np.argsort(np.argsort(np.argsort(enrolled.names))[enrolled.place], kind="stable").astype(np.int32)))


@dataclass(frozen=True)
class _EnrolmentRows:
    """What the table of enrolments is made from: ids and residence of the births, half-days of the enrolments."""

    enrolled: Enrolled
    child_ids: pa.StringArray
    homes: pa.StringArray | None
    half_days: pd.DataFrame | None
    config: RunConfig

    def make(self, order: npt.NDArray[np.int32], first: int, last: int) -> pd.DataFrame:
        rows, day = order[first:last], as_day(as_of(self.config))
        some = self.enrolled.take(rows)
        systems = [self.config.registers[name].system.value for name in some.names]
        child, municipality = pa.array(some.child, mask=some.child < 0), text_array(some.municipality)
        began, lasts = np.isnat(some.start) | (some.start <= day), np.isnat(some.ended) | (some.ended >= day)
        columns = {
            "register": pa.array(some.names, pa.string()).take(pa.array(some.place)),
            "community": pa.array(systems, pa.string()).take(pa.array(some.place)),
            "record_id": some.record_id,
            "child_id": self.child_ids.take(child),
            "match_probability": some.probability,
            "school": text_array(some.school),
            "special": some.special,
            "enrolled_from": _dates(some.start),
            "enrolled_until": _dates(some.end),
            "active": began & lasts,
            **age_and_duty(some.birth_date, str(self.config.run.school_year)),
            "municipality": municipality if self.homes is None else pc.coalesce(municipality, self.homes.take(child)),
        }
        known = pd.DataFrame(index=rows) if self.half_days is None else self.half_days.iloc[rows]
        columns |= {name: known.get(name, pd.Series(pd.NA, rows, "Int64")).reset_index(drop=True) for name in ENROLMENTS if name not in columns}
        return pd.DataFrame(
            {name: pd.Series(column, dtype=pd.ArrowDtype(column.type)) if isinstance(column, pa.Array) else column for name, column in columns.items()}
        )


def _dates(days: Days) -> pa.Array:
    return pa.array(days.astype("datetime64[D]"), pa.date32())


def _attendance_loaded(registers: Mapping[str, pd.DataFrame], config: RunConfig) -> bool:
    totals = any("half_days_present" in registers[name] for name in config.with_role(Role.ENROLMENTS) if name in registers)
    return totals or any(name in registers for name in config.with_role(Role.ABSENCES))


def _with_attendance(children: pd.DataFrame, answers: pd.DataFrame, config: RunConfig) -> pd.DataFrame:
    purpose = config.participation.purpose
    counted = answers["half_days_present"]
    if purpose in ACCEPTED_COUNT:
        counted = counted + answers["half_days_accepted"]
    known = answers.assign(half_days=counted, threshold=answers[f"threshold_{purpose}"], attends_enough=answers[f"enough_{purpose}"])
    return children.assign(**{name: known[name] for name in ATTENDANCE})
