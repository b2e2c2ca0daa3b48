"""A trained model as JSON, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kleuterlink.errors import ConfigError
from kleuterlink.score.densities import Densities
from kleuterlink.score.matches import CLASSES as MATCH_CLASSES
from kleuterlink.score.mistaken import Mistaken
from kleuterlink.score.null import CLASSES as NULL_CLASSES
from kleuterlink.score.patterns import LatentClasses, blocks_of, level_counts
from kleuterlink.tables import Comparison, FloatArray, Vectors

FORMAT = 2


def describe(densities: Densities, sample: Vectors) -> dict[str, object]:
    """Write a model as plain values.

    Parameters
    ----------
    densities
        The model of one list.
    sample
        Random pairs of a birth and a record, compared: what pairs look like that no rule made.

    Returns
    -------
    dict
        `comparisons`: per comparison its levels with label, `m` and `u` (probability given a match, and among all pairs of different
        children) and `weight` (log2 m / u, bits). `matches` and `null`: the latent classes that score; `pairs`: births x records.

    Notes
    -----
    m and u describe each comparison by itself; a pair's weight also counts how comparisons depend on one another.

    """
    m = densities.matches.classes.marginals(densities.patterns.comparisons)
    u = _among_all_pairs(densities, sample)
    comparisons = []
    for place, comparison in enumerate(densities.patterns.comparisons):
        # The missing level comes first, and says nothing.
        given_m, given_u = (rates[place][1:] / max(rates[place][1:].sum(), 1e-300) for rates in (m, u))
        levels = [
            {"level": level, "label": label, "m": float(given_m[level]), "u": float(given_u[level]), "weight": float(np.log2(given_m[level] / given_u[level]))}
            for level, label in enumerate(comparison.labels)
        ]
        comparisons.append({"name": comparison.name, "levels": levels})
    return {
        "format": FORMAT,
        "comparisons": comparisons,
        "matches": {"number": densities.matches.number, **_classes(densities.matches.classes, MATCH_CLASSES)},
        "null": {"number": float(densities.null.count.sum()), **_classes(densities.null.classes, NULL_CLASSES)},
        "mistaken": {"number": densities.null.mistaken.number, "strangers": densities.null.mistaken.strangers.tolist()},
        "pairs": densities.pairs,
    }


def _among_all_pairs(densities: Densities, sample: Vectors) -> list[FloatArray]:
    """Return the probability of each comparison's levels among all pairs: blocked ones from the null, the others from random pairs."""
    patterns = densities.patterns
    blocked = patterns.count(densities.null.count) / densities.pairs
    drawn = level_counts(sample) / max(len(sample.code), 1)
    rates = [np.zeros((2, len(comparison.labels) + 1)) for comparison in patterns.comparisons]
    for block in patterns.blocks:
        rates[block.place] += np.stack([blocked[block.columns], drawn[block.columns]])
    return [np.maximum(each.max(axis=0), 1e-12) for each in rates]


def _classes(classes: LatentClasses, names: tuple[str, ...]) -> dict[str, object]:
    return {"classes": list(names), "share": classes.share.tolist(), "rates": classes.rates.tolist()}


def restore(model: Mapping[str, Any], comparisons: tuple[Comparison, ...], name: str) -> tuple[LatentClasses, LatentClasses, float, Mistaken]:
    """Read a model back.

    Parameters
    ----------
    model
        A list's part of `model.json`.
    comparisons
        What is compared now.
    name
        The list's name, for messages.

    Returns
    -------
    matches, null : LatentClasses
        The classes.
    null_share : float
        Expected non-matching candidate pairs per pair of a birth and a record.
    mistaken : Mistaken
        Pairs that agree on an identifier by mistake.

    Raises
    ------
    ConfigError
        The model is none, or was trained on other comparisons: train again.

    """
    try:
        trained_on = [(entry["name"], tuple(level["label"] for level in entry["levels"])) for entry in model["comparisons"]]
        classes = [LatentClasses(np.array(model[part]["share"], float), np.array(model[part]["rates"], float)) for part in ("matches", "null")]
        null_share = float(model["null"]["number"]) / float(model["pairs"])
        mistaken = Mistaken(float(model["mistaken"]["number"]), np.array(model["mistaken"]["strangers"], float))
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"linkage.model: the part on {name} is no model of kleuterlink; take model.json of a run") from error
    if model.get("format") != FORMAT:
        raise ConfigError(f"linkage.model: the part on {name} was written by another version of kleuterlink; train again, without linkage.model")
    if trained_on != [(comparison.name, comparison.labels) for comparison in comparisons]:
        now = ", ".join(comparison.name for comparison in comparisons)
        raise ConfigError(f"linkage.model: {name} was trained on other comparisons or levels than there are now ({now}); train again, without linkage.model")
    return classes[0], classes[1], null_share, mistaken


def restricted(model: Mapping[str, Any], comparisons: Sequence[str]) -> dict[str, Any] | None:
    """Leave comparisons out of a model.

    Parameters
    ----------
    model
        A list's part of `model.json`.
    comparisons
        Names of those that stay.

    Returns
    -------
    dict or None
        The model of these comparisons, in their order: within a class comparisons are independent, or depend on one another as
        `patterns.DEPENDS` says, so that the others are summed out. None where the model lacks one of them.

    """
    entries = {entry["name"]: entry for entry in model["comparisons"]}
    if not entries.keys() >= set(comparisons):
        return None
    every, kept = (tuple(_comparison(entries[name]) for name in names) for names in (entries, comparisons))
    made = {part: model[part] | {"rates": _rates_of(model[part]["rates"], every, kept).tolist()} for part in ("matches", "null")}
    strangers = _rates_of([[rate] for rate in model["mistaken"]["strangers"]], every, kept)[:, 0].tolist()
    return {**model, **made, "mistaken": model["mistaken"] | {"strangers": strangers}, "comparisons": [entries[name] for name in comparisons]}


def _comparison(entry: Mapping[str, Any]) -> Comparison:
    return Comparison(entry["name"], tuple(level["label"] for level in entry["levels"]))


def _rates_of(rates: Sequence[Sequence[float]], every: tuple[Comparison, ...], kept: tuple[Comparison, ...]) -> FloatArray:
    """Pick the rates of some comparisons; one that depended on a comparison which is left out gets its rates over all pairs."""
    table = np.array(rates, float)
    parts = []
    for block in blocks_of(kept):
        name = kept[block.place].name
        reached = None if block.condition is None else block.condition[2]
        own = [each for each in blocks_of(every) if every[each.place].name == name]
        same = [each for each in own if (None if each.condition is None else each.condition[2]) == reached]
        if same:
            parts.append(table[same[0].columns])
        else:
            place = own[0].place
            parts.append(np.stack([LatentClasses(np.ones(1), table[:, [k]]).marginals(every)[place] for k in range(table.shape[1])], axis=1))
    return np.concatenate(parts)
