"""Sex as a code, from the words and letters of Dutch, French and English registers."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from kleuterlink.normalise.folding import fold

UNKNOWN, MALE, FEMALE = 0, 1, 2
"""Codes of ISO 5218."""

_WORDS = {
    **dict.fromkeys(("1", "M", "H", "MAN", "MANNELIJK", "JONGEN", "HOMME", "MASCULIN", "GARCON", "MALE", "BOY", "J", "ZOON", "FILS"), MALE),
    **dict.fromkeys(("2", "V", "F", "W", "VROUW", "VROUWELIJK", "MEISJE", "FEMME", "FEMININ", "FILLE", "FEMALE", "GIRL", "DOCHTER"), FEMALE),
}


def read_sexes(values: pa.StringArray) -> pa.Int8Array:
    """Read the sex.

    Parameters
    ----------
    values
        The distinct values of one register, none null. All are needed: where a register writes J (jongen) beside M, the M is a meisje; where
        it writes G beside F or B, the G is a garçon or a girl.

    Returns
    -------
    pa.Int8Array
        One entry per value, in order: 0 unknown, 1 male, 2 female.

    """
    words = pc.replace_substring_regex(fold(values), r"\.0+$|[^A-Z0-9]+", "").to_pylist()
    meaning = dict(_WORDS)
    if "J" in words and not {"V", "F", "W"} & set(words):
        meaning["M"] = FEMALE
    if "G" in words:
        meaning["G"] = FEMALE if "B" in words else MALE
    if "B" in words:
        meaning["B"] = MALE
    return pa.array([meaning.get(word, UNKNOWN) for word in words], pa.int8())
