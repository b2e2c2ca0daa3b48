"""Schools and their successors, against following them one by one; and places that no table has."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink.config import parse_config
from kleuterlink.participation import schools_table
from kleuterlink.participation.places import unknown_places
from kleuterlink.schemas import SCHOOLS
from kleuterlink.tables import STRING

CONFIG = parse_config(
    {
        "run": {"school_year": "2023-2024"},
        "registers": {
            "births": {"role": "births"},
            "nl": {"role": "enrolments"},
            "fr": {"role": "enrolments", "community": "fr"},
            "warehouse": {"role": "absences"},
            "schools": {"role": "schools"},
            "more": {"role": "schools"},
            "ecoles": {"role": "schools", "community": "fr"},
            "municipalities": {"role": "municipalities"},
        },
    }
)
NUMBERS = st.sampled_from(["1", "2", "3", "4", "5", "6"])


def table(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(values, dtype=STRING) for name, values in columns.items()})


def plain_current(successors: dict[str, str | None], school: str) -> str | None:
    """Follow the successors of a school; None where they never end."""
    seen = {school}
    while (following := successors.get(school)) not in (None, school):
        if following in seen:
            return None
        seen.add(following)
        school = following
    return school


@given(st.dictionaries(NUMBERS, st.none() | st.sampled_from(["1", "2", "3", "4", "5", "6", "gone"]), min_size=1))
def test_the_current_school_is_the_last_of_its_successors(successors: dict[str, str | None]) -> None:
    records = table(record_id=list(successors), successor=list(successors.values()))
    schools = schools_table({"schools": records}, CONFIG)
    assert schools is not None
    assert list(schools) == list(SCHOOLS)
    assert schools["school"].tolist() == sorted(successors)
    plain = {school: plain_current(successors, school) for school in successors}
    assert dict(zip(schools["school"], schools["current"], strict=True)) == {school: current or school for school, current in plain.items()}
    (_, _, circle) = unknown_places("schools", {"schools": records}, CONFIG)[1]
    assert circle.tolist() == [plain[school] is None for school in successors]
    (_, _, missing) = unknown_places("schools", {"schools": records}, CONFIG)[0]
    assert missing.tolist() == [following is not None and following not in successors for following in successors.values()]


def test_schools_of_several_tables_and_communities() -> None:
    registers = {
        "schools": table(record_id=["2", "1"], name=["B", "A"], successor=[None, "9"]),
        "more": table(record_id=["9", "2"], clb=["CLB 1", "CLB 2"]),
        "ecoles": table(record_id=["1"], municipality=["21015"], successor=["2"]),
    }
    schools = schools_table(registers, CONFIG)
    assert schools is not None
    assert schools.astype(object).where(schools.notna(), None).to_numpy().tolist() == [
        ["fr", "1", None, "21015", None, "2", "2"],
        ["nl", "1", "A", None, None, "9", "9"],
        ["nl", "2", "B", None, None, None, "2"],
        ["nl", "9", None, None, "CLB 1", None, "9"],
    ]
    assert schools.dtypes.eq(STRING).all()
    assert schools_table({"nl": table(record_id=["1"])}, CONFIG) is None


@pytest.mark.parametrize("name", ["nl", "warehouse"])
def test_a_school_that_no_table_of_its_community_has(name: str) -> None:
    records = table(record_id=["a", "b", "c"], school=["1", "7", None])
    registers = {name: records, "fr": records, "schools": table(record_id=["1"]), "more": table(record_id=["2"])}
    ((field, problem, hit),) = unknown_places(name, registers, CONFIG)
    assert (field, problem, hit.tolist()) == ("school", "no school has this number", [False, True, False])
    assert unknown_places("fr", registers, CONFIG) == []


def unknown(values: list[str | None], listed: pd.DataFrame | None = None) -> list[bool]:
    registers = {"nl": table(record_id=[str(row) for row in range(len(values))], municipality=values)}
    ((field, _, hit),) = unknown_places("nl", registers if listed is None else registers | {"municipalities": listed}, CONFIG)
    assert field == "municipality"
    return list(hit)


def test_a_municipality_that_is_not_known_where_the_others_are() -> None:
    assert unknown(["21015"] * 19 + ["GHENTT"]) == [False] * 19 + [True]
    # One in ten has no code: the table that comes along knows too few to tell which of them are real.
    assert not any(unknown(["21015"] * 9 + ["GENT"]))
    assert not any(unknown([None, None]))


def test_a_municipality_that_is_not_in_the_table_that_was_handed_over() -> None:
    listed = table(record_id=["21015", "44021"], municipality=["21015", "GENT"])
    assert unknown(["21015", "GENT", "44021", "GHENT", "21099", None], listed) == [False, False, False, True, True, False]
