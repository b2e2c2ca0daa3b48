"""Addresses: street and house number in either order; stems that two languages share."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink.normalise.addresses import clean_house_numbers, split_addresses, street_stems


def split(address: str) -> tuple[str | None, str | None]:
    street, number = split_addresses(pa.array([address], pa.string()))
    return street[0].as_py(), number[0].as_py()


def stem(street: str) -> str | None:
    return street_stems(pa.array([street]))[0].as_py()


@pytest.mark.parametrize(
    ("address", "stem_of_street", "number"),
    [
        ("Kerkstraat 12", "KERK", "12"),
        ("Kerkstraat 12 bus 3", "KERK", "12"),
        ("Kerkstraat 12 bus 0203", "KERK", "12"),
        ("Kerkstraat 12, bus A", "KERK", "12"),
        ("Kerkstraat 12/3", "KERK", "12"),
        ("Kerkstraat 12A", "KERK", "12"),
        ("Kerkstraat 12 a", "KERK", "12"),
        ("Kerkstraat 12b3", "KERK", "12"),
        ("Kerkstraat 12 3", "KERK", "12"),
        ("Kerkstraat 12 3e verd.", "KERK", "12"),
        ("Kerkstraat12", "KERK", "12"),
        ("Kerkstraat, 12", "KERK", "12"),
        ("Kerkstraat nr. 12", "KERK", "12"),
        ("KERKSTRAAT 0012", "KERK", "12"),
        ("Kerkstr. 12", "KERK", "12"),
        ("Kerkstraat 12, 1080 Sint-Jans-Molenbeek", "KERK", "12"),
        ("Kerkstraat 12 1080 Brussel", "KERK", "12"),
        ("Kerkstraat 12, Brussel", "KERK", "12"),
        ("12, Rue de l'Eglise bte 3", "KERK", "12"),
        ("12 bte 3, Rue de l'Église", "KERK", "12"),
        ("12 Rue de l'Église", "KERK", "12"),
        ("12 bis rue de l'Eglise", "KERK", "12"),
        ("Rue de l'Église 12 boîte 3", "KERK", "12"),
        ("Rue de l\u2019Église, 12", "KERK", "12"),
        ("12, Kerkstraat", "KERK", "12"),
        ("Avenue Louise 54-56", "LOUIZA", "54"),
        ("Louizalaan 54", "LOUIZA", "54"),
        ("54-56 avenue Louise", "LOUIZA", "54"),
        ("Rue du 8 Mai 1945 12", "MEI", "12"),
        ("12, Rue du 8 Mai 1945", "MEI", "12"),
        ("12 Rue du 8 Mai 1945", "MEI", "12"),
        ("Rue du 8 Mai 1945", "MEI", None),
        ("8 Meiplein 12", "MEI", "12"),
        ("1ste Meistraat 5", "MEI", "5"),
        ("11 Novemberlaan 20", "NOVEMBER", "20"),
        ("12 Cité Modèle", "MODELE", "12"),
        ("Koning Albert II-laan 15", "KONING ALBERT II", "15"),
        ("Kerkstraat", "KERK", None),
        ("12/3", None, "12"),
        ("12A", None, "12"),
        ("Kerkstraat 0", "KERK", None),
        ("", None, None),
    ],
)
def test_address(address, stem_of_street, number):
    street, house_number = split(address)
    assert house_number == number
    assert (street and stem(street)) == stem_of_street


@pytest.mark.parametrize(
    ("dutch", "french"),
    [
        ("Kerkstraat", "Rue de l'Eglise"),
        ("Schoolstraat", "Rue de l'École"),
        ("Stationsstraat", "Rue de la Gare"),
        ("Statieplein", "Place de la Gare"),
        ("Molenstraat", "Rue du Moulin"),
        ("Kasteellaan", "Avenue du Château"),
        ("Koningsstraat", "Rue Royale"),
        ("Koninginnelaan", "Avenue de la Reine"),
        ("Bosstraat", "Rue du Bois"),
        ("Veldstraat", "Rue des Champs"),
        ("Nieuwstraat", "Rue Neuve"),
        ("Hoogstraat", "Rue Haute"),
        ("Gentsesteenweg", "Chaussée de Gand"),
        ("Ninoofsesteenweg", "Chée de Ninove"),
        ("Waterloosesteenweg", "Chaussée de Waterloo"),
        ("Bergensesteenweg", "Chaussée de Mons"),
        ("Wetstraat", "Rue de la Loi"),
        ("Oude Kerkstraat", "Rue de la Vieille Eglise"),
        ("Sint-Jansstraat", "Rue Saint-Jean"),
        ("Lindenlaan", "Av. des Tilleuls"),
        ("Vrijheidsplein", "Pl. de la Liberté"),
        ("Vlaamsesteenweg", "Rue de Flandre"),
    ],
)
def test_one_street_in_two_languages(dutch, french):
    assert sorted(stem(dutch).split()) == sorted(stem(french).split())


@pytest.mark.parametrize(
    ("written", "number"),
    [("12", "12"), ("12 bus 3", "12"), ("012", "12"), ("12/3", "12"), ("54-56", "54"), ("A12", "12"), ("12.0", "12"), ("0", None), ("z.n.", None)],
)
def test_house_number(written, number):
    assert clean_house_numbers(pa.array([written]))[0].as_py() == number


@given(
    st.sampled_from(["Kerkstraat", "Avenue de l'Été", "Rue Haute", "Gentsesteenweg", "Place du Roi"]),
    st.integers(1, 9999),
    st.sampled_from(["", "A", " B", "/3", " bus 4", " bte 12", "-14", " boîte 0101", " bis"]),
)
def test_the_order_of_street_and_number_does_not_matter(street, number, box):
    after, before = split(f"{street} {number}{box}"), split(f"{number}{box}, {street}")
    assert after == before == (street, str(number))


@given(st.lists(st.none() | st.text(max_size=30) | st.text(alphabet="Rue a1234567890,/-b s", max_size=25), max_size=5))
def test_any_text_passes_and_keeps_its_row(values):
    streets, numbers = split_addresses(pa.array(values, pa.string()))
    assert len(streets) == len(numbers) == len(values)
    assert all(number is None or (number.isdigit() and number[0] != "0") for number in numbers.to_pylist())
    stems = street_stems(pa.array([value for value in values if value is not None], pa.string())).to_pylist()
    assert all(value is None or all(word.isascii() and word.isalpha() and word.isupper() for word in value.split(" ")) for value in stems)
