"""What a run says of its own quality, without any truth: the content of `quality.json`.

All of it follows from the marginals: they are calibrated as far as the model fits, and so are these figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import is_numeric_dtype

from kleuterlink.config import PERSON_FIELDS, Role, RunConfig
from kleuterlink.tables import SECOND_LOOK, FloatArray, ListLinks, Register

CUTS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
"""Cuts at which the list's expected errors are tabulated, beside the run's own."""

OUT_OF_QUESTION = frozenset({"not_yet_entitled", "undetermined"})
"""Statuses of children who cannot be on the list, whatever their probability."""

LARGEST_GROUPS = 40
"""Values of a grouping that are tabulated; the others are added up."""

Z_95 = 1.959964


def quality(
    registers: Mapping[str, Register],
    normalised: Mapping[str, pd.DataFrame],
    linked: Mapping[str, ListLinks],
    children: pd.DataFrame,
    links: pd.DataFrame,
    config: RunConfig,
) -> dict[str, Any]:
    """Estimate a run's quality.

    Parameters
    ----------
    registers, normalised
        All registers as read and as normalised, by name.
    linked
        The lists, scored.
    children, links
        `schemas.CHILDREN` and `schemas.LINKS`.
    config
        The run's configuration.

    Returns
    -------
    dict
        Content of `quality.json`: `registers` (rows, completeness), `blocking`, `candidate_pairs`, `links`, `possible_links`, `second_look`, `linkage`
        (expected precision, recall and blocking loss), `not_found` (expected number with a 95% interval, expected PPV and sensitivity),
        `statuses`, `cut_curve`, `groups`, `warnings`. A share of nothing is None.

    """
    counts = links.groupby(["register", "decision"]).size()
    births = normalised[config.births_name]
    in_question = ~children["status"].isin(OUT_OF_QUESTION).to_numpy(dtype=bool)
    p = children["p_not_found"].to_numpy(dtype=np.float64)
    listed = (children["status"] == "not_found").to_numpy(dtype=bool)
    return {
        "registers": {name: _register(register) for name, register in registers.items()},
        "blocking": {name: each.blocking for name, each in linked.items()},
        "candidate_pairs": {name: each.candidate_pairs for name, each in linked.items()},
        "links": {name: int(counts.get((name, "link"), 0)) for name in linked},
        "possible_links": {name: int(counts.get((name, "possible_link"), 0)) for name in linked},
        "second_look": {name: {**each.second_look, "links": _links_of_second_look(links, name)} for name, each in linked.items()},
        "linkage": {name: _linkage(each, links[(links["register"] == name).to_numpy(dtype=bool)]) for name, each in linked.items()},
        "not_found": _not_found(p[in_question], listed[in_question]),
        "statuses": {str(status): int(number) for status, number in children["status"].value_counts(sort=False).sort_index().items()},
        "cut_curve": _cut_curve(p[in_question], config.decision.cut),
        "groups": _groups(births, children, in_question, listed),
        "warnings": _warnings(registers, linked, config),
    }


def _register(register: Register) -> dict[str, object]:
    records = register.records
    fields = [name for name in records.columns if name in PERSON_FIELDS]
    return {
        "role": register.role,
        "rows_in": register.rows_in,
        "used": len(records),
        "rejected": register.rows_in - len(records),
        "completeness": completeness(records[fields]),
        "notes": list(register.notes),
    }


def completeness(records: pd.DataFrame) -> dict[str, float]:
    """Return the share of records that know each field: not null and, for dates, not 0; 0 where there is no record."""
    known = {str(name): column != 0 if is_numeric_dtype(column) else column.notna() for name, column in records.items()}
    return {name: float(flags.mean()) if len(flags) else 0.0 for name, flags in known.items()}


def _links_of_second_look(links: pd.DataFrame, name: str) -> int:
    own = (links["register"] == name) & (links["decision"] == "link") & links["blocking_rules"].str.contains(SECOND_LOOK, regex=False)
    return int(own.fillna(False).sum())


def _linkage(scored: ListLinks, links: pd.DataFrame) -> dict[str, float | int | None]:
    """Return expected precision, recall and blocking loss of a list's links.

    Notes
    -----
    precision = sum of p over links / links; recall = sum of p over links / sum of the records' probabilities of having a match; blocking
    loss = expected matches that only the second look made / expected matches.

    """
    accepted = links[(links["decision"] == "link").to_numpy(dtype=bool)]
    right, matches = float(accepted["match_probability"].sum()), float(scored.matched.sum())
    return {
        "records": len(scored.matched),
        "linked": int(accepted["record_id"].nunique()),
        "precision": _share(right, len(accepted)),
        "recall": _share(min(right, matches), matches),
        "blocking_loss": _share(scored.second_look["expected_lost"], matches),
    }


def _not_found(p: FloatArray, listed: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """Return the expected number of children in no list, and the list's expected PPV and sensitivity.

    Notes
    -----
    The number is a sum of Bernoulli variables with probabilities p: mean sum p, variance sum p (1 - p) (Poisson binomial). What the
    children's outcomes have in common, and what the parameters may be wrong by, is not in it.

    """
    expected, spread = float(p.sum()), float(np.sqrt((p * (1 - p)).sum()))
    right = float(p[listed].sum())
    return {
        "on_list": int(listed.sum()),
        "expected": expected,
        "interval": [max(expected - Z_95 * spread, 0.0), expected + Z_95 * spread],
        "ppv": _share(right, int(listed.sum())),
        "sensitivity": _share(right, expected),
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


def _groups(births: pd.DataFrame, children: pd.DataFrame, in_question: npt.NDArray[np.bool_], listed: npt.NDArray[np.bool_]) -> list[dict[str, object]]:
    """Tabulate the children by municipality, year of birth and whether their number is known."""
    groupings: dict[str, pd.Series] = {}
    if "municipality" in births:
        groupings["municipality"] = births["municipality"].astype(object).fillna("unknown")
    if "birth_date" in births:
        years = births["birth_date"] // 10_000
        groupings["year of birth"] = years.astype(str).where(years > 0, "unknown")
    if "number_kind" in births:
        groupings["national number"] = (births["number_kind"] > 0).map({True: "known", False: "missing"})
    frame = pd.DataFrame({"p": children["p_not_found"].to_numpy(), "listed": listed, "linked": (children["found_in"] != "").to_numpy(dtype=bool)})
    rows: list[dict[str, object]] = []
    for name, values in groupings.items():
        value = values.reset_index(drop=True)[in_question]
        common = value.value_counts().head(LARGEST_GROUPS).index
        value = value.where(value.isin(common), "others")
        made = (
            frame[in_question]
            .groupby(value)
            .agg(children=("p", "size"), expected_not_found=("p", "sum"), on_list=("listed", "sum"), linked_share=("linked", "mean"))
        )
        rows += [
            {"group": name, "value": str(index), **{str(key): entry for key, entry in row.items()}}
            for index, row in zip(made.index, made.to_dict("records"), strict=True)
        ]
    return rows


def _warnings(registers: Mapping[str, Register], linked: Mapping[str, ListLinks], config: RunConfig) -> list[str]:
    warnings = [f"{name}: {warning}" for name, each in linked.items() for warning in each.warnings]
    for name in (config.births_name, *linked):
        register = registers[name]
        lost = register.rows_in - len(register.records)
        if lost > 0.01 * register.rows_in:
            hidden = "children who cannot be looked up" if register.role == Role.BIRTHS else "pupils who cannot be found, and may make false alarms"
            warnings.append(f"{name}: {lost:,} of {register.rows_in:,} rows were rejected: {hidden}")
    return warnings


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
