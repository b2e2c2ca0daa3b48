"""What is delivered of a standing run's registers, read as they were."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

from kleuterlink.config import DATE_FIELDS, RegisterConfig, Role
from kleuterlink.errors import ConfigError, InputError
from kleuterlink.linkage.standing.registers import Delivery, Ids
from kleuterlink.linkage.standing.state import State
from kleuterlink.normalise import Codes, encode_more, normalise
from kleuterlink.read import file_hash, frame_hash, read_register, what_is_known
from kleuterlink.tables import STRING, Register

Delivered: TypeAlias = pd.DataFrame | pa.Table | str | Path
"""Records of a register: a table, or a file."""

Removed: TypeAlias = Sequence[str] | str | Path
"""Ids of a register, or a file with a column of them."""


def read_deliveries(state: State, deliveries: Mapping[str, Delivered], removed: Mapping[str, Removed]) -> tuple[dict[str, Delivery], Codes, dict[str, str]]:
    """Read, normalise and encode deliveries.

    Parameters
    ----------
    state
        The standing run.
    deliveries, removed
        By register of persons.

    Returns
    -------
    deliveries
        By register.
    codes
        What stands behind the codes, those of the deliveries included.
    hashes
        SHA-256 of the registers concerned: of what they were, and of the deliveries.

    Raises
    ------
    ConfigError
        A register cannot be delivered.
    InputError
        A delivery cannot be read, or has a column that the standing register lacks.

    """
    codes, read, hashes = state.codes, {}, {}
    extras = {comparison.column: comparison.kind for comparison in state.config.linkage.comparisons}
    for name in dict.fromkeys((*deliveries, *removed)):
        standing = state.registers.get(name)
        if standing is None or standing.encoded is None:
            known = ", ".join(each for each, register in state.registers.items() if register.encoded is not None)
            raise ConfigError(f"{name}: is no register that records can be delivered of; these are: {known}")
        ids = _ids(name, removed.get(name, ()), state.config.registers[name])
        register = normalised = encoded = None
        fingerprint = hashlib.sha256(f"{state.hashes[name]}\n{chr(10).join(ids.tolist())}\n".encode())
        if name in deliveries:
            register, delivered_hash = _read_delivery(name, deliveries[name], state.config.registers[name], standing.register)
            normalised = normalise(register.records, extras=extras)
            register = replace(register, records=what_is_known(register.records))
            encoded, codes = encode_more(normalised, codes, extras)
            fingerprint.update(delivered_hash.encode())
        read[name], hashes[name] = Delivery(register, normalised, encoded, ids), fingerprint.hexdigest()
    return read, codes, hashes


def missing_ids(state: State, delivered: Mapping[str, Delivery]) -> list[str]:
    """Say how many of the ids that were to go are not there."""
    told = []
    for name, each in delivered.items():
        encoded = state.registers[name].encoded
        there = 0 if encoded is None else int(np.isin(each.removed, np.asarray(encoded.ids, dtype=str)).sum())
        if there < len(each.removed):
            told.append(f"{name}: {len(each.removed) - there:,} of {len(each.removed):,} records that were to go are not there")
    return told


def _ids(name: str, removed: Removed, settings: RegisterConfig) -> Ids:
    """Return ids, sorted and distinct; of a file, its column of ids alone is read."""
    if isinstance(removed, str | Path):
        only = {"role": Role.SCHOOLS, "path": Path(removed), "columns": {key: column for key, column in settings.columns.items() if key == "id"}, "extra": {}}
        removed = read_register(name, settings.model_copy(update=only)).records["id"].tolist()
    made: Ids = np.unique(np.array(list(removed), dtype=str))
    return made


def _read_delivery(name: str, delivered: Delivered, settings: RegisterConfig, standing: Register) -> tuple[Register, str]:
    """Read a delivery with the columns of the standing register; return also its hash."""
    if isinstance(delivered, str | Path):
        register, fingerprint = read_register(name, settings.model_copy(update={"path": Path(delivered)})), file_hash(delivered)
    else:
        register, fingerprint = read_register(name, settings, frame=delivered), frame_hash(delivered)
    further = [str(column) for column in register.records if column != "id" and column not in standing.records]
    if further:
        raise InputError(f"{name}: the delivery has a column for {', '.join(further)}, which the standing register lacks; run and keep again")
    columns = [str(column) for column in standing.records]
    nothing = {column: _nothing(column, len(register.records)) for column in columns if column not in register.records}
    return replace(register, records=register.records.assign(**nothing)[["row", "id", *columns[1:]]]), fingerprint


def _nothing(field: str, size: int) -> pd.Series:
    """Return a field of which nothing is known."""
    if field in DATE_FIELDS:
        return pd.Series(np.zeros(size, np.int32))
    return pd.Series(pa.nulls(size, pa.string()), dtype=STRING)
