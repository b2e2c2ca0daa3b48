"""The best that scored pairs can do: cuts on the score that are chosen with the truth in hand.

No user can choose so well. It is what a tool without a cut of its own is given here, so that its score is judged and not
its threshold.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from kleuterlink.evaluate import list_quality, pair_quality

PAIR = ["register", "record_id", "child_id"]


def best_of_each(pairs: pd.DataFrame, sides: list[list[str]]) -> pd.DataFrame:
    """Keep the pairs that are the best of their record, for each side named by its columns; ties are kept."""
    keep = np.ones(len(pairs), bool)
    for side in sides:
        keep &= (pairs["score"] == pairs.groupby(side, sort=False)["score"].transform("max")).to_numpy()
    return pairs[keep]


def best_pair_cut(pairs: pd.DataFrame, matches: pd.DataFrame) -> float:
    """Return the score at and above which links have the highest F1."""
    true = pairs.merge(matches[PAIR].drop_duplicates().assign(true=True), on=PAIR, how="left")["true"].notna().to_numpy()
    order = np.argsort(-pairs["score"].to_numpy(), kind="stable")
    score, hits = pairs["score"].to_numpy()[order], np.cumsum(true[order])
    f1 = 2 * hits / (np.arange(1, len(pairs) + 1) + len(matches))
    last_of_score = np.append(score[1:] != score[:-1], True)
    return float(score[np.argmax(np.where(last_of_score, f1, -1))])


def pairs_at(pairs: pd.DataFrame, cut: float, matches: pd.DataFrame) -> dict[str, float]:
    """Return precision, recall and F1 of the pairs at or above a cut."""
    return pair_quality(pairs.loc[pairs["score"] >= cut, PAIR], matches)


def child_scores(pairs: pd.DataFrame, children: Collection[str]) -> pd.Series:
    """Return the best score of each child, minus infinity where it is in no pair."""
    return pairs.groupby("child_id")["score"].max().reindex(list(children), fill_value=-np.inf)


def list_cuts(scores: pd.Series, truly_not_found: Collection[str]) -> pd.DataFrame:
    """Return every possible not-found list: a row per cut with `cut`, `on_list`, `hits`, `errors`.

    On the list are the children whose best score is below the cut.
    """
    ordered = scores.sort_values(kind="stable")
    values, true = ordered.to_numpy(), ordered.index.isin(set(truly_not_found))
    ends = np.append(np.flatnonzero(values[1:] != values[:-1]), len(values) - 1)
    on_list, hits = ends + 1, np.cumsum(true)[ends]
    cuts = np.append(values[ends[:-1] + 1], np.inf)
    return pd.DataFrame({"cut": cuts, "on_list": on_list, "hits": hits, "errors": on_list - hits + true.sum() - hits})


def list_at(scores: pd.Series, cut: float, truly_not_found: Collection[str]) -> dict[str, float]:
    """Return the quality of the list of children whose best score is below a cut."""
    listed = pd.DataFrame({"child_id": scores.index[scores.to_numpy() < cut]})
    return list_quality(listed, truly_not_found, children=set(scores.index))


def fewest_errors(scores: pd.Series, truly_not_found: Collection[str]) -> float:
    """Return the cut whose list has the fewest false alarms and missed children together."""
    cuts = list_cuts(scores, truly_not_found)
    return float(cuts["cut"].iloc[int(cuts["errors"].to_numpy().argmin())])


def at_sensitivity(scores: pd.Series, truly_not_found: Collection[str], sensitivity: float) -> float:
    """Return the cut of the shortest list that finds at least this share of the children."""
    cuts = list_cuts(scores, truly_not_found)
    needed = sensitivity * len(set(scores.index) & set(truly_not_found))
    return float(cuts.loc[cuts["hits"] >= needed - 1e-9, "cut"].iloc[0])
