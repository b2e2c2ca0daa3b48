"""The page a person reads: one self-contained file, made from a run's tables alone.

Whatever a run does not report is left out: every section stands on keys of `quality` that may be missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.resources import files

import pandas as pd

from kleuterlink.publish.plain import plain
from kleuterlink.publish.words import REASONS, STATUSES, count, in_words, joined, probability, share
from kleuterlink.tables import Result

_FIRST_ROWS = 25

_Entry = Mapping[str, object]


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

    result = replace(result, quality=_mapping(plain(result.quality)), manifest=_mapping(plain(result.manifest)))
    folder = files("kleuterlink.publish")
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"count": count, "share": share, "joined": joined, "words": in_words}
    template = environment.from_string(folder.joinpath("report.html.j2").read_text(encoding="utf-8"))
    css = Markup(folder.joinpath("report.css").read_text(encoding="utf-8"))
    page = template.render(css=css, run_id=run_id, pictures=_pictures(result), **_facts(result), **_sections(result))
    return page + "\n"


def _facts(result: Result) -> dict[str, object]:
    """Return what the run is about: its dates, its cut and its sources."""
    configuration = _mapping(result.manifest.get("configuration"))
    run = _mapping(configuration.get("run"))
    listed = result.not_found
    as_of = listed["as_of"].iloc[0] if len(listed) else run.get("as_of")
    versions = _mapping(result.manifest.get("versions"))
    return {
        "as_of": None if as_of is None else str(as_of)[:10],
        "school_year": run.get("school_year"),
        "cut": _cut(result),
        "version": versions.get("kleuterlink"),
        "children": len(result.children),
        "listed": len(listed),
        "rejected": len(result.rejected),
    }


def _cut(result: Result) -> float | None:
    decision = _mapping(_mapping(result.manifest.get("configuration")).get("decision"))
    alarm, missed = decision.get("cost_false_alarm"), decision.get("cost_missed_child")
    return alarm / (alarm + missed) if isinstance(alarm, int | float) and isinstance(missed, int | float) else None


def _sections(result: Result) -> dict[str, object]:
    quality = result.quality
    registers = _entries(quality, "registers")
    lists = {name: entry for name, entry in registers.items() if entry.get("role") == "enrolments"}
    return {
        "not_found": _mapping(quality.get("not_found")),
        "registers": registers,
        "births": next((entry for entry in registers.values() if entry.get("role") == "births"), None),
        "lists": _lists(quality, lists),
        "linkage": _entries(quality, "linkage"),
        "second_look": _entries(quality, "second_look"),
        "statuses": _statuses(quality),
        "fields": list(dict.fromkeys(field for entry in registers.values() for field in _mapping(entry.get("completeness")))),
        "cut_curve": _points(quality),
        "groups": _groups(quality),
        "blocking": {name: rows for name, value in _mapping(quality.get("blocking")).items() if (rows := _rows(value))},
        "candidate_pairs": _mapping(quality.get("candidate_pairs")),
        "warnings": [str(warning) for warning in _sequence(quality.get("warnings"))],
        "first_rows": _first_rows(result.not_found),
    }


def _lists(quality: _Entry, registers: Mapping[str, _Entry]) -> dict[str, dict[str, object]]:
    """Gather all that is known about each list that was searched."""
    linkage = _entries(quality, "linkage")
    links, possible = _mapping(quality.get("links")), _mapping(quality.get("possible_links"))
    gathered: dict[str, dict[str, object]] = {}
    for name in dict.fromkeys([*registers, *linkage, *links]):
        register, linked = registers.get(name, {}), linkage.get(name, {})
        gathered[name] = {
            "rows_in": register.get("rows_in"),
            "rejected": register.get("rejected"),
            "records": linked.get("records", register.get("used")),
            "linked": linked.get("linked", links.get(name)),
            "links": links.get(name),
            "possible": possible.get(name),
            **{key: linked.get(key) for key in ("precision", "recall", "blocking_loss")},
        }
    return gathered


def _statuses(quality: _Entry) -> list[dict[str, object]]:
    counts = {name: number for name, number in _mapping(quality.get("statuses")).items() if isinstance(number, int)}
    total = max(sum(counts.values()), 1)
    in_order = sorted(counts, key=lambda name: list(STATUSES).index(name) if name in STATUSES else len(STATUSES))
    return [
        {"status": name, "label": in_words(name), "meaning": STATUSES.get(name, ""), "children": counts[name], "share": counts[name] / total}
        for name in in_order
    ]


def _groups(quality: _Entry) -> dict[str, list[_Entry]]:
    gathered: dict[str, list[_Entry]] = {}
    for row in _rows(quality.get("groups")):
        gathered.setdefault(str(row.get("group")), []).append(row)
    return gathered


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


def _pictures(result: Result) -> dict[str, object]:
    from markupsafe import Markup

    from kleuterlink.publish import pictures

    drawn = {}
    if len(result.children):
        drawn["distribution"] = pictures.distribution(result.children["p_not_found"], _cut(result))
    if len(points := _points(result.quality)) > 1:
        drawn["cut_curve"] = pictures.cut_curve(points, _cut(result))
    return {name: {"svg": Markup(picture.svg), "text": picture.text} for name, picture in drawn.items()}


def _points(quality: _Entry) -> list[_Entry]:
    """Return the points of the cut curve that say where they are and how long the list is there."""
    return [point for point in _rows(quality.get("cut_curve")) if point.get("cut") is not None and point.get("on_list") is not None]


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _entries(quality: _Entry, key: str) -> dict[str, _Entry]:
    return {str(name): _mapping(entry) for name, entry in _mapping(quality.get(key)).items()}


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


def _rows(value: object) -> list[_Entry]:
    return [entry for entry in _sequence(value) if isinstance(entry, Mapping)]
