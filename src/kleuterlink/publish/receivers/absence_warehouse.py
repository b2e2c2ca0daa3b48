"""The absence warehouse's deliveries of half-days -> the year's table, delivery by delivery, the later correcting the earlier.

A store is a folder: `absences.parquet` is the year's table, which a register with role `absences` reads; `parts/` holds the usable rows
of every delivery, `rejected.csv` the others' reasons, and `ledger.json` says what was delivered when and what became of every row. The
ledger is written last: until then the store is what it was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kleuterlink.config import RegisterConfig, Role
from kleuterlink.errors import ConfigError, OutputError
from kleuterlink.participation.calendar import first_calendar_year
from kleuterlink.participation.days import Days, to_days
from kleuterlink.publish.absences.ledger import Entry, Ledger, read_ledger
from kleuterlink.publish.absences.merge import ROWS, repeated
from kleuterlink.publish.absences.store import write_part, write_store
from kleuterlink.read import file_hash, read_register
from kleuterlink.tables import STRING, Register

WAREHOUSE = RegisterConfig(role=Role.ABSENCES, preset="absence-warehouse")
"""How the warehouse's deliveries are written, where nothing else is said."""


@dataclass(frozen=True)
class Delivery:
    """A file that the warehouse delivered.

    Attributes
    ----------
    path
        The file, of any kind that a register can have.
    delivered
        When it was delivered. Later deliveries correct earlier ones; of two of one day, the one whose file name comes later.
    covers
        First and last day of which it says all there is to say, of the schools that it names; None where it adds to what there is and
        corrects single half-days.
    every_school
        Whether it says all there is to say of every school, also of those that it does not name.

    """

    path: Path
    delivered: dt.date
    covers: tuple[dt.date, dt.date] | None = None
    every_school: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if self.covers is not None and self.covers[0] > self.covers[1]:
            raise ConfigError(f"{self.path.name}: the period that it covers ends before it starts")
        if self.every_school and self.covers is None:
            raise ConfigError(f"{self.path.name}: it can speak of every school only for a period; state which days it covers")


def update_store(store: str | Path, deliveries: Sequence[Delivery], *, written: RegisterConfig = WAREHOUSE, school_year: str | None = None) -> Ledger:
    """Apply deliveries to a store.

    Parameters
    ----------
    store
        The folder; made where it does not exist.
    deliveries
        What was delivered. One that was applied before is left out; the order in which deliveries are applied makes no difference.
    written
        How the files are written: columns, date format, delimiter.
    school_year
        As `2023-2024`; needed for a new store, and otherwise that of the store.

    Returns
    -------
    Ledger
        What every delivery held and what became of it: `rows_in` = `kept` + `replaced` + `rejected`.

    Raises
    ------
    ConfigError
        There is no school year, it is not the store's, or a delivery was applied before with another coverage.
    InputError
        A file cannot be read.
    OutputError
        The folder holds something else, a part was changed or is missing, or the disk refuses.

    Notes
    -----
    A row is rejected without a pupil or a usable date, outside the school year, or where a later row of the same delivery speaks of the same
    part of the day. It is replaced by a later delivery as `absence_merge.standing` tells. What is doubtful in other ways (codes, half-days,
    pupils) is kept: a run flags it.

    """
    folder = Path(store)
    ledger = read_ledger(folder, school_year)
    touched: set[str] = set()
    try:
        for delivery in deliveries:
            sha256 = file_hash(delivery.path)
            known = ledger.entry(sha256, delivery.delivered)
            if known is not None:
                _check_same(known, delivery)
                continue
            entry, rows, rejected = _read(delivery, sha256, written, ledger.school_year)
            ledger = ledger.with_entry(write_part(folder, entry, rows, rejected))
            touched |= {*entry.months, *_months_of(delivery, ledger.school_year)}
        return write_store(folder, ledger, touched)
    except OSError as error:
        raise OutputError(f"{store}: cannot be written ({error.strerror or type(error).__name__}); free space or name another folder") from error


def _check_same(known: Entry, delivery: Delivery) -> None:
    if (known.covers, known.every_school) != (delivery.covers, delivery.every_school):
        stated = "no days" if known.covers is None else f"{known.covers[0]} to {known.covers[1]}{' of every school' * known.every_school}"
        raise ConfigError(f"{delivery.path.name}: was applied before as covering {stated}; what it covers cannot be changed afterwards")


def _months_of(delivery: Delivery, school_year: str) -> set[str]:
    """Return the months of the school year whose rows a delivery may replace."""
    if delivery.covers is None:
        return set()
    year = first_calendar_year(school_year)
    first, last = max(delivery.covers[0], dt.date(year, 9, 1)), min(delivery.covers[1], dt.date(year + 1, 8, 31))
    return {str(month) for month in np.arange(np.datetime64(first, "M"), np.datetime64(last, "M") + 1)} if first <= last else set()


def _read(delivery: Delivery, sha256: str, written: RegisterConfig, school_year: str) -> tuple[Entry, dict[str, pa.Table], pd.DataFrame]:
    """Read a delivery: its entry in the ledger, its usable rows by month, and the problems of the others."""
    register = read_register(delivery.path.name, written.model_copy(update={"role": Role.ABSENCES, "path": delivery.path}))
    day, month = _days_and_months(register)
    year = first_calendar_year(school_year)
    outside = (day < np.datetime64(dt.date(year, 9, 1))) | (day > np.datetime64(dt.date(year + 1, 8, 31)))
    row = register.records["row"].to_numpy()
    problems = [_problems(row[np.isnat(day)], "date", "no usable date"), _problems(row[outside], "date", f"not in the school year {school_year}")]
    rows = _table(register, day)
    by_month: dict[str, pa.Table] = {}
    usable = ~np.isnat(day) & ~outside
    for each in np.unique(month[usable]):
        own = np.flatnonzero(usable & (month == each))
        of_month = rows.take(pa.array(own)).cast(pa.schema(ROWS))
        again = repeated(of_month)
        problems.append(_problems(row[own[again]], "day_part", "a later row of the delivery speaks of the same half-day"))
        by_month[str(each)] = of_month.filter(pa.array(~again))
    rejected = pd.concat([register.rejected[["row", "field", "problem"]], *problems], ignore_index=True).sort_values(["row", "field"], ignore_index=True)
    schools = pc.unique(rows["school"]).drop_null().cast(pa.string()).to_pylist() if delivery.covers and not delivery.every_school else []
    entry = Entry(
        file=delivery.path.name,
        delivered=delivery.delivered,
        sha256=sha256,
        covers=delivery.covers,
        every_school=delivery.every_school,
        schools=tuple(sorted(schools)),
        rows_in=register.rows_in,
        months={name: (len(table), 0) for name, table in by_month.items()},
    )
    return entry, by_month, rejected


def _days_and_months(register: Register) -> tuple[Days, Days]:
    if "date" not in register.records:
        raise ConfigError(f"{register.name}: there is no column for the date of an absence; map it under `columns`")
    distinct, place = np.unique(register.records["date"].to_numpy(dtype=np.int32), return_inverse=True)
    days = to_days(distinct)
    return days[place], days.astype("datetime64[M]")[place]


def _table(register: Register, day: Days) -> pa.Table:
    records = register.records
    columns = {name: pa.array(records[name]) if name in records else pa.nulls(len(records), pa.string()) for name in ROWS if name != "date"}
    return pa.table(columns | {"date": pa.array(day, pa.date32())}).select(list(ROWS))


def _problems(rows: npt.NDArray[np.int64], field: str, problem: str) -> pd.DataFrame:
    texts = {"field": [field] * len(rows), "problem": [problem] * len(rows)}
    return pd.DataFrame({"row": rows, **{name: pd.Series(values, dtype=STRING) for name, values in texts.items()}})
