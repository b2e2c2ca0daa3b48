"""The evaluation for LOP Brussel: what became of applicants without a school, year by year, as it was published for 2015-16."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from publish.runs import REGISTERS, Rows, write_run

from kleuterlink.errors import OutputError
from kleuterlink.publish.receivers.lop_brussel import EVALUATION, OUTCOMES
from kleuterlink.publish.receivers.registry import publish
from kleuterlink.publish.receivers.run_folder import Options

CERTAIN = {"placed_nl": (1.0, 0.0), "placed_fr": (0.0, 1.0), "placed_both": (1.0, 1.0), "not_found": (0.0, 0.0), "undetermined": (0.0, None)}


def applicants(outcome: str, count: int, *, p: tuple[float, float | None] | None = None, compulsory: bool | None = False) -> list[dict[str, object]]:
    dutch, french = p or CERTAIN[outcome]
    neither = (1 - dutch) * (1 - (french or 0.0))
    facts = {"p_nl": dutch, "p_fr": french, "p_not_found": neither, "outcome": outcome, "compulsory": compulsory}
    return [{"register": "lop", "record_id": f"A{outcome}{compulsory}{place}", **facts} for place in range(count)]


def published(folder: Path, years: dict[int, Rows], *, smallest: int = 5, registers: object = REGISTERS) -> Path:
    of_year = {year: {"school_year": f"{year}-{year + 1}", "as_of": f"{year + 1}-02-01"} for year in years}
    outs = [write_run(folder / str(year), run=of_year[year], configuration={"registers": registers}, applications=rows) for year, rows in years.items()]
    publish("lop-brussel", outs, Options(keep_until=dt.date(2026, 8, 31), smallest_cell=smallest), to=folder / "lop")
    return folder / "lop"


def evaluation(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "evaluatie.csv").set_index(["schooljaar", "uitkomst"])


OF_2015 = [*applicants("placed_nl", 1_418), *applicants("placed_both", 10), *applicants("placed_fr", 658), *applicants("not_found", 124),
           *applicants("not_found", 18, compulsory=True)]  # fmt: skip


def test_the_published_year_comes_out_as_it_was_published(tmp_path):
    # De Standaard on 2015-16: 2,228 children; 1,428 found in Dutch-language schools, 658 in French-language ones, 142 (6.4%) in none, of
    # whom 18 of compulsory age; a small number were in both.
    folder = published(tmp_path, {2016: OF_2015})
    found = evaluation(folder).loc["2016-2017"]
    assert found["kinderen"].astype(int).to_dict() == {
        "nl": 1_428, "fr": 658, "niet_teruggevonden": 142, "onbepaald": 0, "alle": 2_228, "beide": 10, "niet_teruggevonden_leerplichtig": 18,
    }  # fmt: skip
    assert round(100 * found.loc["niet_teruggevonden", "aandeel"], 1) == 6.4
    page = (folder / "evaluatie.html").read_text(encoding="utf-8")
    for text in ("2.228", "1.428", "658", "142", "6,4%", "<td>18</td>"):
        assert text in page


def test_three_school_years_make_one_table_and_one_picture_in_their_order(tmp_path):
    folder = published(tmp_path, {2019: OF_2015[:900], 2017: OF_2015[700:1_500], 2018: OF_2015})
    assert list(dict.fromkeys(evaluation(folder).index.get_level_values("schooljaar"))) == ["2017-2018", "2018-2019", "2019-2020"]
    page = (folder / "evaluatie.html").read_text(encoding="utf-8")
    assert "De evaluatie over 3 schooljaren" in page
    assert page.count("<svg") == 1
    rows = [page.index(f'scope="row">{year}') for year in ("2017-2018", "2018-2019", "2019-2020")]
    assert rows == sorted(rows)
    assert "2018-2019: Nederlandstalig 64,1%, alleen Franse Gemeenschap 29,5%, niet teruggevonden 6,4%" in page


def test_expected_numbers_carry_the_error_of_the_linkage(tmp_path):
    rows = [*applicants("placed_nl", 100, p=(0.9, 0.2)), *applicants("not_found", 50, p=(0.1, 0.2), compulsory=True)]
    found = evaluation(published(tmp_path, {2023: rows})).loc["2023-2024"]
    expected = found["verwacht"].to_dict()
    assert expected["nl"] == pytest.approx(100 * 0.9 + 50 * 0.1)
    assert expected["fr"] == pytest.approx(100 * 0.1 * 0.2 + 50 * 0.9 * 0.2)
    assert expected["beide"] == pytest.approx(100 * 0.18 + 50 * 0.02)
    assert expected["niet_teruggevonden"] == pytest.approx(100 * 0.08 + 50 * 0.72)
    assert expected["niet_teruggevonden_leerplichtig"] == pytest.approx(50 * 0.72)
    assert expected["nl"] + expected["fr"] + expected["niet_teruggevonden"] == pytest.approx(150)
    half = 1.959964 * (100 * 0.08 * 0.92 + 50 * 0.72 * 0.28) ** 0.5
    assert found.loc["niet_teruggevonden", ["laag", "hoog"]].tolist() == pytest.approx([44 - half, 44 + half], abs=0.05)


def test_without_a_communitys_list_nobody_is_called_not_found(tmp_path):
    registers = {name: register for name, register in REGISTERS.items() if name != "pupils_fr"}
    rows = [*applicants("placed_nl", 60, p=(0.95, None)), *applicants("undetermined", 40)]
    folder = published(tmp_path, {2023: rows}, registers=registers)
    found = evaluation(folder).loc["2023-2024"]
    assert found.loc[["onbepaald", "niet_teruggevonden"], "kinderen"].tolist() == [40, 0]
    assert found.loc["onbepaald", "verwacht"] == pytest.approx(40 + 60 * 0.05)
    assert "de bron van een Gemeenschap ontbreekt" in (folder / "evaluatie.html").read_text(encoding="utf-8")


def test_small_numbers_are_hidden_and_the_headline_is_not(tmp_path):
    rows = [*applicants("placed_nl", 60), *applicants("placed_both", 3), *applicants("placed_fr", 30), *applicants("not_found", 10),
            *applicants("not_found", 2, compulsory=True)]  # fmt: skip
    found = evaluation(published(tmp_path, {2023: rows})).loc["2023-2024"]
    assert found["verborgen"].to_dict() == {
        "nl": "nee", "fr": "nee", "niet_teruggevonden": "nee", "onbepaald": "nee", "alle": "nee", "beide": "ja", "niet_teruggevonden_leerplichtig": "ja",
    }  # fmt: skip
    assert found.loc["beide"].drop(["peildatum", "verborgen"]).isna().all()


def test_nearly_all_of_a_group_tells_of_the_others(tmp_path):
    rows = [*applicants("not_found", 2), *applicants("not_found", 20, compulsory=True), *applicants("placed_nl", 50)]
    found = evaluation(published(tmp_path, {2023: rows})).loc["2023-2024"]
    assert found.loc["niet_teruggevonden", "kinderen"] == 22
    assert found.loc["niet_teruggevonden_leerplichtig", "verborgen"] == "ja"


def test_a_year_without_applicants_is_a_row_of_zeros(tmp_path):
    found = evaluation(published(tmp_path, {2023: []})).loc["2023-2024"]
    assert set(found["kinderen"]) == {0}


def test_only_figures_leave_the_run(tmp_path):
    folder = published(tmp_path, {2016: OF_2015})
    assert list(pd.read_csv(folder / "evaluatie.csv").columns) == list(EVALUATION)
    assert set(evaluation(folder).index.get_level_values("uitkomst")) == set(OUTCOMES)
    for path in folder.iterdir():
        text = path.read_text(encoding="utf-8")
        assert "Aplaced" not in text
        assert "://" not in text


def test_a_run_without_applications_is_refused(tmp_path):
    run = write_run(tmp_path / "out", children=[])
    with pytest.raises(OutputError, match="role applications"):
        publish("lop-brussel", [run], Options(keep_until=dt.date(2026, 8, 31)))


def test_a_real_run_finds_most_of_its_applicants(sample_run, tmp_path):
    publish("lop-brussel", [sample_run], Options(keep_until=dt.date(2026, 8, 31), smallest_cell=1), to=tmp_path / "lop")
    found = evaluation(tmp_path / "lop").loc["2023-2024", "kinderen"]
    assert found["nl"] + found["fr"] + found["niet_teruggevonden"] == found["alle"] > 5
    assert found["nl"] > found["fr"] > found["niet_teruggevonden"]
