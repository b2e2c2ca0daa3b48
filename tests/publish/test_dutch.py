"""Dutch as the receivers read it."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from kleuterlink.config import Community, Purpose, Role, parse_config
from kleuterlink.publish.receivers.dutch import COMMUNITIES, PURPOSES, date_in_words, enumeration, number, percentage, sources


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [(1234567, 0, "1.234.567"), (1234.56, 1, "1.234,6"), (np.int64(7), 0, "7"), (np.float64(0.5), 2, "0,50"), (None, 0, "\u2013"), (float("nan"), 1, "\u2013")],
)
def test_a_number_has_points_and_a_comma(value, places, text):
    assert number(value, places) == text


@pytest.mark.parametrize(
    ("part", "text"),
    [(0.123, "12,3%"), (1, "100,0%"), (0, "0,0%"), (0.9999, "> 99,9%"), (0.0001, "< 0,1%"), (np.float64(0.5), "50,0%"), (None, "\u2013")],
)
def test_only_a_whole_is_called_a_hundred_percent(part, text):
    assert percentage(part) == text


def test_a_date_and_a_list_are_phrases():
    assert date_in_words(dt.date(2024, 3, 1)) == "1 maart 2024"
    assert [enumeration(names) for names in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a en b", "a, b en c"]


def test_a_source_is_named_with_what_it_holds_and_its_day():
    registers = {
        "births": {"role": "births"},
        "siel": {"role": "enrolments", "community": "fr", "reference_date": "2023-10-01"},
        "thuis": {"role": "home_education"},
        "weg": {"role": "departures"},
    }
    config = parse_config({"registers": registers, "run": {"as_of": "2024-02-01", "school_year": "2023-2024"}})
    assert sources(config) == [
        "siel (Franse Gemeenschap, toestand op 1 oktober 2023)",
        "thuis (huisonderwijs, toestand op 1 februari 2024)",
        "weg (vertrek en overlijden, toestand op 1 februari 2024)",
    ]
    assert sources(config, {Role.ENROLMENTS}) == ["siel (Franse Gemeenschap, toestand op 1 oktober 2023)"]


def test_every_code_has_its_words():
    assert set(PURPOSES) == set(Purpose)
    assert set(COMMUNITIES) == set(Community)
