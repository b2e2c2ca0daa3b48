"""Quality against a known truth: of the not-found list first, of the links second.

Only synthetic registers and clerically reviewed samples have a truth. A share of nothing (a zero denominator) is NaN
everywhere, which `quality.json` writes as null.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import pandas as pd

from kleuterlink.tables import FloatArray

PAIR = ["register", "record_id", "child_id"]
"""Columns that name a pair of a list record and a birth."""

BINS = 10
"""Bins of equal width in which probabilities are compared with what happened."""


def list_quality(not_found: pd.DataFrame, truly_not_found: Collection[str], *, children: Collection[str] | None = None) -> dict[str, float]:
    """Compare the not-found list with the children who truly are in none of the registers.

    Parameters
    ----------
    not_found
        The list; column `child_id`. An id that stands on it twice counts once.
    truly_not_found
        Ids of the children who are in none of the registers.
    children
        Ids to speak of; others are left out on both sides. Default: all.

    Returns
    -------
    dict
        `ppv`, `sensitivity`, `f1`; and the counts behind them: `on_list`, `true` (truly not found), `true_positives`,
        `false_alarms` (on the list, yet enrolled), `missed` (not found, yet not on the list).

    Notes
    -----
    With TP true positives, FA false alarms and MC missed children,

        ppv = TP / (TP + FA),  sensitivity = TP / (TP + MC),  f1 = 2 TP / (2 TP + FA + MC),

    each NaN where its denominator is zero.

    Examples
    --------
    >>> quality = list_quality(pd.DataFrame({"child_id": ["a", "b", "c", "d"]}), {"a", "b", "c", "e"})
    >>> quality["ppv"], quality["sensitivity"], quality["false_alarms"], quality["missed"]
    (0.75, 0.75, 1, 1)

    """
    listed, true = set(not_found["child_id"]), set(truly_not_found)
    if children is not None:
        spoken_of = set(children)
        listed, true = listed & spoken_of, true & spoken_of
    both = len(listed & true)
    return {
        "ppv": _share(both, len(listed)),
        "sensitivity": _share(both, len(true)),
        "f1": _share(2 * both, len(listed) + len(true)),
        "on_list": len(listed),
        "true": len(true),
        "true_positives": both,
        "false_alarms": len(listed) - both,
        "missed": len(true) - both,
    }


def list_quality_by_group(not_found: pd.DataFrame, truth_children: pd.DataFrame) -> pd.DataFrame:
    """Compare the not-found list with the truth within groups of children, to see whom it serves less well.

    Parameters
    ----------
    not_found
        The list; column `child_id`. Ids that `truth_children` lacks are left out.
    truth_children
        One row per child: `child_id` (unique), `not_found` (bool), and a column per grouping. Columns of yes and no, of
        text and of categories are groupings; others (numbers, dates) are passed over.

    Returns
    -------
    DataFrame
        A row per grouping and value, in the order of the columns and then by value; a child whose value is null is in no row.
        Columns `group` (the column), `value` (as text), `children`, `true`, `on_list` (counts), `ppv` and `sensitivity` as in
        `list_quality`, NaN where the denominator is zero.

    Examples
    --------
    >>> truth = pd.DataFrame({"child_id": ["a", "b", "c", "d"], "not_found": [True, True, False, False], "twin": [True, False, False, True]})
    >>> list_quality_by_group(pd.DataFrame({"child_id": ["a", "d"]}), truth)
      group  value  children  true  on_list  ppv  sensitivity
    0  twin  False         2     1        0  NaN          0.0
    1  twin   True         2     1        2  0.5          1.0

    """
    true = truth_children["not_found"].to_numpy(bool)
    listed = truth_children["child_id"].isin(set(not_found["child_id"])).to_numpy(bool)
    marks = pd.DataFrame({"children": 1, "true": true.astype(int), "on_list": listed.astype(int), "both": (true & listed).astype(int)})
    parts = []
    for name in truth_children.columns:
        column = truth_children[name]
        if name in {"child_id", "not_found"} or not _is_grouping(column):
            continue
        sums = marks.groupby(column.astype(object).to_numpy(), sort=True).sum()
        sums.insert(0, "value", sums.index.astype(str))
        sums.insert(0, "group", name)
        parts.append(sums)
    columns = ["group", "value", "children", "true", "on_list", "ppv", "sensitivity"]
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype=object if name in {"group", "value"} else float) for name in columns})
    out = pd.concat(parts, ignore_index=True)
    out["ppv"] = out["both"] / out["on_list"].where(out["on_list"] > 0)
    out["sensitivity"] = out["both"] / out["true"].where(out["true"] > 0)
    return out[columns]


def pair_quality(links: pd.DataFrame, matches: pd.DataFrame, *, by_register: bool = False) -> dict[str, float] | dict[str, dict[str, float]]:
    """Compare links with the true matches.

    Parameters
    ----------
    links
        Columns `register`, `record_id`, `child_id`; where there is a column `decision`, only its rows `link` count. A pair
        that stands there twice counts once.
    matches
        The true matches, same three columns.
    by_register
        Whether to return the figures of each register by itself.

    Returns
    -------
    dict
        `precision`, `recall`, `f1`; and the counts `links`, `matches`, `true_links`, `false_links`, `missed_matches`. With
        `by_register`, such a dictionary under the name of each register that has links or matches, in alphabetical order.

    Notes
    -----
    precision = true links / links, recall = true links / matches, f1 = 2 true links / (links + matches), each NaN where its
    denominator is zero.

    Examples
    --------
    >>> links = pd.DataFrame({"register": "nl", "record_id": ["1", "2"], "child_id": ["a", "c"], "decision": ["link", "possible_link"]})
    >>> matches = pd.DataFrame({"register": "nl", "record_id": ["1", "2"], "child_id": ["a", "b"]})
    >>> quality = pair_quality(links, matches)
    >>> quality["precision"], quality["recall"], quality["missed_matches"]
    (1.0, 0.5, 1)

    """
    if "decision" in links.columns:
        links = links[links["decision"] == "link"]
    made, true = _pairs(links), _pairs(matches)
    if not by_register:
        return _compare_pairs(made, true)
    return {
        name: _compare_pairs(made[made["register"] == name], true[true["register"] == name]) for name in sorted(set(made["register"]) | set(true["register"]))
    }


def candidate_recall(candidate_pairs: pd.DataFrame, matches: pd.DataFrame) -> float:
    """Return the share of the true matches that are among the candidate pairs (*pairs completeness*).

    Parameters
    ----------
    candidate_pairs, matches
        Columns `register`, `record_id`, `child_id`; other columns, and pairs that stand there again, do not matter.

    Returns
    -------
    float
        |candidate pairs and matches| / |matches|; NaN where there are no matches.

    Examples
    --------
    >>> matches = pd.DataFrame({"register": "nl", "record_id": ["1", "2"], "child_id": ["a", "b"]})
    >>> candidate_recall(matches.head(1), matches)
    0.5

    """
    return _compare_pairs(_pairs(candidate_pairs), _pairs(matches))["recall"]


def reliability(p: npt.ArrayLike, happened: npt.ArrayLike, *, bins: int = BINS) -> pd.DataFrame:
    """Set probabilities beside what happened, in bins of equal width (a reliability diagram as a table).

    Parameters
    ----------
    p
        (N,) probabilities, such as `p_not_found`, between 0 and 1.
    happened
        (N,) whether it came out, such as whether the child truly is in no list.
    bins
        Number of bins; bin b holds the p from b / bins up to, not including, (b + 1) / bins, and the last one 1 as well.

    Returns
    -------
    DataFrame
        A row per bin that holds something, in order: `bin` (0 for the lowest), `count`, `mean_p`, `observed` (share that happened).

    Examples
    --------
    >>> reliability([0.01, 0.02, 0.97, 1.0], [False, False, False, True])
       bin  count  mean_p  observed
    0    0      2   0.015       0.0
    1    9      2   0.985       0.5

    """
    probabilities, came_out = np.asarray(p, dtype=np.float64), np.asarray(happened, dtype=np.float64)
    edge = np.minimum((probabilities * bins).astype(np.int64), bins - 1)
    count = np.bincount(edge, minlength=bins)
    used = np.flatnonzero(count)

    def mean(values: FloatArray) -> FloatArray:
        means: FloatArray = np.bincount(edge, values, minlength=bins)[used] / count[used]
        return means

    return pd.DataFrame({"bin": used, "count": count[used], "mean_p": mean(probabilities), "observed": mean(came_out)})


def calibration_error(p: npt.ArrayLike, happened: npt.ArrayLike, *, bins: int = BINS) -> float:
    """Return the expected calibration error: how far probabilities lie from what happened, on average.

    Parameters
    ----------
    p, happened, bins
        As in `reliability`.

    Returns
    -------
    float
        Between 0 and 1, smaller is better; NaN where N = 0.

    Notes
    -----
    ECE = sum over bins b of (n_b / N) |mean of p in b - share that happened in b| (Naeini, Cooper & Hauskrecht 2015, AAAI).
    Where nearly all probabilities are near 0, as here, a small value says little by itself: look at `reliability` too.

    Examples
    --------
    >>> round(calibration_error([0.01, 0.02, 0.97, 1.0], [False, False, False, True]), 4)
    0.25

    """
    table = reliability(p, happened, bins=bins)
    total = int(table["count"].sum())
    if total == 0:
        return float("nan")
    return float((table["count"] * (table["mean_p"] - table["observed"]).abs()).sum() / total)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def _is_grouping(column: pd.Series) -> bool:
    if pd.api.types.is_bool_dtype(column) or isinstance(column.dtype, pd.CategoricalDtype):
        return True
    return pd.api.types.is_string_dtype(column)


def _pairs(table: pd.DataFrame) -> pd.DataFrame:
    """Return the distinct pairs, as plain text whatever the tables' dtypes."""
    return table[PAIR].astype(object).drop_duplicates()


def _compare_pairs(made: pd.DataFrame, true: pd.DataFrame) -> dict[str, float]:
    both = len(made.merge(true, on=PAIR))
    return {
        "precision": _share(both, len(made)),
        "recall": _share(both, len(true)),
        "f1": _share(2 * both, len(made) + len(true)),
        "links": len(made),
        "matches": len(true),
        "true_links": both,
        "false_links": len(made) - both,
        "missed_matches": len(true) - both,
    }
