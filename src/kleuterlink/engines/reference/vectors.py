"""Candidate pairs -> agreement patterns, with the toolkit's `Compare`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from kleuterlink.engines.reference.further import FURTHER
from kleuterlink.engines.reference.identity import ADDRESS, ADDRESS_FIELDS, BIRTH_DATE, NUMBER, SEX
from kleuterlink.engines.reference.names import FIRST_NAMES, PARENT, SURNAME
from kleuterlink.engines.reference.records import FrequencyClasses, records_of
from kleuterlink.engines.reference.scales import Scale
from kleuterlink.tables import Encoded, Pairs, Vectors


def compare(
    left: Encoded, right: Encoded, pairs: Pairs, frequencies: FrequencyClasses, *, extras: Mapping[str, str] | None = None, threads: int | None = None
) -> Vectors:
    """Compare pairs of records, as `compare.compare` does.

    Parameters
    ----------
    left, right
        The registers, encoded together.
    pairs
        Pairs of rows.
    frequencies
        Frequency classes over all registers.
    extras
        Kind of each further column to be compared, by name.
    threads
        Taken for the sake of the signature: one pair is compared after the other.

    Returns
    -------
    Vectors
        One agreement pattern per pair, in the order of the pairs.

    """
    import recordlinkage

    del threads
    scales = _scales_for(left, right, dict(extras or {}))
    comparisons = tuple(scale.comparison for scale in scales)
    code = np.zeros(len(pairs), np.int64)
    if not len(pairs) or not scales:
        return Vectors(comparisons, code)
    compared = recordlinkage.Compare(n_jobs=1)
    for scale in scales:
        compared.compare_vectorized(_over_pairs(scale), "record", "record", label=scale.name)
    frames = [pd.DataFrame({"record": pd.Series(records_of(side, frequencies), dtype=object)}) for side in (left, right)]
    levels = compared.compute(pd.MultiIndex.from_arrays([pairs.left, pairs.right]), *frames)
    for scale in scales:
        code = code * (len(scale.levels) + 1) + levels[scale.name].to_numpy(dtype=np.int64) + 1
    return Vectors(comparisons, code)


def _over_pairs(scale: Scale) -> Callable[[pd.Series, pd.Series], pd.Series]:
    return lambda left, right: pd.Series([scale.grade(a, b) for a, b in zip(left, right, strict=True)], dtype=np.int8)


def _scales_for(left: Encoded, right: Encoded, extras: dict[str, str]) -> list[Scale]:
    """Return the scales of what both registers have, in the order of an agreement pattern."""
    both = [scale for scale in (NUMBER, BIRTH_DATE, FIRST_NAMES, SURNAME, PARENT) if left.has(scale.name) and right.has(scale.name)]
    if all(side.has("sex") or side.has("number_sex") for side in (left, right)):
        both.append(SEX)
    if any(left.has(name) and right.has(name) for name in ADDRESS_FIELDS):
        both.append(ADDRESS)
    return both + [FURTHER[kind](column) for column, kind in extras.items() if left.has(column) and right.has(column)]
