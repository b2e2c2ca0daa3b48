"""Spellings: what is changed is changed, and stays a name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink.synthetic import spellings
from kleuterlink.synthetic.pools import pool_of
from kleuterlink.synthetic.rates import ORIGINS

FOREIGN = ("maghreb", "turkish", "slavic", "romanian", "subsaharan", "mideast")
SURNAMES = sorted(set().union(*(pool_of(origin.name, "surname").names[::37].tolist() for origin in ORIGINS)))
FOREIGN_NAMES = sorted(set().union(*(pool_of(origin, kind).names[::3].tolist() for origin in FOREIGN for kind in ("boy", "girl"))))
DRAWS = st.floats(0, 1, exclude_max=True)


@given(st.sampled_from(SURNAMES), DRAWS)
def test_a_mistyped_name_is_another_and_nearly_as_long(name, draw):
    wrong = spellings.mistype(name, draw)
    assert wrong != name
    assert abs(len(wrong) - len(name)) <= 1


@given(st.sampled_from(FOREIGN_NAMES), DRAWS)
def test_another_transliteration_is_another_name_that_begins_with_a_capital(name, draw):
    other = spellings.transliterate(name, draw)
    assert other != name
    assert other[0].isupper()
    assert not other.isupper() or len(other) < 3


@given(st.sampled_from([name for name in SURNAMES if spellings.has_particle(name)]), DRAWS)
def test_a_rewritten_particle_leaves_the_rest(name, draw):
    other = spellings.rewrite_particle(name, draw)
    assert other
    assert other == other.strip()
    letters = [sorted(filter(str.isalpha, text.lower())) for text in (name, other)]
    assert letters[0] == letters[1] or len(letters[1]) < len(letters[0])


def test_particles_are_joined_split_and_dropped():
    forms = {spellings.rewrite_particle("Van de Velde", draw / 100) for draw in range(100)}
    assert {"Vandevelde", "Velde"} <= forms
    assert "Van de Velde" in {spellings.rewrite_particle("Vandevelde", draw / 100) for draw in range(100)}
    assert not spellings.has_particle("Peeters")
    assert not spellings.has_particle("Lemmens")
    assert spellings.rewrite_particle("Peeters", 0.5) == "Peeters"


@given(st.integers(18_000_000_000, 21_999_999_999).map(str), DRAWS)
def test_a_mistyped_number_is_another_number(number, draw):
    wrong = spellings.mistype_number(number, draw)
    assert wrong != number
    assert wrong.isdigit()
    assert len(wrong) in {10, 11}


@given(st.integers(1, 9_999).map(str), DRAWS)
def test_a_mistyped_digit_leaves_a_number_of_the_same_length(number, draw):
    wrong = spellings.mistype_digit(number, draw)
    assert wrong != number
    assert len(wrong) == len(number)
    assert int(wrong) > 0


@pytest.mark.parametrize(("name", "calls"), [("Alexander", {"Alex", "Xander", "Sander", "Lex"}), ("Qwert", {"Qwert"})])
def test_a_call_name_is_one_of_those_known(name, calls):
    assert {spellings.call_name(name, draw / 50) for draw in range(50)} == calls
    assert (name in spellings.named_otherwise([name])) == (calls != {name})


def test_names_lose_their_accents_and_keep_their_letters():
    assert spellings.strip_accents("Éléonore Dağtaş Łuć") == "Eleonore Dagtas Luc"


def test_first_names_become_initials_or_change_places():
    assert spellings.initials("Marie-Lou Anna", 0.0) == "M. L. A."
    assert {spellings.turn("Jan Piet Joris", draw / 20) for draw in range(20)} == {"Piet Joris Jan", "Joris Jan Piet"}
