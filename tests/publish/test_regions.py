"""Regions: every Flemish municipality has one, mergers hold from their day on, and a table of one's own replaces them all."""

from __future__ import annotations

import datetime as dt
from importlib.resources import files

import pandas as pd
import pytest

from kleuterlink.errors import ConfigError
from kleuterlink.publish.receivers.regions import UNKNOWN_REGION, read_regions
from kleuterlink.tables import STRING

DAY = dt.date(2024, 2, 1)
PROVINCES = {"Antwerpen": 69, "Limburg": 42, "Oost-Vlaanderen": 60, "Vlaams-Brabant": 65, "West-Vlaanderen": 64}
"""Municipalities of each province from 2019 to 2024; 300 in all (Statbel)."""


def region_of(place: str | None, day: dt.date = DAY) -> str:
    return read_regions(None, day).of(pd.Series([place], dtype=STRING)).iloc[0]


def test_the_table_names_every_flemish_municipality_of_2024_once():
    table = pd.read_csv(files("kleuterlink.publish.receivers").joinpath("regions.csv"), dtype=str, keep_default_na=False)
    then = table[(table["from"] <= DAY.isoformat()) & ((table["until"] == "") | (table["until"] >= DAY.isoformat()))]
    named = then[~then["municipality"].str.isdecimal()]
    assert named["region"].value_counts().to_dict() == PROVINCES
    assert not named["municipality"].duplicated().any()


@pytest.mark.parametrize(
    ("place", "region"),
    [
        ("GENT", "Oost-Vlaanderen"),
        ("SINTNIKLAAS", "Oost-Vlaanderen"),
        ("HEISTOPDENBERG", "Antwerpen"),
        ("21012", "Brussels Hoofdstedelijk Gewest"),
        ("23101", "Vlaams-Brabant"),
        ("24062", "Vlaams-Brabant"),
        ("45041", "Oost-Vlaanderen"),
        ("33016", "West-Vlaanderen"),
        ("73109", "Limburg"),
        ("25112", "Waals Gewest"),
        ("62063", "Waals Gewest"),
        ("ATLANTIS", UNKNOWN_REGION),
        ("00000", UNKNOWN_REGION),
        (None, UNKNOWN_REGION),
    ],
)
def test_a_code_has_the_region_of_its_first_digits_and_a_name_its_own(place, region):
    assert region_of(place) == region


@pytest.mark.parametrize("place", ["ZWIJNDRECHT", "11056"])
def test_a_municipality_that_changed_province_does_so_on_its_day(place):
    assert region_of(place, dt.date(2024, 12, 31)) == "Antwerpen"
    assert region_of(place, dt.date(2025, 1, 1)) == "Oost-Vlaanderen"


def test_a_new_municipality_is_known_from_its_first_day():
    assert region_of("PAJOTTEGEM", dt.date(2024, 12, 31)) == UNKNOWN_REGION
    assert region_of("PAJOTTEGEM", dt.date(2025, 1, 1)) == "Vlaams-Brabant"


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_table_of_ones_own_replaces_the_provinces(tmp_path, delimiter):
    rows = ["municipality,region", "Gent,Noord", "Molenbeek-Saint-Jean,Zuid", "4, Noord ", "21004,Zuid"]
    (tmp_path / "regions.csv").write_text("\n".join(rows).replace(",", delimiter), encoding="utf-8-sig")
    regions = read_regions(tmp_path / "regions.csv", DAY)
    assert regions.names == ("Noord", "Zuid")
    places = pd.Series(["GENT", "21012", "45041", "21004", "ANTWERPEN"], dtype=STRING)
    assert regions.of(places).tolist() == ["Noord", "Zuid", "Noord", "Zuid", UNKNOWN_REGION]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("gemeente,regio\nGent,Noord\n", "no column municipality, region"),
        ("municipality,region\nGent,\n", "row 1 lacks"),
        ("municipality,region\nGent,Noord\nGENT,Zuid\n", "two regions on the same day"),
        ("municipality,region,from\nGent,Noord,1/1/2025\n", "row 1: from is no date"),
    ],
)
def test_a_table_that_does_not_say_enough_is_refused(tmp_path, text, problem):
    (tmp_path / "regions.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=problem):
        read_regions(tmp_path / "regions.csv", DAY)


def test_a_table_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        read_regions(tmp_path / "nowhere.csv", DAY)
