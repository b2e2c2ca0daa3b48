"""Fingerprints of inputs, for the manifest: the same input gives the same hash on every machine."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd
import pyarrow as pa

from kleuterlink.errors import InputError
from kleuterlink.read.values import table_of_frame, text_or_date


def file_hash(path: str | Path) -> str:
    """Hash a file's bytes.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    str
        SHA-256, 64 hexadecimal digits.

    Raises
    ------
    InputError
        The file cannot be read; check that it exists and that you may open it.

    """
    try:
        with Path(path).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None


def frame_hash(frame: pd.DataFrame | pa.Table) -> str:
    """Hash a data frame's column names and values, as `read_register` would read them.

    Parameters
    ----------
    frame
        The table; its index is not part of it.

    Returns
    -------
    str
        SHA-256, 64 hexadecimal digits. Column order and row order count; how a column is stored (pandas or Arrow, plain
        or dictionary-encoded, one chunk or many) does not.

    """
    table = table_of_frame(frame)
    digest = hashlib.sha256()
    for name, column in zip(table.column_names, table.columns, strict=True):
        values = text_or_date(column, name).cast(pa.string())
        # Every cell is led by its length, so that no two different tables make the same stream of bytes.
        digest.update(f"{len(name)}:{name}:{len(values)};".encode())
        for chunk in values.chunks:
            digest.update("".join("~" if value is None else f"{len(value)}:{value}" for value in chunk.to_pylist()).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
