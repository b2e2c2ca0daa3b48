"""The page a person reads: one self-contained file, made from a run's tables alone.

Whatever a run does not report is left out: every section stands on keys of `quality` that may be missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import numpy.typing as npt
import pandas as pd

from kleuterlink.publish.plain import plain
from kleuterlink.publish.statement import (
    Entry,
    entries,
    errors_of,
    flow_steps,
    groups,
    implausible,
    mapping,
    municipalities,
    other_cuts,
    reference_dates,
    rows,
    sequence,
    unrecognised,
)
from kleuterlink.publish.words import REASONS, STATUSES, between, count, in_words, joined, probability, share
from kleuterlink.results import Result

_FIRST_ROWS = 25


def render_report(result: Result, *, run_id: str) -> str:
    """Render the report.

    Parameters
    ----------
    result
        What a run made. Of its tables only ids, statuses and probabilities are shown.
    run_id
        The id that `outputs.run_id` gives.

    Returns
    -------
    str
        The page: HTML without any external request. Equal results give equal text.

    """
    import jinja2
    from markupsafe import Markup

    p_not_found = np.concatenate([rows["p_not_found"].to_numpy(dtype=float) for rows in result.slices("children")])
    told = _Told(mapping(plain(result.quality)), mapping(plain(result.manifest)), result.not_found, p_not_found, len(result.rejected))
    folder = files("kleuterlink.publish")
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"count": count, "share": share, "between": between, "joined": joined, "words": in_words}
    template = environment.from_string(folder.joinpath("report.html.j2").read_text(encoding="utf-8"))
    css = Markup(folder.joinpath("report.css").read_text(encoding="utf-8"))
    page = template.render(css=css, run_id=run_id, pictures=_pictures(told), **_facts(told), **_sections(told))
    return page + "\n"


@dataclass(frozen=True)
class _Told:
    """What the page is made from, as JSON would hold it."""

    quality: Entry
    manifest: Entry
    not_found: pd.DataFrame
    p_not_found: npt.NDArray[np.float64]
    rejected: int


def _facts(result: _Told) -> dict[str, object]:
    """Return what the run is about: its dates, its cut and its sources."""
    configuration = mapping(result.manifest.get("configuration"))
    run = mapping(configuration.get("run"))
    listed = result.not_found
    as_of = listed["as_of"].iloc[0] if len(listed) else run.get("as_of")
    versions = mapping(result.manifest.get("versions"))
    day = None if as_of is None else str(as_of)[:10]
    return {
        "as_of": day,
        "reference_dates": reference_dates(result.manifest, day),
        "school_year": run.get("school_year"),
        "cut": _cut(result),
        "version": versions.get("kleuterlink"),
        "children": len(result.p_not_found),
        "listed": len(listed),
        "rejected": result.rejected,
    }


def _cut(result: _Told) -> float | None:
    decision = mapping(mapping(result.manifest.get("configuration")).get("decision"))
    alarm, missed = decision.get("cost_false_alarm"), decision.get("cost_missed_child")
    return alarm / (alarm + missed) if isinstance(alarm, int | float) and isinstance(missed, int | float) else None


def _sections(result: _Told) -> dict[str, object]:
    quality = result.quality
    registers = entries(quality, "registers")
    linkage = entries(quality, "linkage")
    shown, others = municipalities(quality)
    return {
        "not_found": mapping(quality.get("not_found")),
        "registers": registers,
        "sources": [name for name, entry in registers.items() if entry.get("role") == "enrolments"] or list(linkage),
        "linkage": {name: {**entry, **errors_of(entry)} for name, entry in linkage.items()},
        "second_look": entries(quality, "second_look"),
        "statuses": _statuses(quality),
        "flow": flow_steps(quality),
        "fields": list(dict.fromkeys(field for entry in registers.values() for field in mapping(entry.get("completeness")))),
        "cut_curve": _points(quality),
        "cut_words": other_cuts(_points(quality), _cut(result)),
        "groups": groups(quality),
        "municipalities": shown,
        "other_municipalities": others,
        "implausible": implausible(quality),
        "linked": mapping(quality.get("implausible")).get("linked"),
        "unseen": unrecognised(quality),
        "blocking": {name: steps for name, value in mapping(quality.get("blocking")).items() if (steps := rows(value))},
        "candidate_pairs": mapping(quality.get("candidate_pairs")),
        "warnings": [str(warning) for warning in sequence(quality.get("warnings"))],
        "first_rows": _first_rows(result.not_found),
    }


def _statuses(quality: Entry) -> list[dict[str, object]]:
    counts = {name: number for name, number in mapping(quality.get("statuses")).items() if isinstance(number, int)}
    total = max(sum(counts.values()), 1)
    in_order = sorted(counts, key=lambda name: list(STATUSES).index(name) if name in STATUSES else len(STATUSES))
    return [
        {"status": name, "label": in_words(name), "meaning": STATUSES.get(name, ""), "children": counts[name], "share": counts[name] / total}
        for name in in_order
    ]


def _first_rows(not_found: pd.DataFrame) -> list[dict[str, object]]:
    rows = not_found.head(_FIRST_ROWS)
    return [
        {
            "child_id": child_id,
            "p_not_found": probability(chance),
            "sources": str(sources).replace(";", ", "),
            "reason": REASONS.get(str(reason), in_words(reason)),
        }
        for child_id, chance, sources, reason in zip(rows["child_id"], rows["p_not_found"], rows["sources"], rows["reason"], strict=True)
    ]


def _pictures(result: _Told) -> dict[str, object]:
    from markupsafe import Markup

    from kleuterlink.publish import pictures

    drawn = {}
    if len(result.p_not_found):
        drawn["distribution"] = pictures.distribution(result.p_not_found, _cut(result))
    if len(points := _points(result.quality)) > 1:
        drawn["cut_curve"] = pictures.cut_curve(points, _cut(result))
    return {name: {"svg": Markup(picture.svg), "text": picture.text} for name, picture in drawn.items()}


def _points(quality: Entry) -> list[Entry]:
    """Return the points of the cut curve that say where they are and how long the list is there."""
    return [point for point in rows(quality.get("cut_curve")) if point.get("cut") is not None and point.get("on_list") is not None]
