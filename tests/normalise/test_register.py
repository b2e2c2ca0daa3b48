"""A whole register: columns, types, order and length."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink.coded import CODED
from kleuterlink.normalise import normalise
from kleuterlink.tables import NORMALISED, STRING

INT8, INT32 = np.dtype("int8"), np.dtype("int32")


def text(*values: str | None) -> pd.Series:
    return pd.Series(pd.array(values, dtype=STRING))


@pytest.fixture
def records() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row": [1, 2, 4],
            "id": text("a", "b", "c"),
            "national_number": text("21.05.17-123.19", None, "99999999999"),
            "first_names": text("Els", None, "Jean-Pierre"),
            "surname": text("De Clercq", "X", None),
            "sex": text("V", None, "m"),
            "birth_date": np.array([20210517, 0, 20210500], dtype=np.int32),
            "parent": text("Mme An van den Berg", None, "D'Hondt"),
            "address": text("Kerkstraat 12 bus 3", None, "12, Rue de l'Eglise"),
            "postcode": text("B-1080", None, "1040"),
            "municipality": text("Bruxelles", "St-Jans-Molenbeek", "Etterbeek"),
            "school": text("s1", None, "s3"),
            "half_days_present": text("100", "20", None),
        }
    )


def test_every_field(records):
    table = normalise(records)
    assert {name: table[name].astype(object).where(table[name].notna(), None).tolist() for name in table} == {
        "record_id": ["a", "b", "c"],
        "national_number": ["21051712319", None, None],
        "number_kind": [3, 0, 0],
        "number_birth_date": [0, 0, 0],
        "number_sex": [0, 0, 0],
        "first_names": ["ELS", None, "JEAN PIERRE"],
        "surname": ["DECLERCQ", None, None],
        "sex": [2, 0, 1],
        "birth_date": [20210517, 0, 20210500],
        "placeholder_date": [False, False, True],
        "parent": ["AN VANDENBERG", None, "DHONDT"],
        "street": ["KERK", None, "KERK"],
        "house_number": ["12", None, "12"],
        "postcode": ["1080", None, "1040"],
        "municipality": ["21012", "21012", "21005"],
        "row": [1, 2, 4],
        "school": ["s1", None, "s3"],
        "half_days_present": ["100", "20", None],
    }


def test_types_are_those_of_the_contract_also_without_rows(records):
    expected = {
        "number_kind": INT8,
        "number_birth_date": INT32,
        "number_sex": INT8,
        "sex": INT8,
        "birth_date": INT32,
        "placeholder_date": np.dtype(bool),
        "record_id": STRING,
        "national_number": STRING,
    }
    for table in (normalise(records), normalise(records.iloc[:0])):
        assert {name: table[name].dtype for name in NORMALISED} == {name: expected.get(name, CODED) for name in NORMALISED}
        assert table.index.equals(pd.RangeIndex(len(table)))


def test_fields_that_are_lacking_stay_absent(records):
    assert list(normalise(records[["row", "id", "surname"]])) == ["record_id", "surname", "row"]


def test_the_given_table_is_not_changed(records):
    before = records.copy(deep=True)
    normalise(records)
    pd.testing.assert_frame_equal(records, before)


def test_rows_are_normalised_whatever_the_index(records):
    shuffled = records.iloc[[2, 0, 1]]
    assert normalise(shuffled)["record_id"].tolist() == ["c", "a", "b"]
    assert normalise(shuffled)["row"].tolist() == [4, 1, 2]


def test_street_and_number_in_columns_of_their_own():
    records = pd.DataFrame({"id": text("a", "b", "c"), "street": text("Rue Haute", "Kerkstraat 7", None), "house_number": text("12 bte 3", None, "4")})
    table = normalise(records)
    assert table["street"].tolist()[:2] == ["HOOG", "KERK"]
    assert table["street"].isna().tolist() == [False, False, True]
    assert table["house_number"].tolist() == ["12", "7", "4"]


def test_a_column_of_its_own_comes_before_the_address():
    records = pd.DataFrame({"id": text("a", "b"), "street": text("Rue Haute", None), "address": text("Kerkstraat 1", "Kerkstraat 2")})
    table = normalise(records)
    assert table["street"].tolist() == ["HOOG", "KERK"]
    assert table["house_number"].tolist() == ["1", "2"]


def test_extras():
    records = pd.DataFrame(
        {
            "id": text("a", "b"),
            "soc_sec_id": text("12-34 ab", None),
            "given": text("Jean-Luc 3", "é"),
            "seen": text("2020-03-14", "never"),
            "code": text(" x-1 ", None),
            "note": text("Room 3, left", "--"),
            "other": text("Kept As Is", None),
        }
    )
    kinds = {"soc_sec_id": "identifier", "given": "name", "seen": "date", "code": "exact", "note": "text", "not_here": "exact"}
    table = normalise(records, extras=kinds)
    assert table["soc_sec_id"].fillna("-").tolist() == ["1234AB", "-"]
    assert table["given"].tolist() == ["JEAN LUC", "E"]
    assert table["seen"].tolist() == [20200314, 0]
    assert table["seen"].dtype == INT32
    assert table["code"].fillna("-").tolist() == ["X-1", "-"]
    assert table["note"].fillna("-").tolist() == ["ROOM 3 LEFT", "-"]
    assert table["other"].fillna("-").tolist() == ["Kept As Is", "-"]


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        (["M", "V", "X", None], [1, 2, 0, 0]),
        (["m", "f"], [1, 2]),
        (["H", "F"], [1, 2]),
        (["1", "2", "9"], [1, 2, 0]),
        (["1.0", "2.0"], [1, 2]),
        (["jongen", "meisje"], [1, 2]),
        (["J", "M"], [1, 2]),
        (["Garçon", "Fille"], [1, 2]),
        (["G", "F"], [1, 2]),
        (["B", "G"], [1, 2]),
        (["Féminin", "Masculin"], [2, 1]),
    ],
)
def test_sex(written, codes):
    assert normalise(pd.DataFrame({"id": text(*"abcd"[: len(written)]), "sex": text(*written)}))["sex"].tolist() == codes


CELLS = st.none() | st.text(max_size=20)
FIELDS = ("national_number", "first_names", "surname", "parent", "sex", "address", "street", "house_number", "postcode", "municipality")


@given(st.lists(st.tuples(*[CELLS] * len(FIELDS)), max_size=6))
def test_any_text_passes_and_keeps_its_row(rows):
    records = pd.DataFrame({name: text(*[row[at] for row in rows]) for at, name in enumerate(FIELDS)})
    records.insert(0, "id", text(*[str(at) for at in range(len(rows))]))
    table = normalise(records)
    assert table["record_id"].tolist() == records["id"].tolist()
    for name in ("first_names", "surname", "parent", "street"):
        assert table[name].astype(STRING).dropna().str.fullmatch("[A-Z]+( [A-Z]+)*").all()
    assert table["house_number"].astype(STRING).dropna().str.fullmatch("[1-9][0-9]*").all()
    assert table["national_number"].dropna().str.fullmatch("[0-9]{11}").all()
    assert table["national_number"].isna().eq(table["number_kind"] == 0).all()
