"""Schools over the years: who counts where, under which number, and that nobody is counted twice or lost."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from publish.runs import child, write_run

from kleuterlink.errors import ConfigError, OutputError
from kleuterlink.publish.receivers.dataloep import FIGURES
from kleuterlink.publish.receivers.registry import publish
from kleuterlink.publish.receivers.run_folder import Options

OPTIONS = Options(keep_until=dt.date(2026, 8, 31))
SCHOOLS = [
    {"community": "nl", "school": "100", "name": "De Vlinder", "current": "100"},
    {"community": "nl", "school": "90", "name": "De Rups", "successor": "100", "current": "100"},
    {"community": "fr", "school": "200", "name": "Le Papillon", "current": "100"},
]


def pupil(
    record_id: str, school: str | None, *, child_id: str | None = None, present: int | None = 300, accepted: int = 0, **facts: object
) -> dict[str, object]:
    return {
        "register": "pupils_nl", "community": "nl", "record_id": f"stam-{record_id}", "child_id": child_id and f"kind-{child_id}", "school": school, "age": 4,
        "half_days_possible": None if present is None else 320, "half_days_present": present, "half_days_accepted": None if present is None else accepted,
        "threshold_allowance": 185, **facts,
    }  # fmt: skip


FIRST_YEAR = [
    pupil("A1", "90", child_id="K1"),
    pupil("A2", "90", child_id="K2", present=100, accepted=20),
    pupil("A3", "200"),
    pupil("A4", "90", child_id="K4", enrolled_until=dt.date(2023, 5, 31)),
    pupil("A5", "90", child_id="K5", enrolled_from=dt.date(2023, 9, 1), present=0),
    pupil("A6", "90", child_id="K6", enrolled_until=dt.date(2022, 6, 30), present=0),
]
SECOND_YEAR = [
    pupil("B1", "100", child_id="K1", age=5, threshold_admission=290, threshold_compulsory=290),
    # The school got its new number in the course of the year: one child, two enrolments.
    pupil("B2", "90", child_id="K2", present=150, half_days_possible=160, enrolled_until=dt.date(2024, 1, 31)),
    pupil("B3", "100", child_id="K2", present=140, half_days_possible=160, enrolled_from=dt.date(2024, 2, 1)),
    pupil("B4", "200", present=184),
    pupil("B5", None, present=200),
    pupil("B6", "200", child_id="K7", present=None),
    pupil("F1", "100", community="fr", register="pupils_fr"),
]
ANSWERS = {
    "2022-2023": [
        child("kind-K1", enough_allowance=True),
        child("kind-K2", enough_allowance=False),
        child("kind-K4", enough_allowance=True),
        child("kind-K5"),
        child("kind-K6"),
    ],
    "2023-2024": [
        child("kind-K1", age=5, enough_allowance=True, enough_admission=False, enough_compulsory=True),
        child("kind-K2", enough_allowance=True),
        child("kind-K7"),
    ],
}


def runs(folder: Path, *, schools: bool = True, until: str = "06-30") -> list[Path]:
    out = []
    for year, pupils in (("2022-2023", FIRST_YEAR), ("2023-2024", SECOND_YEAR)):
        ends = year[5:]
        settings = {"school_year": year, "as_of": f"{ends}-02-01"}
        configuration = {"participation": {"counted_until": f"{ends}-{until}"}}
        known = SCHOOLS if schools and year == "2023-2024" else None
        out.append(write_run(folder / year, run=settings, configuration=configuration, children=ANSWERS[year], enrolments=pupils, schools=known))
    return out


def published(folder: Path, **how: object) -> Path:
    publish("dataloep", runs(folder, **how), OPTIONS, to=folder / "dataloep")
    return folder / "dataloep"


def figures(folder: Path) -> pd.DataFrame:
    table = pd.read_csv(
        folder / "dataloep.csv", dtype={"school": str, "nummers": str, "leeftijd": str}, keep_default_na=False, na_values={"aanwezigheid": [""]}
    )
    return table.set_index(["schooljaar", "school", "leeftijd"])


def test_a_school_is_followed_to_the_number_that_it_has_now(tmp_path):
    table = figures(published(tmp_path))
    before, after = table.loc[("2022-2023", "100", "alle")], table.loc[("2023-2024", "100", "alle")]
    assert (before["nummers"], after["nummers"]) == ("90", "100;90")
    assert (before["leerlingen"], before["op_30_juni"]) == (3, 2)
    assert (after["leerlingen"], after["op_30_juni"]) == (2, 2)
    assert ("2022-2023", "90", "alle") not in table.index
    assert (after["mogelijk"], after["aanwezig"]) == (640, 590)
    assert after["aanwezigheid"] == pytest.approx(590 / 640, abs=5e-5)
    # A number of the French Community's is another school's.
    assert table.loc[("2023-2024", "200", "alle"), "nummers"] == "200"


def test_without_a_register_of_schools_every_number_stands_for_itself(tmp_path):
    table = figures(published(tmp_path, schools=False))
    assert table.loc[("2023-2024", "90", "alle"), "leerlingen"] == 1
    assert table.loc[("2022-2023", "90", "alle"), "leerlingen"] == 3


def test_enough_is_told_of_the_pupils_of_30_june_over_all_their_schools(tmp_path):
    table = figures(published(tmp_path))
    answers = ["voldoende_toeslag", "onvoldoende_toeslag", "onbekend_toeslag"]
    assert table.loc[("2022-2023", "100", "alle"), answers].tolist() == [1, 1, 0]
    assert table.loc[("2023-2024", "100", "alle"), answers].tolist() == [2, 0, 0]
    # Without a birth record the enrolment answers for itself; where nothing is known, neither is the answer.
    assert table.loc[("2023-2024", "200", "alle"), answers].tolist() == [0, 1, 1]
    assert table.loc[("2023-2024", "", "alle"), answers].tolist() == [1, 0, 0]
    assert table.loc[("2023-2024", "100", "5"), ["voldoende_lager", "onvoldoende_lager", "voldoende_leerplicht"]].tolist() == [0, 1, 1]


def test_ages_add_up_to_the_school_and_schools_to_the_enrolments(tmp_path):
    table = figures(published(tmp_path)).reset_index()
    sums = ["leerlingen", "op_30_juni", "mogelijk", "aanwezig", "gewettigd"]
    whole = table[table["leeftijd"] == "alle"].set_index(["schooljaar", "school"])[sums]
    parts = table[table["leeftijd"] != "alle"].groupby(["schooljaar", "school"])[sums].sum()
    pd.testing.assert_frame_equal(whole.sort_index(), parts.sort_index())
    dutch = pd.DataFrame([row for row in SECOND_YEAR if row["community"] == "nl"])
    assert whole.loc["2023-2024", "aanwezig"].sum() == dutch["half_days_present"].sum()
    # Of the first year: not who came later or had left before.
    assert whole.loc["2022-2023", "leerlingen"].sum() == 4
    assert whole.loc["2022-2023", "gewettigd"].sum() == 20


def test_the_table_has_the_columns_that_are_named_and_every_school_a_page_without_any_id(tmp_path):
    folder = published(tmp_path)
    assert pd.read_csv(folder / "dataloep.csv").columns.tolist() == list(FIGURES)
    assert sorted(path.name for path in folder.iterdir()) == ["dataloep.csv", "manifest.json", "school-100.html", "school-200.html"]
    page = (folder / "school-100.html").read_text(encoding="utf-8")
    assert "School 100 · De Vlinder" in page
    assert "2022-2023 en 2023-2024" in page
    assert "onder nummer 90 ingeschreven" in page
    assert "31 augustus 2026" in page
    everything = page + (folder / "dataloep.csv").read_text(encoding="utf-8")
    assert not any(str(row[name]) in everything for row in (*FIRST_YEAR, *SECOND_YEAR) for name in ("record_id", "child_id") if row[name] is not None)
    assert "school-200" not in page
    assert "http" not in page


def test_a_year_that_is_not_over_or_named_twice_is_refused_in_one_line(tmp_path):
    with pytest.raises(OutputError, match=r"half-days are counted until 2023-03-31, and these figures are of a whole school year"):
        published(tmp_path / "a", until="03-31")
    out = runs(tmp_path / "b")
    with pytest.raises(ConfigError, match="two of the runs are of the same school year"):
        publish("dataloep", [out[0], out[0]], OPTIONS)
    assert not (tmp_path / "a" / "dataloep").exists()
