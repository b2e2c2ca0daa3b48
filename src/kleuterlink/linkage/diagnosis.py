"""Why next to nothing links: what to look at first."""

from __future__ import annotations

import numpy as np

from kleuterlink.tables import Encoded, IntArray

LITTLE = 0.2
"""Share of a list's values that the births have too, below which a field is suspect."""


def why_nothing_links(births: Encoded, records: Encoded) -> str:
    """Name the likely cause.

    Parameters
    ----------
    births, records
        The registers, encoded together.

    Returns
    -------
    str
        Which fields hardly hold a value that the other register has, and what that usually comes from; never a value.

    """
    shares = {name: share for name in ("birth_date", "first_names", "surname", "national_number") if (share := _shared(births, records, name)) is not None}
    suspects = [name for name, share in shares.items() if share < LITTLE]
    names = [name for name in suspects if name in {"first_names", "surname"}]
    if not suspects:
        return "the registers hold the same names and dates, yet hardly any children: one of them covers another population or other years of birth"
    if len(suspects) > 1 and len(suspects) == len(shares):
        return "no field holds values of the other register: a register is another population's, or its columns are mapped wrongly"
    if names:
        return f"{' and '.join(names)} hardly hold a name of the other register: check the mapped columns"
    if "birth_date" in suspects:
        return "hardly a birth date occurs in the other register: check `date_format` and the mapped column, or the years of birth"
    return "the national numbers are not those of the other register: check the mapped column"


def _shared(births: Encoded, records: Encoded, name: str) -> float | None:
    """Return the share of a list's values that some birth has; None where either has none."""
    if not (births.has(name) and records.has(name)):
        return None
    known, values = _known(births, name), _known(records, name)
    if not (len(known) and len(values)):
        return None
    return float(np.isin(values, np.unique(known)).mean())


def _known(register: Encoded, name: str) -> IntArray:
    column = register.columns[name].ravel()
    made: IntArray = column[column >= 0] if register.columns[name].ndim == 2 else column[column > 0]
    return made
