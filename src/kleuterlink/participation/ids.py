"""Ids -> rows of the table that they name."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc


def rows_of(ids: pd.Series | pd.Index, among: pd.Series | pd.Index) -> npt.NDArray[np.int64]:
    """Return the row of each id among unique ids; -1 where it is not there.

    Parameters
    ----------
    ids, among
        Text, of any dtype that holds it.

    Returns
    -------
    ndarray
        int64, one per id, in order.

    """
    found = pc.index_in(_texts(ids), value_set=_texts(among))
    rows: npt.NDArray[np.int64] = pc.fill_null(found, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return rows


def _texts(values: pd.Series | pd.Index) -> pa.Array:
    array = pa.array(values, from_pandas=True)
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    return array if pa.types.is_string(array.type) else array.cast(pa.string())
