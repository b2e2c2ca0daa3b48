"""Write what a run made: all files or none, the same bytes for the same result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from kleuterlink.errors import OutputError
from kleuterlink.publish.folder import MADE_BY, MANIFEST, fingerprints, refuse_foreign, replaced_folder
from kleuterlink.publish.plain import plain
from kleuterlink.publish.report import render_report
from kleuterlink.results import Deduplicated, Result

OUTPUTS = (
    "links.parquet",
    "candidates.parquet",
    "children.parquet",
    "enrolments.parquet",
    "applications.parquet",
    "schools.parquet",
    "not_found.csv",
    "rejected.csv",
    "quality.json",
    "model.json",
    "report.html",
    MANIFEST,
)
"""Names of the files that a run may write, the manifest last; a table that a run does not make has no file."""

_TABLES = tuple(name.removesuffix(".parquet") for name in reversed(OUTPUTS) if name.endswith(".parquet"))
"""What takes longest is packed first."""

_AT_ONCE = 2

DUPLICATE_OUTPUTS = ("clusters.csv", "clusters.parquet", "pairs.parquet", "rejected.csv", "quality.json", MANIFEST)
"""Names of the files that the deduplication of a register writes."""


def write_outputs(result: Result, out: Path) -> list[Path]:
    """Write a result into a folder, all or nothing.

    Everything is written beside the folder first, which is then exchanged for the new one; until that moment an earlier
    run's outputs stay as they are, whatever goes wrong.

    Parameters
    ----------
    result
        What a run made.
    out
        The folder; made where it does not exist. One that an earlier run wrote is replaced.

    Returns
    -------
    list of Path
        The files that were written, in the order of `OUTPUTS`. For equal results their bytes are equal, but for `timings` in the manifest.

    Raises
    ------
    OutputError
        The folder holds files that kleuterlink did not write or that were changed since (name another folder), or the
        disk refuses (full, read-only, no rights).

    """
    return _write_folder(Path(out), OUTPUTS, result.manifest, lambda folder: _write_result(result, folder))


def write_duplicates(result: Deduplicated, out: Path) -> list[Path]:
    """Write what the deduplication of a register made into a folder, all or nothing.

    Parameters
    ----------
    result
        What it made.
    out
        The folder; made where it does not exist. One that an earlier deduplication wrote is replaced.

    Returns
    -------
    list of Path
        The files, in the order of `DUPLICATE_OUTPUTS`. For equal results their bytes are equal, but for `timings` in the manifest.

    Raises
    ------
    OutputError
        As `write_outputs`.

    """
    return _write_folder(Path(out), DUPLICATE_OUTPUTS, result.manifest, lambda folder: _write_tables(result, folder))


def check_folder(out: Path, names: Collection[str] = OUTPUTS) -> None:
    """Make sure, before any work is done, that outputs may go into a folder.

    Parameters
    ----------
    out
        The folder; it need not exist.
    names
        Names of the files that are to be written.

    Raises
    ------
    OutputError
        The folder holds files that kleuterlink did not write or that were changed since: name another folder.

    """
    refuse_foreign(Path(out), names)


def run_id(manifest: Mapping[str, object]) -> str:
    """Return the id of a run: 16 hexadecimal digits of the SHA-256 of its configuration and its inputs.

    Parameters
    ----------
    manifest
        A manifest with `configuration` and `inputs`. Where the outputs go (`run.out`) is no part of the id.

    Returns
    -------
    str
        Equal for equal configurations and inputs, on every machine.

    """
    configuration = plain(manifest.get("configuration"))
    if isinstance(configuration, dict) and isinstance(configuration.get("run"), dict):
        configuration = configuration | {"run": {key: value for key, value in configuration["run"].items() if key != "out"}}
    known = {"configuration": configuration, "inputs": plain(manifest.get("inputs"))}
    return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()[:16]


def _write_folder(out: Path, names: Sequence[str], manifest: Mapping[str, object], write: Callable[[Path], None]) -> list[Path]:
    """Write the files, and a manifest that lists them, into a folder that then takes the place of `out`."""
    try:
        with replaced_folder(out, names) as folder:
            write(folder)
            written = [path for path in (folder / name for name in names) if path.exists()]
            _write_json({"made_by": MADE_BY, "run_id": run_id(manifest), **manifest, "outputs": fingerprints(written, folder)}, folder / MANIFEST)
    except OSError as error:
        raise OutputError(f"{out}: cannot be written ({error.strerror or type(error).__name__}); free space or name another folder") from error
    return [path for path in (out / name for name in names) if path.exists()]


def _write_result(result: Result, folder: Path) -> None:
    # Threads of their own: Arrow packs the tables while the report is drawn. Each of them holds a slice.
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        packed = [pool.submit(_write_parquet, result.slices(name), folder / f"{name}.parquet") for name in _TABLES]
        _write_csv(result.not_found, folder / "not_found.csv")
        _write_csv(result.rejected, folder / "rejected.csv")
        _write_json(result.quality, folder / "quality.json")
        _write_json(result.model, folder / "model.json")
        _write_text(render_report(result, run_id=run_id(result.manifest)), folder / "report.html")
        for each in packed:
            each.result()


def _write_tables(result: Deduplicated, folder: Path) -> None:
    _write_csv(result.clusters, folder / "clusters.csv")
    _write_parquet([result.clusters], folder / "clusters.parquet")
    _write_parquet([result.pairs], folder / "pairs.parquet")
    _write_csv(result.rejected, folder / "rejected.csv")
    _write_json(result.quality, folder / "quality.json")


def _write_parquet(slices: Iterable[pd.DataFrame], path: Path) -> None:
    """Write a table that comes in slices, a row group each; no file where there is no slice."""
    with ExitStack() as stack:
        writer = None
        for frame in slices:
            table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
            # One type for text and one chunk: the bytes do not depend on how a stage happened to hold its table.
            schema = pa.schema([entry.with_type(pa.string()) if _holds_text(entry.type) else entry for entry in table.schema])
            # Of ids, which all differ, a dictionary would be made in vain.
            coded = [name for name in schema.names if not name.endswith("_id")]
            writer = writer or stack.enter_context(pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=coded))
            writer.write_table(table.cast(schema).combine_chunks())


def _holds_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_large_string(kind) or pa.types.is_dictionary(kind))


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def _write_json(content: Mapping[str, object], path: Path) -> None:
    _write_text(json.dumps(plain(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n", path)


def _write_text(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
