"""Links that cannot be, or hardly: counted, as a sign of what goes wrong that the probabilities do not know."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from kleuterlink.config import Role, RunConfig
from kleuterlink.evaluate.ids import rows_of
from kleuterlink.tables import IntArray

YOUNGEST = 20_000
"""Two years, in the difference of two dates written yyyymmdd: no child is at school before."""


def implausible_links(births: pd.DataFrame, normalised: Mapping[str, pd.DataFrame], links: pd.DataFrame, config: RunConfig) -> dict[str, int]:
    """Count accepted links that are implausible.

    Parameters
    ----------
    births
        Normalised births.
    normalised
        Normalised registers by name.
    links
        `LINKS` rows.
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
    accepted = links[(links["decision"] == "link").to_numpy(dtype=bool)]
    early = bearers = other_sex = 0
    for name, register in config.lists.items():
        own = accepted[(accepted["register"] == name).to_numpy(dtype=bool)]
        records = normalised[name]
        child, record = rows_of(own["child_id"], births["record_id"]), rows_of(own["record_id"], records["record_id"])
        if register.role is Role.ENROLMENTS and "enrolled_from" in records and "birth_date" in births:
            born, start = births["birth_date"].to_numpy(dtype=np.int64)[child], records["enrolled_from"].to_numpy(dtype=np.int64)[record]
            early += int(((born > 0) & (start > 0) & (start - born < YOUNGEST)).sum())
        if "sex" in records and "sex" in births:
            one, other = births["sex"].to_numpy()[child], records["sex"].to_numpy()[record]
            other_sex += int(((one > 0) & (other > 0) & (one != other)).sum())
        if "national_number" in records:
            bearers += _with_several_children(records, record, child)
    return {
        "linked": len(accepted),
        "two_children_on_one_record": int(accepted.duplicated(["register", "record_id"]).sum()),
        "school_before_two": early,
        "one_number_on_two_children": bearers,
        "other_sex": other_sex,
    }


def _with_several_children(records: pd.DataFrame, record: IntArray, child: IntArray) -> int:
    """Count the valid numbers that stand on records of different children."""
    valid = np.flatnonzero(records["number_kind"].isin([1, 2]).to_numpy(dtype=bool)[record])
    number = pd.factorize(records["national_number"])[0][record[valid]]
    pairs = np.unique(number.astype(np.int64) << 32 | child[valid])
    return int((np.bincount(pairs >> 32) > 1).sum())
