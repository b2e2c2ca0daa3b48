"""The list for Kind en Gezin: who is on it, in which region, in whose words, and nothing that they may not have."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from publish.runs import child, read_csv, write_run

from kleuterlink.participation import Reason
from kleuterlink.publish.receivers.dutch import REASONS
from kleuterlink.publish.receivers.kind_en_gezin import LIST, OVERVIEW
from kleuterlink.publish.receivers.registry import publish
from kleuterlink.publish.receivers.run_folder import Options

CHILDREN = [
    child("K1", "not_found", 0.61, municipality="GENT", reason="weak_link", compulsory=None),
    child("K2", "not_found", 0.99, municipality="GENT", compulsory=True),
    child("K3", "not_found", 0.99, municipality="21012"),
    child("K4", "enrolled_nl", 0.02),
    child("K5", "undetermined", 0.97, municipality="21004"),
    child("K6", "not_yet_entitled", 0.99),
    child("K7", "not_found", 0.8, municipality=None, reason="birth_date_unknown"),
]
PROVINCES = ("antwerpen", "limburg", "oost-vlaanderen", "vlaams-brabant", "west-vlaanderen", "brussels-hoofdstedelijk-gewest")


def published(folder: Path, children: list[dict[str, object]], **options: object) -> Path:
    run = write_run(folder / "out", children=children)
    publish("kind-en-gezin", [run], Options(keep_until=dt.date(2025, 8, 31), **options))
    return folder / "out-kind-en-gezin"


def lists(folder: Path) -> dict[str, pd.DataFrame]:
    return {path.stem.removeprefix("niet-teruggevonden-"): read_csv(path) for path in folder.glob("*.csv")}


def test_every_child_that_was_not_found_is_in_its_region_the_surest_first(tmp_path):
    found = {name: table["kind_id"].tolist() for name, table in lists(published(tmp_path, CHILDREN)).items()}
    assert {name: ids for name, ids in found.items() if ids} == {
        "oost-vlaanderen": ["K2", "K1"],
        "brussels-hoofdstedelijk-gewest": ["K3"],
        "niet-ingedeeld": ["K7"],
    }
    # A coordinator without a child on the list gets an empty list, not none.
    assert set(PROVINCES) <= set(found)


def test_a_list_holds_the_fields_that_they_may_have_and_no_others(tmp_path):
    folder = published(tmp_path, CHILDREN)
    for table in lists(folder).values():
        assert tuple(table.columns) == tuple(LIST) == ("kind_id", "gemeente", "kans", "reden", "leerplichtig", "peildatum", "bronnen")
    book = openpyxl.load_workbook(folder / "overzicht.xlsx")
    assert book.sheetnames == ["Overzicht", "Lijst", "Kolommen"]
    assert [cell.value for cell in book["Lijst"][1]] == ["regio", *LIST]
    everything = " ".join(path.read_text(encoding="utf-8") for path in folder.glob("*.[ch]*"))
    assert not re.search(r"K4|K5|K6", everything)


def test_a_row_says_why_when_and_where_was_searched(tmp_path):
    row = lists(published(tmp_path, CHILDREN))["oost-vlaanderen"].iloc[0].to_dict()
    assert row == {
        "kind_id": "K2",
        "gemeente": "Gent",
        "kans": "0.99",
        "reden": "geen enkele inschrijving in de bronnen lijkt genoeg op dit kind",
        "leerplichtig": "ja",
        "peildatum": "2024-02-01",
        "bronnen": "pupils_nl (Nederlandstalig onderwijs, toestand op 1 februari 2024); pupils_fr (Franse Gemeenschap, toestand op 15 januari 2024)",
    }


def test_the_overview_adds_up(tmp_path):
    folder = published(tmp_path, CHILDREN)
    rows = list(openpyxl.load_workbook(folder / "overzicht.xlsx")["Overzicht"].values)
    assert rows[0] == tuple(OVERVIEW.values())
    regions, whole = rows[1:-1], rows[-1]
    assert whole[0] == "Alle regio's"
    for column in (1, 2, 6):
        assert whole[column] == sum(row[column] for row in regions)
    assert whole[1] == 4 == sum(len(table) for table in lists(folder).values())
    assert whole[2] == 1
    assert whole[3] == pytest.approx(0.61 + 0.99 + 0.99 + 0.8, abs=0.051)
    assert whole[4] <= whole[3] <= whole[5] <= 4
    assert {row[0]: row[6] for row in regions}["Brussels Hoofdstedelijk Gewest"] == 1 == whole[6]


def test_the_page_never_says_that_a_child_is_not_enrolled(tmp_path):
    page = (published(tmp_path, CHILDREN) / "leeswijzer.html").read_text(encoding="utf-8")
    assert "niet teruggevonden zijn in de bronnen" in page
    assert "iemand kijkt elk kind na" in page
    assert "31 augustus 2025" in page
    for forbidden in ("niet ingeschreven", "niet naar school", "http://", "https://", "K1"):
        assert forbidden not in page


def test_a_year_without_a_child_on_the_list_gives_empty_lists(tmp_path):
    folder = published(tmp_path, [child("K1"), child("K2")])
    assert {len(table) for table in lists(folder).values()} == {0}
    assert set(lists(folder)) == set(PROVINCES)
    assert openpyxl.load_workbook(folder / "overzicht.xlsx")["Overzicht"].max_row == 8
    assert "Waarom een kind op de lijst staat" not in (folder / "leeswijzer.html").read_text(encoding="utf-8")


def test_regions_of_their_own_get_files_of_their_own(tmp_path):
    (tmp_path / "regions.csv").write_text("municipality,region\nGent,Regio Noord\n21012,Regio Zuid\n", encoding="utf-8")
    found = lists(published(tmp_path, CHILDREN, regions=tmp_path / "regions.csv"))
    assert {name: table["kind_id"].tolist() for name, table in found.items()} == {
        "regio-noord": ["K2", "K1"],
        "regio-zuid": ["K3"],
        "niet-ingedeeld": ["K7"],
    }


def test_text_that_looks_like_a_formula_stays_text(tmp_path):
    folder = published(tmp_path, [child("=1+1", "not_found", 0.9)])
    cell = openpyxl.load_workbook(folder / "overzicht.xlsx")["Lijst"]["B2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_only_certainty_is_called_one(tmp_path):
    table = lists(published(tmp_path, [child("K1", "not_found", 0.999999), child("K2", "not_found", 1.0)]))["oost-vlaanderen"]
    assert dict(zip(table["kind_id"], table["kans"], strict=True)) == {"K1": "0.9999", "K2": "1.0"}


def test_every_reason_has_its_words():
    assert set(REASONS) == set(Reason)


def test_a_real_run_is_published_whole(sample_run, tmp_path):
    publish("kind-en-gezin", [sample_run], Options(keep_until=dt.date(2025, 8, 31)), to=tmp_path / "kg")
    published_ids = pd.concat(lists(tmp_path / "kg").values())["kind_id"]
    on_list = read_csv(sample_run / "not_found.csv")["child_id"]
    assert len(on_list) > 0
    assert sorted(published_ids) == sorted(on_list)
