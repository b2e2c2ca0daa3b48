"""The folder of a standing run: arrays and tables under names, exchanged for newer ones in one step.

`standing.json` says which file holds what. New files are written beside those that are there; then a new `standing.json` takes the
place of the old one, and what it no longer names is removed. Whatever goes wrong before, the folder stays as it was.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from kleuterlink.errors import InputError, OutputError

INDEX = "standing.json"
FORMAT = 1

Array = npt.NDArray[Any]


class Folder:
    """A folder as it stands: what its index says, and the arrays and tables in it, mapped into memory and not read."""

    def __init__(self, folder: Path) -> None:
        """Read the index of `folder`; refuse what another version kept, or what was changed by hand."""
        self.folder = folder
        try:
            self.index: dict[str, Any] = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise InputError(f"{folder}: holds no standing run; make one with `kleuterlink run CONFIG --keep {folder}`") from None
        kept_by = self.index.get("kleuterlink"), self.index.get("format")
        if kept_by != (version("kleuterlink"), FORMAT):
            raise InputError(f"{folder}: was kept by kleuterlink {kept_by[0]}, and this is {version('kleuterlink')}; run and keep again")
        if self.index.get("seal") != seal(self.index):
            raise InputError(f"{folder}: its configuration or inputs are not those that it was made of; run and keep again")

    def array(self, name: str) -> Array:
        """Return an array."""
        path = self._path(name, "npy")
        try:
            made: Array = np.load(path, mmap_mode="r", allow_pickle=False).view(np.ndarray)
        except ValueError:  # an empty one cannot be mapped
            made = np.load(path, allow_pickle=False)
        return made

    def arrays(self, prefix: str) -> dict[str, Array]:
        """Return all arrays whose names start with a prefix, by the rest of their names."""
        names = [name for name, file in self.index["files"].items() if name.startswith(prefix) and file.endswith(".npy")]
        return {name.removeprefix(prefix): self.array(name) for name in names}

    def table(self, name: str) -> pa.Table:
        """Return a table."""
        with pa.memory_map(str(self._path(name, "arrow"))) as source:
            return pa.ipc.open_file(source).read_all()

    def names(self, prefix: str = "") -> list[str]:
        """Return the rest of the names that start with a prefix."""
        return [name.removeprefix(prefix) for name in self.index["files"] if name.startswith(prefix)]

    def _path(self, name: str, kind: str) -> Path:
        try:
            path: Path = self.folder / self.index["files"][name]
        except KeyError:
            raise InputError(f"{self.folder}: {INDEX} names no {name}; run and keep again") from None
        if path.suffix != f".{kind}" or not path.is_file():
            raise InputError(f"{self.folder}: {path.name} is missing; run and keep again")
        return path


class Writing:
    """A standing run that is being written, or what is new of it: as a context, it leaves the folder as it was unless it was finished.

    Parameters
    ----------
    folder
        Made where it does not exist.
    whole
        Whether all is written; else what stands there under other names stays.

    Raises
    ------
    OutputError
        The folder holds something else.

    """

    def __init__(self, folder: Path, *, whole: bool) -> None:
        self.folder = folder
        with _refusing(folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            old = json.loads((folder / INDEX).read_text(encoding="utf-8")) if (folder / INDEX).exists() else None
            if old is None and any(folder.iterdir()):
                raise OutputError(f"{folder}: holds files and no standing run; name an empty or a new folder")
            self._generation, self._there = (int(old["generation"]) + 1, dict(old["files"])) if old else (1, {})
        self._files: dict[str, str] = {} if whole else dict(self._there)
        # Should two updates be under way, they do not write into each other's files.
        self._mark = f"{self._generation}-{uuid.uuid4().hex[:8]}"
        self._finished = False

    def put(self, arrays: Mapping[str, Array], tables: Mapping[str, pa.Table]) -> None:
        """Write arrays and tables, by name, beside those that are there."""
        with _refusing(self.folder):
            for name, array in arrays.items():
                np.save(self._new(name, "npy"), array, allow_pickle=False)
            for name, table in tables.items():
                with pa.OSFile(str(self._new(name, "arrow")), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
                    writer.write_table(table.combine_chunks())

    def finish(self, content: Mapping[str, Any]) -> None:
        """Put the new index in the place of the old one: what it says beside the files is `content`."""
        index = {"format": FORMAT, "kleuterlink": version("kleuterlink"), "generation": self._generation, **content, "files": self._files}
        with _refusing(self.folder):
            there = self.folder / INDEX
            if there.exists() and json.loads(there.read_text(encoding="utf-8"))["files"] != self._there:
                raise OutputError(f"{self.folder}: another run was kept in it meanwhile; repeat the delivery")
            fresh = self.folder / f"{INDEX}.{self._mark}"
            fresh.write_text(json.dumps({**index, "seal": seal(index)}, indent=1), encoding="utf-8")
            fresh.replace(self.folder / INDEX)
        self._finished = True
        self._remove(set(self._there.values()) - set(self._files.values()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._finished:
            self._remove({f"{INDEX}.{self._mark}", *(set(self._files.values()) - set(self._there.values()))})

    def _new(self, name: str, kind: str) -> Path:
        plain = re.sub("[^A-Za-z0-9_]+", "-", name)
        self._files[name] = f"{self._mark}-{len(self._files):03}-{plain}.{kind}"
        return self.folder / self._files[name]

    def _remove(self, files: Collection[str]) -> None:
        # What cannot be removed lies about and is named by nothing.
        with suppress(OSError):
            for file in files:
                (self.folder / file).unlink(missing_ok=True)


@contextmanager
def _refusing(folder: Path) -> Iterator[None]:
    """Say of what the disk refuses where it did."""
    try:
        yield
    except (ValueError, KeyError) as error:
        raise OutputError(f"{folder}: its {INDEX} cannot be read; remove the folder, or name another one") from error
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror or type(error).__name__}); free space or name another folder") from error


def named(kind: str, register: str) -> str:
    """Return the name of what is kept of a register, whatever the register is called."""
    return f"{kind}/{quote(register, safe='')}"


def seal(index: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what a standing run was made of: format, version, configuration and inputs."""
    made_of = {name: index.get(name) for name in ("format", "kleuterlink", "configuration", "hashes")}
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()


def as_table(frame: pd.DataFrame) -> pa.Table:
    """Return a frame as a table."""
    return pa.table({str(name): pa.array(column) if isinstance(column.dtype, pd.ArrowDtype) else pa.array(column.to_numpy()) for name, column in frame.items()})


def as_frame(table: pa.Table) -> pd.DataFrame:
    """Return a table as a frame: texts backed by Arrow, all else by numpy."""
    made = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        arrow = pa.types.is_string(column.type) or pa.types.is_dictionary(column.type)
        made[name] = pd.Series(column, dtype=pd.ArrowDtype(column.type)) if arrow else pd.Series(column.to_numpy())
    return pd.DataFrame(made, copy=False)
