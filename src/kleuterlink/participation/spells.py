"""Which enrolment counts on which day, where a pupil has several."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kleuterlink.coded import text_array
from kleuterlink.participation.days import Days
from kleuterlink.participation.enrolled import Enrolled

SPELLS = ("record", "pupil", "first", "last", "stated")
"""Columns of a table of spells."""


def spells_of(enrolled: Enrolled, may_come: Days, bounds: tuple[np.datetime64, np.datetime64]) -> pd.DataFrame:
    """Return the part of every enrolment that lies within the school year.

    Parameters
    ----------
    enrolled
        The enrolments.
    may_come
        First day on which each one's child may be at school; it does not count where half-days present are stated.
    bounds
        First and last day that count.

    Returns
    -------
    DataFrame
        A row per enrolment that touches the period: `record` (int64, row of `enrolled`), `pupil` (int64), `first`, `last` (datetime64[s]; an
        unknown start or end is the period's), `stated` (bool, states its half-days present). An enrolment that repeats another with
        its totals is left out.

    """
    stated = ~np.isnan(enrolled.present)
    start = np.where(np.isnat(enrolled.start), bounds[0], enrolled.start)
    end = np.where(np.isnat(enrolled.ended), bounds[1], enrolled.ended)
    first = np.maximum(np.maximum(start, bounds[0]), np.where(stated, bounds[0], may_come))
    last = np.minimum(end, bounds[1])
    inside = first <= last
    inside[_repeated(enrolled, stated, first, last)] = False
    record = np.flatnonzero(inside)
    return pd.DataFrame(
        {
            "record": record,
            "pupil": enrolled.pupil[record],
            "first": first[record].astype("datetime64[s]"),
            "last": last[record].astype("datetime64[s]"),
            "stated": stated[record],
        }
    )


def _repeated(enrolled: Enrolled, stated: np.ndarray[tuple[int], np.dtype[np.bool_]], first: Days, last: Days) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the rows of enrolments that are told again, with the same totals."""
    rows = np.flatnonzero(stated & (first <= last))
    rows = rows[pd.Series(enrolled.pupil[rows]).duplicated(keep=False).to_numpy()]
    told = pd.DataFrame({"pupil": enrolled.pupil[rows], "school": text_array(enrolled.school).take(rows).to_pylist(), "special": enrolled.special[rows]})
    told = told.assign(first=first[rows].astype("datetime64[s]"), last=last[rows].astype("datetime64[s]"))
    told = told.assign(present=enrolled.present[rows], accepted=enrolled.accepted[rows], possible=enrolled.possible[rows])
    return rows[(told.duplicated() & told["school"].notna()).to_numpy(dtype=bool)]


def days_of_spells(spells: pd.DataFrame) -> pd.DataFrame:
    """Divide every pupil's days over its enrolments: each day belongs to one.

    Parameters
    ----------
    spells
        Columns `pupil`, `first`, `last`, `stated`, under a `RangeIndex` that names the spells.

    Returns
    -------
    DataFrame
        `spell` (index of `spells`), `first`, `last` (datetime64[s]), in no order. Periods of one pupil never overlap and together cover
        just the days that its spells cover.

    Notes
    -----
    On a day that several enrolments cover, the one that started last counts: the child went there, and the earlier one was to be
    struck off; it counts again where the later one ended. Of two that started together, the one with a total, then the one that
    ends last, then the first row.

    """
    many = spells["pupil"].duplicated(keep=False).to_numpy(dtype=bool)
    alone = spells[~many]
    single = pd.DataFrame({"spell": alone.index.to_numpy(), "first": alone["first"].to_numpy(), "last": alone["last"].to_numpy()})
    if not many.any():
        return single
    shared = spells.loc[many, ["pupil", "first", "last", "stated"]].assign(spell=spells.index[many])
    marks = pd.concat(
        [shared[["pupil", "first"]].rename(columns={"first": "day"}), pd.DataFrame({"pupil": shared["pupil"], "day": shared["last"] + np.timedelta64(1, "D")})]
    )
    marks = marks.drop_duplicates().sort_values(["pupil", "day"], ignore_index=True)
    # Between two marks the same enrolments cover every day.
    marks["until"] = marks.groupby("pupil")["day"].shift(-1) - np.timedelta64(1, "D")
    pieces = marks.dropna(subset=["until"]).merge(shared, on="pupil")
    pieces = pieces[(pieces["first"] <= pieces["day"]) & (pieces["until"] <= pieces["last"])]
    pieces = pieces.sort_values(["pupil", "day", "first", "stated", "last", "spell"], ascending=[True, True, False, False, False, True])
    winners = pieces[~pieces.duplicated(["pupil", "day"])]
    divided = pd.DataFrame({"spell": winners["spell"].to_numpy(), "first": winners["day"].to_numpy(), "last": winners["until"].to_numpy()})
    return pd.concat([single, divided], ignore_index=True)
