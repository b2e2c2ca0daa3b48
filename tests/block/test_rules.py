"""Which rules registers get."""

import pytest
import strategies

from kleuterlink.block import DEFAULT_RULES, default_rules, rules_of, sharpened

CHILD = {"first_names": "Anna", "surname": "Peeters", "birth_date": 20190310, "postcode": "9000", "house_number": "12"}


@pytest.fixture
def large(monkeypatch):
    monkeypatch.setattr("kleuterlink.block.rules.MANY_RECORDS", 1)


def names(rules):
    return [rule.name for rule in rules]


def test_small_registers_have_the_rules_as_they_stand():
    left, right = strategies.encoded([CHILD, CHILD], [CHILD])
    assert names(default_rules(left, right)) == names(rules_of(DEFAULT_RULES, left, right))
    assert "surname+postcode+house_number" in names(default_rules(left, right))


@pytest.mark.usefixtures("large")
def test_in_large_ones_a_rule_without_a_date_asks_for_the_year_of_birth():
    left, right = strategies.encoded([CHILD, CHILD], [CHILD])
    made = names(default_rules(left, right))
    assert "surname+postcode+house_number+birth_year" in made
    assert "birth_date+name" in made
    assert all("birth" in name or name == "national_number" for name in made)


@pytest.mark.usefixtures("large")
def test_where_nobody_has_a_birth_date_the_rules_stay():
    dateless = {field: value for field, value in CHILD.items() if field != "birth_date"}
    left, right = strategies.encoded([dateless, dateless], [dateless])
    assert sharpened(DEFAULT_RULES, left, right) == list(DEFAULT_RULES)
