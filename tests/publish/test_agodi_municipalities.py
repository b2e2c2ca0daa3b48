"""Figures per municipality: who is counted where, what is hidden, and that what is shown gives nothing away."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from publish.attacks import Shown, by_differencing
from publish.runs import child, write_run

from kleuterlink.errors import OutputError
from kleuterlink.publish.receivers.agodi_guide import FIGURES, HEADINGS
from kleuterlink.publish.receivers.registry import publish
from kleuterlink.publish.receivers.run_folder import Options

WHOLE_YEAR = {"participation": {"counted_until": "2024-06-30"}}
COUNTS = ["inwoners", "ingeschreven", "niet_ingeschreven", "voldoende", "onvoldoende", "onbekend"]


def children(
    place: str | None, *, start: int = 0, age: int = 4, enough: int = 0, not_enough: int = 0, unknown: int = 0, missing: int = 0
) -> list[dict[str, object]]:
    """Return so many children of each kind in a municipality."""
    kinds = [*[True] * enough, *[False] * not_enough, *[None] * unknown]
    rows = [child(f"{place}{age}e{start + number}", municipality=place, age=age, attends_enough=answer) for number, answer in enumerate(kinds)]
    rows += [child(f"{place}{age}m{start + number}", "not_found", 0.97, municipality=place, age=age) for number in range(missing)]
    return rows


LARGE = [
    row for place in ("GENT", "AALST", "LEUVEN") for age in (3, 4, 5) for row in children(place, age=age, enough=40 + age, not_enough=6, unknown=5, missing=7)
]


def published(folder: Path, rows: list[dict[str, object]], *, configuration: dict[str, object] | None = None, **options: object) -> Path:
    out = write_run(folder / "out", children=rows, configuration=WHOLE_YEAR if configuration is None else configuration)
    publish("agodi-municipalities", [out], Options(keep_until=dt.date(2025, 12, 31), **options))
    return folder / "out-agodi-municipalities"


def figures(folder: Path) -> pd.DataFrame:
    table = pd.read_csv(folder / "gemeenten.csv", dtype={"leeftijd": str, "gemeente": str}, keep_default_na=False, na_values={name: [""] for name in COUNTS})
    return table.set_index(["naam", "leeftijd"])


def guide(folder: Path) -> dict[str, str]:
    sheet = openpyxl.load_workbook(folder / "gemeenten.xlsx")["Leeswijzer"]
    return dict(sheet.iter_rows(min_row=2, values_only=True))


def test_every_resident_is_counted_once_and_nothing_is_hidden_where_nothing_is_small(tmp_path):
    table = figures(published(tmp_path, LARGE))
    assert (table["verborgen"] == "").all()
    assert not table[COUNTS].isna().any(axis=None)
    truth = pd.DataFrame(LARGE)
    for name, place in (("Gent", "GENT"), ("Aalst", "AALST"), ("Leuven", "LEUVEN")):
        for age in (3, 4, 5):
            own = truth[(truth["municipality"] == place) & (truth["age"] == age)]
            row = table.loc[(name, str(age))]
            assert row[COUNTS].tolist() == [
                len(own),
                (own["status"] == "enrolled_nl").sum(),
                (own["status"] == "not_found").sum(),
                own["attends_enough"].eq(True).sum(),
                own["attends_enough"].eq(False).sum(),
                (own["attends_enough"].isna() & (own["status"] == "enrolled_nl")).sum(),
            ]
            assert row["deelname"] == pytest.approx(row["ingeschreven"] / row["inwoners"], abs=5e-5)
            assert row["aandeel_voldoende"] == pytest.approx(row["voldoende"] / (row["voldoende"] + row["onvoldoende"]), abs=5e-5)
    everybody = table.loc[("Vlaams Gewest", "3-5")]
    assert everybody["inwoners"] == len(LARGE)
    assert everybody["inwoners"] == table.xs("3-5", level="leeftijd").query("niveau == 'regio'")["inwoners"].sum()


def test_the_interval_of_the_linkage_stands_beside_the_count(tmp_path):
    certain = [dict(row, p_not_found=0.0 if row["status"] == "enrolled_nl" else 1.0) for row in LARGE]
    doubtful = [dict(row, p_not_found=0.05 if row["status"] == "enrolled_nl" else 0.6) for row in LARGE]
    for rows, folder in ((certain, tmp_path / "a"), (doubtful, tmp_path / "b")):
        row = figures(published(folder, rows)).loc[("Gent", "4")]
        if rows is certain:
            assert row["ingeschreven_laag"] == row["ingeschreven"] == row["ingeschreven_hoog"]
        else:
            # 55 of them with 0.95 and 7 with 0.4: 55.05 expected, variance 4.29; outwards to whole children.
            assert (row["ingeschreven_laag"], row["ingeschreven_hoog"]) == (50, 60)
            assert row["voldoende_laag"] < row["voldoende"] * 0.95 < row["voldoende_hoog"]


def test_only_the_columns_that_are_named_leave_the_run_and_no_id(tmp_path):
    folder = published(tmp_path, LARGE)
    assert sorted(path.name for path in folder.iterdir()) == ["gemeenten.csv", "gemeenten.xlsx", "manifest.json"]
    assert pd.read_csv(folder / "gemeenten.csv").columns.tolist() == list(FIGURES)
    book = openpyxl.load_workbook(folder / "gemeenten.xlsx")
    assert book.sheetnames == ["Leeswijzer", "3 tot 5 jaar", "3 jaar", "4 jaar", "5 jaar"]
    heads = {name: [cell.value for cell in book[name][1]] for name in book.sheetnames[1:]}
    assert all(head == list(HEADINGS.values()) for head in heads.values())
    everything = (folder / "gemeenten.csv").read_text(encoding="utf-8") + " ".join(str(cell.value) for sheet in book for row in sheet for cell in row)
    assert not any(str(row["child_id"]) in everything for row in LARGE)


def test_who_is_not_counted_is_told(tmp_path):
    others = [
        *children("21012", enough=6),
        *children(None, enough=5, missing=5),
        *(child(f"D{number}", "left", reason="departed") for number in range(7)),
        *(child(f"Y{number}", age=2) for number in range(3)),
        *(child(f"U{number}", age=None) for number in range(8)),
        *children("DEURNE", enough=9, not_enough=5, missing=6, age=3),
        *(child(f"W{number}", municipality="52011") for number in range(9)),
    ]
    folder = published(tmp_path, LARGE + others)
    table = figures(folder)
    assert table.loc[("Vlaams Gewest", "3-5"), "inwoners"] == len(LARGE) + 20
    assert table.loc[("Gemeente onbekend", "3-5"), "inwoners"] == 10
    assert table.loc[("Andere plaatsnamen", "3"), "inwoners"] == 20
    told = guide(folder)
    assert told["Andere plaatsnamen"] == "Deurne"
    for words in ("Brussel: 6", "vertrokken of overleden: 7", "jonger dan 3 of ouder dan 5: minder dan 5", "leeftijd onbekend: 8", "buiten Vlaanderen: 9"):
        assert words in told["Niet in deze cijfers"]


def test_enrolled_is_in_dutch_language_schools_only(tmp_path):
    statuses = ["enrolled_nl", "enrolled_both", "enrolled_fr", "home_education", "enrolled_not_started", "left", "undetermined", "not_found"]
    rows = [child(f"{status}{number}", status, reason="enrolment_ended" if status == "left" else "linked") for status in statuses for number in range(5)]
    row = figures(published(tmp_path, rows)).loc[("Gent", "4")]
    assert (row["inwoners"], row["ingeschreven"], row["niet_ingeschreven"]) == (40, 10, 30)


def mixed(seed: int) -> list[dict[str, object]]:
    rng = np.random.default_rng(seed)
    places = ("GENT", "AALST", "LEUVEN", "TIENEN", "73028", "BRUGGE")
    return [
        row
        for place in places
        for age in (3, 4, 5)
        for row in children(
            place, age=age, enough=int(rng.integers(0, 60)), not_enough=int(rng.poisson(3)), unknown=int(rng.poisson(1)), missing=int(rng.poisson(2))
        )
    ]


@pytest.mark.parametrize("seed", range(4))
def test_what_is_published_cannot_be_undone_by_differencing(tmp_path, seed: int):
    folder = published(tmp_path, mixed(seed))
    truth = figures(published(tmp_path / "all", mixed(seed), smallest_cell=1))
    table = figures(folder)
    assert not ((table[COUNTS] > 0) & (table[COUNTS] < 5)).any(axis=None)
    names = table.index.get_level_values("naam").unique().tolist()
    level = table["niveau"].groupby(level="naam").first()
    places = [names.index(name) for name in names if level[name] == "gemeente"]
    regions = [names.index(name) for name in names if level[name] == "regio"]
    of_region = table[table["niveau"] == "gemeente"]["regio"].groupby(level="naam").first()
    areas = [(names.index("Vlaams Gewest"), tuple(places)), (names.index("Vlaams Gewest"), tuple(regions))]
    areas += [(place, tuple(names.index(name) for name in of_region.index[of_region == names[place]])) for place in regions]
    categories = [(0, (1, 2)), (1, (3, 4, 5))]
    order = pd.MultiIndex.from_product([names, ["3", "4", "5", "3-5"]])
    cells, real = (frame.loc[order, COUNTS].to_numpy(dtype=float).reshape(len(names), 4, 6) for frame in (table, truth))
    cells[:, :, 0] = real[:, :, 0]  # the residents are known from elsewhere
    low, high = by_differencing(Shown(cells, (areas, [(3, (0, 1, 2))], categories)))
    small = (real > 0) & (real < 5)
    small[:, :, 0] = False
    assert small.any()
    assert (low[small] <= 0).all()
    assert (high[small] >= np.minimum(5, real[:, :, [0]].repeat(6, axis=2)[small])).all()


def test_what_follows_from_a_hidden_count_is_hidden_with_it(tmp_path):
    folder = published(tmp_path, mixed(0))
    table = figures(folder)
    for name, needs in {"deelname": ["ingeschreven", "inwoners"], "aandeel_voldoende": ["voldoende", "onvoldoende"]}.items():
        hidden = table[needs].isna().any(axis=1)
        assert hidden.any()
        assert (table.loc[hidden, name] == "").all()
    for name in ("ingeschreven", "voldoende"):
        assert table.loc[table[name].isna(), [f"{name}_laag", f"{name}_hoog"]].eq("").all(axis=None)
    assert table["verborgen"].str.split(";").map(lambda names: [name for name in names if name]).tolist() == [
        [name for name in COUNTS if np.isnan(row[name])] for row in table[COUNTS].to_dict("records")
    ]
    sheet = openpyxl.load_workbook(folder / "gemeenten.xlsx")["4 jaar"]
    head = [cell.value for cell in sheet[1]]
    shown = pd.DataFrame(list(sheet.iter_rows(min_row=2, values_only=True)), columns=head).set_index("Gemeente of gebied")
    for name in COUNTS:
        assert (shown[HEADINGS[name]] == "x").tolist() == table.xs("4", level="leeftijd").loc[shown.index, name].isna().tolist()


def test_with_nothing_but_small_counts_no_figure_is_left(tmp_path):
    table = figures(published(tmp_path, children("73028", enough=1, not_enough=1, missing=1)))
    own = table.loc[("Herstappe", "4"), COUNTS]
    assert own.isna()[["inwoners", "ingeschreven", "voldoende", "onvoldoende", "niet_ingeschreven"]].all()


def test_regions_of_the_users_own_take_the_place_of_the_provinces(tmp_path):
    regions = tmp_path / "regions.csv"
    regions.write_text("municipality,region\nGent,Oost\nAalst,Oost\n", encoding="utf-8")
    table = figures(published(tmp_path, LARGE, regions=regions))
    assert table.query("niveau == 'regio'").index.get_level_values("naam").unique().tolist() == ["Oost"]
    assert table.loc[("Leuven", "4"), "regio"] == "Niet ingedeeld"
    assert table.loc[("Vlaams Gewest", "3-5"), "inwoners"] == len(LARGE)


@pytest.mark.parametrize(
    ("configuration", "rows", "words"),
    [
        ({}, LARGE, r"does not say up to which day attendance is counted"),
        (
            {"participation": {"counted_until": "2024-03-01"}},
            LARGE,
            r"half-days are counted until 2024-03-01, and .* whole school year; run again with counts until 2024-06-30",
        ),
        (
            {"registers": {"births": {"role": "births"}, "fr": {"role": "enrolments", "community": "fr"}}, **WHOLE_YEAR},
            LARGE,
            r"no list of Dutch-language schools was loaded",
        ),
    ],
)
def test_what_cannot_be_published_is_refused_in_one_line(tmp_path, configuration, rows, words):
    with pytest.raises(OutputError, match=words):
        published(tmp_path, rows, configuration=configuration)
    assert not (tmp_path / "out-agodi-municipalities").exists()
