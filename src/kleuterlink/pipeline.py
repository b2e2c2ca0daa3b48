"""The flow and nothing else: read -> normalise -> block -> compare -> score -> assign -> participation -> publish.

`run` takes a configuration, `link` data frames that are already in memory; both return the tables that the command line writes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

from kleuterlink import assign, engines, evaluate, participation
from kleuterlink.config import FIELDS, Role, RunConfig, load_config, parse_config
from kleuterlink.errors import ConfigError
from kleuterlink.intake import Frame, Progress, take_in
from kleuterlink.linkage import keeper, link_applicants, link_lists
from kleuterlink.process import short_turns
from kleuterlink.read import file_hash, frame_hash
from kleuterlink.results import Deferred, Result, unmade
from kleuterlink.tables import Encoded, FloatArray, ListLinks, Prepared

LookedUp: TypeAlias = tuple[dict[str, FloatArray], tuple[str, ...]]
"""Of each applicant, the probability of being in each list; and warnings."""

Decision: TypeAlias = tuple[assign.Decided, dict[str, ListLinks], dict[str, LookedUp]]
"""The links, the lists without their pairs, and the applicants that were looked up."""


def run(config: RunConfig | str | Path, *, frames: Mapping[str, Frame] | None = None, progress: Progress | None = None) -> Result:
    """Link the registers of a configuration.

    Parameters
    ----------
    config
        The configuration, or the path of its TOML file.
    frames
        Registers that are handed over as tables instead of files, by name.
    progress
        Called with a stage's name and the share of it that is done (None where not known).

    Returns
    -------
    Result
        The tables that `kleuterlink run` writes. They do not depend on the order of the registers' rows, except that `children` follows
        the births.

    Raises
    ------
    ConfigError
        The configuration names something that cannot be.
    InputError
        A register cannot be read.
    NothingLinkedError
        Next to nothing links: headers, date format or population.
    RuleError
        A school year's rules are not known.

    Examples
    --------
    >>> result = run("run.toml")  # doctest: +SKIP
    >>> result.not_found.head()  # doctest: +SKIP

    """
    with running(config, frames=frames, progress=progress) as result:
        return result


@contextmanager
def running(config: RunConfig | str | Path, *, frames: Mapping[str, Frame] | None = None, progress: Progress | None = None) -> Iterator[Result]:
    """Link the registers of a configuration, for a block that writes the result.

    Arguments and errors are those of `run`. Where the configuration limits the memory, finished steps are kept until the block ends well: a process
    that is ended while it writes has nothing to link again.

    Yields
    ------
    Result
        As `run` returns it.

    """
    settings = config if isinstance(config, RunConfig) else load_config(config)
    clock = Clock(progress)
    clock("read", None)
    frames = dict(frames or {})
    if settings.engine.name == "spark":
        frames |= engines.spark.read_tables(settings, frames)
    with ThreadPoolExecutor(settings.engine.threads) as pool:
        hashes = dict(zip(settings.registers, pool.map(lambda name: _fingerprint(name, settings, frames), settings.registers), strict=True))
    with _steps(settings, hashes) as steps, short_turns():
        yield _run(settings, frames, hashes, clock, steps)


def _run(settings: RunConfig, frames: Mapping[str, Frame], hashes: Mapping[str, str], clock: Clock, steps: engines.Steps) -> Result:
    """Link registers whose hashes are known, step by step."""
    registers, normalised, encoded = steps.step("registers", lambda: take_in(settings, frames, clock))
    keep = None if settings.engine.keep is None else keeper(settings, Prepared(registers, normalised, encoded, hashes))
    decision = decide(encoded, settings, clock, lambda births, lists: steps.step("links", lambda: link_lists(births, lists, settings, clock, steps, keep=keep)))
    # What is large and not asked for again goes before the next large thing comes.
    del encoded
    return conclude(settings, Prepared(registers, normalised, {}, hashes), decision, clock)


def conclude(settings: RunConfig, prepared: Prepared, decision: Decision, clock: Clock) -> Result:
    """Make the tables of a run once its lists are linked.

    Parameters
    ----------
    settings
        The configuration.
    prepared
        The registers; `encoded` is not asked for.
    decision
        What `decide` returned.
    clock
        Told what is being done.

    Returns
    -------
    Result
        As of `run`.

    """
    registers, normalised, (decided, linked, looked_up) = prepared.registers, prepared.normalised, decision
    clock("participation", None)
    p_not_found = np.prod([1 - each.found for each in linked.values()], axis=0)
    tables = {**normalised, **{name: registers[name].records for name in settings.with_role(Role.ABSENCES)}}
    found = _p_found(normalised[settings.births_name]["record_id"], linked)
    derived = participation.derive(normalised[settings.births_name], decided.rows, found, tables, settings, p_not_found=p_not_found)
    clock("evaluate", None)
    quality = evaluate.quality(registers, normalised, linked, derived.children, decided.rows, settings)
    return Result(
        links=decided.links,
        candidates=decided.candidates,
        children=Deferred.of(derived.children),
        not_found=participation.not_found_list(derived.children, settings),
        rejected=pd.concat([*(register.rejected for register in registers.values()), derived.flagged], ignore_index=True),
        quality=quality | derived.quality | {"warnings": [*quality["warnings"], *derived.warnings, *(each for _, told in looked_up.values() for each in told)]},
        manifest=evaluate.manifest(settings, registers, prepared.hashes, clock.stop()),
        model={"lists": {name: each.model for name, each in linked.items()}},
        enrolments=unmade(derived, "enrolments"),
        applications=participation.applications_table({name: (normalised[name], found) for name, (found, _) in looked_up.items()}, settings),
        schools=participation.schools_table(tables, settings),
    )


@contextmanager
def _steps(settings: RunConfig, hashes: Mapping[str, str]) -> Iterator[engines.Steps]:
    """Tell how the steps are made: in memory, or kept in a folder where memory is short."""
    if settings.engine.memory_limit is None:
        yield engines.InMemory()
        return
    out = settings.base / settings.run.out
    folder = settings.base / settings.engine.work if settings.engine.work else out.with_name(f"{out.name}.work")
    model = settings.linkage.model and file_hash(settings.base / settings.linkage.model)
    with engines.work_folder(folder, {"configuration": settings.model_dump(mode="json"), "inputs": hashes, "model": model}) as steps:
        yield steps


def decide(encoded: Mapping[str, Encoded], settings: RunConfig, clock: Clock, link: Callable[[Encoded, dict[str, Encoded]], dict[str, ListLinks]]) -> Decision:
    """Link the births with the lists, decide, and look up the applicants; of the lists, all is returned but their pairs."""
    births, lists = encoded[settings.births_name], {name: encoded[name] for name in settings.lists}
    linked = link(births, lists)
    looked_up = {name: link_applicants(encoded[name], births, lists, linked, settings, clock) for name in settings.with_role(Role.APPLICATIONS)}
    clock("assign", None)
    decide = engines.spark.decide_in_spark(settings) if settings.engine.name == "spark" else assign.decide
    decided = assign.link_tables(births.ids, {name: (each.ids, linked[name]) for name, each in lists.items()}, decide)
    return decided, {name: each.without_pairs() for name, each in linked.items()}, looked_up


def link(births: Frame, *lists: Frame, config: Mapping[str, object] | None = None) -> Result:
    """Link births with lists that are in memory, their columns named as the fields are.

    Parameters
    ----------
    births
        A row per child. Columns `id` and any of `config.FIELDS`; dates as yyyy-mm-dd text or dates; others are left out.
    lists
        Lists of enrolments, likewise. They are called `list_1`, `list_2`, ...
    config
        Further parts of a configuration (`run`, `decision`, `linkage`, ...), as the TOML file would hold them.

    Returns
    -------
    Result
        As of `run`.

    Raises
    ------
    ConfigError
        No list is given, or a table has no column `id`.

    Examples
    --------
    >>> import pandas as pd
    >>> births = pd.DataFrame({"id": ["K1"], "first_names": ["Lotte"], "surname": ["Maes"], "birth_date": ["2020-05-04"]})
    >>> link(births, births.assign(id=["P9"])).links["decision"].tolist()
    ['link']

    """
    if not lists:
        raise ConfigError("hand over at least one list beside the births")
    frames = {"births": births, **{f"list_{number}": table for number, table in enumerate(lists, 1)}}
    registers = {}
    for name, table in frames.items():
        names = table.column_names if isinstance(table, pa.Table) else list(table.columns)
        if "id" not in names:
            raise ConfigError(f"{name}: there is no column id; it has {', '.join(map(str, names))}")
        columns = {field: field for field in names if field in FIELDS}
        registers[name] = {"role": "births" if name == "births" else "enrolments", "columns": columns}
    return run(parse_config({**(config or {}), "registers": registers}), frames=frames)


def _fingerprint(name: str, config: RunConfig, frames: Mapping[str, Frame]) -> str:
    return frame_hash(frames[name]) if name in frames else file_hash(config.base / str(config.registers[name].path))


def _p_found(child_ids: pd.Series, linked: Mapping[str, ListLinks]) -> pd.DataFrame:
    """Return the births in order, with the probability of being in each list."""
    return pd.DataFrame({"child_id": child_ids, **{name: each.found for name, each in linked.items()}}, copy=False)


class Clock:
    """Tells the progress, and keeps the seconds of each stage."""

    def __init__(self, progress: Progress | None) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress
        self._stage, self._since = "", time.perf_counter()

    def __call__(self, stage: str, share: float | None) -> None:
        """Say that a stage is going on, and how far it is."""
        self.stop()
        self._stage = stage
        if self._progress is not None:
            self._progress(stage, share)

    def stop(self) -> dict[str, float]:
        """End the current stage; return the seconds of all."""
        now = time.perf_counter()
        if self._stage:
            self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + now - self._since
        self._since = now
        return self.seconds
