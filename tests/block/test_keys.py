"""What each key survives, and what it does not join."""

import pytest
import strategies

from kleuterlink.block import DEFAULT_RULES, KEYS, LOOSE_RULES, candidate_pairs, default_rules, rules_of
from kleuterlink.block.rules import REFINEMENTS
from kleuterlink.errors import ConfigError

CHILD = {
    "national_number": strategies.number(2019, 3, 14, 101),
    "first_names": "Jean-Pierre Karel",
    "surname": "van den Berg-Peeters",
    "sex": "M",
    "birth_date": 20190314,
    "parent": "Sofie De Clercq",
    "street": "Kerkstraat",
    "house_number": "12",
    "postcode": "1080",
    "municipality": "Sint-Jans-Molenbeek",
}
STRANGER = {
    "national_number": strategies.number(2018, 11, 2, 7),
    "first_names": "Fatima",
    "surname": "El Amrani",
    "sex": "V",
    "birth_date": 20181102,
    "parent": "Khadija Benali",
    "street": "Nieuwstraat",
    "house_number": "7",
    "postcode": "9000",
    "municipality": "Gent",
}
OTHER_NUMBER = {"national_number": strategies.number(2020, 1, 2, 9)}


def joined(rule, change, base=CHILD):
    """Tell whether a rule pairs a record with its changed twin."""
    left, right = strategies.encoded([base], [{**base, **change}])
    pairs, _ = candidate_pairs(left, right, rules_of([rule], left, right))
    return len(pairs) == 1


SURVIVES = [
    ("birth_date", {"birth_date": 20190514}, True),  # the number still states it
    ("birth_date", {"birth_date": 20190514, **OTHER_NUMBER}, False),
    ("birth_date", {"birth_date": 20190300}, True),
    ("birth_date", {"birth_date": 20190300, "national_number": None}, False),
    ("birth_year_month", {"birth_date": 20190315, **OTHER_NUMBER}, True),
    ("birth_year_month", {"birth_date": 20190300, **OTHER_NUMBER}, True),
    ("birth_year_month", {"birth_date": 20190414, **OTHER_NUMBER}, False),
    ("birth_year_month", {"birth_date": 20190000, **OTHER_NUMBER}, False),
    ("birth_year_day", {"birth_date": 20190514, **OTHER_NUMBER}, True),
    ("birth_year_day", {"birth_date": 20190513, **OTHER_NUMBER}, False),
    ("birth_month_day", {"birth_date": 20180314, **OTHER_NUMBER}, True),
    ("birth_month_day", {"birth_date": 20190315, **OTHER_NUMBER}, False),
    ("birth_year", {"birth_date": 20190000, **OTHER_NUMBER}, True),
    ("birth_year", {"birth_date": 20180314, **OTHER_NUMBER}, False),
    ("national_number", {"national_number": "19.03.14-" + strategies.number(2019, 3, 14, 101)[6:]}, True),
    ("national_number", OTHER_NUMBER, False),
    ("first_name", {"first_names": "Karel"}, True),
    ("first_name", {"first_names": "Zjan"}, False),
    ("first_name", {"first_names": "JEANPIERRE"}, False),
    ("surname", {"surname": "Berg"}, True),
    ("surname", {"surname": "Vandenberg"}, True),
    ("surname", {"surname": "Peeters van den Berg"}, True),
    ("surname", {"surname": "Peters"}, True),
    ("surname", {"surname": "Karel", "first_names": "Berg"}, False),
    ("name", {"surname": "Karel", "first_names": "Berg"}, True),
    ("name", {"surname": "Karel", "first_names": None}, True),
    ("name", {"surname": "Amrani", "first_names": "Fatima"}, False),
    ("parent", {"parent": "Clercq"}, True),
    ("parent", {"parent": "Declerck An"}, True),
    ("parent", {"parent": "An Peeters"}, False),
    ("parent_name", {"parent": "Declercq Sophie"}, True),
    ("parent_name", {"parent": "Sofie"}, False),
    ("initial", {"first_names": "J."}, True),
    ("initial", {"first_names": "Karel Jean"}, False),
    ("house_number", {"house_number": "0012 bus 3"}, True),
    ("house_number", {"house_number": "13"}, False),
    ("street", {"street": "Rue de l'Eglise"}, True),
    ("street", {"street": "Nieuwstraat"}, False),
    ("postcode", {"postcode": "B-1080"}, True),
    ("postcode", {"postcode": "1081"}, False),
    ("municipality", {"municipality": "Molenbeek-Saint-Jean"}, True),
    ("municipality", {"municipality": "Gent", "postcode": "9000"}, False),
    ("sex", {"sex": "garçon"}, True),
    ("sex", {"sex": "V"}, False),
]


@pytest.mark.parametrize(("key", "change", "survives"), SURVIVES)
def test_what_a_key_survives(key, change, survives):
    assert joined((key,), change) is survives


def test_every_key_is_tried_both_ways():
    assert {(key, survives) for key, _, survives in SURVIVES} == {(key, survives) for key in KEYS for survives in (True, False)}
    assert len({key.about for key in KEYS.values()}) == len(KEYS)


def test_day_and_month_may_be_exchanged():
    base = {**CHILD, "birth_date": 20190304, "national_number": None}
    assert joined(("birth_date",), {"birth_date": 20190403}, base)
    assert not joined(("birth_date",), {"birth_date": 20190404}, base)


@pytest.mark.parametrize("key", KEYS)
def test_what_is_missing_on_both_sides_joins_nothing(key):
    assert joined((key,), {})
    assert not joined((key,), {}, dict.fromkeys(CHILD) | {"birth_date": 0})


DAMAGES = {
    "a typing error in the number": {"national_number": strategies.mistyped(CHILD["national_number"], 8, "3")},
    "another date": {"birth_date": 20180704, "national_number": None},
    "names exchanged": {"first_names": CHILD["surname"], "surname": CHILD["first_names"], "national_number": None},
    "half of the surname, one first name": {"first_names": "Jean", "surname": "Peeters", "national_number": None},
    "moved": {"street": "Laan", "house_number": "3", "postcode": "9000", "municipality": "Gent", "national_number": None},
    "a new surname": {"surname": "Janssens", "national_number": None},
    "a call name": {"first_names": "Piet", "national_number": None},
    "everything but the number": {name: value for name, value in STRANGER.items() if name != "national_number"},
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_default_rules_find_a_child_in_spite_of(damage):
    left, right = strategies.encoded([CHILD], [{**CHILD, **DAMAGES[damage]}, STRANGER])
    pairs, _ = candidate_pairs(left, right, default_rules(left, right))
    assert (0, 0) in zip(pairs.left, pairs.right, strict=True)
    if damage != "everything but the number":
        assert len(pairs) == 1


MOVED = {name: STRANGER[name] for name in ("street", "house_number", "postcode", "municipality")}
RENAMED = {"first_names": "Fatima", "surname": "El Amrani"}
OTHERWISE = {"national_number": None, "parent": None}
ALONE = {
    "national_number": DAMAGES["everything but the number"],
    "birth_date+name": {**OTHERWISE, **MOVED, "first_names": CHILD["surname"], "surname": CHILD["first_names"]},
    "birth_date+postcode+house_number": {**OTHERWISE, **RENAMED},
    "first_name+surname+birth_year": {**OTHERWISE, **MOVED, "birth_date": 20190704},
    "surname+postcode+house_number": {**OTHERWISE, "first_names": "Fatima", "birth_date": 20180704},
    "first_name+postcode+house_number": {**OTHERWISE, "surname": "El Amrani", "birth_date": 20180704},
    "first_name+surname+postcode": {**OTHERWISE, "house_number": "7", "birth_date": 20180704},
    "parent_name+birth_year": {**MOVED, **RENAMED, "national_number": None, "birth_date": 20190704},
    "parent+first_name+birth_year_month": {**MOVED, "national_number": None, "surname": "El Amrani", "parent": "Clercq", "birth_date": 20190300},
}


@pytest.mark.parametrize("rule", ALONE)
def test_every_default_rule_finds_what_no_other_one_does(rule):
    left, right = strategies.encoded([CHILD], [{**CHILD, **ALONE[rule]}])
    rules = default_rules(left, right)
    pairs, _ = candidate_pairs(left, right, rules)
    assert [[found.name for at, found in enumerate(rules) if bits >> at & 1] for bits in pairs.rules.tolist()] == [[rule]]


def test_every_default_rule_is_needed():
    assert list(ALONE) == ["+".join(keys) for keys in DEFAULT_RULES]


def test_every_loose_rule_is_a_rule_of_the_whole_set_of_fields():
    left, right = strategies.encoded([CHILD], [CHILD])
    for names in (DEFAULT_RULES, LOOSE_RULES):
        assert [rule.name for rule in rules_of(names, left, right)] == ["+".join(keys) for keys in names]
    assert set(REFINEMENTS) <= set(KEYS)


# which rules there are


def test_rules_that_the_registers_cannot_make_are_left_out():
    left, right = strategies.encoded([CHILD], [{name: CHILD[name] for name in ("first_names", "surname", "postcode")}])
    assert [rule.name for rule in rules_of(DEFAULT_RULES, left, right)] == ["first_name+surname+postcode"]
    assert [rule.name for rule in default_rules(left, right)] == [
        "first_name+surname+postcode",
        "first_name+surname",
        "surname+postcode",
        "first_name+postcode",
    ]


def test_a_number_alone_makes_the_keys_of_the_birth_date():
    left, right = strategies.encoded([{"national_number": CHILD["national_number"]}], [{"birth_date": 20190314}])
    pairs, _ = candidate_pairs(left, right, rules_of([("birth_date",)], left, right))
    assert len(pairs) == 1


@pytest.mark.parametrize("unknown", ["birthdate", "seen"])
def test_an_unknown_key_is_told_with_those_that_are_known(unknown):
    left, right = strategies.encoded([CHILD], [CHILD])
    with pytest.raises(ConfigError, match=f"unknown key {unknown}; known keys: birth_date, .*surname"):
        rules_of([("surname", unknown)], left, right)


def test_registers_without_a_common_field_cannot_be_linked():
    left, right = strategies.encoded([{"first_names": "An"}], [{"surname": "Peeters"}])
    with pytest.raises(ConfigError, match="share no field"):
        default_rules(left, right)


@pytest.mark.parametrize(
    ("column", "one", "same", "other"),
    [
        ("code", "A-1234", "a1234", "A1235"),
        ("given", "Anna Maria", "Mariah", "Bob"),
        ("note", "room 3", "left room", "roof 4"),
        ("seen", "2020-03-04", "20200304", "2020-04-03"),
        ("group", "x", "X", "y"),
    ],
)
def test_further_columns_are_keys(column, one, same, other):
    left, right = strategies.encoded([{column: one}, {column: None}], [{column: other}, {column: same}, {column: None}])
    pairs, _ = candidate_pairs(left, right, rules_of([(column,)], left, right, strategies.EXTRAS))
    assert list(zip(pairs.left, pairs.right, strict=True)) == [(0, 1)]


def test_an_identifier_among_the_further_columns_is_a_rule_by_default():
    left, right = strategies.encoded([{**CHILD, "code": "A1"}], [{**CHILD, "code": "A1"}])
    assert [rule.name for rule in default_rules(left, right, strategies.EXTRAS)] == [*("+".join(keys) for keys in DEFAULT_RULES), "code"]
