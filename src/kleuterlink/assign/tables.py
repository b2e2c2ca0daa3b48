"""Decisions -> the tables of links and of candidates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kleuterlink.assign.links import NON_LINK, decide
from kleuterlink.schemas import LINKS
from kleuterlink.tables import STRING, BoolArray, FloatArray, IntArray, ListLinks

SHOWN = 5
"""Candidates kept of every child, over all lists; links come first."""

Ids = npt.NDArray[np.object_]


@dataclass(frozen=True)
class _Rows:
    """Pairs of one list that may be shown."""

    child: IntArray
    weight: FloatArray
    probability: FloatArray
    decision: Ids
    record: pa.Array
    record_rank: IntArray
    rules: pa.Array
    levels: dict[str, npt.NDArray[np.int8]]


def link_tables(child_ids: Ids, lists: Mapping[str, tuple[Ids, ListLinks]]) -> tuple[pd.DataFrame, pd.DataFrame]:
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
        `schemas.LINKS`: links and possible links.
    candidates : DataFrame
        `schemas.CANDIDATES`: of every child the five best pairs over all lists, and every link. Both sorted by (child_id, register, record_id);
        a `level_<comparison>` that a list does not have is -1.

    """
    names = sorted(lists)
    rows = [_of_list(*lists[name]) for name in names]
    register = np.repeat(np.arange(len(names)), [len(each.child) for each in rows])
    child, weight, probability, decision = (np.concatenate([getattr(each, name) for each in rows]) for name in ("child", "weight", "probability", "decision"))
    texts = pa.array(child_ids, pa.string())
    rank = _ranks(texts)
    order = np.lexsort((np.concatenate([each.record_rank for each in rows]), register, rank[child]))
    linked = (decision != NON_LINK)[order]
    shown = linked | _best(child[order], probability[order], weight[order])
    order, linked = order[shown], linked[shown]
    columns = {
        "register": pa.array(names, pa.string()).take(pa.array(register[order])),
        "record_id": pa.concat_arrays([each.record for each in rows]).take(pa.array(order)),
        "child_id": texts.take(pa.array(child[order])),
        "match_weight": weight[order],
        "match_probability": probability[order],
        "decision": pa.array(decision[order], pa.string()),
        "blocking_rules": pa.concat_arrays([each.rules for each in rows]).take(pa.array(order)),
    }
    every = pd.DataFrame({name: columns[name] if isinstance(columns[name], np.ndarray) else pd.Series(columns[name], dtype=STRING) for name in LINKS})
    for name in dict.fromkeys(name for each in rows for name in each.levels):
        every[name] = np.concatenate([each.levels.get(name, np.full(len(each.child), -1, np.int8)) for each in rows])[order]
    return every[linked].reset_index(drop=True), every


def _of_list(record_ids: Ids, scored: ListLinks) -> _Rows:
    decision = decide(scored.left, scored.pupil, scored.probability)
    kept = np.flatnonzero((decision != NON_LINK) | _best(scored.left, scored.probability, scored.weight))
    levels = scored.vectors.levels(scored.vectors.code[kept])
    distinct, inverse = np.unique(scored.rules[kept], return_inverse=True)
    words = [";".join(rule for bit, rule in enumerate(scored.rule_names) if bits >> bit & 1) for bits in distinct.tolist()]
    ids = pa.array(record_ids, pa.string())
    return _Rows(
        scored.left[kept],
        scored.weight[kept],
        scored.probability[kept],
        decision[kept],
        ids.take(pa.array(scored.right[kept])),
        _ranks(ids)[scored.right[kept]],
        pa.array(words, pa.string()).take(pa.array(inverse)),
        {f"level_{comparison.name}": levels[:, place] for place, comparison in enumerate(scored.vectors.comparisons)},
    )


def _ranks(ids: pa.Array) -> IntArray:
    """Return the place of each id among all in order; ids are unique."""
    rank = np.empty(len(ids), np.int64)
    rank[pc.sort_indices(ids).to_numpy()] = np.arange(len(ids))
    return rank


def _best(child: IntArray, probability: FloatArray, weight: FloatArray) -> BoolArray:
    """Tell which pairs are among the best of their child; ties keep the order of the pairs."""
    crowded = np.flatnonzero(np.bincount(child)[child] > SHOWN) if len(child) else np.zeros(0, np.int64)
    order = crowded[np.lexsort((crowded, -weight[crowded], -probability[crowded], child[crowded]))]
    rank = np.arange(len(order)) - np.searchsorted(child[order], child[order], "left")
    best = np.ones(len(child), bool)
    best[order[rank >= SHOWN]] = False
    return best
