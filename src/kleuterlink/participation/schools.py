"""The schools that the registers speak of, and which school each of them is now."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kleuterlink.coded import text_array
from kleuterlink.config import Role, RunConfig
from kleuterlink.participation.columns import rows_of
from kleuterlink.schemas import SCHOOLS
from kleuterlink.tables import STRING


def schools_table(registers: Mapping[str, pd.DataFrame], config: RunConfig) -> pd.DataFrame | None:
    """Tabulate the schools.

    Parameters
    ----------
    registers
        Normalised records by register; those with role `schools` are read (`record_id`, the school's number; where known `name`,
        `municipality`, `clb`, `successor`).
    config
        The run's configuration.

    Returns
    -------
    DataFrame or None
        `schemas.SCHOOLS`, a row per school, sorted by (community, school); None where there is no such register. A number that stands in
        several registers of a Community counts once, as the first of them has it.

    """
    tables = [_of_register(registers[name], register.system.value) for name, register in config.with_role(Role.SCHOOLS).items() if name in registers]
    if not tables:
        return None
    schools = pd.concat(tables, ignore_index=True).drop_duplicates(["community", "school"]).sort_values(["community", "school"], ignore_index=True)
    current = [_current(own["school"], own["successor"]) for _, own in schools.groupby("community", sort=True)]
    return schools.assign(current=pd.Series(pa.concat_arrays(current), dtype=STRING))[list(SCHOOLS)]


def successors_in_a_circle(schools: pd.Series, successors: pd.Series) -> npt.NDArray[np.bool_]:
    """Tell which schools never come to an end of their successors; bool, in order."""
    last, step, _ = _followed(schools, successors)
    endless: npt.NDArray[np.bool_] = step[last] != last
    return endless


def _of_register(records: pd.DataFrame, community: str) -> pd.DataFrame:
    columns = {name: text_array(records[name]) if name in records else pa.nulls(len(records), pa.string()) for name in SCHOOLS if name in _GIVEN}
    columns |= {"community": pa.repeat(community, len(records)), "school": text_array(records["record_id"])}
    return pd.DataFrame({name: pd.Series(column, dtype=STRING) for name, column in columns.items()})


_GIVEN = ("name", "municipality", "clb", "successor")


def _current(schools: pd.Series, successors: pd.Series) -> pa.StringArray:
    last, step, numbers = _followed(schools, successors)
    return numbers.take(pa.array(np.where(step[last] == last, last, np.arange(len(schools)))))


def _followed(schools: pd.Series, successors: pd.Series) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], pa.StringArray]:
    """Follow the successors of every school as far as there are schools.

    Returns
    -------
    last, step, numbers
        Where each school gets to; the next one of each number (itself at the end); and the numbers: the schools first, then successors
        that are in no table.

    """
    own, following = text_array(schools), text_array(successors)
    numbers = pa.concat_arrays([own, _not_in(following, own)])
    step = np.arange(len(numbers))
    stated = rows_of(following, numbers)
    step[: len(own)] = np.where(stated >= 0, stated, step[: len(own)])
    last = step
    # Every round doubles the number of steps: after so many rounds all that end have ended.
    for _ in range(int(np.ceil(np.log2(len(numbers) + 1)))):
        last = last[last]
    return last[: len(own)], step, numbers


def _not_in(texts: pa.StringArray, known: pa.StringArray) -> pa.StringArray:
    distinct = pc.unique(texts).drop_null()
    return distinct.filter(pc.invert(pc.is_in(distinct, value_set=known)))
