"""Schools and municipalities that registers name, held against the tables of those that there are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kleuterlink.coded import text_array
from kleuterlink.config import Role, RunConfig
from kleuterlink.participation.columns import read_distinct, rows_of
from kleuterlink.participation.schools import successors_in_a_circle

Problem = tuple[str, str, npt.NDArray[np.bool_]]
"""Field, what is wrong with it, and a flag per row of a register."""

OTHERWISE_KNOWN = 0.95
"""Share of a register's stated municipalities that must be known before the others pass for unknown ones: the table that comes along has
the municipalities with two names, and not every other."""


def unknown_places(name: str, registers: Mapping[str, pd.DataFrame], config: RunConfig) -> list[Problem]:
    """Find the schools and municipalities of one register that are not known.

    Parameters
    ----------
    name
        The register.
    registers
        Normalised records by register.
    config
        The run's configuration.

    Returns
    -------
    list of Problem
        A school that no table of schools of the Community has, where there is such a table; of a table of schools, successors that are
        not in it, or that run in a circle. A municipality that has no NIS code and is not in a register with role `municipalities`; where
        there is no such register, only if nearly all others that the source states have a code.

    """
    records, register = registers[name], config.registers[name]
    schools = [registers[each]["record_id"] for each, its in config.with_role(Role.SCHOOLS).items() if its.system is register.system and each in registers]
    problems: list[Problem] = []
    if schools and "school" in records:
        problems.append(("school", "no school has this number", _missing_from(records["school"], schools)))
    if register.role is Role.SCHOOLS and "successor" in records:
        problems.append(("successor", "no school has this number", _missing_from(records["successor"], schools)))
        problems.append(("successor", "the successors run in a circle", successors_in_a_circle(records["record_id"], records["successor"])))
    if register.role is not Role.MUNICIPALITIES and "municipality" in records:
        problems.append(("municipality", "no municipality of this name or code is known", _unknown_municipality(records, registers, config)))
    return problems


def _missing_from(texts: pd.Series, tables: list[pd.Series]) -> npt.NDArray[np.bool_]:
    stated: npt.NDArray[np.bool_] = texts.notna().to_numpy(dtype=bool)
    known = pc.unique(pa.chunked_array([text_array(table) for table in tables]))
    return stated & (rows_of(texts, known) < 0)


def _unknown_municipality(records: pd.DataFrame, registers: Mapping[str, pd.DataFrame], config: RunConfig) -> npt.NDArray[np.bool_]:
    tables = [registers[each] for each in config.with_role(Role.MUNICIPALITIES) if each in registers]
    listed = {text for table in tables for column in ("record_id", "municipality") if column in table for text in table[column].dropna()}

    def unknown(texts: list[str]) -> list[bool]:
        return [text not in listed if listed else not text.isdecimal() for text in texts]

    hit = read_distinct(records["municipality"], unknown, missing=False)
    stated = int(records["municipality"].notna().sum())
    return hit if tables or hit.sum() <= (1 - OTHERWISE_KNOWN) * stated else np.zeros(len(records), np.bool_)
