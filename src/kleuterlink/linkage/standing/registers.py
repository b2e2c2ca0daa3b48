"""Registers that stand, with the records of a delivery in their place."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from kleuterlink import block, compare
from kleuterlink.errors import InputError
from kleuterlink.linkage.standing.pairs import Side
from kleuterlink.normalise import Codes, placeholder_dates
from kleuterlink.tables import BoolArray, Column, Encoded, IntArray, Register

Ids = npt.NDArray[np.str_]

OF_DELIVERY = "last delivery: "
"""How notes begin that are about it and not about the register."""


@dataclass(frozen=True)
class StandingRegister:
    """A register that stands.

    Attributes
    ----------
    register
        As it was read; `records` in the order of the file, and deliveries after it: of those of persons, which fields each knows.
    normalised
        Its records normalised, rows as in `register.records`; None of registers that are not of persons.
    encoded
        Its records encoded, in the order of their ids; likewise.
    order
        Row in `register.records` of each record of `encoded`.

    """

    register: Register
    normalised: pd.DataFrame | None = None
    encoded: Encoded | None = None
    order: IntArray | None = None


@dataclass(frozen=True)
class Merged:
    """A register of persons with a delivery in its place, and what that changed."""

    standing: StandingRegister
    change: block.Change


@dataclass(frozen=True)
class Delivery:
    """New and changed records of a register, and ids of those that went.

    Attributes
    ----------
    register
        As it was read; None where records only went.
    normalised, encoded
        Normalised, and encoded with the codes of the standing registers; likewise.
    removed
        Ids of records that went.

    """

    register: Register | None
    normalised: pd.DataFrame | None
    encoded: Encoded | None
    removed: Ids


def merge(standing: StandingRegister, delivery: Delivery, codes: Codes) -> Merged:
    """Put a delivery in its place: records with a delivered id are replaced, and those that follow stand at the end.

    Parameters
    ----------
    standing
        The register of persons.
    delivery
        What is delivered.
    codes
        What stands behind the codes, those of the delivery included.

    Returns
    -------
    Merged
        The register as reading the whole would give it.

    Raises
    ------
    InputError
        No record would be left.

    """
    encoded, order, table = standing.encoded, standing.order, standing.normalised
    assert encoded is not None and order is not None and table is not None  # noqa: PT018 a register of persons
    before, came = codes.behind(encoded), delivery.encoded
    change, new_order = _put_in_place(before, came, delivery.removed)
    if not change.after.size:
        raise InputError(f"{standing.register.name}: no record would be left; deliver what takes the place of those that are to go")
    stays, rows = change.moved >= 0, order
    kept = np.ones(before.size, bool)
    kept[rows[~stays]] = False
    place = np.cumsum(kept) - 1
    now = np.empty(change.after.size, np.int64)
    now[change.moved[stays]] = place[rows[stays]]
    now[change.fresh] = int(kept.sum()) + new_order
    register = merged_records(standing.register, kept, delivery.register)
    normalised = _appended(table, kept, delivery.normalised)
    normalised["row"] = register.records["row"].to_numpy()
    if "placeholder_date" in normalised:
        flags = np.empty(change.after.size, bool)
        flags[now] = change.after.columns["placeholder_date"]
        normalised["placeholder_date"] = flags
    return Merged(StandingRegister(register, normalised, change.after, now), change)


def as_ids(ids: Ids) -> pd.arrays.ArrowExtensionArray:
    """Return ids as `Encoded` has them."""
    return pd.arrays.ArrowExtensionArray(pa.array(ids, pa.string()))


def _put_in_place(before: Encoded, came: Encoded | None, removed: Ids) -> tuple[block.Change, IntArray]:
    """Put records in their place by their ids; return also which of them each fresh row is."""
    ids = np.asarray(before.ids, dtype=str)
    new_ids = np.zeros(0, ids.dtype) if came is None else np.asarray(came.ids, dtype=str)
    stays = np.ones(before.size, bool)
    stays[_places(ids, np.concatenate([new_ids, removed]))] = False
    in_order = np.argsort(new_ids, kind="stable")
    # A new record stands after the standing ones of lower id, and after the new ones that come before it.
    fresh = np.zeros(int(stays.sum()) + len(new_ids), bool)
    fresh[np.searchsorted(ids[stays], new_ids[in_order]) + np.arange(len(new_ids))] = True
    moved = np.full(before.size, -1, np.int32)
    moved[stays] = np.flatnonzero(~fresh)

    def put(old: Column, new: Column | None) -> Column:
        made = np.empty((len(fresh), *old.shape[1:]), old.dtype if new is None else np.promote_types(old.dtype, new.dtype), order="F")
        made[~fresh] = old[stays]
        if new is not None:
            made[fresh] = new[in_order]
        return made

    columns = {name: put(column, None if came is None else came.columns[name]) for name, column in before.columns.items()}
    if "placeholder_date" in columns:
        columns["placeholder_date"] = placeholder_dates(columns["birth_date"])
    return block.Change(before, Encoded(len(fresh), as_ids(put(ids, new_ids)), columns, before.vocabulary, before.values), moved, fresh), in_order


def merged_records(standing: Register, kept: BoolArray, delivered: Register | None) -> Register:
    """Return a register as reading the whole would give it: its kept records, and those of a delivery after them.

    Parameters
    ----------
    standing
        The register.
    kept
        Which of its records stay.
    delivered
        What follows; None where nothing does.

    Returns
    -------
    Register
        Rows are numbered as in the whole: what went leaves no gap.

    """
    gone = np.sort(standing.records["row"].to_numpy()[~kept])
    rows_in = standing.rows_in - len(gone)

    def renumbered(table: pd.DataFrame) -> pd.DataFrame:
        row = table["row"].to_numpy()
        return table.assign(row=row - np.searchsorted(gone, row))

    records, rejected = standing.records, renumbered(standing.rejected)
    notes = tuple(note for note in standing.notes if not note.startswith(OF_DELIVERY))
    if delivered is None:
        left = renumbered(_appended(records, kept, None))
        return replace(standing, records=left, rejected=rejected, rows_in=rows_in, completeness=completeness_of(left))
    later = [each.assign(row=each["row"].to_numpy() + rows_in) for each in (delivered.records, delivered.rejected)]
    records = _appended(renumbered(records), kept, later[0])
    notes += tuple(OF_DELIVERY + note for note in delivered.notes if note not in notes)
    rejected = pd.concat([rejected, later[1]], ignore_index=True)
    rows_in, completeness = rows_in + delivered.rows_in, completeness_of(records)
    return replace(standing, records=records, rejected=rejected, rows_in=rows_in, notes=notes, completeness=completeness)


def completeness_of(known: pd.DataFrame) -> dict[str, float]:
    """Return the share of records that know each field, of what `intake.what_is_known` returned."""
    return {str(name): float(flags.mean()) for name, flags in known.items() if name != "row"}


def side(change: block.Change, before: compare.Frequencies, now: compare.Frequencies) -> Side:
    """Return a register's change, and which of its records compare otherwise.

    Parameters
    ----------
    change
        The register before and after.
    before, now
        Frequency classes before and after; of the values that there were, codes are the same.

    Returns
    -------
    Side
        What `pairs_again` wants.

    """
    register = change.after
    touched = np.zeros(register.size, bool)
    for column in ("first_names", "surname", "parent", "postcode"):
        if register.has(column):
            classes = getattr(before, column)
            moved = np.append(getattr(now, column), np.int8(0))
            flipped = np.flatnonzero(moved[: len(classes)] != classes)
            if len(flipped):
                marked = np.zeros(len(moved), bool)
                marked[flipped] = True
                bears = marked[register.columns[column]]
                touched |= bears.any(axis=1) if bears.ndim == 2 else bears
    if not change.still and register.has("placeholder_date"):
        stays = change.moved >= 0
        touched[change.moved[stays]] |= change.before.columns["placeholder_date"][stays] != register.columns["placeholder_date"][change.moved[stays]]
    return Side(change, touched)


def _places(ids: Ids, wanted: Ids) -> IntArray:
    """Return the distinct rows of ids that are there; `ids` is sorted."""
    wanted = np.unique(wanted)
    place = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    found: IntArray = place[ids[place] == wanted]
    return found


def _appended(table: pd.DataFrame, kept: BoolArray, more: pd.DataFrame | None) -> pd.DataFrame:
    """Return the kept rows of a table and those of another one with the same columns after them."""
    made = {}
    for name, column in table.items():
        if isinstance(column.dtype, pd.ArrowDtype):
            array = pa.chunked_array(pa.array(column)) if isinstance(pa.array(column), pa.Array) else pa.array(column)
            array = array if kept.all() else array.filter(pa.array(kept))
            if more is not None:
                added = pa.array(more[name], type=array.type)
                array = pa.chunked_array([*array.chunks, *(added.chunks if isinstance(added, pa.ChunkedArray) else [added])])
            made[str(name)] = pd.Series(array, dtype=column.dtype)
        else:
            old = column.to_numpy()[kept]
            made[str(name)] = pd.Series(old if more is None else np.concatenate([old, more[name].to_numpy(dtype=old.dtype)]))
    return pd.DataFrame(made, copy=False)
