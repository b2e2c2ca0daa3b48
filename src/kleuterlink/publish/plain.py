"""Values of all sorts -> what JSON can hold."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping

import numpy as np
import pandas as pd


def plain(value: object) -> object:
    """Turn a value into what JSON can hold: NaN and infinities become null, dates ISO text, anything else its text."""
    out: object = value
    match value:
        case Mapping():
            out = {str(key): plain(entry) for key, entry in value.items()}
        case list() | tuple():
            out = [plain(entry) for entry in value]
        case set() | frozenset():
            out = sorted(str(plain(entry)) for entry in value)
        case np.ndarray() | np.generic() | pd.Series():
            out = plain(value.tolist())
        case float():
            out = value if math.isfinite(value) else None
        case str():
            out = str(value)
        case None | bool() | int():
            pass
        case _ if value is pd.NA or value is pd.NaT:
            out = None
        case dt.date():
            out = value.isoformat()
        case _:
            out = str(value)
    return out
