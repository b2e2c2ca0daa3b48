"""Columns whose rows repeat one another: text work is done once per distinct value."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kleuterlink.coded import places, recoded


def first_known(columns: Sequence[pa.DictionaryArray]) -> pa.DictionaryArray:
    """Return of each row the text of the first column that is not null there; null where all are."""
    if len(columns) == 1:
        return columns[0]
    rows = np.full(len(columns[0]), -1, np.int32)
    start = 0
    for column in columns:
        rows = np.where((rows < 0) & column.is_valid().to_numpy(zero_copy_only=False), places(column) + np.int32(start), rows)
        start += len(column.dictionary)
    return recoded(rows, pa.concat_arrays([column.dictionary for column in columns]))


def null_where_empty(values: pa.StringArray) -> pa.StringArray:
    """Replace empty text by null; order and length are kept."""
    return pc.if_else(pc.not_equal(values, ""), values, pa.scalar(None, pa.string()))
