"""Who receives what: a module per receiver, and one way in which all of their files are written."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from kleuterlink.errors import ConfigError, OutputError
from kleuterlink.publish.folder import MADE_BY, MANIFEST, fingerprints, listed_names, read_manifest, replaced_folder
from kleuterlink.publish.receivers import agodi_municipalities, brussels, clb, dataloep, kind_en_gezin, lop_brussel, mijn_onderwijs
from kleuterlink.publish.receivers.run_folder import Options, RunFolder, open_run

Writer = Callable[[Sequence[RunFolder], Path, Options], list[Path]]
"""Writes a receiver's files into a folder that is there and empty, and names them."""


@dataclass(frozen=True)
class Receiver:
    """Somebody who receives files.

    Attributes
    ----------
    name
        What the command line calls it.
    summary
        What it receives, in one line.
    write
        Writes its files from the runs, in the order of their school years.
    several_years
        Whether it receives figures over several runs.

    """

    name: str
    summary: str
    write: Writer
    several_years: bool = False


RECEIVERS: dict[str, Receiver] = {
    receiver.name: receiver
    for receiver in (
        Receiver("kind-en-gezin", "entitled children who were not found, by region", kind_en_gezin.write),
        Receiver("mijn-onderwijs", "attendance of every pupil, by school, and who is at risk of missing a threshold", mijn_onderwijs.write),
        Receiver("agodi-municipalities", "participation and attendance per municipality, small counts hidden", agodi_municipalities.write),
        Receiver("dataloep", "attendance per school over the past school years", dataloep.write, several_years=True),
        Receiver("brussels", "participation in Brussels with both Communities counted", brussels.write),
        Receiver("lop-brussel", "where applicants without a school were found, over the school years", lop_brussel.write, several_years=True),
        Receiver("clb", "children in follow-up of each pupil guidance centre, under its own pseudonyms", clb.write),
    )
}
"""Every receiver by its name."""


def publish(name: str, outs: Sequence[str | Path], options: Options, *, to: str | Path | None = None) -> list[Path]:
    """Write a receiver's files, all or none.

    Parameters
    ----------
    name
        The receiver: a key of `RECEIVERS`.
    outs
        Folders that `kleuterlink run` wrote; one, or several for a receiver of several years.
    options
        What the command line says.
    to
        Folder for the files. Default: beside the (last) run's folder, `<OUT>-<receiver>`. One that holds an earlier publication for the
        same receiver is replaced.

    Returns
    -------
    list of Path
        The files: the receiver's, then `manifest.json`, which names receiver, runs, `keep_until` and the SHA-256 of every file.

    Raises
    ------
    ConfigError
        There is no such receiver, it takes one run, or an option cannot be: the message says what can.
    OutputError
        A folder is no run's, the run lacks what the receiver needs, or the folder to write into holds something else.

    """
    if name not in RECEIVERS:
        raise ConfigError(f"{name}: no such receiver; there are {', '.join(RECEIVERS)}")
    receiver = RECEIVERS[name]
    if not outs or (len(outs) > 1 and not receiver.several_years):
        raise ConfigError(f"{name}: takes one run's folder, {len(outs)} were named")
    runs = sorted((open_run(Path(out)) for out in outs), key=lambda run: run.school_year)
    _check_years(runs, options)
    folder = Path(to) if to is not None else _beside(runs[-1].path, name)
    _check_target(folder, runs, name)
    try:
        with replaced_folder(folder, listed_names(folder)) as fresh:
            written = receiver.write(runs, fresh, options)
            _write_manifest(receiver, runs, written, fresh, options)
            names = [path.relative_to(fresh) for path in written]
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror or type(error).__name__}); free space or name another folder") from error
    return [folder / name for name in (*names, Path(MANIFEST))]


def _beside(out: Path, name: str) -> Path:
    """Return the folder beside a run's, named after it and the receiver; `.` and `..` have no name of their own."""
    out = out if out.name not in {"", ".."} else out.resolve()
    return out.with_name(f"{out.name}-{name}")


def _check_years(runs: Sequence[RunFolder], options: Options) -> None:
    years = [run.school_year for run in runs]
    if len(set(years)) < len(years):
        raise ConfigError(f"two of the runs are of the same school year ({', '.join(years)}); name one run per school year")
    if options.keep_until < (latest := max(run.as_of for run in runs)):
        raise ConfigError(f"--keep-until lies before the date that the run speaks of ({latest}); name a later day")


def _check_target(folder: Path, runs: Sequence[RunFolder], name: str) -> None:
    for run in runs:
        if folder.resolve().is_relative_to(run.path.resolve()):
            raise OutputError(f"{folder}: lies in a run's folder, which holds that run's files only; name another folder")
    earlier = read_manifest(folder)
    if earlier is not None and earlier.get("receiver") != name:
        raise OutputError(f"{folder}: holds files that kleuterlink wrote for something else; name another folder")


def _write_manifest(receiver: Receiver, runs: Sequence[RunFolder], written: Sequence[Path], folder: Path, options: Options) -> None:
    content = {
        "made_by": MADE_BY,
        "version": version("kleuterlink"),
        "receiver": receiver.name,
        "keep_until": options.keep_until.isoformat(),
        "runs": [{"run_id": run.run_id, "school_year": run.school_year, "as_of": run.as_of.isoformat()} for run in runs],
        "outputs": fingerprints(written, folder),
    }
    (folder / MANIFEST).write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
