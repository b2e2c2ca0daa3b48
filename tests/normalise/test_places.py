"""Municipalities in two languages, and postcodes."""

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink.normalise.municipalities import MERGERS, MUNICIPALITIES, SHARED_POSTCODES, Merger
from kleuterlink.normalise.places import clean_postcodes, municipality_codes


def municipality(name: str | None, postcode: str | None = None) -> str | None:
    return municipality_codes(pa.array([name], pa.string()), pa.array([postcode], pa.string()))[0].as_py()


@pytest.mark.parametrize("place", MUNICIPALITIES, ids=lambda place: place.nis)
def test_both_names_and_the_postcode_give_the_code(place):
    for name in (place.dutch, place.french, *place.other_names):
        assert municipality(name) == municipality(name.upper()) == municipality(name.replace("-", " ")) == place.nis
    for postcode in set(place.postcodes) - SHARED_POSTCODES:
        assert municipality(None, postcode) == place.nis


@pytest.mark.parametrize(
    ("name", "postcode", "code"),
    [
        ("St.-Jans-Molenbeek", None, "21012"),
        ("Molenbeek-St-Jean", None, "21012"),
        ("Berchem-Ste-Agathe", None, "21003"),
        ("Schaarbeek (Brussel)", None, "21015"),
        ("Rhode-St-Genèse", None, "23101"),
        ("1080 Molenbeek", None, "21012"),
        ("B-1080 iets", None, "21012"),
        ("Bruxelles", "1080", "21012"),
        ("Brussel", "1020", "21004"),
        ("Brussel", "1040", "21004"),
        ("Brussel", "9000", "21004"),
        ("44021", "9000", "44021"),
        (" 21015.0", None, "21015"),
        ("59000 Lille", None, "LILLE"),
        ("Elsene", "1000", "21009"),
        (None, "1040", None),
        ("iets", "1040", "IETS"),
        ("Gent", "9000", "GENT"),
        ("La Louvière", None, "LALOUVIERE"),
        ("Puurs", None, "12041"),
        ("Puurs-Sint-Amands", None, "12041"),
        (None, None, None),
        ("?", None, None),
    ],
)
def test_municipality(name, postcode, code):
    assert municipality(name, postcode) == code


def test_without_postcodes():
    assert municipality_codes(pa.array(["Ixelles", None, "Aalst"])).to_pylist() == ["21009", None, "AALST"]


def test_mergers_can_be_replaced():
    merger = Merger(dt.date(2025, 1, 1), "99999", "Nieuwstad", ("Oudstad", "Kleindorp"))
    names = pa.array(["Oudstad", "Nieuwstad", "Puurs"])
    assert municipality_codes(names, mergers=[merger]).to_pylist() == ["99999", "99999", "PUURS"]


def test_a_code_and_a_postcode_belong_to_one_municipality():
    assert len({place.nis for place in MUNICIPALITIES}) == len(MUNICIPALITIES)
    postcodes = [postcode for place in MUNICIPALITIES for postcode in place.postcodes]
    assert len(set(postcodes)) == len(postcodes)
    assert not {merger.nis for merger in MERGERS} & {place.nis for place in MUNICIPALITIES}


@pytest.mark.parametrize(
    ("written", "postcode"),
    [
        ("1080", "1080"),
        ("B-1080", "1080"),
        ("BE 1080", "1080"),
        ("b1080", "1080"),
        ("1080.0", "1080"),
        (" 1080 Molenbeek-Saint-Jean", "1080"),
        ("1012 ab", "1012AB"),
        ("59000", "59000"),
        ("0000", None),
        ("-", None),
    ],
)
def test_postcode(written, postcode):
    assert clean_postcodes(pa.array([written]))[0].as_py() == postcode


@given(st.lists(st.text(max_size=15) | st.from_regex(r"(B-)?[0-9]{4}( [A-Za-z]{0,5})?", fullmatch=True), min_size=1))
def test_postcodes_are_capitals_and_digits_and_cleaning_twice_changes_nothing(values):
    once = clean_postcodes(pa.array(values, pa.string())).to_pylist()
    known = [value for value in once if value is not None]
    assert all(value.isascii() and value.isalnum() and value == value.upper() for value in known)
    assert clean_postcodes(pa.array(known, pa.string())).to_pylist() == known


@pytest.mark.parametrize("written", ["0:", "B.1080", "B 10-80", "00 00"])
def test_punctuation_in_a_postcode_hides_nothing(written):
    once = clean_postcodes(pa.array([written]))[0].as_py()
    assert once == (None if "1" not in written else "1080")
