"""The figures of a run by group of children: where linkage works less well, and how many are in no list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kleuterlink.evaluate.intervals import DRAWS, Outcomes, interval, share, share_interval
from kleuterlink.results import LinkRows
from kleuterlink.tables import BoolArray, IntArray


def figures_by_group(
    births: pd.DataFrame, children: pd.DataFrame, accepted: LinkRows, in_question: npt.NDArray[np.bool_], missing: Outcomes
) -> list[dict[str, object]]:
    """Tabulate the children by municipality, year of birth, sex and whether their number is known.

    Parameters
    ----------
    births
        Normalised births.
    children
        `schemas.CHILDREN`, aligned with the births.
    accepted
        The links, without the possible ones.
    in_question
        Which children may be on the list; the others count nowhere.
    missing
        Whether each child in question is in no list.

    Returns
    -------
    list of dict
        A row per group and value, values in order: `group`, `value`, `children`, `expected_not_found` with its 95% `interval`, `on_list`, `without_link`
        (children without an accepted link: the naive count), `linked_share` (share probably in a list), `precision` (expected share of the links that are
        right) and `recall` (of the children expected in a list, the share with a link), each with its 95% interval. A share of nothing is None.

    """
    known = _Known(
        missing=missing,
        listed=(children["status"] == "not_found").to_numpy(dtype=bool)[in_question],
        without_link=(np.bincount(accepted.child, minlength=len(children)) == 0)[in_question],
        linked=(children["found_in"] != "").to_numpy(dtype=bool)[in_question],
    )
    place = np.where(in_question, np.cumsum(in_question, dtype=np.int32) - 1, np.int32(-1))[accepted.child]
    asked = place >= 0
    doubts = _Doubts(place[asked], Outcomes(1 - accepted.probability[asked]))
    rows: list[dict[str, object]] = []
    for name, codes, words in _groupings(births):
        group, names = _in_order(codes[in_question], words)
        rows += [{"group": name, "value": value, **entry} for value, entry in zip(names, _figures(known, group, doubts, len(names)), strict=True)]
    return rows


@dataclass(frozen=True)
class _Known:
    """What is known of the children in question, one entry each."""

    missing: Outcomes
    listed: BoolArray
    without_link: BoolArray
    linked: BoolArray


@dataclass(frozen=True)
class _Doubts:
    """Links of children in question: the place of the child among them, and whether the link is wrong."""

    place: IntArray
    wrong: Outcomes


def _groupings(births: pd.DataFrame) -> Iterator[tuple[str, IntArray, list[str]]]:
    """Tell the births apart, in one way after the other: a code each, and the word that it stands for; the last word is also that of code -1."""
    if "municipality" in births:
        codes, words = pd.factorize(births["municipality"])
        yield "municipality", codes, [*map(str, words), "unknown"]
    if "birth_date" in births:
        years = births["birth_date"].to_numpy() // 10_000
        codes, distinct = pd.factorize(np.where(years > 0, years, 0))
        yield "year of birth", codes, [str(year) if year else "unknown" for year in distinct.tolist()]
    if "sex" in births:
        sex = births["sex"].to_numpy()
        yield "sex", np.where((sex == 1) | (sex == 2), sex - 1, -1), ["male", "female", "unknown"]
    if "number_kind" in births:
        yield "national number", (births["number_kind"].to_numpy() > 0).astype(np.int8), ["missing", "known"]


def _in_order(codes: IntArray, words: list[str]) -> tuple[IntArray, list[str]]:
    """Return the words that occur, in their order, and the place of each entry's word among them."""
    occurs = np.bincount(codes % len(words), minlength=len(words)) > 0
    names = sorted({word for word, there in zip(words, occurs, strict=True) if there})
    place = {word: number for number, word in enumerate(names)}
    return np.array([place.get(word, -1) for word in words], np.int32)[codes], names


def _figures(known: _Known, group: IntArray, doubts: _Doubts, groups: int) -> list[dict[str, object]]:
    """Return the figures of each group."""
    p, children = known.missing.p, np.bincount(group, minlength=groups)
    made = pd.DataFrame(
        {
            "children": children,
            "expected_not_found": pd.Series(p).groupby(group).sum(),
            "on_list": np.bincount(group[known.listed], minlength=groups),
            "without_link": np.bincount(group[known.without_link], minlength=groups),
            "linked_share": np.bincount(group[known.linked], minlength=groups) / children,
        }
    )
    # Children with a link and without one are drawn apart: those without, who are in a list after all, were missed.
    side = 2 * group + known.without_link
    size, in_list = (np.bincount(side, weights, minlength=2 * groups).reshape(groups, 2) for weights in (None, 1 - p))
    missing = known.missing.counts(side, 2 * groups).reshape(DRAWS, groups, 2)
    found = size - missing
    linked = group[doubts.place]
    links, wrong = np.bincount(linked, minlength=groups), np.bincount(linked, doubts.wrong.p, minlength=groups)
    drawn_wrong = doubts.wrong.counts(linked, groups)
    return [
        {
            **{str(name): entry for name, entry in row.items()},
            "interval": interval(missing[:, place].sum(axis=1)),
            "precision": share(links[place] - wrong[place], links[place]),
            "precision_interval": share_interval(links[place] - drawn_wrong[:, place], np.full(DRAWS, links[place])),
            "recall": share(in_list[place, 0], in_list[place].sum()),
            "recall_interval": share_interval(found[:, place, 0], found[:, place].sum(axis=1)),
        }
        for place, row in enumerate(made.to_dict("records"))
    ]
