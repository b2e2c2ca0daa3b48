"""Look applicants for a place up in the lists, as births are, with the model that the births' linkage was trained to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from kleuterlink import compare, score
from kleuterlink.config import RunConfig
from kleuterlink.linkage.lists import Progress, by_id, link_with
from kleuterlink.linkage.tools import make_tools
from kleuterlink.tables import Encoded, FloatArray, IntArray, ListLinks


def link_applicants(
    applicants: Encoded, births: Encoded, lists: Mapping[str, Encoded], linked: Mapping[str, ListLinks], config: RunConfig, progress: Progress
) -> tuple[dict[str, FloatArray], tuple[str, ...]]:
    """Look applicants up in every list.

    Parameters
    ----------
    applicants, births, lists
        The registers, encoded together; any order of rows gives the same outcome.
    linked
        The lists as they were linked with the births.
    config
        The run's configuration.
    progress
        Told what is being done.

    Returns
    -------
    found : dict of float64 array
        By list, the probability that each applicant is in it. Rows with the same valid national number are one applicant's.
    warnings : tuple of str
        What did not go as it should.

    Notes
    -----
    The match rates and the null are those of the births. A few thousand applicants of one city hold too few namesakes among themselves to
    show what different children look like: with a model of their own, 2,322 sample applicants had 71 expected in no list where 149
    were; with the births' model 149.

    """
    order = by_id(applicants)
    first, applicant = _distinct(applicants.take(order))
    rows = order[first]
    tools = make_tools([births, *lists.values()], config)
    models = {name: score.restricted(each.model, _compared(applicants, lists[name], tools.extras)) for name, each in linked.items()}
    untrained = [name for name, model in models.items() if model is None]
    tools = replace(tools, models=models, untrained=frozenset(untrained))
    _, passed, _ = link_with(tools, applicants.take(rows), lists, lambda _stage, share: progress("applications", share))
    found = {}
    for name, each in passed.items():
        found[name] = np.empty(applicants.size)
        found[name][order] = each.found[applicant]
    return found, tuple(f"{name}: applicants are compared on fields that the births lack, so the rates rest on the applicants alone" for name in untrained)


def _compared(applicants: Encoded, records: Encoded, extras: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(comparison.name for comparison, _ in compare.comparisons_for(applicants, records, extras))


def _distinct(applicants: Encoded) -> tuple[IntArray, IntArray]:
    """Return the first row of each applicant, and the applicant of every row."""
    rows = np.arange(applicants.size, dtype=np.int64)
    key = -1 - rows
    if applicants.has("national_number", "number_kind"):
        valid = np.isin(applicants.columns["number_kind"], (1, 2))
        key = np.where(valid, applicants.columns["national_number"], key)
    _, first, applicant = np.unique(key, return_index=True, return_inverse=True)
    in_order = np.argsort(first)
    place = np.empty(len(first), np.int64)
    place[in_order] = np.arange(len(first))
    return first[in_order], place[applicant]
