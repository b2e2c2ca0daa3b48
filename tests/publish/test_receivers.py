"""Publishing: all files or none, only into folders that are ours, and one clear line where a run does not hold what it takes."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import time
from pathlib import Path

import pytest
from publish.runs import child, read_csv, write_run

from kleuterlink import cli
from kleuterlink.errors import ConfigError, OutputError
from kleuterlink.publish.receivers import registry as receivers
from kleuterlink.publish.receivers.registry import RECEIVERS, Receiver, publish
from kleuterlink.publish.receivers.run_folder import Options, open_run

KEEP = Options(keep_until=dt.date(2025, 8, 31))
CHILDREN = [child("K1", "not_found", 0.9), child("K2")]


@pytest.fixture
def run(tmp_path) -> Path:
    return write_run(tmp_path / "out", configuration={"participation": {"counted_until": "2024-01-07"}}, children=CHILDREN)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_files_stand_beside_the_run_with_a_manifest_that_vouches_for_them(run, tmp_path):
    before = contents(run)
    written = publish("kind-en-gezin", [run], KEEP)
    folder = tmp_path / "out-kind-en-gezin"
    assert {path.parent for path in written} == {folder}
    assert {path.name for path in written} == {path.name for path in folder.iterdir()}
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["receiver"] == "kind-en-gezin"
    assert manifest["keep_until"] == "2025-08-31"
    assert manifest["runs"] == [{"run_id": "run2023-2024", "school_year": "2023-2024", "as_of": "2024-02-01"}]
    hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in written if path.name != "manifest.json"}
    assert {name: entry["sha256"] for name, entry in manifest["outputs"].items()} == hashes
    assert contents(run) == before


def test_the_same_run_gives_the_same_bytes_again(run, tmp_path):
    publish("kind-en-gezin", [run], KEEP)
    first = contents(tmp_path / "out-kind-en-gezin")
    # Files with a clock in them tell whole seconds.
    time.sleep(1.1)
    publish("kind-en-gezin", [run], KEEP)
    assert contents(tmp_path / "out-kind-en-gezin") == first


def test_a_new_publication_replaces_the_files_of_the_earlier_one(run, tmp_path):
    (tmp_path / "regions.csv").write_text("municipality,region\nGent,Noord\n", encoding="utf-8")
    publish("kind-en-gezin", [run], KEEP)
    publish("kind-en-gezin", [run], Options(keep_until=KEEP.keep_until, regions=tmp_path / "regions.csv"))
    names = set(contents(tmp_path / "out-kind-en-gezin"))
    assert names == {"niet-teruggevonden-noord.csv", "overzicht.xlsx", "leeswijzer.html", "manifest.json"}


def test_whatever_goes_wrong_leaves_the_earlier_publication_alone(run, tmp_path, monkeypatch):
    publish("kind-en-gezin", [run], KEEP)
    before = contents(tmp_path / "out-kind-en-gezin")

    def half(runs, to, options):
        (to / "overzicht.xlsx").write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(receivers.RECEIVERS, "kind-en-gezin", Receiver("kind-en-gezin", "", half))
    with pytest.raises(OutputError, match="No space left on device"):
        publish("kind-en-gezin", [run], KEEP)
    assert contents(tmp_path / "out-kind-en-gezin") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "out-kind-en-gezin"]


def test_a_publication_takes_no_folder_that_is_not_its_own(run, tmp_path):
    other = write_run(tmp_path / "other", children=CHILDREN)
    with pytest.raises(OutputError, match="for something else"):
        publish("kind-en-gezin", [run], KEEP, to=other)
    publish("kind-en-gezin", [run], KEEP, to=tmp_path / "shared")
    with pytest.raises(OutputError, match="for something else"):
        publish("brussels", [run], KEEP, to=tmp_path / "shared")
    with pytest.raises(OutputError, match="lies in a run's folder"):
        publish("kind-en-gezin", [run], KEEP, to=run / "published")
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("words")
    with pytest.raises(OutputError, match="did not write"):
        publish("kind-en-gezin", [run], KEEP, to=tmp_path / "thesis")
    (tmp_path / "shared" / "leeswijzer.html").write_text("annotated")
    with pytest.raises(OutputError, match="changed after"):
        publish("kind-en-gezin", [run], KEEP, to=tmp_path / "shared")


def test_folders_that_are_no_run_with_a_school_year_are_refused(run, tmp_path):
    (tmp_path / "empty").mkdir()
    yearless = write_run(tmp_path / "yearless", run={"school_year": None}, children=CHILDREN)
    publish("kind-en-gezin", [run], KEEP)
    older = write_run(tmp_path / "older", children=CHILDREN)
    manifest = json.loads((older / "manifest.json").read_text(encoding="utf-8"))
    manifest["configuration"]["run"]["colour"] = "blue"
    (older / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    for folder, problem in (
        (older, "no configuration that this version reads"),
        (tmp_path / "nowhere", "holds no outputs of a run"),
        (tmp_path / "empty", "holds no outputs of a run"),
        (tmp_path / "out-kind-en-gezin", "holds no outputs of a run"),
        (yearless, "had no school year"),
    ):
        with pytest.raises(OutputError, match=problem):
            publish("kind-en-gezin", [folder], KEEP)


@pytest.mark.parametrize(
    ("receiver", "missing"),
    [("mijn-onderwijs", "enrolments.parquet: is not there"), ("brussels", "enrolments.parquet: is not there"), ("lop-brussel", "role applications")],
)
def test_a_run_without_the_table_it_takes_writes_nothing(run, tmp_path, receiver, missing):
    with pytest.raises(OutputError, match=missing):
        publish(receiver, [run], KEEP)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_missing_column_is_named_with_what_it_takes(run):
    with pytest.raises(OutputError, match=r"no column half_nights \(half-days are known only where attendance"):
        open_run(run).children(["child_id", "half_nights"])


def test_what_cannot_be_asked_is_refused(run, tmp_path):
    earlier = write_run(tmp_path / "earlier", run={"school_year": "2022-2023", "as_of": "2023-02-01"}, children=CHILDREN)
    with pytest.raises(ConfigError, match="no such receiver; there are kind-en-gezin"):
        publish("the-press", [run], KEEP)
    with pytest.raises(ConfigError, match="takes one run's folder, 2 were named"):
        publish("kind-en-gezin", [run, earlier], KEEP)
    with pytest.raises(ConfigError, match="of the same school year"):
        publish("lop-brussel", [run, run], KEEP)
    with pytest.raises(ConfigError, match="keep-until lies before"):
        publish("kind-en-gezin", [run], Options(keep_until=dt.date(2024, 1, 31)))


def test_the_command_line_says_what_was_written_and_ends_well(run, tmp_path, capsys):
    assert cli.main(["publish", "kind-en-gezin", str(run), "--keep-until", "2025-08-31", "--to", str(tmp_path / "for-them")]) == 0
    assert "9 files for kind-en-gezin" in capsys.readouterr().out
    assert read_csv(tmp_path / "for-them" / "niet-teruggevonden-oost-vlaanderen.csv")["kind_id"].tolist() == ["K1"]


def test_an_error_is_one_line_and_exit_code_2(tmp_path, capsys):
    assert cli.main(["publish", "kind-en-gezin", str(tmp_path / "nowhere"), "--keep-until", "2025-08-31"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("kleuterlink: ")
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("arguments", [[], ["--keep-until", "31/08/2025"], ["--keep-until", "2025-08-31", "--smallest-cell", "0"]])
def test_a_day_until_which_to_keep_is_required(run, capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        cli.main(["publish", "kind-en-gezin", str(run), *arguments])
    assert ended.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_the_command_line_knows_every_receiver():
    assert set(cli.RECEIVER_NAMES) == set(RECEIVERS)
