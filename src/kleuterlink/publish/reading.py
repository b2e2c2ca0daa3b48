"""Read a run's folder back: only files that kleuterlink wrote, and only the rows that are asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from kleuterlink.errors import OutputError
from kleuterlink.publish.folder import read_manifest


def check_run(out: Path) -> None:
    """Refuse a folder that is not a run's.

    Parameters
    ----------
    out
        The folder.

    Raises
    ------
    OutputError
        The folder has no manifest that kleuterlink wrote.

    """
    if read_manifest(out) is None:
        raise OutputError(f"{out}: holds no outputs of kleuterlink; name the folder that `kleuterlink run` wrote")


def read_table(path: Path, columns: Sequence[str], *, child_id: str | None = None) -> pa.Table:
    """Read a table from a run's folder.

    Parameters
    ----------
    path
        A Parquet file, or a CSV file (`columns` as text, empty values null).
    columns
        Columns that it must have.
    child_id
        Only this child's rows. Parquet files only.

    Returns
    -------
    pa.Table
        The rows with all their columns, in the order of the file.

    Raises
    ------
    OutputError
        The file is missing, damaged or lacks a column: run again.

    """
    try:
        if path.suffix == ".parquet":
            table: pa.Table = pq.read_table(path, filters=None if child_id is None else [("child_id", "=", child_id)])
        else:
            options = pc.ConvertOptions(column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=True, null_values=[""])
            table = pc.read_csv(path, convert_options=options)
    except (OSError, pa.ArrowInvalid) as error:
        raise OutputError(f"{path}: cannot be read ({_first_line(error)}); run again") from error
    if missing := sorted(set(columns) - set(table.column_names)):
        raise OutputError(f"{path}: cannot be read (no column {', '.join(missing)}); run again")
    return table


def read_json(path: Path) -> dict[str, object]:
    """Read a JSON object from a run's folder.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    dict
        Its content.

    Raises
    ------
    OutputError
        The file is missing or damaged: run again.

    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise OutputError(f"{path}: cannot be read ({_first_line(error)}); run again") from error
    return content if isinstance(content, dict) else {}


def _first_line(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).splitlines()[0]
