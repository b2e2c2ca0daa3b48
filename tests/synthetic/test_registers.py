"""Synthetic registers: they say what their rates say, and nothing else."""

from __future__ import annotations

import doctest
import resource
import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kleuterlink.synthetic import ERROR_MODELS, RATES, Registers, make_registers
from kleuterlink.synthetic import registers as module

TABLES = ("births", "enrolments", "fr", "absences", "matches", "children")
LATEST_START = pd.Timestamp("2024-02-01")


def near(share: float, expected: float, size: float, *, sigmas: float = 4.0, clustered: float = 1.0) -> bool:
    """Tell whether a share lies within chance of its expectation; `clustered` is how much more its variance is than a binomial's."""
    return abs(share - expected) <= sigmas * np.sqrt(clustered * expected * (1 - expected) / size)


def matched(registers: Registers, *, french: bool = False) -> pd.DataFrame:
    """Join the matches of a list with their births and their truth; the list's columns under their Dutch names."""
    dutch = registers.enrolments.rename(columns={"geslacht": "l_geslacht", "voornaam": "l_voornaam", "achternaam": "l_achternaam"})
    renamed = dict(zip(("id_siel", "niss", "sexe", "date_naissance"), ("stamnummer", "rijksregisternummer", "l_geslacht", "geboortedatum"), strict=True))
    records = registers.fr.rename(columns=renamed) if french else dutch
    pairs = registers.matches[registers.matches["register"] == ("pupils_fr" if french else "pupils_nl")]
    joined = pairs.merge(records, left_on="record_id", right_on="stamnummer", validate="one_to_one")
    return joined.merge(registers.births, left_on="child_id", right_on="kg_id", suffixes=("_list", "")).merge(registers.children, on="child_id")


def dates_differ(pairs: pd.DataFrame) -> pd.Series:
    return pd.to_datetime(pairs["geboortedatum_list"], format="%d/%m/%Y") != pd.to_datetime(pairs["geboortedatum"])


def names_differ(pairs: pd.DataFrame) -> pd.Series:
    letters = [pairs[column].str.normalize("NFKD").str.upper().str.replace(r"[^A-Z]+", "", regex=True) for column in ("l_achternaam", "achternaam")]
    return letters[0] != letters[1]


def test_equal_seeds_give_equal_registers_and_others_do_not():
    first, again, other = (make_registers(400, seed=seed, absences=True) for seed in (5, 5, 6))
    for table in TABLES:
        pd.testing.assert_frame_equal(getattr(first, table), getattr(again, table))
        assert not getattr(first, table).equals(getattr(other, table))


@settings(max_examples=25)
@given(st.integers(1, 60), st.integers(0, 10_000))
def test_registers_of_any_size_hold_together(children, seed):
    registers = make_registers(children, seed=seed, absences=True)
    assert len(registers.births) == len(registers.children) == children
    check_truth(registers)


def test_fewer_than_one_child_are_refused():
    with pytest.raises(ValueError, match="at least 1"):
        make_registers(0)


def check_truth(registers: Registers) -> None:
    """The truth speaks of rows that are there, each once, and agrees with itself."""
    births, matches = registers.births, registers.matches
    lists = {"pupils_nl": registers.enrolments["stamnummer"], "pupils_fr": registers.fr["id_siel"]}
    assert births["kg_id"].is_unique
    assert births["kg_id"].tolist() == registers.children["child_id"].tolist()
    assert not matches.duplicated(["register", "record_id"]).any()
    for register, ids in lists.items():
        assert ids.is_unique
        assert set(matches.loc[matches["register"] == register, "record_id"]) <= set(ids)
    assert set(matches["register"]) <= set(lists)
    assert set(births["kg_id"]) - set(matches["child_id"]) == registers.not_found
    assert set(matches["child_id"]) <= set(births["kg_id"])
    assert set(registers.absences["stamnummer"]) <= set(registers.enrolments["stamnummer"])


@pytest.mark.parametrize("name", sorted(ERROR_MODELS))
def test_every_error_model_makes_registers(name):
    registers = make_registers(300, rates=ERROR_MODELS[name])
    check_truth(registers)
    assert registers.absences.empty
    assert list(registers.absences.columns) == list(module.ABSENCE_COLUMNS)


def test_the_standard_registers_are_in_order(registers):
    check_truth(registers)
    for table in (registers.births, registers.enrolments, registers.fr, registers.absences):
        assert all(isinstance(value, str) for column in table for value in table[column].head(200))
        assert table.notna().all(axis=None)


def test_shares_of_the_population_are_those_of_the_rates(registers):
    children = registers.children
    size = len(children)
    # Twins come in pairs, and families live in one region: their variance is up to twice that of single children.
    assert near(children["twin"].mean(), RATES.twins, size, clustered=2)
    assert near(children["brussels"].mean(), RATES.brussels, size, clustered=2)
    settled = children[~children["brussels"] & ~children["newcomer"]]
    assert near(settled["not_found"].mean(), RATES.not_found, len(settled))
    others = children[~children["newcomer"]]
    assert near(others["troubled"].mean(), RATES.troubled_others, len(others))
    newcomers = children[children["newcomer"]]
    assert near(newcomers["troubled"].mean(), RATES.troubled_newcomers, len(newcomers))
    assert near((registers.births["geslacht"] == "M").mean(), 0.5 * (1 - 0.2 * RATES.sex_missing), size, clustered=1.1)
    assert near(1 - (registers.matches["register"] == "pupils_nl").sum() / len(registers.enrolments), RATES.outsiders, len(registers.enrolments), clustered=2)


def test_not_found_is_about_one_percent_and_commoner_where_it_is_known_to_be(registers):
    children = registers.children
    assert 0.009 <= children["not_found"].mean() <= 0.016
    assert children.groupby("brussels")["not_found"].mean().is_monotonic_increasing
    assert children.groupby("newcomer")["not_found"].mean().is_monotonic_increasing


def test_schools_of_brussels_are_mostly_french_and_those_of_flanders_are_not(registers):
    share = registers.children.groupby("brussels")["language"].apply(lambda languages: (languages == "fr").mean())
    assert share[False] < 0.02
    assert 0.65 <= share[True] <= 0.76  # 74% of those who still live there


def test_some_children_have_two_enrolments_or_are_in_both_lists(registers):
    records = registers.matches.groupby("child_id")["register"].agg(["size", "nunique"])
    dutch = registers.matches[registers.matches["register"] == "pupils_nl"]
    twice = dutch["child_id"].duplicated().sum() / dutch["child_id"].nunique()
    assert near(twice, RATES.two_schools, dutch["child_id"].nunique())
    assert 0 < (records["nunique"] == 2).mean() < 0.004
    pairs = matched(registers)
    assert pairs[pairs.duplicated("child_id", keep=False)].groupby("child_id")["instellingsnummer"].nunique().eq(2).all()


def test_families_move_as_often_as_the_rates_say():
    rates = replace(RATES, moved=0.4, moved_within=0.0, postcode_mistyped=0.0)
    pairs = matched(make_registers(8_000, rates=rates)).drop_duplicates("child_id")
    moved = (pairs["postcode_list"] != pairs["postcode"]).mean()
    assert 0.36 <= moved <= 0.42  # of those who leave a place, some come to live in another part of it


def test_numbers_are_missing_as_often_as_the_rates_say(registers):
    children = registers.children
    factor = np.where(children["troubled"], RATES.trouble, 1.0)
    assert near((registers.births["insz"] == "").mean(), (RATES.number_missing_births * factor).mean(), len(children))
    ordinary = matched(registers).query("~troubled and ~brussels")
    assert near((ordinary["rijksregisternummer"] == "").mean(), RATES.number_missing_nl, len(ordinary), clustered=1.5)
    french = matched(registers, french=True).query("~troubled")
    assert near((french["rijksregisternummer"] == "").mean(), RATES.number_missing_fr, len(french))


def test_name_disagreement_of_ordinary_children_is_middling_and_that_of_newcomers_high(registers):
    pairs = matched(registers)
    differ = names_differ(pairs)
    ordinary = ~pairs["troubled"] & ~pairs["newcomer"]
    assert 0.04 <= differ[ordinary].mean() <= 0.08
    assert differ[pairs["newcomer"]].mean() > 3 * differ[ordinary].mean()
    assert differ.mean() < 0.18  # the published upper bound for surnames


def test_first_of_january_heaps_among_newcomers(registers):
    pairs = matched(registers)
    heaped = pairs["geboortedatum_list"].str.startswith("01/01/")
    assert heaped[pairs["newcomer"]].mean() > 5 * heaped[~pairs["newcomer"]].mean()


def test_errors_gather_in_some_children_unless_they_are_independent():
    often = RATES.errors_scaled(4)
    together, dealt_out = (make_registers(20_000, seed=11, rates=replace(often, correlated=correlated)) for correlated in (True, False))
    # Of two registers, two fields, two clerks: what gathers them is the child.
    correlation = [np.corrcoef(pairs["insz"] == "", dates_differ(pairs))[0, 1] for pairs in map(matched, (together, dealt_out))]
    noise = 4 / np.sqrt(len(together.enrolments))
    assert correlation[0] > noise
    assert abs(correlation[1]) < noise
    # ... and the errors are as many.
    for table, column in (("births", "insz"), ("births", "moeder"), ("enrolments", "geslacht"), ("fr", "niss")):
        shares = [(getattr(registers, table)[column] == "").mean() for registers in (together, dealt_out)]
        assert near(shares[1], shares[0], len(getattr(together, table)) / 2)


def test_errors_scaled_doubles_the_errors_that_are_observed():
    shares = []
    for factor in (3, 6):  # often enough to be counted; a name that has two errors already gains little from a third
        ordinary = matched(make_registers(25_000, seed=4, rates=RATES.errors_scaled(factor))).query("~troubled")
        errors = (ordinary["insz"] == "", dates_differ(ordinary), ordinary["l_geslacht"] == "", names_differ(ordinary))
        shares.append([error.mean() for error in errors])
    assert (np.array(shares[1]) / np.array(shares[0])).tolist() == pytest.approx([2, 2, 2, 1.9], rel=0.2)


def test_ids_and_row_order_tell_nothing(registers):
    children = registers.children
    order = np.arange(len(children))
    by_id = children["child_id"].rank()
    noise = 4 / np.sqrt(len(children))
    for truth in ("not_found", "newcomer", "twin", "brussels"):
        assert abs(np.corrcoef(order, children[truth])[0, 1]) < noise
        assert abs(np.corrcoef(by_id, children[truth])[0, 1]) < noise
    pairs = matched(registers)
    assert abs(np.corrcoef(pairs["record_id"].rank(), pairs["child_id"].rank())[0, 1]) < 4 / np.sqrt(len(pairs))
    position = pd.Series(order, index=children["child_id"])
    assert abs(np.corrcoef(np.arange(len(pairs)), position[pairs["child_id"]])[0, 1]) < 4 / np.sqrt(len(pairs))
    for table, surname in ((registers.births, "achternaam"), (registers.enrolments, "achternaam"), (registers.fr, "nom")):
        assert (table[surname] == table[surname].shift()).mean() < 0.01  # brothers and sisters do not stand together
    outsider = ~registers.enrolments["stamnummer"].isin(registers.matches["record_id"])
    assert abs(np.corrcoef(np.arange(len(outsider)), outsider)[0, 1]) < 4 / np.sqrt(len(outsider))


def test_children_of_the_cohorts_are_of_nursery_age(registers):
    born = pd.to_datetime(registers.births["geboortedatum"])
    assert born.min() >= pd.Timestamp("2016-01-01")
    assert (born > pd.Timestamp("2021-07-15")).mean() < 0.001  # written down wrongly
    start = pd.to_datetime(registers.enrolments["begindatum"], format="%d/%m/%Y")
    assert start.max() <= LATEST_START


def test_absences_are_on_school_days_while_the_pupil_is_enrolled(registers):
    rows = registers.absences.merge(registers.enrolments[["stamnummer", "begindatum", "instellingsnummer"]], on=["stamnummer", "instellingsnummer"])
    assert len(rows) == len(registers.absences)
    day, start = (pd.to_datetime(rows[column], format="%d/%m/%Y") for column in ("datum", "begindatum"))
    assert (day >= start).all()
    assert (day < LATEST_START).all()
    assert day.dt.dayofweek.max() == 4
    assert not day.between("2023-10-30", "2023-11-03").any()
    assert not day.between("2023-12-25", "2024-01-05").any()
    assert not rows.duplicated(["stamnummer", "datum"]).any()
    assert set(rows["code"]) == {"A", "B", "P"}
    assert 1 < len(rows) / len(registers.enrolments) < 6


def test_the_example_in_the_docstring_holds():
    assert doctest.testmod(module).failed == 0


@pytest.mark.slow
def test_three_hundred_thousand_children_take_less_than_a_minute():
    start = time.process_time()
    registers = make_registers(300_000)
    assert time.process_time() - start < 60
    assert len(registers.births) == 300_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 3_000_000
