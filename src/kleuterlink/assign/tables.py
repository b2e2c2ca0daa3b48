"""Decisions -> the tables of links and of candidates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from kleuterlink.assign.links import DECISIONS, LINK, NON_LINK, Decide, decide
from kleuterlink.coded import text_array, text_order
from kleuterlink.results import Deferred, LinkRows
from kleuterlink.tables import SECOND_LOOK, STRING, BoolArray, Column, FloatArray, Ids, IntArray, ListLinks

SHOWN = 5
"""Candidates kept of a child, over all lists; links come first."""

DOUBT = 1e-3
"""Probability of being in no list from which a child is in doubt; of others the links tell all there is to tell."""


@dataclass(frozen=True)
class Decided:
    """What was decided.

    Attributes
    ----------
    links
        `schemas.LINKS`: links and possible links.
    candidates
        `schemas.CANDIDATES`: of every child in doubt the five best pairs over all lists, and every link and possible link.
        Both tables are sorted by (child_id, register, record_id); a `level_<comparison>` that a list does not have is -1.
    rows
        The links again, as rows of births and records.

    """

    links: Deferred
    candidates: Deferred
    rows: LinkRows


def link_tables(child_ids: Ids, lists: Mapping[str, tuple[Ids, ListLinks]], decide: Decide = decide) -> Decided:
    """Decide which pairs are links, and tabulate them.

    Parameters
    ----------
    child_ids
        (N,) ids of the births: text, of NumPy or Arrow.
    lists
        By list, in the order of the configuration: ids of its records, and its scored pairs.
    decide
        How it is decided; `decide` of this package, or an engine's.

    Returns
    -------
    Decided
        The tables, to be made when they are asked for.

    """
    names = tuple(sorted(lists))
    scored = [lists[name][1] for name in names]
    decided = [decide(each.left, each.pupil, each.probability) for each in scored]
    doubtful = np.prod([1 - each.found for each in scored], axis=0) >= DOUBT
    kept = _kept(scored, decided, doubtful)
    ids = text_array(child_ids)
    child = _joined_up([each.left for each in scored], kept, np.int32)
    register = np.repeat(np.arange(len(names), dtype=np.int8), [len(rows) for rows in kept])
    # Each list is in order already: what is left is to merge them.
    order = np.argsort(_ranks(ids)[child] * len(names) + register, kind="stable") if len(names) > 1 else slice(None)
    pairs = _Pairs(
        register=register[order],
        child=child[order],
        record=_joined_up([each.right for each in scored], kept, np.int32)[order],
        weight=_joined_up([each.weight for each in scored], kept, np.float64)[order],
        probability=_joined_up([each.probability for each in scored], kept, np.float64)[order],
        decision=_joined_up(decided, kept, np.int8)[order],
        rules=_numbered([each.rules for each in scored], kept)[order],
        pattern=_numbered([each.vectors.code for each in scored], kept)[order],
    )
    labels = _Labels(names, ids, [text_array(lists[name][0]) for name in names], _rule_names(scored, kept), *_levels(scored, kept))
    shown, told = (np.flatnonzero(flags).astype(np.int32) for flags in (pairs.decision != NON_LINK, doubtful[pairs.child]))
    second = np.array([SECOND_LOOK in each for each in labels.rules], bool)[pairs.rules[shown]]
    accepted = pairs.decision[shown] == LINK
    rows = LinkRows(names, pairs.register[shown], pairs.child[shown], pairs.record[shown], pairs.probability[shown], accepted, second)
    links, candidates = (Deferred(len(places), partial(_frame, pairs, labels, places)) for places in (shown, told))
    return Decided(links, candidates, rows)


def _kept(scored: Sequence[ListLinks], decided: Sequence[IntArray], doubtful: BoolArray) -> list[IntArray]:
    """Return the rows of each list's pairs that are kept."""
    kept = [np.flatnonzero((made != NON_LINK) | doubtful[each.left]) for each, made in zip(scored, decided, strict=True)]
    child = _joined_up([each.left for each in scored], kept, np.int32)
    probability, weight = (_joined_up([vars(each)[name] for each in scored], kept, np.float64) for name in ("probability", "weight"))
    worth = (_joined_up(decided, kept, np.int8) != NON_LINK) | _best(child, probability, weight)
    return [rows[own] for rows, own in zip(kept, np.split(worth, np.cumsum([len(rows) for rows in kept])[:-1]), strict=True)]


@dataclass(frozen=True)
class _Pairs:
    """Pairs that are kept, one entry each; what their codes say stands in `_Labels`."""

    register: IntArray
    child: IntArray
    record: IntArray
    weight: FloatArray
    probability: FloatArray
    decision: IntArray
    rules: IntArray
    pattern: IntArray

    def take(self, rows: IntArray) -> _Pairs:
        return replace(self, **{name: column[rows] for name, column in vars(self).items()})


@dataclass(frozen=True)
class _Labels:
    """Names of the lists, ids of births and of each list's records, names of sets of rules, and the levels that patterns stand for."""

    registers: tuple[str, ...]
    children: pa.StringArray
    records: list[pa.StringArray]
    rules: list[str]
    comparisons: list[str]
    levels: npt.NDArray[np.int8]


def _joined_up(columns: Sequence[Column], kept: Sequence[IntArray], dtype: type[np.generic]) -> Column:
    """Return what is kept of a column, list after list."""
    return np.concatenate([column[rows].astype(dtype, copy=False) for column, rows in zip(columns, kept, strict=True)])


def _numbered(columns: Sequence[Column], kept: Sequence[IntArray]) -> IntArray:
    """Return a number for each value that is kept: the distinct ones of each list are numbered, list after list."""
    numbered, before = [], 0
    for column, rows in zip(columns, kept, strict=True):
        codes, distinct = pd.factorize(column[rows])
        numbered.append((codes + before).astype(np.int32))
        before += len(distinct)
    return np.concatenate(numbered)


def _rule_names(scored: Sequence[ListLinks], kept: Sequence[IntArray]) -> list[str]:
    """Name each set of rules, in the order in which `_numbered` numbers them."""
    return [
        ";".join(rule for bit, rule in enumerate(each.rule_names) if bits >> bit & 1)
        for each, rows in zip(scored, kept, strict=True)
        for bits in pd.unique(each.rules[rows]).tolist()
    ]


def _levels(scored: Sequence[ListLinks], kept: Sequence[IntArray]) -> tuple[list[str], npt.NDArray[np.int8]]:
    """Spell out each pattern, in the order in which `_numbered` numbers them: int8 (patterns, comparisons)."""
    names = list(dict.fromkeys(comparison.name for each in scored for comparison in each.vectors.comparisons))
    parts = []
    for each, rows in zip(scored, kept, strict=True):
        distinct = pd.unique(each.vectors.code[rows])
        levels = np.full((len(distinct), len(names)), -1, np.int8)
        levels[:, [names.index(comparison.name) for comparison in each.vectors.comparisons]] = each.vectors.levels(distinct)
        parts.append(levels)
    return names, np.concatenate(parts)


def _frame(pairs: _Pairs, labels: _Labels, places: IntArray, first: int, last: int) -> pd.DataFrame:
    pairs = pairs.take(places[first:last])
    columns = {
        "register": _words(labels.registers, pairs.register),
        "record_id": _record_ids(pairs, labels),
        "child_id": labels.children.take(pa.array(pairs.child)),
        "match_weight": pairs.weight,
        "match_probability": pairs.probability,
        "decision": _words(DECISIONS, pairs.decision),
        "blocking_rules": _words(labels.rules, pairs.rules),
        **{f"level_{name}": column[pairs.pattern] for name, column in zip(labels.comparisons, labels.levels.T, strict=True)},
    }
    return pd.DataFrame({name: pd.Series(column, dtype=STRING) if isinstance(column, pa.Array) else column for name, column in columns.items()})


def _words(words: Sequence[str], codes: IntArray) -> pd.Categorical:
    # Sets of rules of two lists may have one name.
    places, distinct = pd.factorize(np.array(words, object))
    return pd.Categorical.from_codes(places[codes], pd.Index(distinct), validate=False)


def _record_ids(pairs: _Pairs, labels: _Labels) -> pa.StringArray:
    """Return the ids of the records: those of each list, then put in the order of the pairs."""
    own = [np.flatnonzero(pairs.register == place) for place in range(len(labels.records))]
    ids = pa.concat_arrays([texts.take(pa.array(pairs.record[rows])) for texts, rows in zip(labels.records, own, strict=True)])
    place = np.empty(len(ids), np.int64)
    place[np.concatenate(own)] = np.arange(len(ids))
    return ids.take(pa.array(place))


def _ranks(ids: pa.StringArray) -> IntArray:
    """Return the place of each id among all in order; ids are unique."""
    rank = np.empty(len(ids), np.int64)
    rank[text_order(ids)] = np.arange(len(ids))
    return rank


def _best(child: IntArray, probability: FloatArray, weight: FloatArray) -> BoolArray:
    """Tell which pairs are among the best of their child; ties keep the order of the pairs."""
    crowded = np.flatnonzero(np.bincount(child)[child] > SHOWN) if len(child) else np.zeros(0, np.int64)
    order = crowded[np.lexsort((-weight[crowded], -probability[crowded], child[crowded]))]
    rank = np.arange(len(order)) - np.searchsorted(child[order], child[order], "left")
    best = np.ones(len(child), bool)
    best[order[rank >= SHOWN]] = False
    return best
