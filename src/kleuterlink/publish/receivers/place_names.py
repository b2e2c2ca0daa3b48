"""Names for the municipalities that the outputs write as a code or as A-Z."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

import pandas as pd
import pyarrow as pa

from kleuterlink.normalise.municipalities import MERGERS, MUNICIPALITIES
from kleuterlink.normalise.places import municipality_codes


def name_places(places: Iterable[str]) -> dict[str, str]:
    """Name municipalities.

    Parameters
    ----------
    places
        NIS codes, or names as A-Z, as `children.parquet` has them.

    Returns
    -------
    dict
        The Dutch name of each; a code or a name that the tables do not know stands for itself, a name with a capital and small letters.

    """
    known = _known()
    return {place: known.get(place, place.title()) for place in places}


@cache
def _known() -> dict[str, str]:
    with files("kleuterlink.publish.receivers").joinpath("regions.csv").open(encoding="utf-8") as stream:
        listed = pd.read_csv(stream, dtype=str, keep_default_na=False)["municipality"]
    names = [name for name in listed if not name.isdecimal()]
    codes = municipality_codes(pa.array(names, pa.string())).to_pylist()
    return {
        **dict(zip(codes, names, strict=True)),
        **{merger.nis: merger.name for merger in MERGERS},
        **{place.nis: place.dutch for place in MUNICIPALITIES},
    }
