"""Which enrolments are of special education."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd


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
    codes, texts = pd.factorize(records["education"].astype(object), use_na_sentinel=True)
    special = np.array([any(mark.lower() in str(text).lower() for mark in marks) for text in texts] + [False], np.bool_)
    return special[codes]
