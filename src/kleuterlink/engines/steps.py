"""Finished steps of a run, kept in files: they make room in memory, and a run that was ended goes on where it was.

What a step made is pickled (protocol 5); its arrays and tables go into a file of their own, and are mapped into memory instead of being read.
So they count as memory only while they are used, and the system may drop them at any time.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import pickle
import shutil
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol, TypeVar

from kleuterlink.errors import KleuterlinkError, OutputError
from kleuterlink.process import give_memory_back

T = TypeVar("T")

ALIGNMENT = 64
"""Bytes at whose multiples arrays begin."""

PIECE = 1 << 26
"""Bytes written at a time."""


class Steps(Protocol):
    """How the steps of a run are made.

    Attributes
    ----------
    kept
        Whether what they make is kept in files, as memory is short.

    """

    kept: bool

    def step(self, name: str, make: Callable[[], T]) -> T:
        """Return what a step makes."""
        ...

    def share(self, name: str, value: T) -> T:
        """Name a value that later steps hold, and return it."""
        ...

    def rest(self) -> None:
        """Take what is kept in files out of memory, until it is used again."""
        ...


class InMemory:
    """Steps that are made and not kept in files."""

    kept = False

    def step(self, name: str, make: Callable[[], T]) -> T:
        """Make a step."""
        del name
        return make()

    def share(self, name: str, value: T) -> T:
        """Return the value."""
        del name
        return value

    def rest(self) -> None:
        """Do nothing."""


class WorkFolder:
    """Steps that are kept in a folder.

    Parameters
    ----------
    folder
        An existing folder; it holds the records of persons, and only its owner should be able to read it.

    """

    kept = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mapped: list[weakref.ref[mmap.mmap]] = []
        self._names: dict[int, str] = {}
        self._shared: dict[str, Any] = {}

    def step(self, name: str, make: Callable[[], T]) -> T:
        """Return what a step made, its arrays mapped into memory; it is made unless an earlier run finished it.

        Parameters
        ----------
        name
            The step's name, as part of a file's name.
        make
            Makes it: values that pickle, with the arrays and Arrow tables in them.

        Returns
        -------
        object
            Equal to what `make` returns; its arrays cannot be written into.

        """
        head = self._folder / f"{name}.pickle"
        if not head.exists():
            self._keep(name, make())
        self.rest()
        return self._kept(name)  # type: ignore[no-any-return]  # a pickle says itself what it holds

    def share(self, name: str, value: T) -> T:
        """Name a value that later steps hold, so that their files refer to it instead of holding it once more; it must be equal in every run."""
        self._names[id(value)] = name
        self._shared[name] = value
        return value

    def _keep(self, name: str, value: object) -> None:
        """Write a step; the file that tells that it is finished comes last."""
        buffers: list[pickle.PickleBuffer] = []
        stream = BytesIO()
        _Pickler(stream, self._names, buffers.append).dump(value)
        places = []
        with (self._folder / f"{name}.arrays").open("wb") as file:
            for buffer in buffers:
                with buffer.raw() as raw:
                    start = -(-file.tell() // ALIGNMENT) * ALIGNMENT
                    file.seek(start)
                    for piece in range(0, len(raw), PIECE):
                        file.write(raw[piece : piece + PIECE])
                    places.append((start, len(raw)))
                buffer.release()
            file.truncate(max(file.tell(), 1))
            file.flush()
            os.fsync(file.fileno())
        unfinished = self._folder / f"{name}.pickle.part"
        unfinished.write_bytes(pickle.dumps((places, stream.getvalue())))
        unfinished.replace(self._folder / f"{name}.pickle")

    def _kept(self, name: str) -> Any:
        # Nobody but the owner of this process can write into the folder.
        places, head = pickle.loads((self._folder / f"{name}.pickle").read_bytes())  # noqa: S301
        with (self._folder / f"{name}.arrays").open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._mapped.append(weakref.ref(mapped))
        view = memoryview(mapped)
        return _Unpickler(BytesIO(head), self._shared, [view[start : start + length] for start, length in places]).load()

    def rest(self) -> None:
        """Take the mapped files out of memory, until they are used again."""
        for reference in self._mapped:
            mapped = reference()
            if mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
                mapped.madvise(mmap.MADV_DONTNEED)
        give_memory_back()


class _Pickler(pickle.Pickler):
    def __init__(self, stream: BytesIO, names: Mapping[int, str], keep: Callable[[pickle.PickleBuffer], Any]) -> None:
        super().__init__(stream, protocol=5, buffer_callback=keep)
        self._names = names

    def persistent_id(self, obj: object) -> str | None:
        return self._names.get(id(obj))


class _Unpickler(pickle.Unpickler):  # noqa: S301  # as above
    def __init__(self, stream: BytesIO, shared: Mapping[str, Any], buffers: list[memoryview]) -> None:
        super().__init__(stream, buffers=buffers)
        self._shared = shared

    def persistent_load(self, pid: str) -> Any:
        return self._shared[pid]


@contextmanager
def work_folder(folder: Path, content: Mapping[str, object]) -> Iterator[WorkFolder]:
    """Give a folder for the steps of a run; it stays for the next run when the process is ended, and is removed otherwise.

    Parameters
    ----------
    folder
        Where to; only its owner may read it.
    content
        What the steps depend on, fit for JSON: hashes of the inputs, the configuration. The package's own source is added.

    Yields
    ------
    WorkFolder
        With the steps that an earlier run of the same content finished; those of any other content are removed.

    Raises
    ------
    OutputError
        Another run works in the folder, or it holds something else: name another one as `engine.work`.

    """
    key = hashlib.sha256(json.dumps([_source_hash(), content], sort_keys=True, default=str).encode()).hexdigest()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    owner = folder / "run"
    if not owner.exists() and any(folder.iterdir()):
        raise OutputError(f"{folder}: is not empty and no work folder; name another one as engine.work")
    with owner.open("a+", encoding="utf-8") as lock:
        if not _locked(lock.fileno()):
            raise OutputError(f"{folder}: another run is at work in it; wait for it, or name another folder as engine.work")
        lock.seek(0)
        if lock.read() != key:
            for path in folder.iterdir():
                if path != owner:
                    path.unlink()
            lock.truncate(0)
            lock.write(key)
            lock.flush()
        try:
            yield WorkFolder(folder)
        except KleuterlinkError:  # It would come to the same again.
            shutil.rmtree(folder, ignore_errors=True)
            raise
        shutil.rmtree(folder, ignore_errors=True)


def _locked(file: int) -> bool:
    """Lock a file for this process alone, until it ends; where the system has no such locks, nothing is locked."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@cache
def _source_hash() -> str:
    """Return a hash of the package's source: what another version made is not used."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
