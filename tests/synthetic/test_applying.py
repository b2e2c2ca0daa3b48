"""Applicants: of Brussels, placed as the published figures say, and without a trace in the other registers."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from kleuterlink import synthetic
from kleuterlink.synthetic import RATES, Registers, make_registers
from kleuterlink.synthetic.applying import APPLICATION_COLUMNS


@pytest.fixture(scope="module")
def registers() -> Registers:
    return make_registers(30_000, seed=4, applications=True)


def test_the_other_registers_are_the_same_without_applicants(registers: Registers) -> None:
    without = make_registers(30_000, seed=4)
    for table in ("births", "enrolments", "fr", "matches", "children"):
        pd.testing.assert_frame_equal(getattr(without, table), getattr(registers, table))
    assert list(without.applications) == list(APPLICATION_COLUMNS)
    assert without.applications.empty
    assert without.applicants.empty


def test_every_applicant_has_a_truth_that_agrees_with_the_lists(registers: Registers) -> None:
    applications, truth = registers.applications, registers.applicants
    assert list(applications) == list(APPLICATION_COLUMNS)
    assert applications["aanvraagnummer"].is_unique
    assert truth["record_id"].tolist() == applications["aanvraagnummer"].tolist()
    known = truth[truth["child_id"] != ""]
    assert known["child_id"].is_unique
    for register, column in (("pupils_nl", "nl"), ("pupils_fr", "fr")):
        listed = set(registers.matches.loc[registers.matches["register"] == register, "child_id"])
        assert known["child_id"].isin(listed).tolist() == known[column].tolist()
    assert (truth["nl"] | truth["fr"])[truth["child_id"] == ""].all()


def test_applicants_are_placed_as_published(registers: Registers) -> None:
    truth = registers.applicants
    assert len(truth) > 200
    assert truth["nl"].mean() == pytest.approx(1_428 / 2_228, abs=0.01)
    assert (~truth["nl"] & ~truth["fr"]).mean() == pytest.approx(142 / 2_228, abs=0.01)
    # An applicant's postcode may be mistyped, and hardly ever is.
    assert registers.applications["postcode"].between("1000", "1210").mean() > 0.98


def test_the_youngest_apply_most(registers: Registers) -> None:
    young = pd.to_datetime(registers.applications["geboortedatum"], format="%d/%m/%Y") > pd.Timestamp("2020-05-16")
    every = pd.to_datetime(registers.births["geboortedatum"]) > pd.Timestamp("2020-05-16")
    assert young.mean() > 1.8 * every.mean()


def test_few_children_make_few_applicants(tmp_path: object) -> None:
    tiny = make_registers(20, seed=1, applications=True, rates=replace(RATES, brussels=0.0))
    assert set(tiny.applications) == set(APPLICATION_COLUMNS)
    with pytest.raises(ValueError, match=r"no applications; make them with make_registers\(\.\.\., applications=True\)"):
        synthetic.write_sample(tmp_path, make_registers(20, seed=1), applications=True)  # type: ignore[arg-type]
