"""What a run makes. A large table is made when it is first looked at, or written a slice at a time and never held whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Generic, TypeVar, cast

import numpy as np
import pandas as pd
import pyarrow as pa

from kleuterlink.tables import STRING, BoolArray, FloatArray, IntArray

SLICE = 1 << 17
"""Rows of a table that are made at a time when it is written: those of a row group in Parquet."""

T = TypeVar("T", pd.DataFrame, pd.DataFrame | None)


@dataclass(frozen=True)
class Deferred:
    """A table that is not made yet.

    Attributes
    ----------
    rows
        Number of its rows.
    make
        Makes the rows from a first one up to, and without, a last one: a `DataFrame` with a `RangeIndex`. Texts of few values may be
        categories: they take a byte or two where the text takes a hundred.

    """

    rows: int
    make: Callable[[int, int], pd.DataFrame]

    @staticmethod
    def of(table: pd.DataFrame) -> Deferred:
        """Defer a table that is there but for its categories, which are to become text."""
        return Deferred(len(table), partial(_rows, table))

    def whole(self) -> pd.DataFrame:
        """Make the whole table, with plain text for categories."""
        table = self.make(0, self.rows)
        coded = table.select_dtypes("category")
        return table.assign(**{str(name): pd.Series(pa.array(column).cast(pa.string()), dtype=STRING) for name, column in coded.items()})

    def slices(self) -> Iterator[pd.DataFrame]:
        """Make the table in slices of at most `SLICE` rows; one without rows where the table has none."""
        for first in range(0, max(self.rows, 1), SLICE):
            yield self.make(first, min(first + SLICE, self.rows))


def _rows(table: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    return table.iloc[first:last].reset_index(drop=True)


class Table(Generic[T]):
    """An attribute that is a table, however it was handed over: a deferred one is made on first use, and kept."""

    def __init__(self, *, optional: bool = False) -> None:
        self._optional = optional

    def __set_name__(self, owner: type, name: str) -> None:
        """Note under which name the table is kept."""
        self._name = name

    def __get__(self, result: object | None, owner: type | None = None) -> T:
        """Return the table."""
        if result is None:
            if not self._optional:
                raise AttributeError(self._name)
            return cast("T", None)
        table = vars(result)[self._name]
        if isinstance(table, Deferred):
            table = vars(result)[self._name] = table.whole()
        return cast("T", table)

    def __set__(self, result: object, table: T | Deferred) -> None:
        """Keep the table as it is handed over."""
        vars(result)[self._name] = table


def unmade(holder: object, name: str) -> pd.DataFrame | Deferred | None:
    """Return an attribute that is a `Table` as it was handed over: a deferred one is not made."""
    table: pd.DataFrame | Deferred | None = vars(holder)[name]
    return table


@dataclass(frozen=True)
class LinkRows:
    """The links and possible links of all lists, as rows of the tables that they join. L of them, in the order of `schemas.LINKS`.

    Attributes
    ----------
    names
        The lists.
    register
        (L,) int8 place of the list in `names`.
    child, record
        (L,) int32 rows of the birth, and of the list's record; the record is -1 where the list's records are not there.
    probability
        (L,) float64 match probability.
    accepted
        (L,) bool, a link; otherwise a possible one.
    second_look
        (L,) bool, found by the second look.

    """

    names: tuple[str, ...]
    register: IntArray
    child: IntArray
    record: IntArray
    probability: FloatArray
    accepted: BoolArray
    second_look: BoolArray

    def take(self, rows: IntArray | BoolArray) -> LinkRows:
        """Return these rows only."""
        places = np.flatnonzero(rows) if rows.dtype == bool else rows
        return replace(self, **{name: column[places] for name, column in vars(self).items() if name != "names"})

    def of(self, name: str) -> LinkRows:
        """Return the rows of one list; none where it is not among them."""
        return self.take(self.register == (self.names.index(name) if name in self.names else -1))

    def links(self) -> LinkRows:
        """Return the links, without the possible ones."""
        return self.take(self.accepted)


@dataclass(frozen=True, kw_only=True)
class Result:
    """Everything that a run makes, before it is written.

    Attributes
    ----------
    links, candidates, children, not_found, rejected
        Tables as `schemas.LINKS`, `CANDIDATES`, `CHILDREN`, `NOT_FOUND`, `REJECTED` describe them.
    enrolments, applications, schools
        Likewise `ENROLMENTS`, `APPLICATIONS`, `SCHOOLS`; None without a school year, or without a register of that role.
    quality
        Content of `quality.json`.
    manifest
        Content of `manifest.json` as far as known before writing (versions, configuration, counts, timings; hashes of inputs).
    model
        Content of `model.json`: `{"lists": {register: {"comparisons": [{"name", "levels": [{"level", "label", "m", "u", "weight"}]}], ...}}}`
        with `m` and `u` probabilities and `weight` in bits.

    Notes
    -----
    `links`, `candidates`, `children` and `enrolments` may be handed over `Deferred`: such a table is made when it is first asked for.

    """

    links: Table[pd.DataFrame] = Table()
    candidates: Table[pd.DataFrame] = Table()
    children: Table[pd.DataFrame] = Table()
    not_found: pd.DataFrame
    rejected: pd.DataFrame
    quality: dict[str, object]
    manifest: dict[str, object]
    model: dict[str, object]
    enrolments: Table[pd.DataFrame | None] = Table(optional=True)
    applications: pd.DataFrame | None = None
    schools: pd.DataFrame | None = None

    def slices(self, name: str) -> Iterator[pd.DataFrame]:
        """Return a table in slices, one after the other, without making it whole; none of a table that there is not."""
        table = unmade(self, name)
        if table is not None:
            yield from (table if isinstance(table, Deferred) else Deferred.of(table)).slices()


@dataclass(frozen=True)
class Deduplicated:
    """What deduplication of one register makes: tables as `schemas.CLUSTERS`, `DUPLICATE_PAIRS` and `REJECTED` describe them, and JSON content."""

    clusters: pd.DataFrame
    pairs: pd.DataFrame
    rejected: pd.DataFrame
    quality: dict[str, object]
    manifest: dict[str, object]
