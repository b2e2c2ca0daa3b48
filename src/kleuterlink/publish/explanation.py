"""Explain one child's outcome from a run's files alone: nothing is computed again, no register is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kleuterlink.errors import OutputError
from kleuterlink.publish.reading import check_run, read_json, read_table
from kleuterlink.schemas import CANDIDATES, CHILDREN, LINKS

_LEVEL = "level_"
_MISSING = "not given in one or both registers"


@dataclass(frozen=True)
class Evidence:
    """What one comparison said about a pair.

    Attributes
    ----------
    comparison
        Its name.
    level
        What came out: -1 missing, 0 else, higher is closer.
    label
        The level in words.
    weight
        log2(m / u) in bits; 0 where a value is missing, None where the model does not say.

    """

    comparison: str
    level: int
    label: str
    weight: float | None


@dataclass(frozen=True)
class Candidate:
    """A record that the child was compared with.

    Attributes
    ----------
    register, record_id
        The list and its record.
    decision
        `link`, `possible_link` or `non_link`.
    match_weight
        Bits, without the prior.
    match_probability
        Marginal of the matching.
    blocking_rules
        The rules that brought the two together.
    evidence
        One entry per comparison, in the model's order.
    dependence
        `match_weight` less the sum of the weights, in bits: what the model adds or takes because fields agree or differ
        together. None where a weight is not known.

    """

    register: str
    record_id: str
    decision: str
    match_weight: float
    match_probability: float
    blocking_rules: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    dependence: float | None


@dataclass(frozen=True)
class Explanation:
    """Why a child has the outcome it has.

    Attributes
    ----------
    child_id, status, p_not_found, found_in, reason
        The child's row in `children.parquet`; `found_in` as a tuple.
    on_list
        Whether the child is on the not-found list.
    candidates
        Its best candidates, at most five, highest match weight first.

    """

    child_id: str
    status: str
    p_not_found: float
    found_in: tuple[str, ...]
    reason: str
    on_list: bool
    candidates: tuple[Candidate, ...]


def explain(out: str | Path, child_id: str) -> Explanation:
    """Explain a child's outcome.

    Parameters
    ----------
    out
        Folder that a run wrote.
    child_id
        The birth record's id.

    Returns
    -------
    Explanation
        Status, probability and reason of the child, and the evidence on its best candidates.

    Raises
    ------
    OutputError
        The folder is not a run's, or the run knows no such child.

    """
    out = Path(out)
    check_run(out)
    rows = read_table(out / "children.parquet", tuple(CHILDREN), child_id=child_id).to_pylist()
    if not rows:
        raise OutputError(f"{out}: no child with id {child_id}; `child_id` in children.parquet lists them")
    child = rows[0]
    words = _words(read_json(out / "model.json"))
    pairs = _pairs_of(out, child_id)
    # Ties keep the file's order (register, record_id), so that the answer is always the same.
    pairs.sort(key=lambda pair: -pair["match_weight"])
    listed = read_table(out / "not_found.csv", ["child_id"])["child_id"].to_pylist()
    return Explanation(
        child_id=child_id,
        status=child["status"],
        p_not_found=child["p_not_found"],
        found_in=_split(child["found_in"]),
        reason=child["reason"] or "",
        on_list=child_id in listed,
        candidates=tuple(_candidate(pair, words.get(pair["register"], {})) for pair in pairs[:5]),
    )


def _pairs_of(out: Path, child_id: str) -> list[dict[str, Any]]:
    """Return a child's candidates; of one who is surely in a list, its links."""
    candidates, links = (out / f"{name}.parquet" for name in ("candidates", "links"))
    told: list[dict[str, Any]] = read_table(candidates, tuple(CANDIDATES), child_id=child_id).to_pylist()
    return told or read_table(links, tuple(LINKS), child_id=child_id).to_pylist()


_Levels = dict[str, dict[int, tuple[str, float | None]]]


def _words(model: Mapping[str, object]) -> dict[str, _Levels]:
    """Return (label, weight) by list, comparison and level."""
    lists = model.get("lists")
    return {register: _levels(entry) for register, entry in lists.items()} if isinstance(lists, dict) else {}


def _levels(entry: Mapping[str, object]) -> _Levels:
    comparisons = entry.get("comparisons")
    if not isinstance(comparisons, list):
        return {}
    return {
        comparison["name"]: {level["level"]: (level.get("label") or f"level {level['level']}", level.get("weight")) for level in comparison["levels"]}
        for comparison in comparisons
    }


def _candidate(pair: Mapping[str, object], words: _Levels) -> Candidate:
    levels = {key.removeprefix(_LEVEL): level for key, level in pair.items() if key.startswith(_LEVEL) and isinstance(level, int)}
    order = [*(name for name in words if name in levels), *(name for name in levels if name not in words)]
    evidence = tuple(_evidence(name, levels[name], words.get(name, {})) for name in order)
    weights = [item.weight for item in evidence]
    weight = float(str(pair["match_weight"]))
    known = [entry for entry in weights if entry is not None]
    return Candidate(
        register=str(pair["register"]),
        record_id=str(pair["record_id"]),
        decision=str(pair["decision"]),
        match_weight=weight,
        match_probability=float(str(pair["match_probability"])),
        blocking_rules=_split(pair["blocking_rules"]),
        evidence=evidence,
        dependence=weight - sum(known) if len(known) == len(weights) else None,
    )


def _evidence(name: str, level: int, words: Mapping[int, tuple[str, float | None]]) -> Evidence:
    if level in words:
        return Evidence(name, level, *words[level])
    return Evidence(name, level, _MISSING, 0.0) if level < 0 else Evidence(name, level, f"level {level}", None)


def _split(joined: object) -> tuple[str, ...]:
    return tuple(part.strip() for part in str(joined).split(";") if part.strip()) if joined else ()
