"""Our tables in the vocabulary of the Python Record Linkage Toolkit (`recordlinkage`), and back.

Candidate pairs are its `MultiIndex` of record ids, comparison vectors its feature frame. So its indexing methods can make
pairs for our kernel, and its classifiers can read our vectors.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from kleuterlink.errors import LinkageError
from kleuterlink.tables import Comparison, Ids, IntArray, Pairs, Vectors


def to_multiindex(pairs: Pairs, left_ids: Ids, right_ids: Ids) -> pd.MultiIndex:
    """Write pairs as the toolkit's candidate links.

    Parameters
    ----------
    pairs
        Pairs of rows.
    left_ids, right_ids
        Record ids of either register, in row order; `Encoded.ids`.

    Returns
    -------
    pd.MultiIndex
        One entry per pair, in the order of the pairs; levels `child_id` and `record_id`. The blocking rules are not kept.

    """
    return pd.MultiIndex.from_arrays(
        [np.asarray(ids[rows], dtype=object) for ids, rows in ((left_ids, pairs.left), (right_ids, pairs.right))], names=["child_id", "record_id"]
    )


def from_multiindex(index: pd.MultiIndex, left_ids: Ids, right_ids: Ids) -> Pairs:
    """Read the toolkit's candidate links as pairs.

    Parameters
    ----------
    index
        Pairs of record ids: the toolkit's `Index().index(left, right)`, where the frames' index holds the ids.
    left_ids, right_ids
        Distinct record ids of either register, in row order.

    Returns
    -------
    Pairs
        Distinct, sorted by (left, right): not in the order of the index. No blocking rule made them: `rules` is 0.

    Raises
    ------
    LinkageError
        An id is not among those of its register: the frame that was indexed needs the record ids as its index.

    """
    left, right = _rows(index, 0, left_ids), _rows(index, 1, right_ids)
    packed = np.unique(left * max(len(right_ids), 1) + right)
    rows = np.divmod(packed, max(len(right_ids), 1))
    return Pairs(rows[0].astype(np.int32), rows[1].astype(np.int32), np.zeros(len(packed), np.uint32))


def _rows(index: pd.MultiIndex, level: int, ids: Ids) -> IntArray:
    rows: IntArray = pd.Index(np.asarray(ids, dtype=object)).get_indexer(index.get_level_values(level)).astype(np.int64)
    if (rows < 0).any():
        raise LinkageError(
            f"candidate links: {int((rows < 0).sum())} ids of level {level}, the first at position {int(np.argmax(rows < 0))}, are not ids of the register; "
            "set the record ids as the index of the frame before the toolkit indexes it"
        )
    return rows


def to_features(vectors: Vectors, pairs: Pairs, left_ids: Ids, right_ids: Ids, *, scaled: bool = True) -> pd.DataFrame:
    """Write comparison vectors as the toolkit's feature frame.

    Parameters
    ----------
    vectors
        One agreement pattern per pair.
    pairs
        The pairs, in the same order.
    left_ids, right_ids
        Record ids of either register, in row order.
    scaled
        Divide each level by the highest of its comparison, so that 1 is full agreement, as in the toolkit; else the levels themselves.

    Returns
    -------
    pd.DataFrame
        float64, one row per pair in their order under `to_multiindex`, one column per comparison; NaN where it is missing. The toolkit's
        classifiers take no NaN: fill it first.

    """
    levels = vectors.levels().astype(np.float64)
    levels[levels < 0] = np.nan
    if scaled:
        levels /= _highest(vectors.comparisons)
    return pd.DataFrame(levels, index=to_multiindex(pairs, left_ids, right_ids), columns=[comparison.name for comparison in vectors.comparisons])


def from_features(features: pd.DataFrame, comparisons: Sequence[Comparison], *, scaled: bool = True) -> Vectors:
    """Read a feature frame as comparison vectors.

    Parameters
    ----------
    features
        One row per pair, a column for each comparison; NaN where it is missing.
    comparisons
        The comparisons, in the order that the patterns are to have.
    scaled
        The values are levels divided by the highest one of the comparison; else levels. A scaled value between two levels counts as the nearest.

    Returns
    -------
    Vectors
        One agreement pattern per row, in the order of the frame.

    Raises
    ------
    LinkageError
        A comparison has no column, or a value is no level: choose `scaled` as the frame was made.

    """
    lacking = [comparison.name for comparison in comparisons if comparison.name not in features]
    if lacking:
        raise LinkageError(f"features: no column {', '.join(lacking)}; the frame has {', '.join(map(str, features.columns))}")
    highest = _highest(comparisons)
    values = features[[comparison.name for comparison in comparisons]].to_numpy(dtype=np.float64)
    levels = np.rint(values * highest if scaled else values)
    outside = ((levels < 0) | (levels > highest)).any(axis=0)
    if outside.any():
        names = [comparison.name for comparison, wrong in zip(comparisons, outside, strict=True) if wrong]
        raise LinkageError(f"features: values of {', '.join(names)} are no levels; they lie from 0 to {'1 where scaled' if scaled else 'the highest level'}")
    digits = np.where(np.isnan(levels), -1, levels).astype(np.int64) + 1
    code = np.zeros(len(features), np.int64)
    for column, comparison in enumerate(comparisons):
        code = code * (len(comparison.labels) + 1) + digits[:, column]
    return Vectors(tuple(comparisons), code)


def _highest(comparisons: Sequence[Comparison]) -> npt.NDArray[np.float64]:
    return np.array([len(comparison.labels) - 1 for comparison in comparisons], np.float64)
