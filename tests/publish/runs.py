"""Folders of runs with handmade tables, without running one: what receivers are tried on where every number has to be known."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from kleuterlink import schemas
from kleuterlink.config import parse_config

REGISTERS = {
    "births": {"role": "births"},
    "pupils_nl": {"role": "enrolments", "community": "nl"},
    "pupils_fr": {"role": "enrolments", "community": "fr", "reference_date": "2024-01-15"},
}
SCHEMAS = {
    "children": {**schemas.CHILDREN, **schemas.CHILDREN_OF_YEAR, **schemas.ATTENDANCE},
    "enrolments": schemas.ENROLMENTS,
    "applications": schemas.APPLICATIONS,
    "schools": schemas.SCHOOLS,
}
_ARROW = {"text": pa.string(), "float64": pa.float64(), "Int64": pa.int64(), "boolean": pa.bool_(), "bool": pa.bool_(), "date32": pa.date32()}

Rows = Sequence[Mapping[str, object]]


def write_run(folder: Path, *, run: Mapping[str, object] | None = None, configuration: Mapping[str, Any] | None = None, **tables: Rows | None) -> Path:
    """Write a run's folder that holds these tables; a column that a row does not name is null. A table that is None is left out."""
    folder.mkdir(parents=True)
    settings = {"as_of": "2024-02-01", "school_year": "2023-2024", **(run or {})}
    config = parse_config({"registers": REGISTERS, "run": {key: value for key, value in settings.items() if value is not None}, **(configuration or {})})
    for name, rows in tables.items():
        if rows is not None:
            schema = pa.schema([(column, _ARROW[meaning.split(";")[0].strip()]) for column, meaning in SCHEMAS[name].items()])
            pq.write_table(pa.Table.from_pylist([{**dict.fromkeys(schema.names), **row} for row in rows], schema), folder / f"{name}.parquet")
    manifest = {"made_by": "kleuterlink", "run_id": f"run{settings['school_year']}", "configuration": config.model_dump(mode="json"), "outputs": {}}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def child(child_id: str, status: str = "enrolled_nl", p_not_found: float = 0.0, **facts: object) -> dict[str, object]:
    """Return a row of `children.parquet`; a child of four who lives in Ghent, where nothing else is said."""
    reason = {"not_found": "no_candidate", "undetermined": "no_french_list"}.get(status, "linked")
    return {
        "child_id": child_id, "status": status, "p_not_found": p_not_found, "found_in": "", "reason": reason,
        "age": 4, "compulsory": False, "municipality": "GENT", **facts,
    }  # fmt: skip


def read_csv(path: Path) -> pd.DataFrame:
    """Read a published table as text, empty values as such."""
    return pd.read_csv(path, dtype=str, keep_default_na=False)
