"""The sound key: variants share it, namesakes by chance seldom do."""

from collections import defaultdict

import pytest
from faker.providers.person.fr_BE import Provider as French
from faker.providers.person.nl_BE import Provider as Dutch
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink.normalise.names import core_part
from kleuterlink.normalise.sounds import sound_keys


@pytest.mark.parametrize(
    "variants",
    [
        "MOHAMED MOHAMMED MUHAMMAD MUHAMMED MOHAMAD MOHAMMAD",
        "DECLERCQ DECLERCK DEKLERCK DEKLERK",
        "YUSUF JUSUF YOUSOUF",
        "YOUSSEF YOUSEF JOUSSEF",
        "KHADIJA CADIJA KHADIDJA",
        "AICHA AISHA AYSHA",
        "RACHID RASHID RASIT",
        "ACHRAF ASHRAF ASRAF",
        "OUALID WALID",
        "HICHAM HISHAM",
        "DJAMEL JAMAL JAMEL",
        "NAOUAL NAWAL",
        "HUSSEIN HOUSSINE HUSEYIN HUSSAIN",
        "ZAINAB ZEINEB ZEYNEP",
        "HUYBRECHTS HUIBRECHTS",
        "MEYER MEIJER MEIER",
        "DIJCK DYCK DIJK",
        "KOWALSKI KOWALSKA KOVALSKY",
        "IVANOV IVANOVA IVANOFF",
        "AHMED AHMAD AHMET",
        "CHARKAOUI SHARKAWI",
        "MOUSTAPHA MUSTAFA",
        "GHEYSENS GEYSENS",
        "SOUFIANE SUFYAN SOFIAN",
        "SEGERS SEGHERS ZEGERS",
        "CHRISTIAAN KRISTIAN CHRISTIAN",
        "MATTHIJS MATHYS",
        "BOSSCHE BOSSE",
        "DERYCKX DERYCKS DERYKX",
    ],
)
def test_variants_share_a_key(variants):
    assert len(set(sound_keys(variants.split()))) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("BART", "BERT"),
        ("PEETERS", "PIETERS"),
        ("FATIMA", "FATIHA"),
        ("MARIE", "MARIA"),
        ("JANSSEN", "JANSSENS"),
        ("EMMA", "EMIEL"),
        ("LUCAS", "LOUIS"),
        ("AMINA", "AMINE"),
    ],
)
def test_different_names_keep_different_keys(one, other):
    assert len(set(sound_keys([one, other]))) == 2


def _coincidence(weights: dict[str, float]) -> float:
    total = sum(weights.values())
    return sum((weight / total) ** 2 for weight in weights.values())


@pytest.mark.parametrize("attributes", [("first_names_female", "first_names_male"), ("last_names",)])
def test_two_unrelated_people_share_a_key_hardly_more_often_than_a_name(attributes):
    names: dict[str, float] = defaultdict(float)
    keys: dict[str, float] = defaultdict(float)
    for provider in (Dutch, French):
        for attribute in attributes:
            for name, weight in getattr(provider, attribute).items():
                token = "".join(letter for letter in name.upper() if "A" <= letter <= "Z")
                names[token] += weight
                keys[sound_keys([core_part(token)])[0]] += weight
    # Soundex more than doubles it.
    assert _coincidence(names) < _coincidence(keys) < 1.5 * _coincidence(names)


@given(st.lists(st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=20), min_size=1))
def test_a_key_is_capitals_and_never_empty(tokens):
    keys = sound_keys(tokens)
    assert len(keys) == len(tokens)
    for key in keys:
        assert key
        assert key.isascii()
        assert key.isalpha()
        assert key.isupper()


@given(st.lists(st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ", max_size=12)))
def test_a_key_does_not_depend_on_the_names_beside_it(tokens):
    assert sound_keys(tokens) == [sound_keys([token])[0] for token in tokens]


def test_no_token_no_key():
    assert sound_keys([""]) == [""]
    assert sound_keys([]) == []
