"""One register, from its file or data frame to `tables.Register`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.api.types import is_numeric_dtype

from kleuterlink.coded import all_differ, coded, places, recoded
from kleuterlink.config import DATE_FIELDS, PERSON_ROLES, RegisterConfig, Role
from kleuterlink.errors import ConfigError, DuplicateIdError, InputError, MissingColumnError
from kleuterlink.read.columns import find_columns
from kleuterlink.read.dates import guess_format, parse_dates
from kleuterlink.read.files import open_file
from kleuterlink.read.presets import ColumnMap, apply_preset
from kleuterlink.read.source import Source, Wanted, whole_source
from kleuterlink.read.values import clean_text, coded_text_or_date, table_of_frame, text_or_date
from kleuterlink.schemas import REJECTED
from kleuterlink.tables import STRING, Register

LINKABLE = ("national_number", "first_names", "surname", "birth_date")
"""A record needs one of these, or an extra, to be linked at all."""

UNLIKE = ("id", "national_number")
"""Fields whose values differ on nearly every row: their texts are kept as they are. Others are dictionary-encoded, and so are all of absences."""

_SHOWN_ROWS = 10
_SCIENTIFIC = r"^\d[.,]?\d*[eE]\+\d+$"

Column: TypeAlias = Any
"""Arrow texts, or int32 dates."""

Problems = list[tuple[npt.NDArray[np.int64], str, str]]


def read_register(
    name: str, register: RegisterConfig, *, base: Path = Path(), frame: pd.DataFrame | pa.Table | None = None, memory_limit: str | None = None
) -> Register:
    """Read a register.

    Parameters
    ----------
    name
        Its name in the configuration.
    register
        Its configuration. Of a known source (`preset`) only what differs need be given.
    base
        Folder that a relative path starts from.
    frame
        The table itself, instead of a file; a pandas index is dropped.
    memory_limit
        Memory that a database's engine may take, as "2GB"; None for its own default.

    Returns
    -------
    Register
        `records`: one row per usable input row, in input order, as `tables.Register` describes. A value that cannot be a date becomes
        unknown and is counted in `notes`; a row without id, without anything to link on, or of another width than the header is in
        `rejected`. Absences need a `record_id` instead.

    Raises
    ------
    ConfigError
        The preset, table or sheet is unknown, or `id` or everything that could be linked is unmapped.
    MissingColumnError
        A mapped column is not there; the message lists those that are.
    DuplicateIdError
        An id stands on several rows; the message gives the rows. Absences excepted.
    InputError
        The source is missing, empty, damaged or of another kind, or most of its dates are in another format.

    """
    mapping = apply_preset(name, register)
    key = "record_id" if register.role is Role.ABSENCES else "id"
    linked = register.role in PERSON_ROLES
    _check_mapped(name, key, mapping, linked=linked)
    unlike = () if register.role is Role.ABSENCES else UNLIKE
    if frame is not None:
        source = whole_source(f"{name} (data frame)", table_of_frame(frame))
    else:
        source = _open(name, register, _wanted(mapping, unlike), base, memory_limit)
    if source.rows_in == 0:
        raise InputError(f"{source.label}: there are column names and not one row of data; export it again")
    positions = find_columns(source.table.column_names, mapping.required, mapping.optional, source.label, headed=source.headed)
    if key not in positions:
        known = ", ".join(mapping.optional[key])
        raise MissingColumnError(f"{source.label}: the file has no column that preset {register.preset} knows as {key} ({known}); map {key} under `columns`")
    notes = [*source.notes, *_notes_on_preset(register, mapping, positions)]
    given = {field: (source.table.column_names[place], source.table.column(place)) for field, place in positions.items()}
    source = replace(source, table=source.table.select([]))  # so that each column is let go once it is cleaned
    columns = {field: _column(field, _typed(*given.pop(field), coded=field not in unlike), source, mapping, notes) for field in positions}
    notes += _notes_on_texts(columns)
    unusable = _unusable(columns, key, mapping.extras, linked=linked)
    records = _records(columns, source.rows, ~np.logical_or.reduce([bad for _, bad, _ in unusable]))
    rejected = _rejected(
        name, [(np.array([row]), "", told) for row, told in source.set_aside] + [(source.rows[bad], field, told) for field, bad, told in unusable]
    )
    if records.empty:
        raise InputError(
            f"{source.label}: none of the {source.rows_in:,} rows can be used; in row {rejected['row'][0]}: {rejected['field'][0]} {rejected['problem'][0]}"
        )
    if key == "id":
        _check_unique(records, source.label)
    rows_out = len(records) + rejected["row"].nunique()
    if rows_out != source.rows_in:
        raise InputError(f"{source.label}: {source.rows_in:,} rows were read and {rows_out:,} accounted for; please report this")
    if len(rejected):
        notes.append(f"{rejected['row'].nunique():,} of {source.rows_in:,} rows cannot be used")
    return Register(
        name,
        register.role.value,
        mapping.community.value,
        records,
        rejected,
        source.rows_in,
        _completeness(records.drop(columns=["row", "id"], errors="ignore")),
        source="data frame" if frame is not None else str(register.path),
        notes=tuple(notes),
    )


def _open(name: str, register: RegisterConfig, wanted: Wanted, base: Path, memory_limit: str | None) -> Source:
    if register.path is None:
        raise ConfigError(f"registers.{name}: give a `path`, or hand over a data frame")
    return open_file(base / register.path, f"{name} ({register.path})", register, wanted, memory_limit=memory_limit)


def _wanted(mapping: ColumnMap, unlike: Collection[str]) -> Wanted:
    columns = {**{field: (column,) for field, column in mapping.required.items()}, **mapping.optional}
    return Wanted(frozenset().union(*columns.values()), frozenset().union(*(names for field, names in columns.items() if field in unlike)))


def _check_mapped(name: str, key: str, mapping: ColumnMap, *, linked: bool) -> None:
    mapped = {*mapping.required, *mapping.optional}
    if key not in mapped:
        raise ConfigError(f'registers.{name}.columns: {key} is not mapped; add {key} = "the column that tells the rows apart"')
    if linked and mapped.isdisjoint({*LINKABLE, *mapping.extras}):
        raise ConfigError(f"registers.{name}.columns: nothing to link on; map at least one of {', '.join(LINKABLE)}, or an extra")


def _typed(name: str, values: pa.ChunkedArray, *, coded: bool) -> pa.ChunkedArray:
    return coded_text_or_date(values, name) if coded else text_or_date(values, name)


def _column(field: str, values: pa.ChunkedArray, source: Source, mapping: ColumnMap, notes: list[str]) -> Column:
    if field in DATE_FIELDS:
        return _dates(values, field, source, mapping.date_format, notes)
    if _holds_dates(values):  # Written as the register writes its dates, so that an extra can be read with the same format.
        return pc.strftime(values.cast(pa.date32()), format=mapping.date_format).dictionary_encode()
    return clean_text(values)


def _holds_dates(values: pa.ChunkedArray) -> bool:
    return bool(pa.types.is_date32(values.type.value_type if pa.types.is_dictionary(values.type) else values.type))


def _notes_on_preset(register: RegisterConfig, mapping: ColumnMap, positions: dict[str, int]) -> list[str]:
    absent = [field for field in mapping.optional if field not in positions]
    return [f"the file has no column for {', '.join(absent)} of preset {register.preset}"] if absent else []


def _notes_on_texts(columns: dict[str, Column]) -> list[str]:
    notes = [f"{field}: unknown on every row" for field, column in columns.items() if _unknown(column).all()]
    for field in {"id", "record_id", "national_number"} & columns.keys():
        cut = _powers_of_ten(columns[field])
        if cut:
            share = f"{cut:,} of {len(columns[field]):,} values"
            notes.append(f"{field}: {share} are written as powers of ten, which a spreadsheet does to long numbers, losing digits: export the column as text")
    return sorted(notes)


def _powers_of_ten(column: pa.ChunkedArray) -> int:
    if not pa.types.is_dictionary(column.type):
        column = column.filter(pc.match_substring(column, "+"))  # of all there are, hardly any
    values = coded(column)
    return int(pc.sum(pc.match_substring_regex(values.dictionary, _SCIENTIFIC).take(values.indices)).as_py() or 0)


def _dates(values: pa.ChunkedArray, field: str, source: Source, date_format: str, notes: list[str]) -> npt.NDArray[np.int32]:
    texts = values if _holds_dates(values) else clean_text(values)
    parsed = parse_dates(texts, date_format, or_iso=source.typed)
    bad = int(parsed.misfit.sum())
    if bad == 0:
        return parsed.dates
    guess = guess_format(texts)
    hint = f"; they look like {guess}: set `date_format`" if guess and guess != date_format else ""
    if bad > parsed.stated / 2:
        raise InputError(
            f"{source.label}: {field}: {bad / parsed.stated:.0%} of {parsed.stated:,} values do not fit {date_format}{hint or '; check `date_format`'}"
        )
    rows = source.rows[parsed.misfit]
    notes.append(f"{field}: {bad:,} of {parsed.stated:,} values are no dates in {date_format} and count as unknown ({_show(rows)}){hint}")
    return parsed.dates


def _unusable(columns: dict[str, Column], key: str, extras: Collection[str], *, linked: bool) -> list[tuple[str, npt.NDArray[np.bool_], str]]:
    found = [(key, _unknown(columns[key]), "missing")]
    if linked:
        linkable = [field for field in (*LINKABLE, *extras) if field in columns]
        if not linkable:
            raise MissingColumnError(f"there is no column to link on; map one of {', '.join(LINKABLE)}")
        nothing = np.logical_and.reduce([_unknown(columns[field]) for field in linkable])
        found.append((", ".join(linkable), nothing, "all unknown: nothing to link on"))
    return found


def _unknown(column: Column) -> npt.NDArray[np.bool_]:
    unknown: npt.NDArray[np.bool_] = column == 0 if isinstance(column, np.ndarray) else pc.is_null(column).to_numpy()
    return unknown


def what_is_known(records: pd.DataFrame) -> pd.DataFrame:
    """Return of each record its row, and flags for the fields that it knows: what a standing run keeps of the registers as they were read."""
    flags = {str(name): column != 0 if is_numeric_dtype(column) else column.notna() for name, column in records.items() if name not in {"row", "id"}}
    return pd.DataFrame({"row": records["row"].to_numpy(), **{name: known.to_numpy(dtype=bool) for name, known in flags.items()}})


def _completeness(records: pd.DataFrame) -> dict[str, float]:
    known = {str(name): column != 0 if is_numeric_dtype(column) else column.notna() for name, column in records.items()}
    return {name: float(flags.mean()) for name, flags in known.items()}


def _records(columns: dict[str, Column], rows: npt.NDArray[np.int64], usable: npt.NDArray[np.bool_]) -> pd.DataFrame:
    if not usable.all():
        for field, column in columns.items():  # one by one, so that no two registers are in memory
            columns[field] = _kept(column, usable)
        rows = rows[usable]
    kept = {field: column if isinstance(column, np.ndarray) else pd.Series(column, dtype=pd.ArrowDtype(column.type)) for field, column in columns.items()}
    first = {field: kept.pop(field) for field in ("id",) if field in kept}
    return pd.DataFrame({"row": rows, **first, **kept}, copy=False)


def _kept(column: Column, usable: npt.NDArray[np.bool_]) -> Column:
    if isinstance(column, np.ndarray):
        return column[usable]
    if not pa.types.is_dictionary(column.type):
        return column.filter(pa.array(usable))
    whole = coded(column)  # of which only what the usable rows hold is kept
    return pa.chunked_array([recoded(places(whole)[usable], whole.dictionary)])


def _check_unique(records: pd.DataFrame, label: str) -> None:
    ids = records["id"]
    if not all_differ(ids):
        repeated = ids.duplicated(keep=False).to_numpy(dtype=bool)
        rows = records["row"].to_numpy()[repeated]
        count = ids[repeated].nunique()
        remedy = "remove what is double, or map `id` to a column that differs on every row"
        raise DuplicateIdError(f"{label}: {count:,} id{'s' * (count > 1)} stand{'s' * (count == 1)} on more than one row ({_show(rows)}): {remedy}")


def _rejected(name: str, problems: Problems) -> pd.DataFrame:
    rows = np.concatenate([rows for rows, _, _ in problems]) if problems else np.empty(0, np.int64)
    fields = [field for rows, field, _ in problems for _ in rows]
    problem_texts = [problem for rows, _, problem in problems for _ in rows]
    texts = {"register": [name] * len(rows), "field": fields, "problem": problem_texts}
    table = pd.DataFrame({"row": rows.astype(np.int64), **{column: pd.Series(values, dtype=STRING) for column, values in texts.items()}})
    return table.sort_values("row", kind="stable", ignore_index=True)[list(REJECTED)]


def _show(rows: npt.NDArray[np.int64]) -> str:
    shown = ", ".join(str(row) for row in rows[:_SHOWN_ROWS])
    return f"rows {shown}" + (f" and {len(rows) - _SHOWN_ROWS:,} more" if len(rows) > _SHOWN_ROWS else "")
