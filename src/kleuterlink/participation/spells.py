"""Which enrolment counts on which day, where a child has several."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from kleuterlink.config import Role, RunConfig
from kleuterlink.participation.days import Days, to_days
from kleuterlink.participation.education import in_special_education
from kleuterlink.participation.ids import rows_of

MOST_CONCEIVABLE = 400
"""A larger number of half-days in a school year is a slip of the pen."""

SPELLS = ("list", "record_id", "child", "school", "special", "first", "last", "present", "accepted", "possible")
"""Columns of `linked_spells`."""


def linked_spells(
    child_ids: pd.Index, links: pd.DataFrame, enrolments: Mapping[str, pd.DataFrame], config: RunConfig, bounds: tuple[np.datetime64, np.datetime64]
) -> pd.DataFrame:
    """Return the linked enrolments of every child, within the school year.

    Parameters
    ----------
    child_ids
        Ids of the births, in order.
    links
        `tables.LINKS` rows; only accepted links count: half-days decide on an allowance.
    enrolments
        Records of each list by name.
    config
        The run's configuration.
    bounds
        First and last day that count.

    Returns
    -------
    DataFrame
        A row per linked enrolment that touches the period. `list`, `record_id`, `school` (text or None), `child` (int64 row of the
        birth), `special` (bool, special education), `first`, `last` (datetime64[s], cut to the period; an unknown start or end is the
        period's), and the yearly totals `present`, `accepted`, `possible` (float64, NaN where not stated). An enrolment that repeats
        another with its totals is left out.

    """
    tables = [_of_list(child_ids, links, enrolments[name], name, config, bounds) for name in config.with_role(Role.ENROLMENTS) if name in enrolments]
    spells = pd.concat([table for table in tables if len(table)] or [_no_spells()], ignore_index=True)
    repeated = spells.drop(columns=["list", "record_id"]).duplicated() & spells["school"].notna() & spells["present"].notna()
    return spells[~repeated].reset_index(drop=True)


def numbers(texts: pd.Series) -> npt.NDArray[np.float64]:
    """Read a text column of numbers (comma or point) as float64; NaN where there is none."""
    return pd.to_numeric(texts.astype(object).str.replace(",", ".", regex=False), errors="coerce").to_numpy(dtype=np.float64)


def days_of_spells(spells: pd.DataFrame) -> pd.DataFrame:
    """Divide every child's days over its enrolments: each day belongs to one.

    Parameters
    ----------
    spells
        Columns `child`, `first`, `last`, `present`; the index names the spells.

    Returns
    -------
    DataFrame
        `spell` (index of `spells`), `first`, `last` (datetime64[D]), sorted by (`spell`, `first`). Periods of one child never overlap
        and together cover just the days that its spells cover.

    Notes
    -----
    On a day that several enrolments cover, the one that started last counts: the child went there, and the earlier one was to be
    struck off; it counts again where the later one ended. Of two that started together, the one with a total, then the one that
    ends last, then the first row.

    """
    many = spells["child"].duplicated(keep=False).to_numpy(dtype=bool)
    alone = spells[~many]
    single = pd.DataFrame({"spell": alone.index.to_numpy(), "first": alone["first"].to_numpy(), "last": alone["last"].to_numpy()})
    if not many.any():
        return single
    shared = spells.loc[many, ["child", "first", "last"]].assign(spell=spells.index[many], stated=spells.loc[many, "present"].notna())
    marks = pd.concat(
        [shared[["child", "first"]].rename(columns={"first": "day"}), pd.DataFrame({"child": shared["child"], "day": shared["last"] + np.timedelta64(1, "D")})]
    )
    marks = marks.drop_duplicates().sort_values(["child", "day"], ignore_index=True)
    # Between two marks the same enrolments cover every day.
    marks["until"] = marks.groupby("child")["day"].shift(-1) - np.timedelta64(1, "D")
    pieces = marks.dropna(subset=["until"]).merge(shared, on="child")
    pieces = pieces[(pieces["first"] <= pieces["day"]) & (pieces["until"] <= pieces["last"])]
    pieces = pieces.sort_values(["child", "day", "first", "stated", "last", "spell"], ascending=[True, True, False, False, False, True])
    winners = pieces[~pieces.duplicated(["child", "day"])]
    divided = pd.DataFrame({"spell": winners["spell"].to_numpy(), "first": winners["day"].to_numpy(), "last": winners["until"].to_numpy()})
    return pd.concat([single, divided]).sort_values(["spell", "first"], ignore_index=True)


def _of_list(
    child_ids: pd.Index, links: pd.DataFrame, records: pd.DataFrame, name: str, config: RunConfig, bounds: tuple[np.datetime64, np.datetime64]
) -> pd.DataFrame:
    own = links[((links["register"] == name) & (links["decision"] == "link")).fillna(False).to_numpy(dtype=bool)]
    child = rows_of(own["child_id"], child_ids)
    row = rows_of(own["record_id"], records["record_id"])
    known = (child >= 0) & (row >= 0)
    linked = records.iloc[row[known]]
    start, end = (_days(linked, field, bound) for field, bound in zip(("enrolled_from", "enrolled_until"), bounds, strict=True))
    spells = pd.DataFrame(
        {
            "list": name,
            "record_id": linked["record_id"].to_numpy(dtype=object),
            "child": child[known].astype(np.int64),
            "school": linked["school"].astype(object).to_numpy() if "school" in linked else None,
            "special": in_special_education(linked, config.participation.special_education),
            "first": np.maximum(start, bounds[0]).astype("datetime64[s]"),
            "last": np.minimum(end, bounds[1]).astype("datetime64[s]"),
            **{column: _usable(numbers(linked[field])) if field in linked else np.nan for column, field in _TOTALS.items()},
        }
    )
    return spells[spells["first"] <= spells["last"]]


_TOTALS = {"present": "half_days_present", "accepted": "half_days_accepted", "possible": "half_days_possible"}


def _usable(half_days: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Leave out what cannot be a year's half-days; `flags` tells of it."""
    return np.where((half_days >= 0) & (half_days <= MOST_CONCEIVABLE), half_days, np.nan)


def _days(records: pd.DataFrame, field: str, otherwise: np.datetime64) -> Days:
    if field not in records:
        return np.full(len(records), otherwise)
    days = to_days(records[field].to_numpy(dtype=np.int32))
    return np.where(np.isnat(days), otherwise, days)


def _no_spells() -> pd.DataFrame:
    kinds = {"list": "O", "record_id": "O", "school": "O", "child": "i8", "special": "?", "first": "M8[s]", "last": "M8[s]"}
    return pd.DataFrame({column: np.empty(0, dtype=np.dtype(kinds.get(column, "f8"))) for column in SPELLS})
