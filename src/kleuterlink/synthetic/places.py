"""Municipalities and streets in both languages (own compilation), and where families live."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from kleuterlink.synthetic.pools import Texts, read_table
from kleuterlink.synthetic.rates import Rates

Integers = npt.NDArray[np.integer]
Flags = npt.NDArray[np.bool_]

ADDRESS = ("place", "street", "number", "box")
"""Columns of an address: row in `Places`, row in `Streets`, house number, box number (0 none)."""


@dataclass(frozen=True)
class Places:
    """Postcodes with their municipality; all arrays have one entry per postcode.

    Attributes
    ----------
    postcode
        Text.
    dutch, french
        The municipality's names.
    part_dutch, part_french
        Names of the part of the municipality that the postcode stands for; the municipality's where it stands for no part.
    brussels
        Whether it lies in the Brussels region.
    share
        Share of the region's inhabitants.

    """

    postcode: Texts
    dutch: Texts
    french: Texts
    part_dutch: Texts
    part_french: Texts
    brussels: Flags
    share: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Streets:
    """Street names; the first `bilingual` have a name in both languages, the others repeat the Dutch one.

    Attributes
    ----------
    dutch, french
        The names.
    bilingual
        Number of streets with a French name of their own.

    """

    dutch: Texts
    french: Texts
    bilingual: int


@cache
def read_places() -> Places:
    """Return the municipalities of `municipalities.csv`."""
    table = pd.DataFrame(read_table("municipalities.csv"))
    inhabitants = table["inhabitants"].astype(float)
    for language in ("dutch", "french"):
        table[f"part_{language}"] = table[f"part_{language}"].where(table[f"part_{language}"] != "", table[language])
    text = {column: table[column].to_numpy(dtype=object) for column in ("postcode", "dutch", "french", "part_dutch", "part_french")}
    share = inhabitants / inhabitants.groupby(table["region"]).transform("sum")
    return Places(**text, brussels=(table["region"] == "brussels").to_numpy(), share=share.to_numpy(dtype=np.float64))


@cache
def read_streets() -> Streets:
    """Return the street names that `streets.csv` makes, in an order that does not depend on their spelling."""
    words = list(read_table("streets.csv"))
    types = list(dict.fromkeys((row["dutch"], row["french"]) for row in words if row["kind"] == "type"))
    stems = [(row["dutch"], row["french"]) for row in words if row["kind"] == "stem"]
    flemish = [row["dutch"] for row in words if row["kind"] == "flemish"]
    both = [(_join(dutch, ending), f"{beginning} {french}") for dutch, french in stems for ending, beginning in types]
    dutch_only = [_join(stem, ending) for stem in flemish for ending, _ in types]
    rng = np.random.default_rng(0)
    both = [both[row] for row in rng.permutation(len(both))]
    dutch_only = [dutch_only[row] for row in rng.permutation(len(dutch_only))]
    return Streets(
        np.array([dutch for dutch, _ in both] + dutch_only, dtype=object), np.array([french for _, french in both] + dutch_only, dtype=object), len(both)
    )


def _join(stem: str, ending: str) -> str:
    return f"{stem} {ending}".replace("- ", "-") if stem.endswith("-") else stem + ending


def draw_addresses(rng: np.random.Generator, brussels: Flags) -> pd.DataFrame:
    """Draw an address for everyone.

    Parameters
    ----------
    rng
        Source of chance.
    brussels
        Who lives in the Brussels region.

    Returns
    -------
    pandas.DataFrame
        Columns `ADDRESS`, int64, aligned with `brussels`.

    """
    places = read_places()
    place = np.empty(len(brussels), np.int64)
    for region in (False, True):
        inside = np.flatnonzero(places.brussels == region)
        rows = np.flatnonzero(brussels == region)
        place[rows] = rng.choice(inside, len(rows), p=places.share[inside])
    return _at(rng, place)


def _at(rng: np.random.Generator, place: Integers) -> pd.DataFrame:
    """Draw a street and number at these places."""
    streets = read_streets()
    size = len(place)
    brussels = read_places().brussels[place]
    known = np.where(brussels, streets.bilingual, len(streets.dutch))
    # Every place has its own long and short streets: the commonest street of one is rare in another.
    rank = np.floor(known * rng.random(size) ** 1.8).astype(np.int64)
    street = (rank * 7 + place * 61) % known
    number = 1 + np.minimum(rng.geometric(0.02, size), 399)
    boxed = rng.random(size) < np.where(brussels, 0.5, 0.2)
    return pd.DataFrame({"place": place, "street": street, "number": number, "box": np.where(boxed, 1 + rng.geometric(0.2, size), 0)})


def move(rng: np.random.Generator, homes: pd.DataFrame, rates: Rates) -> pd.DataFrame:
    """Draw the address that everyone moves to.

    Parameters
    ----------
    rng
        Source of chance.
    homes
        Where they lived; columns `ADDRESS`.
    rates
        How often a move stays in the municipality or leaves Brussels.

    Returns
    -------
    pandas.DataFrame
        Columns `ADDRESS`, aligned with `homes`.

    """
    places = read_places()
    place = homes["place"].to_numpy()
    within = rng.random(len(homes)) < rates.moved_within
    leaves = ~within & places.brussels[place] & (rng.random(len(homes)) < rates.moved_out_of_brussels / (1 - rates.moved_within + 1e-9))
    elsewhere = draw_addresses(rng, places.brussels[place] & ~leaves)["place"].to_numpy()
    return _at(rng, np.where(within, place, elsewhere))
