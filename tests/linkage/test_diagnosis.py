"""Why next to nothing links: the likely cause, told without a value."""

from __future__ import annotations

import pandas as pd
import pytest

from kleuterlink.linkage.diagnosis import why_nothing_links
from kleuterlink.normalise import encode, normalise
from kleuterlink.tables import STRING

NAMES = ["Maes", "Peeters", "Janssens", "Claes", "Wouters", "Mertens", "Jacobs", "Willems"]


def register(**changes):
    size = len(NAMES)
    columns = {
        "row": range(1, size + 1),
        "id": [str(place) for place in range(size)],
        "first_names": ["Lotte", "Noah", "Emma", "Louis", "Mila", "Arthur", "Olivia", "Nour"],
        "surname": NAMES,
        "birth_date": [20200101 + place for place in range(size)],
    }
    table = pd.DataFrame({**columns, **changes})
    return normalise(table.astype(dict.fromkeys(("id", "first_names", "surname"), STRING)))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "another population"),
        ({"birth_date": [19200101 + place for place in range(8)]}, "check `date_format`"),
        ({"surname": ["Zz"] * 8}, "surname hardly hold"),
        ({"surname": ["Zz"] * 8, "first_names": ["Qq"] * 8}, "first_names and surname hardly hold"),
        ({"surname": ["Zz"] * 8, "first_names": ["Qq"] * 8, "birth_date": [0] * 8}, "no field holds values"),
    ],
)
def test_it_names_what_to_look_at(changes, says):
    births, records = encode([register(), register(**changes)])
    cause = why_nothing_links(births, records)
    assert says in cause
    assert not any(name in cause for name in (*NAMES, "Zz", "Qq"))
