"""The output folder: whose it is, and how a new one takes its place in one step."""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kleuterlink.errors import OutputError

MANIFEST = "manifest.json"
MADE_BY = "kleuterlink"

# What file managers leave behind in a folder that somebody looked at: nobody's work, and no reason to refuse.
_CLUTTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_SHOWN = 3
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


@contextmanager
def replaced_folder(out: Path, names: Collection[str]) -> Iterator[Path]:
    """Give a new folder to write into, which takes the place of `out` when the block ends well.

    Parameters
    ----------
    out
        The folder to replace; made with its parents where it does not exist. A symbolic link is followed.
    names
        Names of the files that a run writes, with the folder in it where they have one (`clb-1/list.csv`); only these are ever removed from an
        earlier run's folder.

    Yields
    ------
    Path
        An empty folder beside `out`, hence on the same disk. Whatever is raised inside the block leaves `out` as it was
        and removes the new folder.

    Raises
    ------
    OutputError
        `out` holds something that is not a run's output, or was changed since: name another folder or move the files away.

    """
    target = out.resolve()
    refuse_foreign(out, names)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    fresh.mkdir()
    try:
        if target.exists():
            shutil.copymode(target, fresh)
        yield fresh
        _swap(fresh, target)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    _retire(fresh, target, names)


def read_manifest(folder: Path) -> dict[str, object] | None:
    """Return a run's manifest, or None where the folder holds none that kleuterlink made."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) and manifest.get("made_by") == MADE_BY else None


def refuse_foreign(out: Path, names: Collection[str]) -> None:
    """Refuse a folder that a run may not replace.

    Parameters
    ----------
    out
        The folder; it need not exist.
    names
        Names of the files that a run writes.

    Raises
    ------
    OutputError
        `out` is a file, holds something that is not a run's output, or an output was changed after it was written.

    """
    target = out.resolve()
    if not target.exists():
        return
    if not target.is_dir():
        raise OutputError(f"{out}: is a file; name a folder")
    present = {_name(path, target): path for path in _files_in(target) if path.name not in _CLUTTER}
    if not present:
        return
    manifest = read_manifest(target)
    foreign = sorted(present if manifest is None else set(present) - set(names))
    if foreign:
        raise OutputError(f"{out}: holds files that kleuterlink did not write ({_some(foreign)}); name an empty or a new folder")
    changed = sorted(name for name, entry in _listed(manifest).items() if name in present and _sha256(present[name]) != entry)
    if changed:
        raise OutputError(f"{out}: {_some(changed)} changed after kleuterlink wrote it; move it away or name another folder")


def listed_names(folder: Path) -> frozenset[str]:
    """Return the names of the files that a folder's manifest lists, and of the manifest; none where kleuterlink wrote none."""
    manifest = read_manifest(folder)
    return frozenset() if manifest is None else frozenset({MANIFEST, *_listed(manifest)})


def fingerprints(paths: Iterable[Path], folder: Path) -> dict[str, dict[str, object]]:
    """Return SHA-256 and bytes of every file, by its name in the folder: what a manifest lists under `outputs`."""
    return {_name(path, folder): {"sha256": _sha256(path), "bytes": path.stat().st_size} for path in paths}


def _files_in(folder: Path) -> list[Path]:
    """Return everything in a folder and below that is no folder itself; a link to a folder is not followed."""
    return [path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()]


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _listed(manifest: dict[str, object] | None) -> dict[str, object]:
    outputs = manifest.get("outputs") if manifest else None
    return {name: entry.get("sha256") for name, entry in outputs.items() if isinstance(entry, dict)} if isinstance(outputs, dict) else {}


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _some(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def _swap(fresh: Path, target: Path) -> None:
    """Put `fresh` where `target` is; afterwards `fresh` is the earlier folder, or gone where there was none."""
    if not target.exists():
        fresh.rename(target)
    elif not _exchange(fresh, target):
        # Two renames where the system cannot exchange: the earlier folder is put back should the second one fail.
        aside = fresh.with_name(f"{fresh.name}.old")
        target.rename(aside)
        try:
            fresh.rename(target)
        except BaseException:
            aside.rename(target)
            raise
        aside.rename(fresh)


def _retire(earlier: Path, target: Path, names: Collection[str]) -> None:
    """Remove the earlier run's files; what somebody put beside them meanwhile moves to the new folder."""
    # The new outputs stand: a file that cannot be removed is left behind, and no reason to call the run failed.
    with suppress(OSError):
        for path in _files_in(earlier):
            if (name := _name(path, earlier)) in names or path.name in _CLUTTER:
                path.unlink()
            else:
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                path.rename(target / name)
        for folder in sorted((path for path in earlier.rglob("*") if path.is_dir()), reverse=True):
            folder.rmdir()
        earlier.rmdir()


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step (Linux: renameat2); False where the system does not offer it."""
    renameat2 = getattr(ctypes.CDLL(None), "renameat2", None) if os.name == "posix" else None
    return renameat2 is not None and renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0
