"""Which region a municipality lies in: the provinces and Brussels by a dated table, or regions of the user's own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pandas as pd
import pyarrow as pa

from kleuterlink.errors import ConfigError
from kleuterlink.normalise.places import municipality_codes
from kleuterlink.tables import STRING

UNKNOWN_REGION = "Niet ingedeeld"
"""Region of a child whose municipality is not known, or is in no region of the table."""

OUTSIDE = "Waals Gewest"
"""Region of the table in which no coordinator works; it is shown only where a child lives there."""


@dataclass(frozen=True)
class Regions:
    """Municipalities and their regions on a day.

    Attributes
    ----------
    names
        The regions, in the order of the table; `UNKNOWN_REGION` is not among them.
    by_municipality
        Region by municipality, as the outputs write it: NIS code, its first digits, or the name as A-Z.

    """

    names: tuple[str, ...]
    by_municipality: Mapping[str, str]

    def of(self, municipalities: pd.Series) -> pd.Series:
        """Return the region of each municipality.

        Parameters
        ----------
        municipalities
            Text as in `children.parquet`: NIS code or name as A-Z; null where not known.

        Returns
        -------
        Series
            Text, in the same order; `UNKNOWN_REGION` where the table does not say. A code that is not in the table has the region of its
            longest first digits that are.

        """
        known = {place: self._region(place) for place in municipalities.dropna().unique()}
        return municipalities.astype(object).map(known).fillna(UNKNOWN_REGION).astype(STRING)

    def _region(self, place: str) -> str:
        starts = [place[:length] for length in range(len(place), 0, -1)] if place.isdecimal() else [place]
        return next((self.by_municipality[start] for start in starts if start in self.by_municipality), UNKNOWN_REGION)


def read_regions(path: Path | None, day: dt.date) -> Regions:
    """Read the regions of a day.

    Parameters
    ----------
    path
        CSV file (comma or semicolon, UTF-8) with the columns `municipality` (name in either language, NIS code or its first digits) and
        `region`; where known `from` and `until` (yyyy-mm-dd, first and last day that it holds). None: the five Flemish provinces and
        Brussels.
    day
        The day.

    Returns
    -------
    Regions
        The rows that hold on that day.

    Raises
    ------
    ConfigError
        The file cannot be read, lacks a column or a value, or gives a municipality two regions on that day.

    """
    source = files("kleuterlink.publish.receivers").joinpath("regions.csv") if path is None else path
    try:
        with source.open(encoding="utf-8-sig") as stream:
            table = pd.read_csv(stream, sep=None, engine="python", dtype=str, keep_default_na=False).rename(columns=str.strip)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be read as CSV ({str(error).splitlines()[0]})") from error
    if missing := sorted({"municipality", "region"} - set(table.columns)):
        raise ConfigError(f"{path}: has no column {', '.join(missing)}; it needs municipality and region")
    table = table.apply(lambda column: column.str.strip())
    if (empty := (table[["municipality", "region"]] == "").any(axis=1)).any():
        raise ConfigError(f"{path}: row {int(empty.to_numpy().argmax()) + 1} lacks a municipality or a region")
    return _regions(table[_holds(table, day, path)], path)


def _holds(table: pd.DataFrame, day: dt.date, path: Path | None) -> pd.Series:
    """Tell which rows hold on the day; an empty bound is none."""
    holds = pd.Series(True, table.index)
    for column, side in (("from", table.get("from", "") <= day.isoformat()), ("until", table.get("until", "9999") >= day.isoformat())):
        if column in table:
            if (wrong := ~table[column].str.fullmatch(r"(\d{4}-\d{2}-\d{2})?")).any():
                raise ConfigError(f"{path}: row {int(wrong.to_numpy().argmax()) + 1}: {column} is no date of the form yyyy-mm-dd")
            holds &= (table[column] == "") | side
    return holds


def _regions(table: pd.DataFrame, path: Path | None) -> Regions:
    coded = table["municipality"].str.fullmatch(r"\d{1,5}")
    named = municipality_codes(pa.array(table["municipality"], pa.string())).to_pylist()
    places = table["municipality"].where(coded, pd.Series(named, table.index, dtype=object))
    pairs = pd.DataFrame({"place": places, "region": table["region"]}).drop_duplicates()
    if (twice := pairs["place"].duplicated()).any():
        raise ConfigError(f"{path}: {pairs.loc[twice, 'place'].iloc[0]} has two regions on the same day; give each municipality one")
    return Regions(tuple(dict.fromkeys(table["region"])), dict(zip(pairs["place"], pairs["region"], strict=True)))
