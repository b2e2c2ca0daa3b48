"""Blocking rules as data: the default for Belgian children, and what to do with oversized blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kleuterlink.block.keys import KEYS, Key, extra_key
from kleuterlink.errors import ConfigError
from kleuterlink.tables import Encoded


@dataclass(frozen=True)
class Rule:
    """An equality join on derived keys: its name in the outputs, and the keys with their names."""

    name: str
    key_names: tuple[str, ...]
    keys: tuple[Key, ...]


DEFAULT_RULES: tuple[tuple[str, ...], ...] = (
    ("national_number",),
    ("birth_date", "name"),
    ("birth_date", "postcode", "house_number"),
    ("first_name", "surname", "birth_year"),
    ("surname", "postcode", "house_number"),
    ("first_name", "postcode", "house_number"),
    ("first_name", "surname", "postcode"),
    ("parent_name", "birth_year"),
    ("parent", "first_name", "birth_year_month"),
)
"""Keys that must agree, one rule a line. Each survives what breaks the others: a missing number, a wrong date, a respelt
or exchanged name, a moved family."""

LOOSE_RULES: tuple[tuple[str, ...], ...] = (
    ("national_number",),
    ("birth_date",),
    ("first_name", "birth_year"),
    ("surname", "birth_year"),
    ("name", "postcode"),
    ("name", "sex", "initial"),
    ("parent",),
    ("postcode", "house_number"),
    ("birth_month_day", "sex"),
    ("birth_year_day", "initial"),
    ("birth_year_month", "initial"),
    ("first_name", "surname"),
)
"""Rules of the second look, for the few records that are left over: a pair that none of them makes agrees on nothing."""

DUPLICATE_RULES: tuple[tuple[str, ...], ...] = (
    ("national_number",),
    ("birth_date", "first_name"),
    ("birth_date", "surname"),
    ("first_name", "surname", "birth_year"),
    ("first_name", "postcode", "house_number"),
)
"""Rules within one list: two enrolments of one pupil agree on more than two records of different sources do."""

STREET_RULES: tuple[tuple[str, ...], ...] = (("name", "street"), ("house_number", "street"))
"""Further loose rules within a small register by itself: one person's records whose date and place both went wrong."""

FEW_FIELDS: tuple[tuple[str, ...], ...] = (
    ("first_name", "surname"),
    ("surname", "postcode"),
    ("first_name", "postcode"),
    ("first_name", "house_number", "street"),
    ("surname", "house_number", "street"),
    ("postcode", "house_number", "street"),
    ("birth_date",),
)
"""Further rules where the default ones are few, because registers share few fields."""

REFINEMENTS = ("birth_date", "sex", "municipality", "initial", "house_number", "birth_year_month", "first_name")
"""Keys that split an oversized block, in this order, as far as the rule does not use them."""

ENOUGH_RULES = 6

MANY_RECORDS = 2_000_000
"""Records from which a rule that no birth date is in asks for the year of birth too: in a register of all ages, who shares a first name, a
postcode and a house number is mostly somebody of another generation. Of 10,000,000 births there were four such pairs per record."""

DATED = frozenset({"national_number", "birth_date", "birth_year_month", "birth_year_day", "birth_month_day", "birth_year"})
"""Keys that hold a birth date or a part of it."""


def rules_of(names: Sequence[Sequence[str]], left: Encoded, right: Encoded, extras: Mapping[str, str] | None = None) -> list[Rule]:
    """Turn key names into rules, leaving out those whose keys the registers cannot make.

    Parameters
    ----------
    names
        Key names of each rule.
    left, right
        The registers to be joined.
    extras
        Kind of each further column by name; each may be used as a key.

    Returns
    -------
    list of Rule
        In the order given.

    Raises
    ------
    ConfigError
        A key is unknown.

    """
    known = {**KEYS, **{name: extra_key(name, kind) for name, kind in (extras or {}).items()}}
    rules = []
    for keys in names:
        unknown = [key for key in keys if key not in known]
        if unknown:
            raise ConfigError(f"linkage.blocking: unknown key {', '.join(unknown)}; known keys: {', '.join(sorted(known))}")
        if all(known[key].fits(left, right) for key in keys):
            rules.append(Rule("+".join(keys), tuple(keys), tuple(known[key] for key in keys)))
    return rules


def sharpened(names: Sequence[Sequence[str]], left: Encoded, right: Encoded) -> list[Sequence[str]]:
    """Return the key names of rules, with the year of birth in each where registers are large (`MANY_RECORDS`)."""
    large = max(left.size, right.size) > MANY_RECORDS and KEYS["birth_year"].fits(left, right)
    return [(*keys, "birth_year") if large and DATED.isdisjoint(keys) else keys for keys in names]


def default_rules(left: Encoded, right: Encoded, extras: Mapping[str, str] | None = None) -> list[Rule]:
    """Return the default rules that these registers allow.

    Identifiers among the further columns make a rule each; where few of the Belgian rules apply, simpler ones are added,
    so that registers of any population can be linked.
    """
    extras = extras or {}
    identifiers = [(name,) for name, kind in extras.items() if kind == "identifier"]
    rules = rules_of([*sharpened(DEFAULT_RULES, left, right), *identifiers], left, right, extras)
    if len(rules) < ENOUGH_RULES:
        further = [(name, "first_name") for name, kind in extras.items() if kind in {"date", "exact"}]
        rules += rules_of([*FEW_FIELDS, *further], left, right, extras)
    if not rules:
        raise ConfigError(
            "the registers share no field to link on; map at least two of national_number, first_names, surname, birth_date, postcode, house_number in each"
        )
    return rules
