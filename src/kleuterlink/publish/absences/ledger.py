"""The ledger of a store of half-days: what was delivered when, and what became of every row."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from kleuterlink.errors import ConfigError, OutputError
from kleuterlink.participation.calendar import first_calendar_year
from kleuterlink.publish.folder import MADE_BY

LEDGER = "ledger.json"
FORMAT = 1


@dataclass(frozen=True)
class Entry:
    """A delivery in the ledger.

    Attributes
    ----------
    file, delivered, sha256
        Name of the file, date of delivery, hash of its bytes.
    covers, every_school, schools
        First and last day of which it says all there is to say (None for none), of every school, or of these.
    rows_in
        Rows of data in the file.
    months
        By month (`2023-10`): usable rows, and how many of them stand.
    part_sha256
        Hash of the file that holds its usable rows.

    """

    file: str
    delivered: dt.date
    sha256: str
    covers: tuple[dt.date, dt.date] | None
    every_school: bool
    schools: tuple[str, ...]
    rows_in: int
    months: Mapping[str, tuple[int, int]]
    part_sha256: str = ""

    @property
    def name(self) -> str:
        """Name of its files, without a suffix."""
        return f"{self.delivered}-{self.sha256[:16]}"

    @property
    def order(self) -> tuple[dt.date, str, str]:
        """What deliveries are put in order by."""
        return self.delivered, self.file, self.sha256

    @property
    def kept(self) -> int:
        """Rows that stand."""
        return sum(kept for _, kept in self.months.values())

    @property
    def replaced(self) -> int:
        """Usable rows that a later delivery replaced."""
        return sum(rows for rows, _ in self.months.values()) - self.kept

    @property
    def rejected(self) -> int:
        """Rows that could not be used."""
        return self.rows_in - self.kept - self.replaced


@dataclass(frozen=True)
class Ledger:
    """What was delivered, and what became of it.

    Attributes
    ----------
    school_year
        As `2023-2024`.
    entries
        The deliveries, the later ones last.
    table_months, table_sha256
        Months of which the year's table holds rows, one group of rows each, and the hash of its file.

    """

    school_year: str
    entries: tuple[Entry, ...] = ()
    table_months: tuple[str, ...] = ()
    table_sha256: str = ""

    @property
    def rows(self) -> int:
        """Rows of the year's table."""
        return sum(entry.kept for entry in self.entries)

    def entry(self, sha256: str, delivered: dt.date) -> Entry | None:
        """Return the entry of a file that was delivered on a day."""
        return next((entry for entry in self.entries if (entry.sha256, entry.delivered) == (sha256, delivered)), None)

    def with_entry(self, entry: Entry) -> Ledger:
        """Return the ledger with one delivery more."""
        return replace(self, entries=tuple(sorted([*self.entries, entry], key=lambda each: each.order)))


def read_ledger(folder: Path, school_year: str | None) -> Ledger:
    """Read a store's ledger; a new one where there is no store.

    Parameters
    ----------
    folder
        The store; it need not exist.
    school_year
        As `2023-2024`; None for the store's.

    Returns
    -------
    Ledger
        What was delivered so far.

    Raises
    ------
    ConfigError
        A new store needs a school year, or the store is another year's.
    OutputError
        The folder holds something else, or its ledger is damaged.

    """
    path = folder / LEDGER
    if not path.exists():
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise OutputError(f"{folder}: is no store of absences; name an empty or a new folder")
        if school_year is None:
            raise ConfigError(f"{folder}: there is no store yet; state the school year of the one to make")
        first_calendar_year(school_year)
        return Ledger(school_year)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["made_by"] != MADE_BY or content["format"] != FORMAT:
            raise OutputError(f"{path}: was not written by this version of kleuterlink")
        entries = tuple(_entry(each) for each in content["deliveries"])
        ledger = Ledger(content["school_year"], entries, tuple(content["table"]["months"]), content["table"]["sha256"])
    except (ValueError, KeyError, TypeError) as error:
        raise OutputError(f"{path}: is damaged; make the store anew from the deliveries") from error
    if school_year not in (None, ledger.school_year):
        raise ConfigError(f"{folder}: is the store of {ledger.school_year}, not of {school_year}; name another folder")
    return ledger


def content_of(ledger: Ledger) -> dict[str, object]:
    """Return a ledger as `ledger.json` holds it."""
    return {
        "made_by": MADE_BY,
        "format": FORMAT,
        "school_year": ledger.school_year,
        "table": {"rows": ledger.rows, "sha256": ledger.table_sha256, "months": list(ledger.table_months)},
        "deliveries": [_written(entry) for entry in ledger.entries],
    }


def _written(entry: Entry) -> dict[str, object]:
    return {
        "file": entry.file,
        "delivered": entry.delivered.isoformat(),
        "sha256": entry.sha256,
        "covers": None if entry.covers is None else [day.isoformat() for day in entry.covers],
        "every_school": entry.every_school,
        "schools": list(entry.schools),
        "rows_in": entry.rows_in,
        "kept": entry.kept,
        "replaced": entry.replaced,
        "rejected": entry.rejected,
        "months": {month: list(numbers) for month, numbers in sorted(entry.months.items())},
        "part_sha256": entry.part_sha256,
    }


def _entry(content: dict[str, object]) -> Entry:
    covers, months, schools = content["covers"], content["months"], content["schools"]
    if not isinstance(months, dict) or not isinstance(schools, list) or not isinstance(covers, list | None):
        raise TypeError
    return Entry(
        file=str(content["file"]),
        delivered=dt.date.fromisoformat(str(content["delivered"])),
        sha256=str(content["sha256"]),
        covers=None if covers is None else (dt.date.fromisoformat(covers[0]), dt.date.fromisoformat(covers[1])),
        every_school=bool(content["every_school"]),
        schools=tuple(schools),
        rows_in=int(str(content["rows_in"])),
        months={month: (int(numbers[0]), int(numbers[1])) for month, numbers in months.items()},
        part_sha256=str(content["part_sha256"]),
    )
