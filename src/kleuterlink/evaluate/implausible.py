"""Links that cannot be, or hardly: counted, as a sign of what goes wrong that the probabilities do not know."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from kleuterlink.config import Role, RunConfig

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
    child = births.set_index(births["record_id"].astype(object))
    early = numbers = other_sex = 0
    for name, register in config.lists.items():
        own = accepted[(accepted["register"] == name).to_numpy(dtype=bool)]
        record = normalised[name].set_index(normalised[name]["record_id"].astype(object)).loc[own["record_id"].astype(object)]
        birth = child.loc[own["child_id"].astype(object)]
        if register.role is Role.ENROLMENTS and "enrolled_from" in record and "birth_date" in birth:
            born, start = (frame[column].to_numpy(dtype=np.int64) for frame, column in ((birth, "birth_date"), (record, "enrolled_from")))
            early += int(((born > 0) & (start > 0) & (start - born < YOUNGEST)).sum())
        if "sex" in record and "sex" in birth:
            one, other = (frame["sex"].to_numpy(dtype=np.int8) for frame in (birth, record))
            other_sex += int(((one > 0) & (other > 0) & (one != other)).sum())
        if "national_number" in record:
            valid = record["number_kind"].isin([1, 2]).to_numpy(dtype=bool)
            bearers = pd.DataFrame({"number": record["national_number"].to_numpy(object)[valid], "child": own["child_id"].to_numpy(object)[valid]})
            numbers += int((bearers.drop_duplicates().groupby("number").size() > 1).sum())
    return {
        "linked": len(accepted),
        "two_children_on_one_record": int(accepted.duplicated(["register", "record_id"]).sum()),
        "school_before_two": early,
        "one_number_on_two_children": numbers,
        "other_sex": other_sex,
    }
