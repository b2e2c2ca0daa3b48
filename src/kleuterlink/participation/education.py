"""Which enrolments are of special education."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from kleuterlink.participation.columns import read_distinct


def in_special_education(records: pd.DataFrame, marks: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Tell which records are of special education.

    Parameters
    ----------
    records
        Enrolments; column `education` (text) is read where it is there.
    marks
        Texts that mark special education, in any case, wherever they stand.

    Returns
    -------
    ndarray
        bool, one per row; False where nothing is stated.

    """
    if "education" not in records:
        return np.zeros(len(records), np.bool_)
    lowered = [mark.lower() for mark in marks]
    return read_distinct(records["education"], lambda texts: [any(mark in text.lower() for mark in lowered) for text in texts], missing=False)
