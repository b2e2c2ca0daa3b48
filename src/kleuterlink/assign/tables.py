"""Decisions -> the tables of links and of candidates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kleuterlink.assign.links import DECISIONS, NON_LINK, decide
from kleuterlink.coded import text_array
from kleuterlink.tables import STRING, BoolArray, FloatArray, Ids, IntArray, ListLinks

SHOWN = 5
"""Candidates kept of every child, over all lists; links come first."""


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
    scored = [lists[name][1] for name in names]
    decided = [decide(each.left, each.pupil, each.probability) for each in scored]
    kept = [np.flatnonzero((made != NON_LINK) | _best(each.left, each.probability, each.weight)) for each, made in zip(scored, decided, strict=True)]
    register = np.repeat(np.arange(len(names)), [len(rows) for rows in kept])
    decision = np.concatenate([made[rows] for made, rows in zip(decided, kept, strict=True)])
    child, weight, probability = (
        np.concatenate([getattr(each, column)[rows] for each, rows in zip(scored, kept, strict=True)]) for column in ("left", "weight", "probability")
    )
    ids = text_array(child_ids)
    # Each list is in order already: what is left is to merge them.
    order = np.argsort((_ranks(ids)[child] * len(names) + register) * len(child) + np.arange(len(child)))
    shown = (decision[order] != NON_LINK) | _best(child[order], probability[order], weight[order])
    order = order[shown]
    columns: dict[str, pa.Array] = {
        "register": pa.array(names, pa.string()).take(pa.array(register[order])),
        "record_id": pa.concat_arrays([_record_ids(*lists[name], rows) for name, rows in zip(names, kept, strict=True)]).take(pa.array(order)),
        "child_id": ids.take(pa.array(child[order])),
        "match_weight": pa.array(weight[order]),
        "match_probability": pa.array(probability[order]),
        "decision": pa.array(DECISIONS, pa.string()).take(pa.array(decision[order])),
        "blocking_rules": _rule_names(scored, kept, order),
        **_levels(scored, kept, order),
    }
    linked = pa.array(np.flatnonzero(decision[order] != NON_LINK))
    return _frame({name: column.take(linked) for name, column in columns.items()}), _frame(columns)


def _frame(columns: Mapping[str, pa.Array]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(column, dtype=STRING) if pa.types.is_string(column.type) else np.array(column) for name, column in columns.items()})


def _record_ids(ids: Ids, scored: ListLinks, rows: IntArray) -> pa.Array:
    return text_array(ids).take(pa.array(scored.right[rows]))


def _rule_names(scored: Sequence[ListLinks], kept: Sequence[IntArray], order: IntArray) -> pa.Array:
    """Name the rules that made each pair: once per set of rules, of which there are few."""
    words: list[str] = []
    place = []
    for each, rows in zip(scored, kept, strict=True):
        inverse, distinct = pd.factorize(each.rules[rows])
        place.append(inverse + len(words))
        words += [";".join(rule for bit, rule in enumerate(each.rule_names) if bits >> bit & 1) for bits in distinct.tolist()]
    return pa.array(words, pa.string()).take(pa.array(np.concatenate(place)[order]))


def _levels(scored: Sequence[ListLinks], kept: Sequence[IntArray], order: IntArray) -> dict[str, pa.Array]:
    """Return a column of levels per comparison: spelled out once per pattern, of which there are few."""
    made: dict[str, list[npt.NDArray[np.int8]]] = {comparison.name: [] for each in scored for comparison in each.vectors.comparisons}
    for each, rows in zip(scored, kept, strict=True):
        inverse, distinct = pd.factorize(each.vectors.code[rows])
        levels = dict(zip((comparison.name for comparison in each.vectors.comparisons), each.vectors.levels(distinct).T, strict=True))
        for name, parts in made.items():
            parts.append(levels[name][inverse] if name in levels else np.full(len(rows), -1, np.int8))
    return {f"level_{name}": pa.array(np.concatenate(parts)[order]) for name, parts in made.items()}


def _ranks(ids: pa.Array) -> IntArray:
    """Return the place of each id among all in order; ids are unique."""
    rank = np.empty(len(ids), np.int64)
    rank[pc.sort_indices(ids).to_numpy()] = np.arange(len(ids))
    return rank


def _best(child: IntArray, probability: FloatArray, weight: FloatArray) -> BoolArray:
    """Tell which pairs are among the best of their child; ties keep the order of the pairs."""
    crowded = np.flatnonzero(np.bincount(child)[child] > SHOWN) if len(child) else np.zeros(0, np.int64)
    order = crowded[np.lexsort((-weight[crowded], -probability[crowded], child[crowded]))]
    rank = np.arange(len(order)) - np.searchsorted(child[order], child[order], "left")
    best = np.ones(len(child), bool)
    best[order[rank >= SHOWN]] = False
    return best
