"""The level of every comparison on cases that can be read, and the order of the levels."""

import numpy as np
import pytest
import strategies

from kleuterlink.compare import Frequencies, compare, comparisons_for
from kleuterlink.tables import Pairs

# Tokens whose frequency class is not that of the commonest.
CLASSES = {"BART": 1, "CARL": 2, "DIRK": 3, "ERIK": 4, "AKKERMANS": 1, "BOGAERTS": 2, "CLAESSENS": 3, "DOBBELAERE": 4, "1040": 1}


def label(name, left, right):
    """Return the label that two records get in a comparison; None where it is missing."""
    sides = strategies.encoded([left], [right])
    tokens = np.array([CLASSES.get(token, 0) for token in sides[0].vocabulary.text], np.int8)
    places = np.array([CLASSES.get(code, 0) for code in sides[0].values.get("postcode", [])], np.int8)
    vectors = compare(
        *sides,
        Pairs(np.zeros(1, np.int32), np.zeros(1, np.int32), np.zeros(1, np.uint32)),
        Frequencies(tokens, tokens, tokens, places),
        extras=strategies.EXTRAS,
    )
    at = [comparison.name for comparison in vectors.comparisons].index(name)
    level = int(vectors.levels()[0, at])
    return vectors.comparisons[at].labels[level] if level >= 0 else None


def fields(name, *values):
    return tuple({name: value} for value in values)


def case(expected, left, right):
    return left, right, expected


BOY, TWIN, GIRL = (strategies.number(2019, 3, 14, counter) for counter in (101, 103, 102))
BIS = strategies.number(2019, 3, 14, 7, offset=40)
BIS_OF_ANOTHER_DAY = strategies.number(2019, 3, 15, 7, offset=20)
BIS_WITHOUT_DATE = [strategies.number(2019, 0, 0, counter, offset=20) for counter in (5, 6)]


NATIONAL_NUMBER = [
    case("equal", *fields("national_number", BOY, BOY)),
    case("equal", *fields("national_number", strategies.mistyped(BOY, 8, "1"), strategies.mistyped(BOY, 8, "1"))),
    case("one typing error apart", *fields("national_number", BOY, strategies.mistyped(BOY, 8, "1"))),
    case("one typing error apart", *fields("national_number", BOY, strategies.mistyped(BOY, 3, "swap"))),
    case("one typing error apart", *fields("national_number", BIS, strategies.mistyped(BIS, 10, "5"))),
    case("differ, one of them invalid or a bis number", *fields("national_number", BOY, strategies.mistyped(strategies.mistyped(BOY, 8, "1"), 1, "1"))),
    case("bis and other number of the same birth date", *fields("national_number", BIS, BOY)),
    case("bis and other number of the same birth date", *fields("national_number", BIS, strategies.number(2019, 3, 14, 9, offset=20))),
    case("differ, one of them invalid or a bis number", *fields("national_number", BIS_OF_ANOTHER_DAY, BOY)),
    case("differ, one of them invalid or a bis number", *fields("national_number", *BIS_WITHOUT_DATE)),
    case("two valid numbers that differ", *fields("national_number", BOY, TWIN)),
    case("two valid numbers that differ", *fields("national_number", BOY, GIRL)),
    case(None, *fields("national_number", BOY, None)),
    case(None, *fields("national_number", "99999999999", "99999999999")),
]
BIRTH_DATE = [
    case("equal", *fields("birth_date", 20190314, 20190314)),
    case("day and month swapped", *fields("birth_date", 20190304, 20190403)),
    case("one digit differs", *fields("birth_date", 20190314, 20190315)),
    case("one digit differs", *fields("birth_date", 20190314, 20180314)),
    case("one digit differs", *fields("birth_date", 20190214, 20191214)),
    case("same year and month", *fields("birth_date", 20190314, 20190325)),
    case("same year and day", *fields("birth_date", 20190314, 20191214)),
    case("same month and day", *fields("birth_date", 20190314, 20200314)),
    case("different", *fields("birth_date", 20190314, 20180704)),
    case("different", *fields("birth_date", 20190304, 20180403)),
    case("equal, a placeholder", *fields("birth_date", 20190300, 20190300)),
    case("a placeholder on one side, same year", *fields("birth_date", 20190300, 20190314)),
    case("a placeholder on one side, same year", *fields("birth_date", 20190000, 20190704)),
    case("different", *fields("birth_date", 20190000, 20180704)),
    # An unknown part is no agreement.
    case("different", *fields("birth_date", 20190000, 20180000)),
    case("different", *fields("birth_date", 20190300, 20180300)),
    case("a number states the other's date", {"birth_date": 20180704, "national_number": BOY}, {"birth_date": 20190314}),
    case("a number states the other's date", {"birth_date": 20190314}, {"birth_date": 20190300, "national_number": BOY}),
    case("a number states the other's date", {"birth_date": 20180704, "national_number": BOY}, {"birth_date": 20170101, "national_number": GIRL}),
    case("different", {"birth_date": 20180704, "national_number": BOY}, {"birth_date": 20170101, "national_number": None}),
    case("different", {"birth_date": 20180704, "national_number": strategies.mistyped(BOY, 8, "1")}, {"birth_date": 20190314}),
    case(None, *fields("birth_date", 20190314, 0)),
    case(None, {"birth_date": 0, "national_number": BOY}, {"birth_date": 20190314}),
]
FIRST_NAMES = [
    case("first name agrees, very common", *fields("first_names", "Anna", "Anna")),
    case("first name agrees, common", *fields("first_names", "Bart", "Bart Jan")),
    case("first name agrees, not common", *fields("first_names", "Carl", "CARL")),
    case("first name agrees, rare", *fields("first_names", "Dirk", "Dirk")),
    case("first name agrees, very rare", *fields("first_names", "Erik Jan", "Erik Karel")),
    case("all of several first names agree", *fields("first_names", "Jean-Pierre", "Jean Pierre")),
    case("all of several first names agree", *fields("first_names", "Erik Jan Karel", "Erik Jan Karel")),
    case("first name agrees, very common", *fields("first_names", "Anna Maria", "Anna Maria Louise")),
    case("first name agrees, very common", *fields("first_names", "Anna Maria Louise", "Anna Maria")),
    case("a further first name agrees", *fields("first_names", "Anna Maria", "Maria")),
    case("call name or other spelling", *fields("first_names", "Elisabeth", "Lies")),
    case("call name or other spelling", *fields("first_names", "Mohamed", "Muhammad")),
    case("call name or other spelling", *fields("first_names", "Anna Mohamed", "Karel Muhammad")),
    case("similar, or one contained in the other", *fields("first_names", "Lisanne", "Lisamne")),
    case("similar, or one contained in the other", *fields("first_names", "Rosalinda", "Linda")),
    case("first name and surname exchanged", {"first_names": "Peeters", "surname": "Anna"}, {"first_names": "Anna", "surname": "Peeters"}),
    case("first name and surname exchanged", {"first_names": "Youssef", "surname": "van den Berg"}, {"first_names": "Berg", "surname": "Joussef"}),
    # One of the two is no exchange: a brother's names are exchanged, or a surname is a first name too.
    case("distantly similar", {"first_names": "Martijn", "surname": "Marcin"}, {"first_names": "Marcin", "surname": "Peeters"}),
    case("different", {"first_names": "Berg", "surname": "X"}, {"first_names": "Anna", "surname": "van den Berg"}),
    case("same consonants", *fields("first_names", "Lemine", "Lamyne")),
    case("different", *fields("first_names", "Ali", "Ela")),
    case("distantly similar", *fields("first_names", "Martijn", "Marcin")),
    case("same initial, where one has only that", *fields("first_names", "E.", "Emma")),
    case("different", *fields("first_names", "E.", "Anna")),
    case("different", *fields("first_names", "Emma", "Ezra")),
    case("different", {"first_names": "Peeters"}, {"first_names": "Anna", "surname": "Peeters"}),
    case(None, *fields("first_names", "Baby", "Anna")),
    case(None, *fields("first_names", None, None)),
]
SURNAME = [
    case("agrees, very common", *fields("surname", "Peeters", "PEETERS")),
    case("agrees, common", *fields("surname", "Akkermans", "Akkermans")),
    case("agrees, not common", *fields("surname", "Bogaerts-Peeters", "Bogaerts Peeters")),
    case("agrees, rare", *fields("surname", "Peeters Claessens", "Peeters Claessens")),
    case("agrees, very rare", *fields("surname", "Peeters Janssens Dobbelaere", "Peeters Janssens Dobbelaere")),
    case("agrees but for order or particles", *fields("surname", "Peeters Dobbelaere", "Dobbelaere Peeters")),
    case("agrees but for order or particles", *fields("surname", "van den Berg", "Berg")),
    case("a part agrees, rare", *fields("surname", "Peeters Dobbelaere", "Dobbelaere")),
    case("a part agrees, rare", *fields("surname", "Bogaerts", "Peeters Bogaerts")),
    case("a part agrees, common", *fields("surname", "Peeters Akkermans", "Akkermans")),
    # The commoner of two spellings counts, on whichever side it stands.
    case("a part agrees, common", *fields("surname", "de Dobbelaere Peeters", "Dobbelaere Janssens")),
    case("a part agrees, common", *fields("surname", "Dobbelaere Janssens", "de Dobbelaere Peeters")),
    case("other spelling", *fields("surname", "Declercq", "De Klerk")),
    case("similar, or one contained in the other", *fields("surname", "Lambrechts", "Lambrechta")),
    case("similar, or one contained in the other", *fields("surname", "Hoste", "Verhostelen")),
    case("a parent's name", {"surname": "Peeters", "parent": "An Willems"}, {"surname": "Willems", "parent": "An Willems"}),
    case("similar, or one contained in the other", *fields("surname", "Lambrechts Maes", "Lambrechta Wouters")),
    case("a parent's name", {"surname": "Martens"}, {"surname": "Willems", "parent": "An Martens"}),
    case("like a parent's name", {"surname": "Bensaroech"}, {"surname": "Willems", "parent": "Soubila Bensarouch"}),
    case("like a parent's name", {"surname": "Willems", "parent": "Soubila Kingala"}, {"surname": "Kingela"}),
    case("same consonants", *fields("surname", "Martens", "Mertins")),
    case("a parent's name", {"surname": "Peeters"}, {"surname": "Willems", "parent": "An Peeters"}),
    case("first name and surname exchanged", {"first_names": "Peeters", "surname": "Anna"}, {"first_names": "Anna", "surname": "Peeters"}),
    case("distantly similar", *fields("surname", "Martens", "Mertels")),
    case("different", *fields("surname", "Peeters", "El Amrani")),
    case(None, *fields("surname", "Onbekend", "Peeters")),
]
PARENT = [
    case("agrees", *fields("parent", "Mevr. An Peeters", "Peeters An")),
    case("agrees", *fields("parent", "Maria Garcia Garcia", "Maria Garcia")),
    case("all parts of the shorter name agree", *fields("parent", "An Maria Peeters", "An Peeters")),
    case("a part agrees, common", *fields("parent", "Maria Garcia Garcia", "Jan Garcia Lopez")),
    case("all parts of the shorter name agree", *fields("parent", "Maria Garcia Garcia", "Maria Garcia Lopez")),
    case("all parts of the shorter name agree", *fields("parent", "Maria Garcia Lopez", "Maria Garcia Garcia")),
    case("a part agrees, rare", *fields("parent", "An Dobbelaere", "Jan Dobbelaere")),
    case("a part agrees, common", *fields("parent", "An Akkermans", "Jan Akkermans")),
    case("a part agrees, common", *fields("parent", "Peeters", "Peeters")),
    case("similar or other spelling", *fields("parent", "Sofie Willems", "Sophie Maes")),
    case("similar or other spelling", *fields("parent", "An Lambrechts", "Jan Lambrects")),
    case("different", *fields("parent", "An Peeters", "Fatima El Amrani")),
    case(None, *fields("parent", "An Peeters", "Onbekend")),
]
SEX = [
    case("equal", *fields("sex", "M", "garçon")),
    case("different", *fields("sex", "M", "V")),
    case("equal", {"sex": "?", "national_number": BOY}, {"sex": "M"}),
    case("equal", {"national_number": GIRL}, {"sex": "V"}),
    case("different", {"sex": "V", "national_number": BOY}, {"sex": "M"}),
    case(None, {"national_number": strategies.number(2019, 3, 14, 101, offset=20)}, {"sex": "M"}),
    case(None, *fields("sex", "M", "?")),
]
HOME = {"street": "Kerkstraat", "house_number": "12", "postcode": "1080", "municipality": "Sint-Jans-Molenbeek"}
GENT = {"postcode": "9000", "municipality": "Gent"}
ADDRESS = [
    case("same address", HOME, {**HOME, "street": "Rue de l'Eglise"}),
    case("same address", {**HOME, "street": "Lambrechtslaan"}, {**HOME, "street": "Lambrectslaan"}),
    case("same address", {**HOME, "postcode": None}, HOME),
    case("same street name and house number, elsewhere", HOME, {**HOME, **GENT}),
    case(
        "same street name and house number, elsewhere",
        {**HOME, "postcode": "1000", "municipality": "Brussel"},
        {**HOME, "postcode": "1020", "municipality": "Brussel"},
    ),
    case("same house number and place, other street name", HOME, {**HOME, "street": "Hoogstraat"}),
    case("same house number and place, other street name", {**HOME, "street": None}, HOME),
    case("same street", HOME, {**HOME, "house_number": "14"}),
    case("same street name, elsewhere", HOME, {**HOME, **GENT, "house_number": "14"}),
    case("same postcode, common", HOME, {**HOME, "street": "Hoogstraat", "house_number": "14"}),
    case("same postcode, rare", {**HOME, "postcode": "1040"}, {"street": "Hoogstraat", "house_number": "14", "postcode": "1040", "municipality": "Etterbeek"}),
    case("same municipality", {"postcode": "1000", "municipality": "Brussel"}, {"postcode": "1020", "municipality": "Bruxelles"}),
    case("elsewhere", {**HOME, "street": "Lambrechtslaan"}, {**HOME, **GENT, "street": "Lambrectslaan", "house_number": "14"}),
    case("elsewhere", HOME, {**GENT, "street": "Hoogstraat", "house_number": "14"}),
    case(None, {"street": "Kerkstraat", "house_number": None}, {"street": None, "house_number": "12"}),
]
CODE = [
    case("equal", *fields("code", "A-1234", "a1234")),
    case("one typing error apart", *fields("code", "A1234", "A1243")),
    case("one typing error apart", *fields("code", "A1234", "A124")),
    case("two typing errors apart", *fields("code", "A1234", "A1342")),
    case("different", *fields("code", "A1234", "B9")),
    case("different", *fields("code", "CA", "ABC")),  # a swap and a letter put between what was swapped
    case(None, *fields("code", "A1234", "-")),
]
GIVEN = [
    case("agrees", *fields("given", "Anna Maria", "Maria Anna")),
    case("all words of the shorter agree", *fields("given", "Anna Maria", "Maria")),
    case("a word agrees", *fields("given", "Anna Maria", "Maria Louise")),
    case("similar or other spelling", *fields("given", "Muhammad", "Mohamed Ali")),
    case("similar or other spelling", *fields("given", "Lambrechts", "Lambrects")),
    case("distantly similar", *fields("given", "Martijn", "Marcin")),
    case("different", *fields("given", "Anna", "Bob")),
    case(None, *fields("given", "Anna", "3")),
]
SEEN = [
    case("equal", *fields("seen", "2020-03-14", "20200314")),
    case("equal", *fields("seen", "2020-03-00", "2020-03-00")),
    case("day and month swapped", *fields("seen", "2020-03-04", "2020-04-03")),
    case("one digit differs", *fields("seen", "2020-03-14", "2020-03-15")),
    case("same year and month", *fields("seen", "2020-03-14", "2020-03-25")),
    case("same year and month", *fields("seen", "2020-03-10", "2020-03-00")),
    case("same year and day", *fields("seen", "2020-03-14", "2020-12-14")),
    case("same month and day", *fields("seen", "2019-03-14", "2020-03-14")),
    case("different", *fields("seen", "2019-03-14", "2020-04-15")),
    case("different", *fields("seen", "2019-03-00", "2020-03-00")),
    case(None, *fields("seen", "2019-03-14", "never")),
]
GROUP = [
    case("equal", *fields("group", " x", "X")),
    case("different", *fields("group", "x", "y")),
    case(None, *fields("group", "x", None)),
]
CASES = {
    "national_number": NATIONAL_NUMBER,
    "birth_date": BIRTH_DATE,
    "first_names": FIRST_NAMES,
    "surname": SURNAME,
    "parent": PARENT,
    "sex": SEX,
    "address": ADDRESS,
    "code": CODE,
    "given": GIVEN,
    "seen": SEEN,
    "group": GROUP,
}


@pytest.mark.parametrize(("name", "left", "right", "expected"), [(name, *case) for name, cases in CASES.items() for case in cases])
def test_level(name, left, right, expected):
    assert label(name, left, right) == expected
    assert label(name, right, left) == expected


@pytest.mark.parametrize("name", CASES)
def test_every_level_can_come_out(name):
    whole = strategies.large_register(1, 3)
    labels = {comparison.name: comparison.labels for comparison, _ in comparisons_for(*strategies.encoded(whole, whole), strategies.EXTRAS)}
    assert {expected for *_, expected in CASES[name]} == {None, *labels[name]}


def test_the_comparisons_in_the_order_of_a_pattern():
    whole = strategies.large_register(1, 3)
    found = [comparison.name for comparison, _ in comparisons_for(*strategies.encoded(whole, whole), strategies.EXTRAS)]
    assert found == ["national_number", "birth_date", "first_names", "surname", "parent", "sex", "address", *strategies.EXTRAS]


@pytest.mark.parametrize(
    ("left", "right", "names"),
    [
        ({"surname": "Peeters"}, {"surname": "Peeters", "parent": "An"}, ["surname"]),
        ({"national_number": BOY}, {"sex": "M", "birth_date": 20190314}, ["sex"]),
        ({"street": "Kerkstraat"}, {"postcode": "1080"}, []),
        ({"street": "Kerkstraat", "house_number": "3"}, {"house_number": "3"}, ["address"]),
        ({"code": "A1", "group": "x"}, {"group": "x"}, ["group"]),
    ],
)
def test_only_what_both_registers_have_is_compared(left, right, names):
    assert [comparison.name for comparison, _ in comparisons_for(*strategies.encoded([left], [right]), strategies.EXTRAS)] == names
