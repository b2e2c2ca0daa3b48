"""Links that cannot be, or hardly: counted, as a sign of what goes wrong that the probabilities do not know."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa

from kleuterlink.config import Role, RunConfig
from kleuterlink.results import LinkRows
from kleuterlink.tables import IntArray

YOUNGEST = 20_000
"""Two years, in the difference of two dates written yyyymmdd: no child is at school before."""


def implausible_links(births: pd.DataFrame, normalised: Mapping[str, pd.DataFrame], links: LinkRows, config: RunConfig) -> dict[str, int]:
    """Count accepted links that are implausible.

    Parameters
    ----------
    births
        Normalised births.
    normalised
        Normalised registers by name.
    links
        The links and possible links.
    config
        The run's configuration.

    Returns
    -------
    dict
        `linked` (accepted links); `two_children_on_one_record` (records with several children; assignment allows none, so any is a defect);
        `school_before_two` (an enrolment that starts before the linked child is two years old, by the birth register's date);
        `one_number_on_two_children` (valid numbers that stand on records of different children); `other_sex` (both sexes known, and
        different). The last three happen by errors in the registers too: compare them with what is usual there.

    """
    accepted = links.links()
    early = bearers = other_sex = shared = 0
    for name, register in config.lists.items():
        own, records = accepted.of(name), normalised[name]
        child, record = own.child, own.record
        shared += len(record) - int(np.count_nonzero(np.bincount(record)))
        if register.role is Role.ENROLMENTS and "enrolled_from" in records and "birth_date" in births:
            born, start = births["birth_date"].to_numpy(dtype=np.int64)[child], records["enrolled_from"].to_numpy(dtype=np.int64)[record]
            early += int(((born > 0) & (start > 0) & (start - born < YOUNGEST)).sum())
        if "sex" in records and "sex" in births:
            one, other = births["sex"].to_numpy()[child], records["sex"].to_numpy()[record]
            other_sex += int(((one > 0) & (other > 0) & (one != other)).sum())
        if "national_number" in records:
            bearers += _with_several_children(records, record, child)
    return {
        "linked": len(accepted.child),
        "two_children_on_one_record": shared,
        "school_before_two": early,
        "one_number_on_two_children": bearers,
        "other_sex": other_sex,
    }


def _with_several_children(records: pd.DataFrame, record: IntArray, child: IntArray) -> int:
    """Count the valid numbers that stand on records of different children."""
    valid = np.flatnonzero(np.isin(records["number_kind"].to_numpy(), (1, 2))[record])
    # As numbers: sorting them takes a tenth of the time and of the memory that their texts would.
    number = pa.array(records["national_number"].iloc[record[valid]], from_pandas=True).cast(pa.string()).cast(pa.int64()).to_numpy()
    order = np.argsort(number)
    number, bearer = number[order], child[valid][order]
    shared = (number[1:] == number[:-1]) & (bearer[1:] != bearer[:-1])
    return len(np.unique(number[1:][shared]))
