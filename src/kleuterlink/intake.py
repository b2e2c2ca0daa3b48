"""From files to codes: the registers are read, normalised and encoded, and what nothing reads afterwards is let go."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeAlias

import pandas as pd
import pyarrow as pa

from kleuterlink.config import Role, RunConfig
from kleuterlink.normalise import encode, normalise
from kleuterlink.read import read_register, what_is_known
from kleuterlink.tables import Encoded, Register

Frame: TypeAlias = pd.DataFrame | pa.Table
Progress = Callable[[str, float | None], None]

LARGE = 1 << 28
"""Size of all files, in bytes, from which registers are taken in one after the other, so that the texts of one only are in memory."""

ONLY_COMPARED = ("first_names", "surname", "parent", "street", "house_number", "number_birth_date", "number_sex", "placeholder_date")
"""Normalised columns that nothing reads once they are encoded."""


def take_in(config: RunConfig, frames: Mapping[str, Frame], progress: Progress) -> tuple[dict[str, Register], dict[str, pd.DataFrame], dict[str, Encoded]]:
    """Read, normalise and encode the registers of a configuration.

    Parameters
    ----------
    config
        The configuration; with `engine.memory_limit` registers are taken in one after the other whatever their size.
    frames
        Registers that are handed over as tables instead of files, by name.
    progress
        Told what is being done.

    Returns
    -------
    registers : dict of Register
        All of them, as read; only absences have columns.
    normalised : dict of DataFrame
        Of all but absences; those that are encoded lack `ONLY_COMPARED` and the columns of further comparisons.
    encoded : dict of Encoded
        Of births, lists and applications.

    Raises
    ------
    ConfigError
        The configuration names something that cannot be.
    InputError
        A register cannot be read.

    """
    extras = {comparison.column: comparison.kind for comparison in config.linkage.comparisons}
    threads, memory_limit = config.engine.threads, config.engine.memory_limit
    registers: dict[str, Register] = {}
    normalised: dict[str, pd.DataFrame] = {}

    def read(name: str) -> Register:
        return read_register(name, config.registers[name], base=config.base, frame=frames.get(name), memory_limit=memory_limit)

    def written_alike(name: str) -> pd.DataFrame:
        return normalise(registers[name].records, extras=extras, threads=threads)

    one_by_one = memory_limit is not None or _size(config, frames) >= LARGE
    for names in ([name] for name in config.registers) if one_by_one else [list(config.registers)]:
        with ThreadPoolExecutor(threads) as pool:
            progress("read", None)
            registers |= zip(names, pool.map(read, names), strict=True)
            progress("normalise", None)
            named = [name for name in names if registers[name].role != Role.ABSENCES]
            normalised |= zip(named, pool.map(written_alike, named), strict=True)
        kept = what_is_known if config.engine.keep is not None else _nothing
        registers |= {name: replace(registers[name], records=kept(registers[name].records)) for name in named}
    people = [config.births_name, *config.lists, *config.with_role(Role.APPLICATIONS)]
    encoded = dict(zip(people, encode([normalised[name] for name in people], extras=extras, threads=threads), strict=True))
    normalised |= {name: _without(normalised[name], {*ONLY_COMPARED, *extras}) for name in people}
    return registers, normalised, encoded


def _nothing(records: pd.DataFrame) -> pd.DataFrame:
    return records[[]]


def _without(frame: pd.DataFrame, names: Collection[str]) -> pd.DataFrame:
    """Leave columns out, and share the others with the encoded register instead of copying them."""
    return pd.DataFrame({name: column for name, column in frame.items() if name not in names}, index=frame.index, copy=False)


def _size(config: RunConfig, frames: Mapping[str, Frame]) -> int:
    paths = [config.base / register.path for name, register in config.registers.items() if name not in frames and register.path is not None]
    return sum(path.stat().st_size for path in paths if path.is_file())
