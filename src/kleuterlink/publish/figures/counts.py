"""Counts of children by area, age and group, each with its interval, and without those that would give children away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kleuterlink.publish.figures.expected import expected_count, interval
from kleuterlink.publish.figures.suppression import Margins, Table, suppress

Floats = npt.NDArray[np.float64]

NUMBERS = ("kinderen", "verwacht", "laag", "hoog", "aandeel", "aandeel_laag", "aandeel_hoog")
SHARES = NUMBERS[4:]
"""What is told of a group: the count (Int64), expected count with interval and their shares of the whole (float64)."""

MEANINGS = {
    "kinderen": "kinderen in de groep, zoals ze ingedeeld zijn; leeg waar het cijfer verborgen of niet bekend is",
    "verwacht": "verwacht aantal, rekening houdend met de kans dat een kind niet of verkeerd herkend is",
    "laag": "ondergrens daarvan (95%-interval van de koppeling)",
    "hoog": "bovengrens daarvan",
    "aandeel": "verwacht aantal gedeeld door alle kinderen",
    "aandeel_laag": "ondergrens daarvan",
    "aandeel_hoog": "bovengrens daarvan",
    "verborgen": "ja waar het cijfer verborgen is om kinderen onherkenbaar te houden",
}
"""What the columns hold, for those who receive them."""


@dataclass(frozen=True)
class Dimension:
    """One way in which children are divided.

    Attributes
    ----------
    margins
        Its parts, and the sums of them that are published.
    part
        int64, one per child: its part.

    """

    margins: Margins
    part: npt.NDArray[np.int64]

    @classmethod
    def of(cls, values: Sequence[object] | pd.Series | npt.NDArray[np.object_], parts: Sequence[str], sums: Mapping[str, Sequence[str]]) -> Dimension:
        """Divide children by a value each; every value is one of the parts."""
        codes = pd.Categorical(pd.Series(values, dtype=object), list(parts)).codes
        return cls(Margins.of(list(parts), sums), codes.astype(np.int64))


def tabulate(areas: Dimension, ages: Dimension, groups: Dimension, chances: Mapping[str, Floats], *, whole: str, smallest: int) -> pd.DataFrame:
    """Count children by area, age and group.

    Parameters
    ----------
    areas, ages, groups
        How the children are divided. The groups' sums are published too, and one of them is `whole`.
    chances
        By group, sums included, the probability that each child belongs to it; float64.
    whole
        The group that holds all children.
    smallest
        Counts from 1 to it are hidden, and as many others as it takes to keep them hidden.

    Returns
    -------
    DataFrame
        `area`, `age`, `group` (labels), `NUMBERS` (null where hidden; shares also where there is no child, or the whole is hidden) and
        `verborgen` (`ja`, `nee`), a row for each combination of labels, in their order.

    """
    shape = tuple(len(dimension.margins.members[0]) for dimension in (areas, ages, groups))
    counts = np.zeros(shape, np.int64)
    np.add.at(counts, (areas.part, ages.part, groups.part), 1)
    table = Table(counts, areas.margins, ages.margins, groups.margins, whole=whole)
    hidden = suppress(table, smallest=smallest)
    stacked = np.stack([chances[group] for group in groups.margins.labels], axis=1)
    mean, variance = (_summed(values, areas, ages) for values in (stacked, stacked * (1 - stacked)))
    place = groups.margins.labels.index(whole)
    everybody: Floats = np.broadcast_to(mean[:, :, [place]], mean.shape)
    hidden_whole = np.broadcast_to(hidden[:, :, [place]], mean.shape)
    low, high = interval(mean, variance, everybody)
    labels = (np.array(dimension.margins.labels, dtype=object) for dimension in (areas, ages, groups))
    rows: dict[str, object] = {name: label[index.ravel()] for name, label, index in zip(("area", "age", "group"), labels, np.indices(mean.shape), strict=True)}
    rows["kinderen"] = pd.Series(table.values.ravel()).astype("Int64")  # noqa: PD011 - a Table is no data frame
    # Outwards: an interval that is told holds the one that was found.
    tenths = (np.round(mean, 1), np.floor(np.round(low * 10, 6)) / 10, np.ceil(np.round(high * 10, 6)) / 10)
    rows |= {name: values.ravel() for name, values in zip(NUMBERS[1:4], tenths, strict=True)}
    for name, values in zip(SHARES, (mean, low, high), strict=True):
        rows[name] = np.divide(values, everybody, out=np.full(mean.shape, np.nan), where=everybody > 0).ravel().round(4)
    figures = pd.DataFrame(rows)
    figures.loc[hidden.ravel(), list(NUMBERS)] = pd.NA
    figures.loc[hidden_whole.ravel(), list(SHARES)] = np.nan
    return figures.assign(verborgen=np.where(hidden.ravel(), "ja", "nee"))


def part_of(chances: Floats, counted: npt.NDArray[np.bool_], around: int, *, smallest: int) -> dict[str, object]:
    """Count a group that is part of another one, which is counted by itself.

    Parameters
    ----------
    chances
        Probability of each child to belong to it.
    counted
        bool: who is counted in it.
    around
        Number of children who are counted in the group that it is part of.
    smallest
        Neither its count nor that of the others in the group around it may lie from 1 to below this.

    Returns
    -------
    dict
        `NUMBERS` (None where hidden) and `verborgen`.

    """
    count, everybody = int(counted.sum()), max(len(chances), 1)
    if 0 < count < smallest or 0 < around - count < smallest:
        return dict.fromkeys(NUMBERS) | {"verborgen": "ja"}
    expected = expected_count(chances)
    numbers = (count, *(round(value, 1) for value in expected), *(round(value / everybody, 4) for value in expected))
    return dict(zip(NUMBERS, numbers, strict=True)) | {"verborgen": "nee"}


def _summed(values: Floats, areas: Dimension, ages: Dimension) -> Floats:
    """Add the children's values up over every published area and age; (areas, ages, groups)."""
    of_areas, of_ages = areas.margins.members.astype(np.float64), ages.margins.members.astype(np.float64)
    cells = np.zeros((of_areas.shape[1], of_ages.shape[1], values.shape[1]))
    np.add.at(cells, (areas.part, ages.part), values)
    summed: Floats = np.einsum("ijc,ai,bj->abc", cells, of_areas, of_ages)
    return summed
