"""What a run says of its own quality, without any truth: the content of `quality.json`.

All of it follows from the marginals: they are calibrated as far as the model fits, and so are these figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from kleuterlink.config import PERSON_FIELDS, Role, RunConfig
from kleuterlink.evaluate.flow import flow
from kleuterlink.evaluate.groups import figures_by_group
from kleuterlink.evaluate.implausible import implausible_links
from kleuterlink.evaluate.intervals import DRAWS, SEED, Outcomes, draw_unseen, factor_of_unseen, interval, share, share_interval
from kleuterlink.results import LinkRows
from kleuterlink.tables import FloatArray, ListLinks, Register

CUTS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
"""Cuts at which the list's expected errors are tabulated, beside the run's own."""

OUT_OF_QUESTION = frozenset({"not_yet_entitled", "undetermined"})
"""Statuses of children who cannot be on the list, whatever their probability."""


def quality(
    registers: Mapping[str, Register],
    normalised: Mapping[str, pd.DataFrame],
    linked: Mapping[str, ListLinks],
    children: pd.DataFrame,
    links: LinkRows,
    config: RunConfig,
) -> dict[str, Any]:
    """Estimate a run's quality.

    Parameters
    ----------
    registers, normalised
        All registers as read and as normalised, by name.
    linked
        The lists, scored.
    children
        `schemas.CHILDREN`, in the order of the births.
    links
        The links and possible links.
    config
        The run's configuration.

    Returns
    -------
    dict
        Content of `quality.json`: `registers` (rows, completeness), `blocking`, `candidate_pairs`, `links`, `possible_links`, `second_look`, `linkage`
        (expected precision, recall and blocking loss), `not_found` (expected number, PPV and sensitivity), each with a 95% interval,
        `statuses`, `flow` (records at each step, per register), `cut_curve`, `groups`, `implausible`, `warnings`. A share of nothing is None.

    """
    births, own, accepted = normalised[config.births_name], {name: links.of(name) for name in linked}, links.links()
    linked_children = np.bincount(accepted.child, minlength=len(children)) > 0
    in_question = ~children["status"].isin(OUT_OF_QUESTION).to_numpy(dtype=bool)
    p = children["p_not_found"].to_numpy(dtype=np.float64)
    listed = (children["status"] == "not_found").to_numpy(dtype=bool)
    p, unseen = p[in_question], sum(each.second_look["expected_unseen"] for each in linked.values())
    missing = Outcomes(p, factor_of_unseen(float(p.sum()), unseen))
    return {
        "registers": {name: _register(register) for name, register in registers.items()},
        "blocking": {name: each.blocking for name, each in linked.items()},
        "candidate_pairs": {name: each.candidate_pairs for name, each in linked.items()},
        "links": {name: int(each.accepted.sum()) for name, each in own.items()},
        "possible_links": {name: int((~each.accepted).sum()) for name, each in own.items()},
        "second_look": {name: {**each.second_look, "links": int((own[name].accepted & own[name].second_look).sum())} for name, each in linked.items()},
        "linkage": {name: _linkage(each, own[name].links()) for name, each in linked.items()},
        "not_found": {"without_link": int((~linked_children & in_question).sum()), **_not_found(missing, listed[in_question])},
        "statuses": _counted(children["status"]),
        "flow": flow(registers, linked, children, links, config.births_name),
        "cut_curve": _cut_curve(p, config.decision.cut),
        "groups": figures_by_group(births, children, accepted, in_question, missing),
        "implausible": implausible_links(births, normalised, links, config),
        "warnings": _warnings(registers, linked, config),
    }


def _register(register: Register) -> dict[str, object]:
    used = len(register.records)
    return {
        "role": register.role,
        "rows_in": register.rows_in,
        "used": used,
        "rejected": register.rows_in - used,
        "completeness": {name: known for name, known in register.completeness.items() if name in PERSON_FIELDS},
        "notes": list(register.notes),
    }


def _counted(words: pd.Series) -> dict[str, int]:
    """Count each word that occurs, in their order."""
    counts = words.value_counts(sort=False)
    return {word: int(number) for word, number in sorted((str(word), number) for word, number in counts.items()) if number}


def _linkage(scored: ListLinks, accepted: LinkRows) -> dict[str, Any]:
    """Return expected precision, recall and blocking loss of a list's links, each with its 95% interval.

    Notes
    -----
    precision = sum of p over links / links; recall = sum of p over links / sum of the records' probabilities of having a match, unrecognised
    matches included; blocking loss = expected matches that no blocking rule made / expected matches.

    """
    p = accepted.probability
    unseen, unpaired, lost = (scored.second_look[f"expected_{name}"] for name in ("unseen", "unpaired", "lost"))
    right = float(p.sum())
    matches = max(float(scored.matched.sum()), right) + unpaired
    wrong = Outcomes(1 - p).counts(np.zeros(len(p), np.int64), 1)[:, 0]
    # Whole numbers: records that match and are not linked (further records of a pupil go unrecognised as births do), and what no rule made.
    random = np.random.default_rng(SEED + 1)
    missed = random.poisson(max(matches - right - unseen, 0.0) + 2 * draw_unseen(unseen))
    also_lost = random.poisson(lost + draw_unseen(unseen))
    return {
        "records": len(scored.matched),
        "linked": int(np.count_nonzero(np.bincount(accepted.record))),
        "precision": share(right, len(p)),
        "precision_interval": share_interval(len(p) - wrong, np.full(DRAWS, len(p))),
        "recall": share(right, matches),
        "recall_interval": share_interval(len(p) - wrong, len(p) - wrong + missed),
        "blocking_loss": share(lost + unseen, matches),
        "blocking_loss_interval": share_interval(also_lost, np.full(DRAWS, matches)),
    }


def _not_found(missing: Outcomes, listed: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """Return the expected number of children in no list, and the list's expected PPV and sensitivity, each with its 95% interval."""
    expected, right = float(missing.p.sum()), float(missing.p[listed].sum())
    drawn = missing.counts(np.where(listed, 0, 1), 2)
    on_list = int(listed.sum())
    return {
        "on_list": on_list,
        "expected": expected,
        "interval": interval(drawn.sum(axis=1)),
        "ppv": share(right, on_list),
        "ppv_interval": share_interval(drawn[:, 0], np.full(DRAWS, on_list)),
        "sensitivity": share(right, expected),
        "sensitivity_interval": share_interval(drawn[:, 0], drawn.sum(axis=1)),
    }


def _cut_curve(p: FloatArray, own: float) -> list[dict[str, float]]:
    order = np.sort(p)[::-1]
    right = np.concatenate([[0.0], np.cumsum(order)])
    curve = []
    for cut in sorted({*CUTS, own}):
        on_list = int(np.searchsorted(-order, -cut, "right"))
        curve.append(
            {"cut": cut, "on_list": on_list, "expected_false_alarms": float(on_list - right[on_list]), "expected_missed": float(right[-1] - right[on_list])}
        )
    return curve


def _warnings(registers: Mapping[str, Register], linked: Mapping[str, ListLinks], config: RunConfig) -> list[str]:
    warnings = [f"{name}: {warning}" for name, each in linked.items() for warning in each.warnings]
    for name in (config.births_name, *linked):
        register = registers[name]
        lost = register.rows_in - len(register.records)
        if lost > 0.01 * register.rows_in:
            hidden = "children who cannot be looked up" if register.role == Role.BIRTHS else "pupils who cannot be found, and may make false alarms"
            warnings.append(f"{name}: {lost:,} of {register.rows_in:,} rows were rejected: {hidden}")
    return warnings
