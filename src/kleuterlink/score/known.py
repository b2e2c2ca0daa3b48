"""Known non-matches from the birth register: some births stand in for list records."""

from __future__ import annotations

import numpy as np

from kleuterlink.tables import Encoded, IntArray

SAMPLE = 40_000
"""Births that stand in for list records; the joins and comparisons of the null cost in proportion."""


def births_as_list(births: Encoded, records: Encoded, most: int = SAMPLE) -> tuple[Encoded, IntArray]:
    """Give some births the look of list records: the list's fields, with its gaps.

    Parameters
    ----------
    births, records
        The registers, encoded together, in a canonical order.
    most
        Births to take.

    Returns
    -------
    register : Encoded
        The births in the role of the list.
    rows : int64 array
        Their rows among the births.

    Notes
    -----
    Each takes the gaps of one list record, drawn at random (a fixed seed; the registers' order is canonical), so that
    fields are missing together as they are in the list.

    """
    random = np.random.default_rng(20240201)
    rows = np.arange(births.size)
    if births.size > most:
        rows = np.sort(random.choice(births.size, most, replace=False))
    donors = random.integers(0, records.size, len(rows))
    columns = {}
    for name, donor_column in records.columns.items():
        if name not in births.columns:
            continue
        column = births.columns[name][rows].copy()
        donor = donor_column[donors]
        gap = donor[:, 0] < 0 if donor.ndim == 2 else (donor <= 0 if name in ZERO_IS_MISSING else donor < 0)
        column[gap] = 0 if name in ZERO_IS_MISSING else -1
        columns[name] = column
    if "national_number" in columns:
        for name in ("number_kind", "number_birth_date", "number_sex"):
            if name in columns:
                columns[name][columns["national_number"] == 0] = 0
    return Encoded(len(rows), births.ids[rows], columns, births.vocabulary, births.values), rows


ZERO_IS_MISSING = frozenset({"national_number", "number_kind", "number_birth_date", "number_sex", "sex", "birth_date", "placeholder_date"})
