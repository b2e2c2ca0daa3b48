"""Decisions -> the tables of links and of candidates."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from kleuterlink.assign.links import NON_LINK, decide
from kleuterlink.tables import LINKS, STRING, IntArray, ListLinks

SHOWN = 5
"""Candidates kept of every child, over all lists; links come first."""

TEXTS = ("register", "record_id", "child_id", "decision", "blocking_rules")


def link_tables(child_ids: npt.NDArray[np.object_], lists: Mapping[str, tuple[npt.NDArray[np.object_], ListLinks]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Decide which pairs are links, and tabulate them.

    Parameters
    ----------
    child_ids
        (N,) ids of the births.
    lists
        By list, in the order of the configuration: ids of its records, and its scored pairs.

    Returns
    -------
    links : DataFrame
        `tables.LINKS`: links and possible links.
    candidates : DataFrame
        `tables.CANDIDATES`: of every child the five best pairs over all lists, and every link. Both sorted by (child_id, register, record_id);
        a `level_<comparison>` that a list does not have is -1.

    """
    tables = [_of_list(name, child_ids, record_ids, scored) for name, (record_ids, scored) in lists.items()]
    every = pd.concat(tables, ignore_index=True)
    levels = [name for name in map(str, every) if name.startswith("level_")]
    every[levels] = every[levels].fillna(-1).astype(np.int8)
    every = every.sort_values(["child_id", "register", "record_id"], ignore_index=True, kind="stable")
    linked = (every["decision"] != NON_LINK).to_numpy(dtype=bool)
    best = every.sort_values(["match_probability", "match_weight"], ascending=False, kind="stable").groupby("child_id", sort=False).head(SHOWN).index
    shown = linked.copy()
    shown[best] = True
    columns = [*LINKS, *levels]
    return every.loc[linked, columns].reset_index(drop=True), every.loc[shown, columns].reset_index(drop=True)


def _of_list(name: str, child_ids: npt.NDArray[np.object_], record_ids: npt.NDArray[np.object_], scored: ListLinks) -> pd.DataFrame:
    decision = decide(scored.left, scored.pupil, scored.probability)
    kept = np.flatnonzero((decision != NON_LINK) | _best(scored.left, scored.probability, scored.weight))
    levels = scored.vectors.levels(scored.vectors.code[kept])
    rules = scored.rules[kept]
    distinct, inverse = np.unique(rules, return_inverse=True)
    words = np.array([";".join(rule for bit, rule in enumerate(scored.rule_names) if bits >> bit & 1) for bits in distinct.tolist()], dtype=object)
    texts = {
        "register": np.full(len(kept), name, dtype=object),
        "record_id": record_ids[scored.right[kept]],
        "child_id": child_ids[scored.left[kept]],
        "decision": decision[kept],
        "blocking_rules": words[inverse] if len(kept) else np.zeros(0, object),
    }
    return pd.DataFrame(
        {
            **{column: pd.Series(texts[column], dtype=STRING) for column in TEXTS},
            "match_weight": scored.weight[kept],
            "match_probability": scored.probability[kept],
            **{f"level_{comparison.name}": levels[:, place] for place, comparison in enumerate(scored.vectors.comparisons)},
        }
    )


def _best(left: IntArray, probability: npt.NDArray[np.float64], weight: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Tell which pairs are among the best of their birth."""
    order = np.lexsort((-weight, -probability, left))
    rank = np.arange(len(order)) - np.searchsorted(left[order], left[order], "left")
    best = np.zeros(len(order), bool)
    best[order[rank < SHOWN]] = True
    return best
