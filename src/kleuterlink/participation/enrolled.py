"""Every record of the lists of enrolments, side by side with the births: what half-days, flags and figures are counted from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kleuterlink.coded import KIND, coded, text_array, text_order
from kleuterlink.config import Role, RunConfig
from kleuterlink.participation.columns import numbers
from kleuterlink.participation.days import Days, as_day, to_days
from kleuterlink.participation.education import in_special_education
from kleuterlink.participation.status import as_of
from kleuterlink.results import LinkRows

MOST_CONCEIVABLE = 400
"""A larger number of half-days in a school year is a slip of the pen."""

Integers = npt.NDArray[np.integer]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Enrolled:
    """Enrolments, list after list in the order of the configuration, each list's by `record_id`: no file's order matters.

    Attributes
    ----------
    names
        The lists with role `enrolments` whose records are there.
    place
        int8, place of the record's list in `names`.
    position
        int32, row in its list.
    record_id, school, municipality
        Text; the last two dictionary-encoded, and null where not stated.
    child
        int32, row of the birth that an accepted link joins it with; -1 where there is none.
    probability
        float64, of that link; NaN where there is none.
    pupil
        int32, a number that records of one child share: the birth's row; for records without a link, one from the number of births on,
        shared by those with the same valid national number.
    birth_date
        int32 yyyymmdd; the linked birth's where its year is known, else the record's own; 0 unknown.
    special
        bool, special education.
    start, end
        datetime64[D], as stated; NaT where not known or open.
    ended
        datetime64[D], `end`, or the day before the child left by a register of departures, where that is earlier: schools do not close the
        enrolments of all who move away or die. An enrolment that starts after the departure is a return.
    present, accepted, possible
        float64, half-days of the school year as the record states them; NaN where not stated or inconceivable.

    """

    names: tuple[str, ...]
    place: Integers
    position: Integers
    record_id: pa.StringArray
    school: pa.DictionaryArray
    municipality: pa.DictionaryArray
    child: Integers
    probability: Floats
    pupil: Integers
    birth_date: npt.NDArray[np.int32]
    special: npt.NDArray[np.bool_]
    start: Days
    end: Days
    ended: Days
    present: Floats
    accepted: Floats
    possible: Floats

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.place)

    def take(self, rows: Integers) -> Enrolled:
        """Return these rows only, in this order."""
        columns = {name: column for name, column in vars(self).items() if name != "names"}
        return Enrolled(self.names, **{name: _taken(column, rows) for name, column in columns.items()})

    def of(self, name: str) -> slice:
        """Return the rows of one list."""
        rows = np.flatnonzero(self.place == self.names.index(name))
        return slice(int(rows[0]), int(rows[-1]) + 1) if len(rows) else slice(0, 0)


def gather_enrolled(births: pd.DataFrame, joined: LinkRows, registers: Mapping[str, pd.DataFrame], config: RunConfig) -> Enrolled:
    """Line up the records of the lists of enrolments.

    Parameters
    ----------
    births
        Normalised births (`record_id`; where known `birth_date`).
    joined
        The links; only accepted ones count: half-days decide on an allowance.
    registers
        Normalised records of the lists by name (`record_id`; where known `birth_date`, `national_number`, `number_kind`, `municipality` and
        the fields of an enrolment).
    config
        The run's configuration.

    Returns
    -------
    Enrolled
        One entry per record.

    """
    names = tuple(name for name in config.with_role(Role.ENROLMENTS) if name in registers)
    of_lists = [_of_list(registers[name], joined.of(name), config) for name in names]
    sizes = [len(each["child"]) for each in of_lists]
    columns = {name: _joined_up([each[name] for each in of_lists], dtype) for name, dtype in _DTYPES.items()}
    child = columns["child"]
    columns["pupil"] = _pupils(child, columns.pop("number"), len(births))
    columns["birth_date"] = _birth_dates(births, child, columns["birth_date"])
    columns["ended"] = _ended(child, columns["start"], columns["end"], _departures(joined, registers, config))
    return Enrolled(names=names, place=np.repeat(np.arange(len(names), dtype=np.int8), sizes), **columns)


_DTYPES = {
    "position": "int32",
    "record_id": "text", "school": "coded text", "municipality": "coded text", "number": "text",
    "child": "int32", "probability": "float64", "birth_date": "int32",
    "special": "bool", "start": "datetime64[D]", "end": "datetime64[D]", "present": "float64", "accepted": "float64", "possible": "float64",
}  # fmt: skip


_SPAN = 1 << 20
_NEVER = np.iinfo(np.int64).max


def _departures(joined: LinkRows, registers: Mapping[str, pd.DataFrame], config: RunConfig) -> Integers:
    """Return the departures as sorted numbers: the child, then the day; without a date, that of which the statuses speak."""
    keys = [np.zeros(0, np.int64)]
    for name in config.with_role(Role.DEPARTURES):
        if name in registers:
            links = joined.of(name).links()
            links = links.take(links.record >= 0)
            day = _days(registers[name], "enrolled_from")[links.record]
            keys.append(links.child.astype(np.int64) * _SPAN + np.where(np.isnat(day), as_day(as_of(config)), day).astype(np.int64))
    return np.sort(np.concatenate(keys))


def _ended(child: Integers, start: Days, end: Days, departures: Integers) -> Days:
    """Return the last day of each enrolment: as stated, or that before the first departure of the child from its start on."""
    since = np.where(np.isnat(start), 0, start.astype(np.int64))
    place = np.searchsorted(departures, child.astype(np.int64) * _SPAN + np.maximum(since, 0))
    following = np.append(departures, _NEVER)[place]
    left = np.where((child >= 0) & (following // _SPAN == child), (following % _SPAN).astype("datetime64[D]"), np.datetime64("NaT", "D"))
    last: Days = np.fmin(end, left - 1)
    return last


def _of_list(records: pd.DataFrame, joined: LinkRows, config: RunConfig) -> dict[str, Any]:
    count = len(records)
    child, probability = np.full(count, -1, np.int32), np.full(count, np.nan)
    links = joined.links()
    links = links.take(links.record >= 0)
    child[links.record], probability[links.record] = links.child, links.probability
    number = _texts(records, "national_number")
    if "number_kind" in records:
        valid = np.isin(records["number_kind"].to_numpy(), (1, 2))
        number = pc.if_else(pa.array(valid), number, pa.scalar(None, pa.string()))
    columns = {
        "position": np.arange(count, dtype=np.int32),
        "record_id": text_array(records["record_id"]),
        "school": _coded(records, "school"),
        "municipality": _coded(records, "municipality"),
        "number": number,
        "child": child,
        "probability": probability,
        "birth_date": records["birth_date"].to_numpy(dtype=np.int32) if "birth_date" in records else np.zeros(count, np.int32),
        "special": in_special_education(records, config.participation.special_education),
        "start": _days(records, "enrolled_from"),
        "end": _days(records, "enrolled_until"),
        "present": _half_days(records, "half_days_present"),
        "accepted": _half_days(records, "half_days_accepted"),
        "possible": _half_days(records, "half_days_possible"),
    }
    order = text_order(columns["record_id"])
    return {name: _taken(column, order) for name, column in columns.items()}


def _taken(column: Any, rows: Integers) -> Any:
    return column[rows] if isinstance(column, np.ndarray) else column.take(pa.array(rows))


def _texts(records: pd.DataFrame, field: str) -> pa.StringArray:
    return text_array(records[field]) if field in records else pa.nulls(len(records), pa.string())


def _coded(records: pd.DataFrame, field: str) -> pa.DictionaryArray:
    return coded(records[field] if field in records else pa.nulls(len(records), pa.string()))


def _days(records: pd.DataFrame, field: str) -> Days:
    return to_days(records[field].to_numpy(dtype=np.int32)) if field in records else np.full(len(records), np.datetime64("NaT", "D"))


def _half_days(records: pd.DataFrame, field: str) -> Floats:
    """Leave out what cannot be a year's half-days; `flags` tells of it."""
    if field not in records:
        return np.full(len(records), np.nan)
    stated = numbers(records[field])
    return np.where((stated >= 0) & (stated <= MOST_CONCEIVABLE), stated, np.nan)


def _joined_up(parts: list[Any], dtype: str) -> Any:
    if dtype == "text":
        return pa.concat_arrays(parts) if parts else pa.array([], pa.string())
    if dtype == "coded text":
        return pa.chunked_array(parts, KIND).unify_dictionaries().combine_chunks()
    return np.concatenate(parts) if parts else np.zeros(0, dtype)


def _pupils(child: Integers, number: pa.StringArray, births: int) -> Integers:
    """Tell the children behind the records apart by numbers."""
    alone = np.flatnonzero(child < 0)
    # Numbered from the count of the records on, a record without a number meets no other.
    of_number = pc.fill_null(number.take(pa.array(alone)).dictionary_encode().indices, -1).to_numpy(zero_copy_only=False)
    pupil = child.copy()
    pupil[alone] = births + np.where(of_number >= 0, of_number, len(child) + np.arange(len(alone)))
    return pupil


def _birth_dates(births: pd.DataFrame, child: Integers, own: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    if "birth_date" not in births or births.empty:
        return own
    linked = births["birth_date"].to_numpy(dtype=np.int32)[child]
    return np.where((child >= 0) & (linked // 10_000 > 0), linked, own)
