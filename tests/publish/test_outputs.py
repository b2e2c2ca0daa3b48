"""The outputs: all or nothing, the same bytes for the same result, and never at the cost of somebody's files."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink import results
from kleuterlink.errors import OutputError
from kleuterlink.publish import OUTPUTS, check_folder, folder, outputs, run_id, write_outputs
from kleuterlink.publish.plain import plain
from kleuterlink.results import Deferred, unmade


@pytest.fixture
def no_page(monkeypatch):
    """Leave the page out where it has no part in the test: it takes most of the time."""
    monkeypatch.setattr(outputs, "render_report", lambda _result, run_id: run_id)


def contents(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.iterdir()}


FURTHER = ("enrolments", "applications", "schools")
"""Tables that not every run makes."""


def test_every_output_is_written_and_returned(make_result, tmp_path):
    further = dict.fromkeys(FURTHER, pd.DataFrame({"record_id": ["R1"]}))
    paths = write_outputs(replace(make_result(), **further), tmp_path / "deep" / "out")
    assert [path.name for path in paths] == list(OUTPUTS)
    assert all(path.is_file() for path in paths)
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["out"]
    # A run that makes no such table leaves none of an earlier run behind.
    paths = write_outputs(make_result(), tmp_path / "deep" / "out")
    assert [path.name for path in paths] == [name for name in OUTPUTS if name.removesuffix(".parquet") not in FURTHER]
    assert sorted(path.name for path in (tmp_path / "deep" / "out").iterdir()) == sorted(path.name for path in paths)


def test_tables_survive_the_round_trip(make_result, tmp_path):
    result = make_result()
    write_outputs(result, tmp_path / "out")
    for name in ("links", "candidates", "children"):
        frame = getattr(result, name)
        read = pd.read_parquet(tmp_path / "out" / f"{name}.parquet")
        pd.testing.assert_frame_equal(read, frame, check_dtype=False)
    listed = pd.read_csv(tmp_path / "out" / "not_found.csv", float_precision="round_trip")
    pd.testing.assert_frame_equal(listed, result.not_found, check_dtype=False)
    assert pd.read_csv(tmp_path / "out" / "rejected.csv").to_dict("list") == result.rejected.to_dict("list")
    assert json.loads((tmp_path / "out" / "model.json").read_text()) == result.model


def test_equal_results_give_equal_bytes(make_result, tmp_path):
    write_outputs(make_result(), tmp_path / "one")
    write_outputs(make_result(), tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_a_table_that_is_written_in_slices_is_the_table(make_result, tmp_path, monkeypatch):
    result = make_result()
    monkeypatch.setattr(results, "SLICE", 64)
    sliced = replace(result, children=Deferred.of(result.children.astype({"status": "category", "reason": "category"})))
    write_outputs(sliced, tmp_path / "out")
    assert isinstance(unmade(sliced, "children"), Deferred)
    # Whether somebody looked at the table before does not show.
    assert sliced.children["status"].tolist() == result.children["status"].tolist()
    write_outputs(sliced, tmp_path / "again")
    assert contents(tmp_path / "again") == contents(tmp_path / "out")
    path = tmp_path / "out" / "children.parquet"
    written = pq.ParquetFile(path)
    assert [written.metadata.row_group(place).num_rows for place in range(written.num_row_groups)][:2] == [64, 64]
    pd.testing.assert_frame_equal(pd.read_parquet(path), result.children, check_dtype=False)
    # Readers see plain text, whatever they are.
    assert written.schema_arrow.field("status").type == pa.string()
    assert duckdb.execute("SELECT typeof(status), typeof(reason) FROM read_parquet(?) LIMIT 1", [str(path)]).fetchall() == [("VARCHAR", "VARCHAR")]


@pytest.mark.usefixtures("no_page")
def test_how_a_stage_held_its_table_does_not_show(make_result, tmp_path):
    result = make_result()
    halves = [result.children.iloc[:77], result.children.iloc[77:]]
    write_outputs(result, tmp_path / "one")
    write_outputs(replace(result, children=pd.concat(halves), links=result.links.astype({"child_id": object})), tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_only_timings_may_differ_between_equal_runs(make_result, tmp_path):
    result = make_result()
    write_outputs(result, tmp_path / "one")
    write_outputs(replace(result, manifest={**result.manifest, "timings": {"read": 9.9}}), tmp_path / "two")
    one, two = contents(tmp_path / "one"), contents(tmp_path / "two")
    assert {name for name in one if one[name] != two[name]} == {"manifest.json"}
    manifests = [json.loads(side["manifest.json"]) for side in (one, two)]
    assert [manifest.pop("timings") for manifest in manifests] == [{"read": 0.12}, {"read": 9.9}]
    assert manifests[0] == manifests[1]


def test_the_manifest_lists_hash_and_size_of_every_other_output(make_result, tmp_path):
    write_outputs(make_result(), tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    expected = {name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)} for name, data in contents(tmp_path).items() if name != "manifest.json"}
    assert manifest["outputs"] == expected
    assert manifest["inputs"] == {"births": {"sha256": "ab" * 32}}


@pytest.mark.usefixtures("no_page")
@pytest.mark.parametrize("step", ["links.parquet", "children.parquet", "not_found.csv", "model.json", "report.html", "manifest.json", "swap"])
@pytest.mark.parametrize("problem", [OSError(28, "No space left on device"), KeyboardInterrupt(), RuntimeError("bug")])
def test_a_failure_at_any_step_leaves_the_earlier_outputs_as_they_were(make_result, tmp_path, monkeypatch, step, problem):
    out = tmp_path / "out"
    write_outputs(make_result(), out)
    before = contents(out)

    def fail(*_arguments):
        raise problem

    if step == "swap":
        monkeypatch.setattr(folder, "_swap", fail)
    for writer in ("_write_parquet", "_write_csv", "_write_json", "_write_text"):
        real = getattr(outputs, writer)
        monkeypatch.setattr(outputs, writer, lambda content, path, real=real: fail() if path.name == step else real(content, path))
    with pytest.raises(OutputError if isinstance(problem, OSError) else type(problem)):
        write_outputs(make_result(seed=2), out)
    assert contents(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.usefixtures("no_page")
@pytest.mark.parametrize("exchange", [True, False])
def test_a_later_run_replaces_an_earlier_one(make_result, tmp_path, monkeypatch, exchange):
    if not exchange:
        monkeypatch.setattr(folder, "_exchange", lambda _one, _other: False)
    write_outputs(make_result(), tmp_path / "out")
    write_outputs(make_result(seed=2), tmp_path / "out")
    write_outputs(make_result(seed=2), tmp_path / "fresh")
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fresh", "out"]


@pytest.mark.usefixtures("no_page")
def test_without_an_exchange_a_failing_second_rename_puts_the_earlier_folder_back(make_result, tmp_path, monkeypatch):
    write_outputs(make_result(), tmp_path / "out")
    before = contents(tmp_path / "out")
    monkeypatch.setattr(folder, "_exchange", lambda _one, _other: False)
    rename = Path.rename

    def failing(self, target):
        if Path(target).name == "out" and not self.name.endswith(".old"):
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OutputError, match="Input/output error"):
        write_outputs(make_result(seed=2), tmp_path / "out")
    assert contents(tmp_path / "out") == before


@pytest.mark.usefixtures("no_page")
@pytest.mark.parametrize("earlier_run", [True, False])
def test_a_folder_with_other_files_is_refused_and_left_alone(make_result, tmp_path, earlier_run):
    out = tmp_path / "out"
    if earlier_run:
        write_outputs(make_result(), out)
    out.mkdir(exist_ok=True)
    (out / "notes.xlsx").write_bytes(b"mine")
    before = contents(out)
    with pytest.raises(OutputError, match=r"did not write \(notes\.xlsx\)"):
        write_outputs(make_result(), out)
    with pytest.raises(OutputError, match=r"did not write \(notes\.xlsx\)"):
        check_folder(out)
    assert contents(out) == before


def test_files_that_only_share_our_names_are_refused(make_result, tmp_path):
    (tmp_path / "manifest.json").write_text('{"name": "an app"}')
    with pytest.raises(OutputError, match="did not write"):
        write_outputs(make_result(), tmp_path)
    assert (tmp_path / "manifest.json").read_text() == '{"name": "an app"}'


@pytest.mark.usefixtures("no_page")
def test_an_output_that_somebody_worked_on_is_not_overwritten(make_result, tmp_path):
    write_outputs(make_result(), tmp_path)
    with (tmp_path / "not_found.csv").open("a") as stream:
        stream.write("phoned on Monday\n")
    with pytest.raises(OutputError, match=r"not_found\.csv changed after"):
        write_outputs(make_result(), tmp_path)
    assert "phoned on Monday" in (tmp_path / "not_found.csv").read_text()


@pytest.mark.usefixtures("no_page")
def test_a_file_that_arrives_during_the_run_moves_along(make_result, tmp_path):
    write_outputs(make_result(), tmp_path / "out")
    with folder.replaced_folder(tmp_path / "out", OUTPUTS) as fresh:
        (tmp_path / "out" / "letter.docx").write_bytes(b"mine")
        (fresh / "quality.json").write_text("{}")
    assert contents(tmp_path / "out") == {"letter.docx": b"mine", "quality.json": b"{}"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_file_in_the_place_of_the_folder_is_refused(make_result, tmp_path):
    (tmp_path / "out").write_text("x")
    with pytest.raises(OutputError, match="is a file"):
        write_outputs(make_result(), tmp_path / "out")


@pytest.mark.usefixtures("no_page")
def test_a_link_to_a_folder_stays_a_link(make_result, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "real")
    write_outputs(make_result(), tmp_path / "out")
    assert (tmp_path / "out").is_symlink()
    assert set(contents(tmp_path / "real")) == {name for name in OUTPUTS if name.removesuffix(".parquet") not in FURTHER}


def test_an_empty_list_still_has_its_header(make_result, tmp_path):
    write_outputs(make_result(on_list=0), tmp_path)
    assert (tmp_path / "not_found.csv").read_text() == "child_id,p_not_found,as_of,sources,reason\n"


@pytest.mark.usefixtures("no_page")
def test_parquet_holds_plain_types_and_no_trace_of_the_machine(make_result, tmp_path):
    write_outputs(make_result(), tmp_path)
    schema = pq.read_schema(tmp_path / "links.parquet")
    assert schema.metadata is None
    assert {name: str(schema.field(name).type) for name in ("child_id", "match_weight", "level_surname")} == {
        "child_id": "string",
        "match_weight": "double",
        "level_surname": "int8",
    }


def test_the_run_id_follows_configuration_and_inputs_only(make_result):
    manifest = make_result().manifest
    configuration = manifest["configuration"]
    same = [
        {**manifest, "timings": {"read": 1}, "versions": {"kleuterlink": "2"}},
        {**manifest, "configuration": {**configuration, "run": {**configuration["run"], "out": "elsewhere"}}},
        dict(reversed(manifest.items())),
    ]
    other = [
        {**manifest, "inputs": {"births": {"sha256": "cd" * 32}}},
        {**manifest, "configuration": {**configuration, "decision": {"cost_false_alarm": 2.0, "cost_missed_child": 1.0}}},
    ]
    assert {run_id(entry) for entry in same} == {run_id(manifest)}
    assert len({run_id(entry) for entry in [manifest, *other]}) == 3


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.dates(),
    st.just(pd.NA),
    st.just(pd.NaT),
    st.floats(width=32).map(np.float32),
    st.integers(0, 9).map(np.int8),
    st.text().map(Path),
)


@given(st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.frozensets(st.text())))
def test_whatever_a_stage_reports_becomes_json(value):
    text = json.dumps(plain(value), allow_nan=False)
    assert plain(json.loads(text)) == json.loads(text)


def test_plain_values_keep_their_meaning():
    value = {1: np.array([1.5, math.nan]), "day": dt.date(2024, 2, 1), "names": {"b", "a"}, "flag": np.bool_(True), "gap": pd.NaT}
    assert plain(value) == {"1": [1.5, None], "day": "2024-02-01", "names": ["a", "b"], "flag": True, "gap": None}
