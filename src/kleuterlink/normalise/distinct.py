"""Columns as dictionaries: text work is done once per distinct value."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc


def text_array(column: pd.Series) -> pa.StringArray:
    """Return a column as one Arrow text array.

    Parameters
    ----------
    column
        Any column; what is no text is written out as text.

    Returns
    -------
    pa.StringArray
        One entry per row, in row order; null where the column is null.

    """
    array = pa.array(column, from_pandas=True)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    return array if array.type == pa.string() else pc.cast(array, pa.string())


def on_distinct(values: pa.StringArray, function: Callable[[pa.StringArray], pa.Array]) -> pa.Array:
    """Apply a function to the distinct values and spread its result over the rows.

    Parameters
    ----------
    values
        Text, null where not known.
    function
        From distinct values (none of them null) to an array of the same length.

    Returns
    -------
    pa.Array
        One entry per row, in row order; null where `values` is null or the function gives null.

    """
    encoded = values.dictionary_encode()
    return function(encoded.dictionary).take(encoded.indices)


def null_where_empty(values: pa.StringArray) -> pa.StringArray:
    """Replace empty text by null; order and length are kept."""
    return pc.if_else(pc.not_equal(values, ""), values, pa.scalar(None, pa.string()))


def series(values: pa.Array, name: str | None = None) -> pd.Series:
    """Return an Arrow array as a pandas series of the same type, with a `RangeIndex`."""
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([values])), name=name)
