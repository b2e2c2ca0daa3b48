"""The list on registers of another make: what our own generator does not show."""

from __future__ import annotations

import other_generator
import pytest

import kleuterlink
from kleuterlink.evaluate import list_quality


@pytest.mark.parametrize("mistaken", [0.0, 0.01, 0.03])
def test_numbers_of_other_children_raise_no_false_alarms(mistaken):
    births, pupils, truly = other_generator.make(6_000, 2, mistaken=mistaken)
    quality = list_quality(kleuterlink.link(births, pupils).not_found, truly)
    assert quality["ppv"] >= 0.95
    assert quality["sensitivity"] >= 0.98


def test_twice_the_errors_are_borne():
    births, pupils, truly = other_generator.make(6_000, 4, errors=2.0)
    quality = list_quality(kleuterlink.link(births, pupils).not_found, truly)
    assert quality["ppv"] >= 0.9
    assert quality["sensitivity"] >= 0.98


def test_without_numbers_the_list_is_as_good():
    births, pupils, truly = other_generator.make(6_000, 3)
    result = kleuterlink.link(births.drop(columns="national_number"), pupils.drop(columns="national_number"))
    quality = list_quality(result.not_found, truly)
    assert quality["ppv"] >= 0.95
    assert quality["sensitivity"] >= 0.98
