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
from kleuterlink.results import LinkRows
from kleuterlink.tables import IntArray

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


def speaking_links(joined: LinkRows, count: int) -> npt.NDArray[np.int64]:
    """Return the positions of the links that speak for each child.

    Parameters
    ----------
    joined
        The links of one list.
    count
        Number of births.

    Returns
    -------
    ndarray
        int64, in no order. The accepted links speak for a child; where it has none, its most probable possible link (ties: the first).

    """
    accepted = np.flatnonzero(joined.accepted)
    possible = np.flatnonzero(~joined.accepted)
    possible = possible[~_any(joined.child[accepted], count)[joined.child[possible]]]
    child = joined.child[possible]
    order = np.lexsort((-joined.probability[possible], child))
    return np.concatenate([accepted, possible[order][np.unique(child[order], return_index=True)[1]]])


def gather(name: str, config: RunConfig, joined: LinkRows, records: pd.DataFrame | None, p_found: Floats, as_of: np.datetime64) -> Evidence:
    """Line up what one list says with the births.

    Parameters
    ----------
    name
        The list.
    config
        The run's configuration.
    joined
        Its links.
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
    speaks = speaking_links(joined, count)
    child = joined.child[speaks]
    start, end, is_special = _of_records(joined.record[speaks], records, config.participation.special_education)
    begun = np.isnat(start) | (start <= as_of)
    open_ = np.isnat(end) | (end >= as_of)
    latest = np.full(count, np.datetime64("NaT", "D"))
    dated = np.flatnonzero(begun & ~np.isnat(start))
    dated = dated[np.argsort(start[dated], kind="stable")]
    latest[child[dated]] = start[dated]
    return Evidence(
        name=name,
        role=config.registers[name].role,
        community=config.registers[name].system,
        p_found=p_found,
        linked=_any(joined.child[joined.accepted], count),
        possible=np.bincount(joined.child[~joined.accepted], minlength=count),
        # Where no record speaks for a child (many, each improbable), nothing says that its enrolment has ended.
        active=_any(child[begun & open_], count) | ~_any(child, count),
        later=_any(child[~begun], count),
        special=_any(child[begun & open_ & is_special], count),
        start=latest,
    )


def _of_records(rows: IntArray, records: pd.DataFrame | None, special: Sequence[str]) -> tuple[Days, Days, Flags]:
    """Return start, end and kind of some records; -1 stands for a record that is not there."""
    unknown = np.full(len(rows), np.datetime64("NaT", "D"))
    if records is None or records.empty:
        return unknown, unknown, np.zeros(len(rows), np.bool_)
    known = rows >= 0

    def days(field: str) -> Days:
        return np.where(known, to_days(records[field].to_numpy(dtype=np.int32)[rows]), unknown) if field in records else unknown

    return days("enrolled_from"), days("enrolled_until"), known & in_special_education(records, special)[rows]


def _any(rows: IntArray, count: int) -> Flags:
    return np.bincount(rows, minlength=count) > 0
