"""The figures of a run by group of children: where linkage works less well, and how many are in no list."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from kleuterlink.evaluate.ids import rows_of
from kleuterlink.evaluate.intervals import draw_counts, factor_of_unseen, interval, share, share_interval
from kleuterlink.tables import FloatArray


def figures_by_group(
    births: pd.DataFrame, children: pd.DataFrame, links: pd.DataFrame, in_question: npt.NDArray[np.bool_], unseen: float
) -> list[dict[str, object]]:
    """Tabulate the children by municipality, year of birth, sex and whether their number is known.

    Parameters
    ----------
    births
        Normalised births.
    children, links
        `schemas.CHILDREN`, aligned with the births, and `schemas.LINKS`.
    in_question
        Which children may be on the list; the others count nowhere.
    unseen
        Expected number of matches that nothing recognises.

    Returns
    -------
    list of dict
        A row per group and value, values in order: `group`, `value`, `children`, `expected_not_found` with its 95% `interval`, `on_list`, `without_link`
        (children without an accepted link: the naive count), `linked_share` (share probably in a list), `precision` (expected share of the links that are
        right) and `recall` (of the children expected in a list, the share with a link), each with its 95% interval. A share of nothing is None.

    """
    accepted = links.loc[(links["decision"] == "link").to_numpy(dtype=bool), ["child_id", "match_probability"]]
    frame = pd.DataFrame(
        {
            "p": children["p_not_found"].to_numpy(dtype=np.float64),
            "listed": (children["status"] == "not_found").to_numpy(dtype=bool),
            "without_link": ~children["child_id"].isin(accepted["child_id"]).to_numpy(dtype=bool),
            "linked": (children["found_in"] != "").to_numpy(dtype=bool),
        }
    )[in_question].reset_index(drop=True)
    row = rows_of(accepted["child_id"], children.loc[in_question, "child_id"])
    doubts = pd.DataFrame({"row": row, "doubt": 1 - accepted["match_probability"].to_numpy(dtype=np.float64)})[row >= 0]
    factor = factor_of_unseen(float(frame["p"].sum()), unseen)
    rows: list[dict[str, object]] = []
    for name, values in _groupings(births).items():
        group, names = pd.factorize(values.to_numpy(dtype=object)[in_question], sort=True)
        figures = _figures(frame.assign(group=group), doubts, factor, len(names))
        rows += [{"group": name, "value": str(value), **entry} for value, entry in zip(names, figures, strict=True)]
    return rows


def _groupings(births: pd.DataFrame) -> dict[str, pd.Series]:
    groupings: dict[str, pd.Series] = {}
    if "municipality" in births:
        groupings["municipality"] = births["municipality"].astype(object).fillna("unknown")
    if "birth_date" in births:
        years = births["birth_date"] // 10_000
        groupings["year of birth"] = years.astype(str).where(years > 0, "unknown")
    if "sex" in births:
        groupings["sex"] = births["sex"].map({1: "male", 2: "female"}).astype(object).fillna("unknown")
    if "number_kind" in births:
        groupings["national number"] = (births["number_kind"] > 0).map({True: "known", False: "missing"})
    return groupings


def _figures(frame: pd.DataFrame, doubts: pd.DataFrame, factor: FloatArray, groups: int) -> list[dict[str, object]]:
    """Return the figures of each group; `doubts` has the row of the linked child and the probability that the link is wrong."""
    p, group = frame["p"].to_numpy(), frame["group"].to_numpy()
    made = frame.groupby("group").agg(
        children=("p", "size"),
        expected_not_found=("p", "sum"),
        on_list=("listed", "sum"),
        without_link=("without_link", "sum"),
        linked_share=("linked", "mean"),
    )
    # Children with a link and without one are drawn apart: those without, who are in a list after all, were missed.
    side = 2 * group + frame["without_link"].to_numpy()
    size, in_list = (np.bincount(side, weights, minlength=2 * groups).reshape(groups, 2) for weights in (None, 1 - p))
    missing = draw_counts(p, side, 2 * groups, factor).reshape(len(factor), groups, 2)
    found = size - missing
    links = np.bincount(group[doubts["row"]], minlength=groups)
    wrong = np.bincount(group[doubts["row"]], doubts["doubt"], minlength=groups)
    drawn_wrong = draw_counts(doubts["doubt"].to_numpy(), group[doubts["row"]], groups)
    return [
        {
            **{str(name): entry for name, entry in row.items()},
            "interval": interval(missing[:, place].sum(axis=1)),
            "precision": share(links[place] - wrong[place], links[place]),
            "precision_interval": share_interval(links[place] - drawn_wrong[:, place], np.full(len(factor), links[place])),
            "recall": share(in_list[place, 0], in_list[place].sum()),
            "recall_interval": share_interval(found[:, place, 0], found[:, place].sum(axis=1)),
        }
        for place, row in enumerate(made.to_dict("records"))
    ]
