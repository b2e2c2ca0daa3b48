"""What each guidance centre gets: its own children, under pseudonyms that are its own, and nothing about health."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest
from publish.runs import child, read_csv, write_run

from kleuterlink import cli
from kleuterlink.errors import ConfigError, OutputError
from kleuterlink.publish.receivers.clb import FOLLOW_UP, NOT_FOUND, OVERVIEW
from kleuterlink.publish.receivers.registry import publish
from kleuterlink.publish.receivers.run_folder import Options

KEY = b"0123456789abcdef0123456789abcdef"
WHOLE_YEAR = {"participation": {"counted_until": "2024-06-30"}}
SCHOOLS = [
    {"community": "nl", "school": "100", "clb": "CLB Noord", "current": "100"},
    {"community": "nl", "school": "200", "clb": "CLB Zuid", "current": "200"},
    {"community": "nl", "school": "150", "successor": "200", "current": "200"},
    {"community": "nl", "school": "300", "current": "300"},
    {"community": "fr", "school": "100", "clb": "PMS", "current": "100"},
]


def pupil(record_id: str, school: str | None, present: int, *, child_id: str | None = None, **facts: object) -> dict[str, object]:
    """Return an enrolment of a child of four for the whole year, present on so many of 320 half-days; 185 are enough."""
    return {
        "register": "pupils_nl", "community": "nl", "record_id": record_id, "child_id": child_id, "school": school, "age": 4, "compulsory": False,
        "half_days_possible": 320, "half_days_present": present, "half_days_accepted": 0, "threshold_allowance": 185, **facts,
    }  # fmt: skip


PUPILS = [
    pupil("S1", "100", 100, child_id="K1"),
    pupil("S2", "100", 300, child_id="K2"),
    pupil("S3", "200", 90, child_id="K3"),
    pupil("S4", "150", 80, child_id="K4"),
    pupil("S5", "300", 70, child_id="K5"),
    pupil("S6", "100", 60),
    pupil("S7", None, 50, child_id="K7"),
    pupil("S8", "100", 50, child_id="K8", enrolled_until="2024-01-31"),
    pupil("S9", "200", 40, child_id="K9"),
    pupil("F1", "100", 0, child_id="K10", community="fr", register="pupils_fr"),
]
PUPILS = [{**row, "enrolled_until": dt.date.fromisoformat(str(row["enrolled_until"])) if row.get("enrolled_until") else None} for row in PUPILS]
CHILDREN = [
    *(child(f"K{number}") for number in range(1, 10)),
    child("N1", "not_found", 0.97, municipality="GENT", compulsory=True),
    child("N2", "not_found", 0.97, municipality="21004"),
    child("N3", "not_found", 0.97, municipality=None),
]


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_bytes(KEY + b"\n")
    return path


def published(
    folder: Path,
    *,
    key_file: Path | None,
    pupils: list[dict[str, object]] = PUPILS,
    schools: list[dict[str, object]] | None = SCHOOLS,
    configuration: Mapping[str, object] = WHOLE_YEAR,
    run: Mapping[str, object] | None = None,
    **options: object,
) -> Path:
    out = write_run(folder / "out", run=run, configuration=configuration, children=CHILDREN, enrolments=pupils, schools=schools)
    publish("clb", [out], Options(keep_until=dt.date(2025, 8, 31), key_file=key_file, **options))
    return folder / "out-clb"


def expected(identity: str, centre: str) -> str:
    own = hmac.new(KEY, b"kleuterlink pseudonym 1\x00" + centre.encode(), hashlib.sha256).digest()
    return hmac.new(own, identity.encode(), hashlib.sha256).hexdigest()[:32]


def test_each_centre_gets_its_own_children_in_a_folder_of_its_own(tmp_path, key_file):
    folder = published(tmp_path, key_file=key_file)
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()) == [
        "clb-noord/leesmij.txt", "clb-noord/opvolging.csv", "clb-zuid/leesmij.txt", "clb-zuid/opvolging.csv", "manifest.json", "overzicht.csv",
    ]  # fmt: skip
    north, south = (read_csv(folder / name / "opvolging.csv") for name in ("clb-noord", "clb-zuid"))
    assert set(north["pseudoniem"]) == {expected("birth/K1", "CLB Noord"), expected("pupil/100/S6", "CLB Noord")}
    # A school that was taken over has the centre of the one that took it over.
    assert set(south["pseudoniem"]) == {expected(f"birth/K{number}", "CLB Zuid") for number in (3, 4, 9)}
    assert north["oordeel_toeslag"].tolist() == ["niet haalbaar"] * 2
    assert north["oordeel_lager"].tolist() == ["geen drempel"] * 2


def test_a_file_holds_the_fields_that_a_centre_may_have_and_no_others(tmp_path, key_file):
    regions = tmp_path / "centres.csv"
    regions.write_text("municipality,region\nGent,CLB Noord\n", encoding="utf-8")
    folder = published(tmp_path, key_file=key_file, regions=regions)
    assert read_csv(folder / "clb-noord" / "opvolging.csv").columns.tolist() == list(FOLLOW_UP)
    assert read_csv(folder / "clb-noord" / "niet-teruggevonden.csv").columns.tolist() == list(NOT_FOUND)
    assert read_csv(folder / "overzicht.csv").columns.tolist() == list(OVERVIEW)
    everything = " ".join(path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file())
    assert not any(f",{row['record_id']}," in everything or str(row["record_id"]) + "\n" in everything for row in PUPILS)
    assert not any(str(row["child_id"]) in everything.replace(str(key_file), "") for row in CHILDREN if str(row["child_id"]).startswith("N"))
    guide = (folder / "clb-noord" / "leesmij.txt").read_text(encoding="utf-8")
    assert "31 augustus 2025" in guide
    assert "CLB Zuid" not in " ".join(path.read_text(encoding="utf-8") for path in (folder / "clb-noord").iterdir())


def test_children_who_were_not_found_go_to_the_centre_of_their_municipality_where_a_table_says_so(tmp_path, key_file):
    regions = tmp_path / "centres.csv"
    regions.write_text("municipality,region\nGent,CLB Noord\nBrussel,CLB Brussel\n", encoding="utf-8")
    folder = published(tmp_path, key_file=key_file, regions=regions)
    north = read_csv(folder / "clb-noord" / "niet-teruggevonden.csv")
    assert north.to_dict("records") == [{"pseudoniem": expected("birth/N1", "CLB Noord"), "gemeente": "GENT", "leeftijd": "4", "leerplichtig": "ja"}]
    assert read_csv(folder / "clb-brussel" / "niet-teruggevonden.csv")["pseudoniem"].tolist() == [expected("birth/N2", "CLB Brussel")]
    assert read_csv(folder / "clb-brussel" / "opvolging.csv").empty
    assert read_csv(folder / "clb-zuid" / "niet-teruggevonden.csv").empty


@pytest.mark.parametrize("by_residence", [True, False])
def test_who_has_no_centre_is_counted_and_not_lost(tmp_path, key_file, by_residence: bool):
    regions = tmp_path / "centres.csv"
    regions.write_text("municipality,region\nGent,CLB Noord\n", encoding="utf-8")
    folder = published(tmp_path, key_file=key_file, regions=regions if by_residence else None)
    rows = [tuple(row) for row in read_csv(folder / "overzicht.csv").to_numpy().tolist()]
    numbers = ("1", "0", "0", "2") if by_residence else ("",) * 4
    assert rows == [
        ("CLB Noord", "", "clb-noord", "2", numbers[0]),
        ("CLB Zuid", "", "clb-zuid", "3", numbers[1]),
        ("", "300", "", "1", numbers[2]),
        ("", "", "", "1", numbers[3]),
    ]


def test_two_centres_cannot_tell_that_a_child_is_the_same(tmp_path, key_file):
    both = [pupil("S1", "100", 100, child_id="K1"), pupil("S2", "200", 50, child_id="K1")]
    folder = published(tmp_path, key_file=key_file, pupils=both)
    north, south = (read_csv(folder / name / "opvolging.csv")["pseudoniem"].tolist() for name in ("clb-noord", "clb-zuid"))
    assert len(north) == len(south) == 1
    assert north != south


def test_a_centre_knows_a_child_again_next_year_and_under_another_key_it_does_not(tmp_path, key_file):
    other = tmp_path / "other-key"
    other.write_bytes(KEY[::-1])
    this = published(tmp_path / "a", key_file=key_file)
    following = {"school_year": "2024-2025", "as_of": "2025-02-01"}
    later = [pupil("S77", "100", 20, child_id="K1"), pupil("S6", "100", 20)]
    after = published(tmp_path / "b", key_file=key_file, pupils=later, run=following, configuration={"participation": {"counted_until": "2025-06-30"}})
    rekeyed = published(tmp_path / "c", key_file=other)
    first, second, third = (set(read_csv(folder / "clb-noord" / "opvolging.csv")["pseudoniem"]) for folder in (this, after, rekeyed))
    assert first == second
    assert not first & third


def test_the_key_comes_from_the_environment_where_no_file_is_named_and_is_written_nowhere(tmp_path, monkeypatch, key_file):
    with_file = published(tmp_path / "a", key_file=key_file)
    monkeypatch.setenv("KLEUTERLINK_KEY", KEY.decode())
    from_environment = published(tmp_path / "b", key_file=None)
    assert (with_file / "clb-noord" / "opvolging.csv").read_bytes() == (from_environment / "clb-noord" / "opvolging.csv").read_bytes()
    for folder in (with_file, from_environment):
        for path in folder.rglob("*"):
            assert path.is_dir() or (KEY not in path.read_bytes() and KEY.hex().encode() not in path.read_bytes())
        assert "key" not in json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "pseudonyms need a secret key; .* --key-file, or set KLEUTERLINK_KEY"),
        (b"short\n", "the key has 5 bytes and needs at least 32"),
        (b"x" * 31, "31 bytes"),
    ],
)
def test_without_a_good_key_nothing_is_published(tmp_path, monkeypatch, content, words):
    monkeypatch.delenv("KLEUTERLINK_KEY", raising=False)
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=words) as caught:
        published(tmp_path, key_file=path if content is not None else None)
    assert "short" not in str(caught.value)
    assert not (tmp_path / "out-clb").exists()


def test_a_key_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(ConfigError, match="nowhere: the key cannot be read"):
        published(tmp_path, key_file=tmp_path / "nowhere")


@pytest.mark.parametrize(("mapped", "column"), [("extra", "vaccinatiestatus"), ("extra", "Diagnose"), ("columns", "données de santé")])
def test_health_data_are_refused_whatever_they_are_called(tmp_path, key_file, mapped, column):
    registers = {"births": {"role": "births"}, "pupils": {"role": "enrolments", mapped: {"more" if mapped == "extra" else "surname": column}}}
    with pytest.raises(ConfigError, match=r"registers\.pupils: column .* looks like health data, which may not go along"):
        published(tmp_path, key_file=key_file, configuration={**WHOLE_YEAR, "registers": registers})
    assert not (tmp_path / "out-clb").exists()


@pytest.mark.parametrize(
    ("schools", "words"),
    [
        (None, "schools.parquet: is not there .* role schools"),
        ([{"community": "nl", "school": "100", "current": "100"}], "no school has a guidance centre; map the column clb"),
    ],
)
def test_without_centres_nothing_is_published(tmp_path, key_file, schools, words):
    with pytest.raises(OutputError, match=words):
        published(tmp_path, key_file=key_file, schools=schools)


def test_a_later_publication_takes_the_place_of_the_earlier_one_folder_by_folder(tmp_path, key_file):
    published(tmp_path, key_file=key_file)
    only_south = [row for row in SCHOOLS if row.get("clb") != "CLB Noord"]
    options = Options(keep_until=dt.date(2025, 8, 31), key_file=key_file)
    out = write_run(tmp_path / "again", configuration=WHOLE_YEAR, children=CHILDREN, enrolments=PUPILS, schools=only_south)
    publish("clb", [out], options, to=tmp_path / "out-clb")
    assert sorted(path.name for path in (tmp_path / "out-clb").iterdir()) == ["clb-zuid", "manifest.json", "overzicht.csv"]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    # What somebody put into a centre's folder is nobody's to remove.
    (tmp_path / "out-clb" / "clb-zuid" / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match=r"did not write \(clb-zuid/notes.txt\)"):
        publish("clb", [out], options, to=tmp_path / "out-clb")


def test_on_the_command_line_an_error_is_one_line_and_never_the_key(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KLEUTERLINK_KEY", "too-short-a-secret")
    out = write_run(tmp_path / "out", configuration=WHOLE_YEAR, children=CHILDREN, enrolments=PUPILS, schools=SCHOOLS)
    assert cli.main(["publish", "clb", str(out), "--keep-until", "2025-08-31"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("kleuterlink: KLEUTERLINK_KEY: the key has 18 bytes and needs at least 32")
    assert said.count("\n") == 1
    assert "too-short-a-secret" not in said


def test_the_numbers_agree_with_the_table_of_enrolments(tmp_path, key_file):
    folder = published(tmp_path, key_file=key_file)
    dutch = [row for row in PUPILS if row["community"] == "nl" and row["enrolled_until"] is None]
    too_little = {str(row["child_id"] or row["record_id"]) for row in dutch if int(str(row["half_days_present"])) < 185}
    assert pd.to_numeric(read_csv(folder / "overzicht.csv")["opvolging"]).sum() == len(too_little)
