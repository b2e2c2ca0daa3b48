"""What the links to one list say about every child, side by side with the births."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kleuterlink.config import Community, Role, RunConfig
from kleuterlink.participation.days import Days, to_days
from kleuterlink.participation.education import in_special_education
from kleuterlink.participation.ids import rows_of

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Evidence:
    """One list, one entry per child in the order of the births.

    Attributes
    ----------
    name, role, community
        The list.
    p_found
        Probability that the child is in the list.
    linked
        An accepted link.
    possible
        Number of possible links.
    active
        A record of the child covers the date (an open or unknown end, a start that is unknown or past), or no record speaks for it.
    later
        A record of the child starts after the date.
    special
        An active record is of special education.
    start
        Latest start of the child's records that is not after the date; NaT where not known.

    """

    name: str
    role: Role
    community: Community
    p_found: Floats
    linked: Flags
    possible: npt.NDArray[np.int64]
    active: Flags
    later: Flags
    special: Flags
    start: Days


def own_links(links: pd.DataFrame, name: str, child_ids: pd.Index) -> pd.DataFrame:
    """Return the links of a list that speak for each child.

    Parameters
    ----------
    links
        `tables.LINKS` rows; not changed.
    name
        The list.
    child_ids
        Ids of the births, in order.

    Returns
    -------
    DataFrame
        `record_id` (text), `child` (int64 row of the birth), `linked`, `possible` and `speaks` (bool), sorted by child. The accepted
        links speak for a child; where it has none, its most probable possible link (ties: the smaller `record_id`).

    """
    rows = links.loc[(links["register"] == name).fillna(False).to_numpy(dtype=bool), ["record_id", "child_id", "match_probability", "decision"]]
    accepted = (rows["decision"] == "link").to_numpy(dtype=bool)
    own = pd.DataFrame(
        {
            "record_id": rows["record_id"].to_numpy(dtype=object),
            "child": rows_of(rows["child_id"], child_ids),
            "linked": accepted,
            "p": rows["match_probability"].to_numpy(dtype=float),
        }
    )
    own = own[(own["child"] >= 0) & (own["linked"] | (rows["decision"] == "possible_link").to_numpy(dtype=bool))]
    own = own.sort_values(["child", "linked", "p", "record_id"], ascending=[True, False, False, True], kind="stable")
    first = ~own["child"].duplicated()
    return own.assign(possible=~own["linked"], speaks=own["linked"] | first)


def gather(name: str, config: RunConfig, links: pd.DataFrame, records: pd.DataFrame | None, p_found: Floats, as_of: np.datetime64) -> Evidence:
    """Line up what one list says with the births.

    Parameters
    ----------
    name
        The list.
    config
        The run's configuration.
    links
        What `own_links` returned.
    records
        The list's records (`record_id`, and where known `enrolled_from`, `enrolled_until`, `education`); None where they are not there.
    p_found
        Probability per child that it is in the list.
    as_of
        The date.

    Returns
    -------
    Evidence
        One entry per child.

    """
    count = len(p_found)
    speaks = links[links["speaks"]]
    child = speaks["child"].to_numpy(dtype=np.int64)
    start, end, is_special = _of_records(speaks["record_id"], records, config.participation.special_education)
    begun = np.isnat(start) | (start <= as_of)
    open_ = np.isnat(end) | (end >= as_of)
    latest = np.full(count, np.datetime64("NaT", "D"))
    order = np.argsort(start, kind="stable")
    dated = order[(begun & ~np.isnat(start))[order]]
    latest[child[dated]] = start[dated]
    return Evidence(
        name=name,
        role=config.registers[name].role,
        community=config.registers[name].system,
        p_found=p_found,
        linked=_any(child[speaks["linked"].to_numpy(dtype=bool)], count),
        possible=np.bincount(links.loc[links["possible"], "child"].to_numpy(dtype=np.int64), minlength=count),
        # Where no record speaks for a child (many, each improbable), nothing says that its enrolment has ended.
        active=_any(child[begun & open_], count) | ~_any(child, count),
        later=_any(child[~begun], count),
        special=_any(child[begun & open_ & is_special], count),
        start=latest,
    )


def _of_records(ids: pd.Series, records: pd.DataFrame | None, special: Sequence[str]) -> tuple[Days, Days, Flags]:
    nothing = np.full(len(ids), np.datetime64("NaT", "D"))
    if records is None:
        return nothing, nothing, np.zeros(len(ids), np.bool_)
    rows = rows_of(ids, records["record_id"])
    known = rows >= 0

    def days(field: str) -> Days:
        return np.where(known, to_days(records[field].to_numpy(dtype=np.int32))[rows], nothing) if field in records and len(records) else nothing

    return days("enrolled_from"), days("enrolled_until"), known & in_special_education(records, special)[rows] if len(records) else known


def _any(rows: npt.NDArray[np.int64], count: int) -> Flags:
    return np.bincount(rows, minlength=count) > 0
