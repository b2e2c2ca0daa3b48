"""The model of a standing run, as arrays: what one record is scored with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kleuterlink import score
from kleuterlink.linkage.first_pass import FirstPass
from kleuterlink.linkage.second_pass import Linked
from kleuterlink.linkage.standing.files import Array, named
from kleuterlink.tables import Comparison, Encoded, FloatArray, IntArray


def model_arrays(firsts: Mapping[str, FirstPass], linked: Mapping[str, Linked]) -> dict[str, Array]:
    """Return the model of every list as arrays, by name."""
    return {f"{named('model', name)}/{part}": array for name, first in firsts.items() for part, array in _parts(first, linked[name]).items()}


def _parts(first: FirstPass, linked: Linked) -> dict[str, Array]:
    densities = first.trained.densities
    null, matches = densities.null, densities.matches
    groups = _group(first.records.take(first.clusters.representative))
    group, row = np.unique(groups, return_inverse=True)
    return {
        "pattern": densities.patterns.code,
        "null_count": null.count,
        "null_share": null.classes.share,
        "null_rates": null.classes.rates,
        "match_share": matches.classes.share,
        "match_rates": matches.classes.rates,
        "strangers": null.mistaken.strangers,
        "numbers": np.array([null.mistaken.number, matches.number, densities.pairs, np.sqrt(first.trained.left_rate.sum() * first.trained.right_rate.sum())]),
        "birth_rate": first.trained.left_rate,
        "found": linked.found,
        "group": group,
        "group_rate": np.bincount(row, first.trained.right_rate) / np.bincount(row),
        "mean_rate": np.array([first.trained.right_rate.mean()]),
    }


def _group(records: Encoded) -> IntArray:
    """Return what a record's rate of being matched goes by: whether its number is known, and its postcode."""
    group = np.zeros(records.size, np.int64)
    if records.has("number_kind"):
        group += records.columns["number_kind"] > 0
    if records.has("postcode"):
        group += 2 * (records.columns["postcode"].astype(np.int64) + 1)
    return group


@dataclass(frozen=True)
class ListModel:
    """A list's model.

    Attributes
    ----------
    densities
        Match and null density of patterns.
    number
        Expected matches, in the odds of a pair.
    birth_rate, found
        (N,) prior rate of being matched, and probability of being in the list.
    group, group_rate, mean_rate
        Prior rate of a record, by its group, and of one of another group.

    """

    densities: score.Densities
    number: float
    birth_rate: FloatArray
    found: FloatArray
    group: IntArray
    group_rate: FloatArray
    mean_rate: float

    def odds(self, births: IntArray, record: Encoded) -> FloatArray:
        """Return the prior odds of births with a record, all otherwise unmatched."""
        group = int(_group(record)[0])
        place = int(np.searchsorted(self.group, group))
        rate = float(self.group_rate[place]) if place < len(self.group) and self.group[place] == group else self.mean_rate
        own = self.birth_rate[births]
        made: FloatArray = own / (1 - own) * rate / (1 - rate) / self.number
        return made


def read_model(parts: Mapping[str, Array], comparisons: tuple[Comparison, ...]) -> ListModel:
    """Read a list's model back.

    Parameters
    ----------
    parts
        What `model_arrays` returned of the list.
    comparisons
        What is compared.

    Returns
    -------
    ListModel
        The model.

    """
    mistaken, matches, pairs, number = parts["numbers"].tolist()
    null = score.Null(
        np.asarray(parts["null_count"]), score.LatentClasses(parts["null_share"], parts["null_rates"]), score.Mistaken(mistaken, parts["strangers"])
    )
    fitted = score.Matches(matches, score.LatentClasses(parts["match_share"], parts["match_rates"]), converged=True)
    densities = score.Densities(score.patterns_of(comparisons, parts["pattern"]), null, fitted, pairs)
    return ListModel(densities, number, parts["birth_rate"], parts["found"], parts["group"], parts["group_rate"], float(parts["mean_rate"][0]))
