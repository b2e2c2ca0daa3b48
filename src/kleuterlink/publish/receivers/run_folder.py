"""A run's folder as a receiver's module reads it: what the run was about, and only the columns that are asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

from kleuterlink import participation
from kleuterlink.config import RunConfig, parse_config
from kleuterlink.errors import ConfigError, OutputError
from kleuterlink.publish.folder import read_manifest
from kleuterlink.publish.reading import read_table
from kleuterlink.tables import STRING

SMALLEST_CELL = 5
"""Counts of children below this are not published, where the command line does not say otherwise."""

_WRITTEN_WHERE = {
    "children.parquet": "every run writes it",
    "enrolments.parquet": "every run with a school year writes it",
    "applications.parquet": "a run writes it where a register has role applications",
    "schools.parquet": "a run writes it where a register has role schools",
}
_DTYPES = {
    pa.string(): STRING,
    pa.int64(): pd.Int64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
    pa.date32(): pd.ArrowDtype(pa.date32()),
}


@dataclass(frozen=True)
class Options:
    """What the command line may say about a publication.

    Attributes
    ----------
    keep_until
        Last day on which the receiver may keep the files; stands in every published manifest and page.
    smallest_cell
        Counts of children below it are suppressed, where a receiver gets counts only.
    regions
        CSV file of municipalities and their regions, instead of the provinces.
    key_file
        File that holds the secret key of pseudonyms.

    """

    keep_until: dt.date
    smallest_cell: int = SMALLEST_CELL
    regions: Path | None = None
    key_file: Path | None = None


@dataclass(frozen=True)
class RunFolder:
    """A folder that a run with a school year wrote; `open_run` makes it.

    Attributes
    ----------
    path
        The folder.
    manifest
        Content of its `manifest.json`.
    config
        The run's configuration.
    school_year
        As `2023-2024`.

    """

    path: Path
    manifest: dict[str, object]
    config: RunConfig
    school_year: str

    @property
    def run_id(self) -> str:
        """Id of the run."""
        return str(self.manifest["run_id"])

    @property
    def as_of(self) -> dt.date:
        """Date that the statuses speak of."""
        return participation.as_of(self.config)

    def children(self, columns: Sequence[str]) -> pd.DataFrame:
        """Return these columns of `children.parquet`, a row per birth record in order.

        Parameters
        ----------
        columns
            Their names; no other column is handed on.

        Returns
        -------
        DataFrame
            Text as `tables.STRING`, whole numbers as Int64, answers as boolean, dates as Arrow dates, probabilities as float64.

        Raises
        ------
        OutputError
            The file is missing or damaged, or the run did not make a column; the message says what it takes.

        """
        return self._table("children.parquet", columns)

    def enrolments(self, columns: Sequence[str]) -> pd.DataFrame:
        """Return these columns of `enrolments.parquet`, a row per usable record; see `children` for dtypes and errors."""
        return self._table("enrolments.parquet", columns)

    def applications(self, columns: Sequence[str]) -> pd.DataFrame:
        """Return these columns of `applications.parquet`, a row per applicant; see `children` for dtypes and errors."""
        return self._table("applications.parquet", columns)

    def schools(self, columns: Sequence[str]) -> pd.DataFrame:
        """Return these columns of `schools.parquet`, a row per school; see `children` for dtypes and errors."""
        return self._table("schools.parquet", columns)

    def has(self, name: str) -> bool:
        """Tell whether the run wrote a file of this name."""
        return (self.path / name).exists()

    def _table(self, name: str, columns: Sequence[str]) -> pd.DataFrame:
        path = self.path / name
        if not self.has(name):
            raise OutputError(f"{path}: is not there ({_WRITTEN_WHERE[name]}); run again")
        table = read_table(path, ())
        if missing := [column for column in columns if column not in table.column_names]:
            raise OutputError(f"{path}: has no column {', '.join(missing)} (half-days are known only where attendance is loaded); run again")
        frame: pd.DataFrame = table.select(list(columns)).to_pandas(types_mapper=_DTYPES.get)
        return frame


def open_run(path: Path) -> RunFolder:
    """Open a run's folder for publishing.

    Parameters
    ----------
    path
        The folder that `kleuterlink run` wrote.

    Returns
    -------
    RunFolder
        Nothing but the manifest is read yet.

    Raises
    ------
    OutputError
        It is no run's folder, or the run had no school year: publishing speaks of participation.

    """
    path = Path(path)
    manifest = read_manifest(path)
    configuration = manifest.get("configuration") if manifest else None
    if manifest is None or "run_id" not in manifest or not isinstance(configuration, dict):
        raise OutputError(f"{path}: holds no outputs of a run; name the folder that `kleuterlink run` wrote")
    try:
        config = parse_config(configuration, source=str(path))
    except ConfigError as error:
        raise OutputError(f"{path}: its manifest holds no configuration that this version reads; run again") from error
    if config.run.school_year is None:
        raise OutputError(f"{path}: the run had no school year, so nothing is known of participation; state run.school_year and run again")
    return RunFolder(path, manifest, config, config.run.school_year)
