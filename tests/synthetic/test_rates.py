"""Rates: every one says what it is, and scaling touches errors alone."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink.synthetic import ERROR_MODELS, RATES, Rates
from kleuterlink.synthetic.rates import LARGEST, ORIGINS

KINDS = {part.name: part.metadata["kind"] for part in fields(Rates)}


@pytest.mark.parametrize("part", fields(Rates), ids=lambda part: part.name)
def test_every_rate_states_its_kind_meaning_and_source(part):
    assert part.metadata["kind"] in {"share", "habit", "error", "factor", "switch"}
    assert len(part.metadata["meaning"]) > 15 or part.metadata["meaning"].islower()
    assert part.metadata["source"]


@given(st.floats(0, 100))
def test_scaling_multiplies_errors_up_to_the_largest_and_leaves_the_rest(factor):
    scaled = RATES.errors_scaled(factor)
    for name, kind in KINDS.items():
        before = getattr(RATES, name)
        assert getattr(scaled, name) == (min(before * factor, LARGEST) if kind == "error" else before)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_what_can_be_no_rate_is_refused(value):
    with pytest.raises(ValueError, match="sex_wrong"):
        Rates(sex_wrong=value)


def test_factors_may_exceed_one():
    assert Rates(trouble=20.0).trouble == 20.0


def test_the_error_models_differ_from_one_another():
    assert ERROR_MODELS["standard"] == RATES
    assert len(ERROR_MODELS) == len(set(ERROR_MODELS.values())) == 7
    assert not ERROR_MODELS["independent"].correlated
    assert ERROR_MODELS["names"].number_missing_nl < RATES.number_missing_nl
    assert ERROR_MODELS["names"].names_swapped > RATES.names_swapped
    # Only the model of movers changes the population.
    for name, rates in ERROR_MODELS.items():
        assert (rates.moved == RATES.moved) == (name != "movers")


def test_shares_of_origins_add_up():
    for region in ("flanders", "brussels"):
        assert sum(getattr(origin, region) for origin in ORIGINS) == pytest.approx(1.0)
