"""The whole flow on sample registers: what comes out, how good it is, and what does not change it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import kleuterlink
from kleuterlink import evaluate, synthetic
from kleuterlink.config import BlockingRuleConfig, load_config
from kleuterlink.errors import ConfigError, NothingLinkedError
from kleuterlink.publish import explain, write_outputs
from kleuterlink.schemas import CANDIDATES, CHILDREN, CHILDREN_OF_YEAR, ENROLMENTS, LINKS, NOT_FOUND, REJECTED


@pytest.fixture(scope="module")
def registers():
    return synthetic.make_registers(4_000, seed=3)


@pytest.fixture(scope="module")
def sample(registers, tmp_path_factory):
    return synthetic.write_sample(tmp_path_factory.mktemp("sample"), registers)


@pytest.fixture(scope="module")
def result(sample):
    return kleuterlink.run(sample)


def test_the_tables_have_the_columns_of_the_contract(result):
    assert list(result.links)[: len(LINKS)] == list(LINKS)
    assert list(result.candidates)[: len(CANDIDATES)] == list(CANDIDATES)
    assert list(result.children) == [*CHILDREN, *CHILDREN_OF_YEAR]
    assert list(result.enrolments) == list(ENROLMENTS)
    assert list(result.not_found) == list(NOT_FOUND)
    assert list(result.rejected) == list(REJECTED)


def test_the_list_is_right(registers, result):
    quality = evaluate.list_quality(result.not_found, registers.not_found)
    assert quality["ppv"] >= 0.9
    assert quality["sensitivity"] >= 0.95
    p, truly = result.children["p_not_found"].to_numpy(), registers.children["not_found"].to_numpy()
    assert evaluate.calibration_error(p, truly) < 0.003
    assert p.sum() == pytest.approx(truly.sum(), rel=0.1)


def test_the_links_are_right(registers, result):
    quality = evaluate.pair_quality(result.links, registers.matches)
    assert quality["precision"] > 0.998
    assert quality["recall"] > 0.995


def test_every_enrolment_of_a_child_is_linked(registers, result):
    several = registers.matches.groupby(["register", "child_id"]).size().loc[lambda count: count > 1]
    assert len(several) > 20
    linked = result.links[result.links["decision"] == "link"].groupby(["register", "child_id"]).size()
    assert (linked.reindex(several.index, fill_value=0) == several).mean() > 0.95


def test_a_child_is_linked_with_records_of_its_own_only_once(result):
    links = result.links[result.links["decision"] == "link"]
    assert not links.duplicated(["register", "record_id"]).any()


def test_the_order_of_the_rows_changes_nothing(sample, result):
    config = load_config(sample)
    random = np.random.default_rng(5)
    frames = {}
    for name, register in config.registers.items():
        path = config.base / register.path
        separator, encoding = {"births": (",", "utf-8"), "pupils_nl": (";", "cp1252"), "pupils_fr": (";", "utf-8-sig")}[name]
        table = pd.read_csv(path, sep=separator, dtype=str, encoding=encoding, keep_default_na=False)
        frames[name] = table.iloc[random.permutation(len(table))]
    shuffled = kleuterlink.run(config, frames=frames)
    pd.testing.assert_frame_equal(shuffled.links, result.links)
    pd.testing.assert_frame_equal(shuffled.candidates, result.candidates)
    pd.testing.assert_frame_equal(shuffled.not_found, result.not_found)
    pd.testing.assert_frame_equal(shuffled.enrolments, result.enrolments)
    pd.testing.assert_frame_equal(shuffled.children.set_index("child_id").loc[result.children["child_id"]].reset_index(), result.children)


def test_the_number_of_threads_changes_nothing(sample, result):
    config = load_config(sample)
    single = kleuterlink.run(config.model_copy(update={"engine": config.engine.model_copy(update={"threads": 1})}))
    pd.testing.assert_frame_equal(single.links, result.links)
    pd.testing.assert_frame_equal(single.children, result.children)


def test_two_runs_write_the_same_bytes(sample, result, tmp_path):
    again = kleuterlink.run(sample)
    one, two = (write_outputs(each, tmp_path / folder) for each, folder in ((result, "one"), (again, "two")))
    assert [path.name for path, other in zip(one, two, strict=True) if path.read_bytes() != other.read_bytes()] == ["manifest.json"]


def test_higher_costs_of_a_missed_child_make_a_longer_list(sample, result):
    config = load_config(sample)
    careful = kleuterlink.run(config.model_copy(update={"decision": config.decision.model_copy(update={"cost_missed_child": 50.0})}))
    assert set(result.not_found["child_id"]) <= set(careful.not_found["child_id"])
    assert set(careful.not_found["child_id"]) == set(result.children.loc[result.children["p_not_found"] >= 1 / 51, "child_id"])


def test_quality_and_manifest_reconcile(result):
    for name, register in result.quality["registers"].items():
        assert register["rows_in"] == register["used"] + register["rejected"]
        assert result.manifest["inputs"][name]["rows_in"] == register["rows_in"]
        assert len(result.manifest["inputs"][name]["sha256"]) == 64
    for name, steps in result.quality["flow"].items():
        register = result.quality["registers"][name]
        assert {key: steps[key] for key in ("rows_in", "rejected", "used")} == {key: register[key] for key in ("rows_in", "rejected", "used")}
        assert steps["used"] == steps["linked"] + steps["possible"] + steps["unlinked"]
    births = result.quality["flow"]["births"]
    assert births["used"] == len(result.children) == births["found"] + births["not_found"] + births["undetermined"] + births["not_yet_entitled"]
    assert births["not_found"] == len(result.not_found)
    assert all(result.quality["flow"][name]["linked"] == result.quality["linkage"][name]["linked"] for name in result.quality["linkage"])
    assert sum(result.quality["statuses"].values()) == len(result.children)
    assert result.quality["not_found"]["on_list"] == len(result.not_found)
    own = next(point for point in result.quality["cut_curve"] if point["cut"] == 0.5)
    assert own["on_list"] == len(result.not_found)
    for grouping in {row["group"] for row in result.quality["groups"]}:
        rows = [row for row in result.quality["groups"] if row["group"] == grouping]
        assert sum(row["children"] for row in rows) == len(result.children)


def test_the_run_believes_of_itself_what_is_true(registers, result):
    truth = evaluate.pair_quality(result.links, registers.matches, by_register=True)
    for name, believed in result.quality["linkage"].items():
        assert believed["precision"] == pytest.approx(truth[name]["precision"], abs=0.003)
        assert believed["recall"] == pytest.approx(truth[name]["recall"], abs=0.006)


def test_a_child_on_the_list_can_be_explained(result, tmp_path):
    write_outputs(result, tmp_path / "out")
    for child_id in (result.not_found["child_id"].iloc[0], result.links["child_id"].iloc[0]):
        explanation = explain(tmp_path / "out", child_id)
        assert explanation.candidates
        assert explanation.on_list == (child_id in set(result.not_found["child_id"]))
        for candidate in explanation.candidates:
            assert candidate.blocking_rules
            assert candidate.dependence is not None
            assert candidate.match_weight == pytest.approx(sum(item.weight for item in candidate.evidence) + candidate.dependence)


def test_a_trained_model_is_used_again(sample, result, tmp_path):
    write_outputs(result, tmp_path / "out")
    config = load_config(sample)
    linkage = config.linkage.model_copy(update={"model": tmp_path / "out" / "model.json"})
    again = kleuterlink.run(config.model_copy(update={"linkage": linkage}))
    assert again.model["lists"]["pupils_nl"]["matches"]["rates"] == result.model["lists"]["pupils_nl"]["matches"]["rates"]
    both = set(again.not_found["child_id"]) ^ set(result.not_found["child_id"])
    assert len(both) <= 0.15 * len(result.not_found)


def test_a_wrong_date_format_that_still_reads_is_an_error_with_the_likely_cause(registers, sample):
    config = load_config(sample)
    columns = {field: name for field, name in config.registers["births"].columns.items() if field in {"id", "surname", "birth_date"}}
    births = config.registers["births"].model_copy(update={"columns": columns})
    # A century off, as two digits of a year are read.
    frame = registers.births.assign(geboortedatum=registers.births["geboortedatum"].str.replace("^20", "19", regex=True))
    with pytest.raises(NothingLinkedError, match="check `date_format`"):
        kleuterlink.run(config.model_copy(update={"registers": {**config.registers, "births": births}}), frames={"births": frame})


def test_another_population_is_an_error_and_no_list(registers, sample):
    frame = registers.births.assign(voornaam="Xxx", achternaam="Yyy", insz="", geboortedatum="1990-01-01", moeder="", straat="", huisnr="")
    with pytest.raises(NothingLinkedError, match="no field holds values of the other register"):
        kleuterlink.run(sample, frames={"births": frame})


def test_link_takes_frames_and_reports_what_is_missing():
    births = pd.DataFrame({"id": ["K1", "K2"], "first_names": ["Lotte", "Noah"], "surname": ["Maes", "Peeters"], "birth_date": ["2020-03-14", "2020-07-02"]})
    found = kleuterlink.link(births, births.iloc[:1].assign(id=["P1"]))
    assert found.links[["child_id", "record_id", "decision"]].to_numpy().tolist() == [["K1", "P1", "link"]]
    assert found.not_found["child_id"].tolist() == ["K2"]
    with pytest.raises(ConfigError, match="at least one list"):
        kleuterlink.link(births)
    with pytest.raises(ConfigError, match="no column id"):
        kleuterlink.link(births, births.drop(columns="id"))


def test_progress_names_the_stages(sample):
    told = []
    kleuterlink.run(sample, progress=lambda stage, share: told.append((stage, share)))
    assert list(dict.fromkeys(stage for stage, _ in told)) == [
        "read",
        "normalise",
        "compare",
        "first pass",
        "second look",
        "assign",
        "participation",
        "evaluate",
    ]
    assert all(share is None or 0 <= share <= 1 for _, share in told)


def test_no_name_number_or_date_stands_in_what_is_told(registers, result):
    told = repr(result.quality) + repr(result.manifest) + repr(result.model)
    for column in ("insz", "achternaam"):
        values = set(registers.births[column]) - {""}
        assert not [value for value in list(values)[:300] if len(value) > 5 and value in told]


def test_the_reference_engine_links_alike(tmp_path):
    small = synthetic.make_registers(300, seed=8)
    config = load_config(synthetic.write_sample(tmp_path, small))
    fast = kleuterlink.run(config)
    slow = kleuterlink.run(config.model_copy(update={"engine": config.engine.model_copy(update={"name": "reference"})}))
    pd.testing.assert_frame_equal(slow.links, fast.links)
    pd.testing.assert_frame_equal(slow.children, fast.children)
    assert replace(slow, manifest={}, quality={}).model == fast.model


def test_own_blocking_rules_are_used_under_their_own_names(sample):
    config = load_config(sample)
    rules = [BlockingRuleConfig(keys=("birth_date", "first_name"), name="date and call name"), BlockingRuleConfig(keys=("national_number",))]
    result = kleuterlink.run(config.model_copy(update={"linkage": config.linkage.model_copy(update={"blocking": tuple(rules)})}))
    named = set(";".join(result.links["blocking_rules"]).split(";"))
    assert {"date and call name", "national_number"} <= named <= {"date and call name", "national_number", "second_look", "same_pupil"}
    assert [row["rule"] for row in result.quality["blocking"]["pupils_nl"]] == ["date and call name", "national_number"]


def test_rules_that_fit_nothing_are_an_error(sample):
    config = load_config(sample)
    rules = (BlockingRuleConfig(keys=("parent", "surname")),)
    with pytest.raises(ConfigError, match="0 rules fit"):
        kleuterlink.run(config.model_copy(update={"linkage": config.linkage.model_copy(update={"blocking": rules})}))
