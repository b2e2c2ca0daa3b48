"""`[participation]`: what may be overridden, and what a mistake in it is told."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from kleuterlink.config import LINKED_ROLES, Purpose, Role, RunConfig, parse_config
from kleuterlink.errors import ConfigError

REGISTERS = {"births": {"role": "births"}, "nl": {"role": "enrolments"}}


def config_of(**participation: Any) -> RunConfig:
    return parse_config({"registers": REGISTERS, "participation": participation})


def test_defaults() -> None:
    rules = config_of().participation
    assert (rules.purpose, rules.presence_implied_from, rules.counted_until) == (Purpose.ALLOWANCE, dt.date(2019, 9, 1), None)
    assert [(period.first, period.last) for period in rules.counted_present] == [(dt.date(2020, 3, 16), dt.date(2020, 6, 30))]
    assert (rules.entry_dates, rules.thresholds, rules.possible_half_days, rules.codes) == ({}, (), {}, {})


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ({"entry_dates": {"2023-2024": ["2023-09-01"]}}, "participation.entry_dates.2023-2024"),
        ({"entry_dates": {"2023": ["2023-09-01"] * 7}}, "participation.entry_dates"),
        ({"counted_present": [{"first": "2020-06-30", "last": "2020-03-16"}]}, "last lies before first"),
        ({"codes": {"A": "away"}}, "'present', 'accepted' or 'absent'"),
        ({"possible_half_days": {"2023-2024": 0}}, "participation.possible_half_days.2023-2024"),
        ({"thresholds": [{"school_year": "2023-2024", "age": 9, "purpose": "allowance", "half_days": 1}]}, "participation.thresholds.0.age"),
        ({"purpose": "fun"}, "'allowance', 'admission' or 'compulsory'"),
    ],
)
def test_a_mistake_is_told(part: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config_of(**part)
    assert told in str(caught.value)


def test_lists_are_the_registers_in_which_a_child_is_looked_up() -> None:
    registers = {**REGISTERS, "away": {"role": "departures"}, "rows": {"role": "absences"}, "home": {"role": "home_education"}, "lop": {"role": "applications"}}
    config = parse_config({"registers": registers})
    assert list(config.lists) == ["nl", "away", "home"]
    assert {register.role for register in config.lists.values()} == set(LINKED_ROLES)
    assert Role.APPLICATIONS not in LINKED_ROLES
