"""Text columns as arrays: each distinct value is looked at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kleuterlink.coded import text_array

Values = Any
"""A column of text: pandas, NumPy or Arrow, plain or dictionary-encoded, in one chunk or many."""


def rows_of(ids: Values, among: Values) -> npt.NDArray[np.int64]:
    """Return the row of each id among unique ids; -1 where it is not there.

    Parameters
    ----------
    ids, among
        Text.

    Returns
    -------
    ndarray
        int64, one per id, in order.

    """
    codes, distinct = coded(ids)
    places = pc.fill_null(pc.index_in(distinct, value_set=text_array(among)), -1).to_numpy(zero_copy_only=False).astype(np.int64)
    rows: npt.NDArray[np.int64] = np.append(places, -1)[codes]
    return rows


def read_distinct(values: Values, read: Callable[[list[str]], npt.ArrayLike], missing: float) -> npt.NDArray[Any]:
    """Read each distinct text once.

    Parameters
    ----------
    values
        Text.
    read
        From the distinct texts to one value of each.
    missing
        What a null is read as.

    Returns
    -------
    ndarray
        One value per row, in order; of the dtype of `missing`.

    """
    codes, distinct = coded(values)
    of_distinct: npt.NDArray[Any] = np.append(np.asarray(read(distinct.to_pylist()), dtype=np.dtype(type(missing))), missing)
    read_once: npt.NDArray[Any] = of_distinct[codes]
    return read_once


def numbers(values: Values) -> npt.NDArray[np.float64]:
    """Read a text column of numbers (comma or point) as float64; NaN where there is none."""
    return read_distinct(values, lambda texts: pd.to_numeric(pd.Series(texts, dtype=object).str.replace(",", ".", regex=False), errors="coerce"), np.nan)


def coded(values: Values) -> tuple[npt.NDArray[Any], pa.StringArray]:
    """Return a column's codes and its distinct texts.

    Parameters
    ----------
    values
        Text.

    Returns
    -------
    codes : ndarray
        Integers, one per row in order: the place of its text in `distinct`, or `len(distinct)` for null.
    distinct : pyarrow.StringArray
        The texts; one may stand there twice where the column was dictionary-encoded already.

    """
    array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values, from_pandas=True)
    if not pa.types.is_dictionary(array.type):
        array = text_array(array).dictionary_encode()
    elif isinstance(array, pa.ChunkedArray):
        array = array.unify_dictionaries().combine_chunks()
    indices = array.indices if array.null_count == 0 else pc.fill_null(array.indices, len(array.dictionary))
    return indices.to_numpy(zero_copy_only=False), text_array(array.dictionary)
