"""Applicants for a place: looked up as births are, with the births' model, and without a trace in the births' links."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import kleuterlink
from kleuterlink import evaluate, score, synthetic
from kleuterlink.config import load_config
from kleuterlink.participation import Outcome
from kleuterlink.schemas import APPLICATIONS


@pytest.fixture(scope="module")
def registers():
    # One child of Brussels in four applied: enough of each outcome to judge.
    return synthetic.make_registers(4_000, seed=5, applications=True, rates=replace(synthetic.RATES, unplaced=0.25))


@pytest.fixture(scope="module")
def config(registers, tmp_path_factory):
    return load_config(synthetic.write_sample(tmp_path_factory.mktemp("sample"), registers, applications=True))


@pytest.fixture(scope="module")
def result(config):
    return kleuterlink.run(config)


def truth_of(result, registers):
    return result.applications.merge(registers.applicants, on="record_id", validate="one_to_one")


def test_the_table_has_the_columns_of_the_contract(result, registers):
    assert list(result.applications) == list(APPLICATIONS)
    assert result.applications["record_id"].tolist() == sorted(registers.applications["aanvraagnummer"])
    assert set(result.applications["outcome"]) <= set(Outcome)
    assert result.applications["age"].notna().all()


def test_applicants_are_found_where_they_are(result, registers):
    table = truth_of(result, registers)
    nowhere = ~(table["nl"] | table["fr"])
    true = np.select([nowhere, table["nl"] & table["fr"], table["nl"]], [Outcome.NOT_FOUND, Outcome.PLACED_BOTH, Outcome.PLACED_NL], Outcome.PLACED_FR)
    assert len(table) > 180
    assert (table["outcome"] == true).mean() > 0.98
    assert nowhere.sum() > 5
    assert table["p_not_found"].sum() == pytest.approx(nowhere.sum(), abs=3)
    assert evaluate.calibration_error(table["p_not_found"].to_numpy(), nowhere.to_numpy()) < 0.02


def test_the_probabilities_are_those_of_the_communities(result):
    table = result.applications
    expected = (1 - table["p_nl"]) * (1 - table["p_fr"])
    np.testing.assert_allclose(table["p_not_found"], expected)
    assert ((table["outcome"] == Outcome.NOT_FOUND) == (table["p_not_found"] >= 0.5)).all()


def test_the_births_are_linked_as_they_are_without_applicants(config, result):
    births_only = {name: register for name, register in config.registers.items() if name != "applicants"}
    without = kleuterlink.run(config.model_copy(update={"registers": births_only}))
    for table in ("links", "candidates", "children", "not_found", "enrolments"):
        pd.testing.assert_frame_equal(getattr(without, table), getattr(result, table))
    assert without.applications is None
    assert without.model == result.model


def test_the_order_of_the_rows_changes_nothing(config, registers, result):
    shuffled = registers.applications.sample(frac=1, random_state=3)
    again = kleuterlink.run(config, frames={"applicants": shuffled})
    pd.testing.assert_frame_equal(again.applications, result.applications)


def test_an_applicant_that_stands_there_twice_is_found_twice(config, registers, result):
    numbered = registers.applications[registers.applications["rijksregisternummer"].str.len() == 11].head(20)
    doubled = pd.concat([registers.applications, numbered.assign(aanvraagnummer="B" + numbered["aanvraagnummer"])])
    again = kleuterlink.run(config, frames={"applicants": doubled}).applications
    pd.testing.assert_frame_equal(again[again["record_id"].str.startswith("A")].reset_index(drop=True), result.applications)
    twins = again[again["record_id"].str.startswith("B")]
    own = result.applications.set_index("record_id").loc[twins["record_id"].str[1:].tolist()]
    np.testing.assert_array_equal(twins["p_nl"], own["p_nl"])


def test_a_community_without_a_list_leaves_those_who_are_not_found_open(config, registers, result):
    dutch_only = {name: register for name, register in config.registers.items() if name != "pupils_fr"}
    table = kleuterlink.run(config.model_copy(update={"registers": dutch_only})).applications
    assert table["p_fr"].isna().all()
    assert set(table["outcome"]) == {Outcome.PLACED_NL, Outcome.UNDETERMINED}
    dutch = result.applications["p_nl"] >= 0.5
    assert ((table["outcome"] == Outcome.PLACED_NL) == dutch).mean() > 0.98


def test_the_costs_move_the_cut(config, result):
    careful = config.model_copy(update={"decision": config.decision.model_copy(update={"cost_missed_child": 999.0})})
    table = kleuterlink.run(careful).applications
    assert ((table["outcome"] == Outcome.NOT_FOUND) == (table["p_not_found"] >= 0.001)).all()
    assert (table["outcome"] == Outcome.NOT_FOUND).sum() >= (result.applications["outcome"] == Outcome.NOT_FOUND).sum()


def test_fewer_fields_than_the_births_have_will_do(config, registers):
    applicants = config.registers["applicants"].model_copy(update={"preset": None, "date_format": "%d/%m/%Y", "columns": FEW})
    table = kleuterlink.run(config.model_copy(update={"registers": {**config.registers, "applicants": applicants}}))
    merged = truth_of(table, registers)
    assert ((merged["outcome"] == Outcome.NOT_FOUND) == ~(merged["nl"] | merged["fr"])).mean() > 0.95
    assert not [warning for warning in table.quality["warnings"] if "applicants" in warning]


FEW = {"id": "aanvraagnummer", "first_names": "voornaam", "surname": "achternaam", "birth_date": "geboortedatum"}


def test_fields_that_the_births_lack_are_told(config):
    births = config.registers["births"]
    nameless = {field: column for field, column in births.columns.items() if field != "sex"}
    numberless = births.model_copy(update={"columns": {field: column for field, column in nameless.items() if field != "national_number"}})
    result = kleuterlink.run(config.model_copy(update={"registers": {**config.registers, "births": numberless}}))
    told = [warning for warning in result.quality["warnings"] if "applicants are compared on fields that the births lack" in warning]
    assert [warning.split(":")[0] for warning in told] == ["pupils_nl", "pupils_fr"]


def test_a_model_without_some_comparisons_is_what_the_others_say_of_them(result):
    model = result.model["lists"]["pupils_nl"]
    names = [entry["name"] for entry in model["comparisons"]]
    whole = score.restricted(model, names)
    assert whole == model
    part = score.restricted(model, ["surname", "birth_date"])
    assert part is not None
    assert [entry["name"] for entry in part["comparisons"]] == ["surname", "birth_date"]
    sizes = [len(entry["levels"]) + 1 for entry in part["comparisons"]]
    for kind in ("matches", "null"):
        rates = np.array(part[kind]["rates"])
        assert len(rates) == sum(sizes)
        # The levels of a comparison are all there are: they add up to one within a class.
        np.testing.assert_allclose([block.sum(axis=0) for block in np.split(rates, [sizes[0]])], 1)
    # The number's rates depend on the date; without dates they are those over all pairs.
    alone = score.restricted(model, ["national_number"])
    assert alone is not None
    rates = np.array(alone["matches"]["rates"])
    np.testing.assert_allclose(rates.sum(axis=0), 1)
    given = [level["m"] for level in model["comparisons"][names.index("national_number")]["levels"]]
    overall = (rates @ np.array(alone["matches"]["share"]))[1:]
    np.testing.assert_allclose(overall / overall.sum(), given, rtol=1e-6)
    assert score.restricted(model, ["surname", "shoe size"]) is None
