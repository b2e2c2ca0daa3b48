"""The command line: what each command prints, and with which code it ends."""

from __future__ import annotations

import builtins
import contextlib
import json
import os
import subprocess
import sys
import types
from pathlib import Path

import pandas as pd
import pytest

import kleuterlink
from kleuterlink import cli
from kleuterlink.errors import NothingLinkedError
from kleuterlink.publish.outputs import DUPLICATE_OUTPUTS, OUTPUTS
from kleuterlink.results import Result
from kleuterlink.schemas import CANDIDATES, NOT_FOUND, REJECTED

CONFIG = """
[run]
as_of = 2024-02-01
out = "results"
[registers.births]
role = "births"
path = "births.csv"
[registers.births.columns]
id = "kg_id"
surname = "naam"
birth_date = "geboren"
[registers.pupils]
role = "enrolments"
path = "pupils.csv"
date_format = "%d/%m/%Y"
[registers.pupils.columns]
id = "stamnummer"
surname = "naam"
birth_date = "geboren"
"""


def made(*, listed: int = 1) -> Result:
    """Make the result of a run over three children, of whom the first are on the list."""
    children = pd.DataFrame(
        {"child_id": ["K1", "K2", "K3"], "status": ["found"] * 3, "p_not_found": [0.97, 0.2, 0.01], "found_in": "pupils", "reason": "linked"}
    )
    children.loc[: listed - 1, ["status", "found_in", "reason"]] = ["not_found", "", "no_candidate"]
    pair = dict.fromkeys(CANDIDATES, "pupils") | {
        "record_id": "7",
        "child_id": "K3",
        "match_weight": 12.5,
        "match_probability": 0.99,
        "decision": "link",
        "level_surname": 2,
    }
    pairs = pd.DataFrame([pair])
    return Result(
        links=pairs,
        candidates=pairs,
        children=children,
        not_found=children[children["status"] == "not_found"].assign(as_of="2024-02-01", sources="pupils")[list(NOT_FOUND)],
        rejected=pd.DataFrame(columns=list(REJECTED)),
        quality={"not_found": {"on_list": listed, "expected": 1.2, "interval": [1, 2], "ppv": 0.9, "sensitivity": 0.8}, "warnings": ["few records"]},
        manifest={"configuration": {}, "inputs": {}},
        model={"lists": {"pupils": {"comparisons": [{"name": "surname", "levels": [{"level": 2, "label": "equal", "m": 0.9, "u": 0.01, "weight": 6.5}]}]}}},
    )


@pytest.fixture
def config(tmp_path) -> Path:
    (tmp_path / "births.csv").write_text("kg_id,naam,geboren\nK1,JANSSENS,2020-05-01\nK2,PEETERS,2020-99-01\nK3,,2020-07-02\n,MAES,2020-01-05\n")
    (tmp_path / "pupils.csv").write_text("stamnummer;naam;geboren\n7;JANSSENS;01/05/2020\n8;MAES;05/01/2020\n")
    (tmp_path / "run.toml").write_text(CONFIG)
    return tmp_path / "run.toml"


@pytest.fixture
def pipeline(monkeypatch):
    """Stand in for the pipeline: `outcome` is what the next run returns or raises."""
    module = types.ModuleType("kleuterlink.pipeline")
    module.outcome = made()

    @contextlib.contextmanager
    def running(config, *, progress):
        assert config.births_name == "births"
        for stage, fraction in (("read", 0.5), ("read", 1.0), ("score", None)):
            progress(stage, fraction)
        if isinstance(module.outcome, BaseException):
            raise module.outcome
        yield module.outcome

    module.running = running
    monkeypatch.setitem(sys.modules, "kleuterlink.pipeline", module)
    monkeypatch.setattr(kleuterlink, "pipeline", module, raising=False)
    return module


@pytest.mark.usefixtures("pipeline")
def test_run_writes_the_outputs_and_tells_what_was_found(config, capsys):
    assert cli.main(["run", str(config)]) == 0
    out, err = capsys.readouterr()
    further = {"enrolments.parquet", "applications.parquet", "schools.parquet"}
    assert {path.name for path in (config.parent / "results").iterdir()} == set(OUTPUTS) - further
    for line in (
        "found\t2",
        "not found\t1",
        "children on the list\t1",
        "expected really not found\t1.2 (1 to 2)",
        "estimated PPV\t0.9",
        "warning: few records",
    ):
        assert line in out.splitlines()
    assert out.splitlines()[-1] == f"Report: {config.parent / 'results' / 'report.html'}"
    assert err.splitlines() == ["read ...", "score ...", "publish ..."]


@pytest.mark.usefixtures("pipeline")
def test_out_overrides_the_configuration_and_quiet_prints_nothing(config, capsys, tmp_path):
    assert cli.main(["run", str(config), "--out", str(tmp_path / "elsewhere"), "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")
    assert (tmp_path / "elsewhere" / "manifest.json").is_file()
    assert not (tmp_path / "results").exists()


def test_what_kleuterlink_raises_is_one_line_and_code_2(config, pipeline, capsys):
    pipeline.outcome = NothingLinkedError("nothing links:\n  check the headers")
    assert cli.main(["run", str(config)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[-1] == "kleuterlink: nothing links: check the headers"
    assert not (config.parent / "results").exists()


def test_ctrl_c_ends_with_130_and_leaves_earlier_outputs(config, pipeline, capsys):
    assert cli.main(["run", str(config), "--quiet"]) == 0
    before = {path.name: path.read_bytes() for path in (config.parent / "results").iterdir()}
    pipeline.outcome = KeyboardInterrupt()
    assert cli.main(["run", str(config), "--quiet"]) == 130
    assert "interrupted" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in (config.parent / "results").iterdir()} == before


def test_a_folder_that_is_not_ours_is_refused_before_the_work(config, pipeline, capsys, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.docx").write_bytes(b"x")
    pipeline.outcome = AssertionError("the pipeline ran")
    assert cli.main(["run", str(config), "--out", str(tmp_path / "mine")]) == 2
    assert "thesis.docx" in capsys.readouterr().err


def test_deduplicate_writes_the_clusters_and_tells_how_many(config, capsys):
    (config.parent / "pupils.csv").write_text("stamnummer;naam;geboren\n7;JANSSENS;01/05/2020\n8;MAES;05/01/2020\n9;JANSSENS;01/05/2020\n")
    assert cli.main(["deduplicate", str(config), "--register", "pupils"]) == 0
    out, err = capsys.readouterr()
    folder = config.parent / "duplicates"
    assert sorted(path.name for path in folder.iterdir()) == sorted(DUPLICATE_OUTPUTS)
    assert {"records\t3", "persons\t3"} <= set(out.splitlines())
    assert "warning: fewer than 30 pairs" in out
    assert out.splitlines()[-1] == f"Clusters: {folder / 'clusters.csv'}"
    assert err.splitlines() == ["read ...", "normalise ...", "deduplicate ...", "publish ..."]
    assert (folder / "clusters.csv").read_text().splitlines()[0] == "record_id,cluster_id,records,p_with_cluster"
    assert "JANSSENS" not in "".join(path.read_text(errors="replace") for path in folder.iterdir()) + out + err


def test_deduplicate_asks_which_register_and_refuses_foreign_folders(config, capsys, tmp_path):
    assert cli.main(["deduplicate", str(config)]) == 2
    assert "births, pupils" in capsys.readouterr().err
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.docx").write_bytes(b"x")
    assert cli.main(["deduplicate", str(config), "--register", "pupils", "--out", str(tmp_path / "mine")]) == 2
    assert "thesis.docx" in capsys.readouterr().err


def test_deduplicate_writes_the_same_bytes_again(config, tmp_path):
    for name in ("one", "other", "other"):
        assert cli.main(["deduplicate", str(config), "--register", "pupils", "--out", str(tmp_path / name), "--quiet"]) == 0
    for name in set(DUPLICATE_OUTPUTS) - {"manifest.json"}:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_missing_or_wrong_configuration_is_one_line(command, tmp_path, capsys):
    assert cli.main([command, str(tmp_path / "none.toml")]) == 2
    (tmp_path / "wrong.toml").write_text("[registers.births]\nrole = 'births'\n")
    assert cli.main([command, str(tmp_path / "wrong.toml")]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("kleuterlink: ") for line in lines)


def test_check_reports_rows_completeness_and_problems_without_linking(config, capsys):
    assert cli.main(["check", str(config)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "births (births): 4 rows, 3 used, 1 rejected" in lines
    assert "surname\t66.7%" in lines
    assert "birth_date\t66.7%" in lines
    assert "id\tmissing\t1" in lines
    assert "pupils (enrolments): 2 rows, 2 used, 0 rejected" in lines
    assert not (config.parent / "results").exists()


def test_check_never_prints_a_value(config, capsys):
    cli.main(["check", str(config)])
    printed = "".join(capsys.readouterr())
    assert not any(value in printed for value in ("JANSSENS", "PEETERS", "MAES", "2020-"))


def test_check_names_a_register_that_cannot_be_read(config, capsys):
    (config.parent / "pupils.csv").unlink()
    assert cli.main(["check", str(config)]) == 2
    out, err = capsys.readouterr()
    assert "births (births)" in out
    assert "pupils.csv" in err


@pytest.mark.usefixtures("pipeline")
def test_explain_reads_the_files_of_a_run(config, capsys):
    cli.main(["run", str(config), "--quiet"])
    assert cli.main(["explain", str(config.parent / "results"), "K3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "Child K3: found, not on the not-found list" in lines
    assert "surname\tequal\t+6.50" in lines
    assert "\tdependence between fields\t+6.00" in lines
    assert cli.main(["explain", str(config.parent / "results"), "K4"]) == 2
    assert capsys.readouterr().err.startswith("kleuterlink: ")


def test_diff_tells_who_came_on_the_list(config, pipeline, capsys, tmp_path):
    cli.main(["run", str(config), "--quiet"])
    pipeline.outcome = made(listed=2)
    cli.main(["run", str(config), "--quiet", "--out", str(tmp_path / "later")])
    assert cli.main(["diff", str(tmp_path / "results"), str(tmp_path / "later")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "1 on the list, 0 off it"
    assert lines[2].split("\t") == ["K2", "on", "status found -> not found", "0.2", "0.2", "linked", "no_candidate"]


@pytest.mark.usefixtures("pipeline")
def test_demo_makes_registers_links_them_and_knows_the_truth(config, monkeypatch, capsys, tmp_path):
    synthetic, evaluate = types.ModuleType("kleuterlink.synthetic"), types.ModuleType("kleuterlink.evaluate")
    asked = []
    synthetic.make_registers = lambda n_children, *, seed: asked.append((n_children, seed)) or types.SimpleNamespace(not_found={"K1"})
    synthetic.write_sample = lambda folder, _registers: asked.append(folder) or config
    evaluate.list_quality = lambda not_found, true: {"ppv": float(set(not_found["child_id"]) == true), "sensitivity": 0.75}
    for module in (synthetic, evaluate):
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setattr(kleuterlink, module.__name__.rpartition(".")[2], module, raising=False)
    assert cli.main(["demo", "--children", "12", "--seed", "5", "--folder", str(tmp_path / "sample")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert asked == [(12, 5), tmp_path / "sample"]
    assert f"Report: {tmp_path / 'results' / 'report.html'}" in lines
    assert {"true PPV\t1", "true sensitivity\t0.75"} <= set(lines)


def test_demo_without_its_extra_says_what_to_install(monkeypatch, capsys):
    def missing(name, *arguments, real=builtins.__import__, **keywords):
        if name == "kleuterlink" and arguments[2] == ("synthetic",):
            raise ModuleNotFoundError("No module named 'faker'", name="faker")
        return real(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", missing)
    assert cli.main(["demo"]) == 2
    assert capsys.readouterr().err == "kleuterlink: the demo needs faker, which is not installed; install kleuterlink[synthetic]\n"


@pytest.mark.parametrize("arguments", [[], ["fly"], ["demo", "--children", "0"], ["demo", "--children", "many"], ["run"], ["explain", "out"]])
def test_wrong_arguments_end_with_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert "usage: kleuterlink" in capsys.readouterr().err


def test_version_is_printed(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("kleuterlink ")


@pytest.mark.usefixtures("pipeline")
def test_a_reader_that_stops_early_is_no_error(config):
    cli.main(["run", str(config), "--quiet"])
    command = [sys.executable, "-m", "kleuterlink.cli", "explain", str(config.parent / "results"), "K3"]
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


def test_help_and_errors_need_no_heavy_import():
    code = "import sys; import kleuterlink.cli; print(sorted({'pandas', 'pyarrow', 'duckdb', 'rich', 'scipy', 'vl_convert'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.replace("'", '"')) == []


DELIVERED = "stamnummer;datum;code\n1;02/10/2023;A\n1;03/10/2023;A\n;04/10/2023;A\n"


def test_deliveries_of_absences_are_collected(tmp_path, capsys):
    (tmp_path / "a.csv").write_text(DELIVERED)
    (tmp_path / "b.csv").write_text("stamnummer;datum;code\n1;03/10/2023;P\n")
    store = str(tmp_path / "store")
    warehouse = ["publish", "absence-warehouse", store, "--delivery"]
    assert cli.main([*warehouse, str(tmp_path / "a.csv"), "--delivered", "2023-11-01", "--school-year", "2023-2024"]) == 0
    assert cli.main([*warehouse, str(tmp_path / "b.csv"), "--delivered", "2023-12-01", "--covers", "2023-10-01..2023-10-31", "--every-school"]) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if line][3:] == [
        f"1 row of 2023-2024: {Path(store) / 'absences.parquet'}",
        "delivery\tdelivered\trows in\tkept\treplaced\trejected",
        "a.csv\t2023-11-01\t3\t0\t2\t1",
        "b.csv\t2023-12-01\t1\t1\t0\t0",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--covers", "2023-10-01"], "no period of the form"),
        (["--covers", "2023-10-01..yesterday"], "no date of the form"),
        ([], "state the school year"),
        (["--school-year", "2023-2024", "--every-school"], "which days it covers"),
        (["--school-year", "2023-2024", "--format", "none.toml"], "cannot be read"),
    ],
)
def test_what_is_wrong_with_a_delivery_is_told(tmp_path, capsys, arguments, said):
    (tmp_path / "a.csv").write_text(DELIVERED)
    command = ["publish", "absence-warehouse", str(tmp_path / "store"), "--delivery", str(tmp_path / "a.csv"), "--delivered", "2023-11-01", *arguments]
    try:
        code = cli.main(command)
    except SystemExit as stopped:
        code = stopped.code
    assert code == 2
    assert said in capsys.readouterr().err


def test_a_delivery_in_a_format_of_its_own(tmp_path, capsys):
    (tmp_path / "a.csv").write_text("leerling,dag\n7,2023-10-02\n")
    (tmp_path / "format.toml").write_text('[columns]\nrecord_id = "leerling"\ndate = "dag"\n')
    command = ["publish", "absence-warehouse", str(tmp_path / "store"), "--delivery", str(tmp_path / "a.csv"), "--delivered", "2023-11-01"]
    assert cli.main([*command, "--school-year", "2023-2024", "--format", str(tmp_path / "format.toml")]) == 0
    assert capsys.readouterr().out.startswith("1 row of 2023-2024")
