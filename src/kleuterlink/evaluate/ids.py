"""Where the records stand that a link names."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kleuterlink.tables import IntArray


def rows_of(ids: pd.Series, among: pd.Series) -> IntArray:
    """Return the row of each id among distinct ids; int32 (len(ids),), -1 where it is not among them."""
    place = pc.index_in(pa.array(ids, pa.string()), value_set=pa.array(among, pa.string()))
    rows: IntArray = pc.fill_null(place, -1).to_numpy(zero_copy_only=False)
    return rows
