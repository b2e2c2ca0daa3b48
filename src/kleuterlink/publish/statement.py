"""The quality statement's figures, brought into the order and the words in which a person reads them.

What it holds follows GUILD (Gilbert et al. 2018, J Public Health 40(1)) and RECORD (Benchimol et al. 2015, PLoS Med 12(10)).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kleuterlink.normalise.municipalities import MERGERS, MUNICIPALITIES
from kleuterlink.publish.words import IMPLAUSIBLE, count, joined

Entry = Mapping[str, object]

MUNICIPALITIES_SHOWN = 25

"""How many municipalities have a row of their own; the others are added up."""

_NAMES = {place.nis: place.dutch for place in MUNICIPALITIES} | {merger.nis: merger.name for merger in MERGERS}
_ADDED_UP = ("children", "without_link", "on_list", "expected_not_found")

_READ = ({"rows_in": "rows read"}, {"rejected": "rejected", "used": "used"})
_OF_BIRTHS = (
    *_READ,
    {"linked": "with a link", "possible": "with possible links only", "unlinked": "without any"},
    {"found": "found", "not_found": "not found: the list", "undetermined": "undetermined", "not_yet_entitled": "not yet entitled"},
)
_OF_LISTS = (
    *_READ,
    {"candidate_pairs": "pairs compared with births"},
    {"linked": "linked to a child", "possible": "with possible links only", "unlinked": "not linked"},
)


def mapping(value: object) -> dict[str, object]:
    """Return a mapping as it is, and an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def entries(quality: Entry, key: str) -> dict[str, Entry]:
    """Return the entries under a key by name; none where the key is missing."""
    return {str(name): mapping(entry) for name, entry in mapping(quality.get(key)).items()}


def sequence(value: object) -> Sequence[object]:
    """Return a list as it is, and an empty one for anything else."""
    return value if isinstance(value, list | tuple) else ()


def rows(value: object) -> list[Entry]:
    """Return the mappings of a list."""
    return [entry for entry in sequence(value) if isinstance(entry, Mapping)]


def flow_steps(quality: Entry) -> dict[str, list[list[tuple[object, str]]]]:
    """Return the boxes of the flow diagram: by register, from above; each box holds numbers with their words."""
    flow = entries(quality, "flow")
    return {
        name: [
            lines for step in (_OF_BIRTHS if "found" in entry else _OF_LISTS) if (lines := [(entry[key], text) for key, text in step.items() if key in entry])
        ]
        for name, entry in flow.items()
        if entry
    }


def errors_of(entry: Entry) -> dict[str, object]:
    """Return precision and its interval, and in place of recall what it leaves: the share of the matches that were missed."""
    recall, bounds = entry.get("recall"), sequence(entry.get("recall_interval"))
    known = len(bounds) == 2 and all(isinstance(bound, int | float) for bound in bounds)
    return {
        "precision": entry.get("precision"),
        "precision_interval": entry.get("precision_interval"),
        "missed": 1 - recall if isinstance(recall, int | float) else None,
        "missed_interval": [1 - float(str(bound)) for bound in reversed(bounds)] if known else None,
    }


def groups(quality: Entry) -> dict[str, list[dict[str, object]]]:
    """Return the rows of each grouping but the municipalities, with their errors."""
    gathered: dict[str, list[dict[str, object]]] = {}
    for row in rows(quality.get("groups")):
        if row.get("group") != "municipality":
            gathered.setdefault(str(row.get("group")), []).append({**row, **errors_of(row)})
    return gathered


def municipalities(quality: Entry) -> tuple[list[dict[str, object]], dict[str, object] | None]:
    """Return the municipalities with the largest expected number not found, named, and the sums of the others where there are any."""
    every = [{**row, "value": _name(str(row.get("value")))} for row in rows(quality.get("groups")) if row.get("group") == "municipality"]
    every.sort(key=lambda row: (-_number(row.get("expected_not_found")), -_number(row.get("children")), str(row["value"])))
    shown, others = every[:MUNICIPALITIES_SHOWN], every[MUNICIPALITIES_SHOWN:]
    if not others:
        return shown, None
    sums: dict[str, object] = {key: sum(_number(row.get(key)) for row in others) for key in _ADDED_UP}
    linked = sum(_number(row.get("linked_share")) * _number(row.get("children")) for row in others)
    return shown, {**sums, "number": len(others), "linked_share": linked / max(_number(sums["children"]), 1)}


def other_cuts(points: Sequence[Entry], cut: float | None) -> str:
    """Say how long the list would be at a low and at a high cut; empty text where that is not known."""
    lengths = {point["cut"]: point["on_list"] for point in points}
    named = [f"at {other:g} it would hold {count(lengths[other])}" for other in (0.1, 0.9) if other in lengths and other != cut]
    if cut not in lengths or not named:
        return ""
    return f"At the cut in force, {cut:.3g}, the list holds {count(lengths[cut])} children; {joined(named)}."


def implausible(quality: Entry) -> list[tuple[object, str]]:
    """Return the number of each sign of implausible links, with its words."""
    counted = mapping(quality.get("implausible"))
    return [(counted[key], text) for key, text in IMPLAUSIBLE.items() if key in counted]


def unrecognised(quality: Entry) -> float | None:
    """Return the expected number of matches that nothing recognises, over all lists; None where no list says."""
    numbers = [entry["expected_unseen"] for entry in entries(quality, "second_look").values() if entry.get("expected_unseen") is not None]
    return sum(map(_number, numbers)) if numbers else None


def reference_dates(manifest: Entry, as_of: str | None) -> dict[str, str]:
    """Return the day that each list speaks of: its own, else that of the run; lists of which neither is known are left out."""
    configured = entries(mapping(manifest.get("configuration")), "registers")
    lists = {name: entry for name, entry in configured.items() if entry.get("role") not in (None, "births", "absences", "applications")}
    return {name: str(day)[:10] for name, entry in lists.items() if (day := entry.get("reference_date") or as_of)}


def _name(code: str) -> str:
    """Return a municipality as it is written: codes with their name, folded names with one capital."""
    return f"{_NAMES[code]} ({code})" if code in _NAMES else code.capitalize() if code.isupper() else code


def _number(value: object) -> float:
    return value if isinstance(value, int | float) else 0
