"""Who lives in the Brussels-Capital Region, where either Community's schools may hold the child."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from kleuterlink.participation.columns import read_distinct


def in_brussels(births: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Tell who lives in Brussels.

    Parameters
    ----------
    births
        Normalised births; columns `municipality` (NIS code where known) and `postcode` are read where they are there.

    Returns
    -------
    ndarray
        bool, one per row: the NIS code is one of 21001-21019 or, where the municipality is no code, the postcode is one of 1000-1210.

    """
    nis, postcode = (_numbers(births, field) for field in ("municipality", "postcode"))
    by_code = (nis >= 21001) & (nis <= 21019)
    return np.where(nis >= 10_000, by_code, (postcode >= 1000) & (postcode <= 1210))


def _numbers(births: pd.DataFrame, field: str) -> npt.NDArray[np.float64]:
    if field not in births:
        return np.zeros(len(births))
    return read_distinct(births[field], lambda texts: [float(text) if text.isdecimal() else 0.0 for text in texts], 0.0)
