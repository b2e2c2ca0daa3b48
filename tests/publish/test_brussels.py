"""Participation in Brussels: both Communities counted, bounds where one sends nothing, and nobody's small number in sight."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from publish.runs import REGISTERS, Rows, child, write_run

from kleuterlink.publish.receivers.brussels_figures import FIGURES, GROUPS
from kleuterlink.publish.receivers.registry import publish
from kleuterlink.publish.receivers.run_folder import Options

WITHOUT_FRENCH = {name: register for name, register in REGISTERS.items() if name != "pupils_fr"}


def many(count: int, status: str, p_not_found: float = 0.0, **facts: object) -> list[dict[str, object]]:
    facts = {"municipality": "21012"} | facts
    return [child(f"{status}{facts['municipality']}{facts.get('age')}-{place}", status, p_not_found, **facts) for place in range(count)]


def published(folder: Path, children: Rows, enrolments: Rows = (), *, smallest: int = 1, **how: object) -> Path:
    run = write_run(folder / "out", children=children, enrolments=enrolments, **how)
    publish("brussels", [run], Options(keep_until=dt.date(2025, 8, 31), smallest_cell=smallest))
    return folder / "out-brussels"


def figures(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "deelname.csv", dtype={"gemeente": str, "leeftijd": str}).set_index(["gemeente", "leeftijd", "groep"]).sort_index()


def of_region(folder: Path) -> pd.DataFrame:
    return figures(folder).loc["21000", "alle"]


def test_children_of_brussels_are_counted_by_system_and_no_others(tmp_path):
    children = [
        *many(6, "enrolled_nl"),
        *many(3, "enrolled_fr", municipality="21004"),
        *many(2, "enrolled_both"),
        *many(1, "home_education"),
        *many(1, "left", reason="enrolment_ended"),
        *many(2, "not_found", 1.0),
        *many(4, "enrolled_nl", municipality="GENT"),
        *many(5, "not_yet_entitled"),
        *many(1, "left", reason="departed"),
    ]
    links = [{"community": community, "child_id": row["child_id"], "active": True, "match_probability": 1.0}
             for row in children if row["status"] == "enrolled_both" for community in ("nl", "fr")]  # fmt: skip
    found = of_region(published(tmp_path, children, links))
    assert found["kinderen"].to_dict() == {
        "nl": 8, "fr": 3, "andere": 2, "niet_teruggevonden": 2, "onbepaald": 0, "ingeschreven": 11, "bewoners": 15, "beide": 2,
    }  # fmt: skip
    assert found.loc["ingeschreven", "aandeel"] == pytest.approx(11 / 15, abs=1e-4)
    assert found["verwacht"].tolist() == pytest.approx(found["kinderen"].tolist(), abs=0.05)


def test_expected_numbers_carry_the_error_of_the_linkage(tmp_path):
    children = [*many(90, "enrolled_nl", 0.1), *many(10, "not_found", 0.7)]
    found = of_region(published(tmp_path, children))
    # Enrolled: 90 x 0.9 + 10 x 0.3; variance 90 x 0.09 + 10 x 0.21.
    assert found.loc["ingeschreven", ["kinderen", "verwacht"]].tolist() == [90, 84.0]
    half = 1.959964 * (90 * 0.09 + 10 * 0.21) ** 0.5
    assert found.loc["ingeschreven", ["laag", "hoog"]].tolist() == pytest.approx([84 - half, 84 + half], abs=0.05)
    assert found.loc["niet_teruggevonden", "verwacht"] == pytest.approx(90 * 0.1 + 10 * 0.7)
    # Who the doubtful children are enrolled with is not known, so the systems hold less than all who are enrolled.
    assert found.loc["nl", "verwacht"] == pytest.approx(81.0)


def test_either_link_of_a_child_in_both_lists_may_be_wrong(tmp_path):
    children = many(1, "enrolled_both", 0.02)
    link = {"child_id": children[0]["child_id"], "active": True}
    links = [
        {**link, "community": "nl", "match_probability": 0.9},
        {**link, "community": "nl", "match_probability": 0.3},
        {**link, "community": "fr", "match_probability": 0.8},
        # Closed before the date: says nothing of it.
        {**link, "community": "fr", "match_probability": 0.99, "active": False},
    ]
    found = of_region(published(tmp_path, children, links))["verwacht"]
    assert found["nl"] == 0.9
    assert found["fr"] == pytest.approx(0.8 * 0.1, abs=0.05)
    assert found["beide"] == pytest.approx(0.72, abs=0.05)
    assert found["ingeschreven"] == pytest.approx(1 - 0.1 * 0.2, abs=0.05)


def test_without_the_french_list_participation_lies_between_bounds(tmp_path):
    children = [*many(30, "enrolled_nl", 0.1), *many(70, "undetermined", 0.9)]
    folder = published(tmp_path, children, configuration={"registers": WITHOUT_FRENCH})
    found = of_region(folder)
    # At least those who are in the Dutch-language list, seen or overlooked; at most everybody.
    assert found.loc["ingeschreven", "minstens"] == pytest.approx((30 * 0.9 + 70 * 0.1) / 100)
    assert found.loc["ingeschreven", "hoogstens"] == pytest.approx(1.0)
    # None in a list that was not loaded is not none.
    assert found.loc["fr"].drop(["naam", "verborgen"]).isna().all()
    assert "beide" not in found.index
    page = (folder / "deelname.html").read_text(encoding="utf-8")
    assert "De lijst van een van beide Gemeenschappen ontbreekt." in page
    assert "34,0% tot 100,0%" in page


def test_with_both_lists_the_bounds_close(tmp_path):
    found = of_region(published(tmp_path, [*many(30, "enrolled_nl"), *many(10, "not_found", 1.0)]))
    assert found.loc["ingeschreven", ["minstens", "hoogstens", "aandeel"]].tolist() == [0.75, 0.75, 0.75]


def test_every_table_adds_up(tmp_path):
    children = [
        child(f"{place}-{age}-{status}-{number}", status, 0.05 if status != "not_found" else 0.9, age=age, municipality=str(place))
        for place in range(21001, 21020)
        for age in (2, 3, None)
        for status in ("enrolled_nl", "enrolled_fr", "not_found")
        for number in range(place % 3 + 1)
    ]
    found = figures(published(tmp_path, children)).drop(index="beide", level="groep")
    table = found.pivot_table(index=["gemeente", "leeftijd"], columns="groep", values="kinderen", aggfunc="sum")
    assert (table["nl"] + table["fr"] == table["ingeschreven"]).all()
    assert (table[["ingeschreven", "andere", "niet_teruggevonden", "onbepaald"]].sum(axis=1) == table["bewoners"]).all()
    by_age = table.drop("alle", level="leeftijd")
    pd.testing.assert_frame_equal(by_age.groupby("gemeente").sum(), table.xs("alle", level="leeftijd"), check_dtype=False)
    by_place = table.drop("21000", level="gemeente")
    pd.testing.assert_frame_equal(by_place.groupby("leeftijd").sum(), table.xs("21000", level="gemeente"), check_dtype=False)
    assert table.loc[("21000", "alle"), "bewoners"] == len(children)
    assert "onbekend" in set(table.index.get_level_values("leeftijd"))


def test_small_numbers_are_hidden_with_everything_that_tells_them(tmp_path):
    children = [
        *many(40, "enrolled_nl", municipality="21001"), *many(3, "not_found", 0.9, municipality="21001"),
        *many(50, "enrolled_fr", municipality="21004"), *many(20, "not_found", 0.9, municipality="21004"),
        *many(60, "enrolled_nl", municipality="21012"), *many(30, "not_found", 0.9, municipality="21012"),
    ]  # fmt: skip
    folder = published(tmp_path, children, smallest=5)
    table = figures(folder)
    small = table.loc["21001", "alle"]
    assert small.loc["niet_teruggevonden"].drop(["naam", "verborgen"]).isna().all()
    assert pd.isna(small.loc["ingeschreven", "kinderen"])
    hidden = table[table["verborgen"] == "ja"].drop(columns=["naam", "verborgen"])
    assert len(hidden) > 0
    assert hidden.isna().all(axis=None)
    shown = table.loc[table["verborgen"] == "nee", "kinderen"]
    assert not shown.between(1, 4).any()


def test_a_few_children_in_both_lists_are_not_told(tmp_path):
    children = [*many(40, "enrolled_nl"), *many(3, "enrolled_both")]
    assert of_region(published(tmp_path, children, smallest=5)).loc["beide", "verborgen"] == "ja"


def test_without_a_child_in_brussels_there_is_nothing_to_tell(tmp_path):
    folder = published(tmp_path, [child("K1"), child("K2", "not_found", 0.9)], smallest=5)
    found = of_region(folder)
    assert set(found["kinderen"]) == {0}
    assert found["aandeel"].isna().drop("beide").all()
    assert "Van 0 instapgerechtigde kinderen" in (folder / "deelname.html").read_text(encoding="utf-8")


def test_only_figures_leave_the_run(tmp_path):
    children = many(12, "enrolled_nl")
    folder = published(tmp_path, children)
    assert list(pd.read_csv(folder / "deelname.csv").columns) == list(FIGURES)
    assert set(figures(folder).index.get_level_values("groep")) == set(GROUPS)
    for path in folder.iterdir():
        text = path.read_text(encoding="utf-8")
        assert not [row["child_id"] for row in children if str(row["child_id"]) in text]
        assert "://" not in text


def test_a_real_run_counts_every_child_of_brussels(sample_run, tmp_path):
    publish("brussels", [sample_run], Options(keep_until=dt.date(2025, 8, 31), smallest_cell=1), to=tmp_path / "br")
    children = pq.read_table(sample_run / "children.parquet").to_pandas()
    own = children[children["municipality"].str.fullmatch("210(0[1-9]|1[0-9])", na=False) & (children["status"] != "not_yet_entitled")]
    found = of_region(tmp_path / "br")["kinderen"]
    assert found["bewoners"] == len(own) > 100
    assert found["niet_teruggevonden"] == (own["status"] == "not_found").sum() > 0
    assert found["fr"] == (own["status"] == "enrolled_fr").sum() > found["nl"] > 0
