"""Handmade links, as rows of births and records."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kleuterlink.results import LinkRows


def link_rows(names: Sequence[str], links: Sequence[tuple[str, int, int, bool]], probability: Sequence[float] | None = None) -> LinkRows:
    """Return links of (list, row of the record, row of the birth, whether it is accepted), with a probability of 1 where none is stated."""
    columns = [list(column) for column in zip(*links, strict=True)] or [[], [], [], []]
    register, record, child = (np.array(column, np.int32) for column in ([list(names).index(each) for each in columns[0]], *columns[1:3]))
    p = np.ones(len(links)) if probability is None else np.array(probability)
    return LinkRows(tuple(names), register, child, record, p, np.array(columns[3], bool), np.zeros(len(links), bool))
