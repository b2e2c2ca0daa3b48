"""Columns as codes say what the plain columns say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink.coded import CODED, KIND, all_differ, coded, in_use, on_distinct, places, recoded, series, text_array, text_order
from kleuterlink.tables import STRING

TEXTS = st.lists(st.none() | st.sampled_from(["", "a", "A", "é", " b ", "a very long value"]), max_size=12)


@given(TEXTS, st.integers(0, 12))
def test_any_kind_of_column_is_the_same_text(values, cut):
    plain = pa.array(values, pa.string())
    pieces = [plain[:cut], plain[cut:]]
    kinds = [plain, plain.dictionary_encode(), plain.cast(pa.large_string()), pa.chunked_array(pieces, pa.string())]
    kinds += [pa.chunked_array([piece.dictionary_encode() for piece in pieces], KIND), kinds[-1].dictionary_encode()]
    kinds += [pd.Series(values, dtype=object), pd.Series(values, dtype=STRING), pd.Series(values, dtype=STRING).astype(CODED)]
    for kind in kinds:
        assert text_array(kind).to_pylist() == values
        assert coded(kind).to_pylist() == values
        assert (text_array(kind).type, coded(kind).type) == (pa.string(), KIND)


@given(st.lists(st.none() | st.sampled_from("abcd"), max_size=6), st.data())
def test_a_dictionary_holds_what_the_rows_have_and_each_of_it_once(values, data):
    rows = np.array(data.draw(st.lists(st.integers(-1, len(values) - 1), max_size=10)), np.int32)
    expected = [None if row < 0 else values[row] for row in rows]
    made = recoded(rows, pa.array(values, pa.string()))
    assert made.to_pylist() == expected
    assert sorted(made.dictionary.to_pylist()) == sorted({value for value in expected if value is not None})
    assert places(made).tolist() == [-1 if value is None else made.dictionary.to_pylist().index(value) for value in expected]
    assert in_use(pa.DictionaryArray.from_arrays(pa.array(rows, mask=rows < 0), pa.array(values, pa.string()))).equals(made) or len(set(values)) < len(values)


@given(st.lists(st.sampled_from("abcd"), unique=True, max_size=4), st.data())
def test_values_that_differ_need_not_be_compared(values, data):
    rows = np.array(data.draw(st.lists(st.integers(-1, len(values) - 1), max_size=10)), np.int32)
    distinct = pa.array([None if value == "d" else value for value in values], pa.string())
    assert recoded(rows, distinct, unique=True).to_pylist() == recoded(rows, distinct).to_pylist()
    assert set(recoded(rows, distinct, unique=True).dictionary.to_pylist()) == set(recoded(rows, distinct).dictionary.to_pylist())


def test_a_function_sees_each_value_once_and_may_make_two_of_them_one():
    seen = []

    def upper(values):
        seen.extend(values.to_pylist())
        return pc.if_else(pc.equal(values, "-"), pa.scalar(None, pa.string()), pc.utf8_upper(values))

    made = on_distinct(coded(pa.array(["a", "A", None, "a", "-"])), upper)
    assert made.to_pylist() == ["A", "A", None, "A", None]
    assert made.dictionary.to_pylist() == ["A"]
    assert seen == ["a", "A", "-"]
    assert series(made).dtype == CODED


def test_what_is_no_text_is_written_out():
    assert text_array(pd.Series([1, 2])).to_pylist() == ["1", "2"]
    assert coded(pa.array([True, None])).to_pylist() == ["true", None]
    with pytest.raises(pa.ArrowNotImplementedError):
        text_array(pa.array([[1]]))


@given(
    st.lists(st.none() | st.text("ab9é\x00", max_size=3) | st.sampled_from(["K12345678", "K12345679", "0123456789abcdef", "a text that is not short"])),
    st.integers(0, 5),
)
def test_texts_are_in_the_order_of_their_bytes(values, first):
    values = values[first:]
    assert text_order(pa.array(["b", *values], pa.string()).slice(1)).tolist() == sorted(
        range(len(values)), key=lambda row: (values[row] is None, (values[row] or "").encode(), row)
    )


@given(st.lists(st.text("ab9é", min_size=1, max_size=8), min_size=1))
def test_short_texts_are_too(values):
    assert text_order(pa.array(values)).tolist() == sorted(range(len(values)), key=lambda row: (values[row].encode(), row))


@given(st.lists(st.none() | st.text("ab9é\x00", max_size=2) | st.sampled_from(["0123456789abcdef", "a text that is not short"])), st.integers(0, 3))
def test_what_stands_there_twice_is_found(values, first):
    assert all_differ(pa.array(values, pa.string()).slice(first)) == (len(set(values[first:])) == len(values[first:]))


def test_many_ids_are_in_order_and_tell_whether_one_stands_there_twice():
    random = np.random.default_rng(1)
    ids = [f"{letter}{number}" for letter, number in zip(random.choice(list("KPQ"), 3_000), random.choice(10**9, 3_000, replace=False), strict=True)]
    assert [ids[row] for row in text_order(pa.array(ids))] == sorted(ids)
    assert all_differ(pa.array(ids))
    assert not all_differ(pa.array([*ids, ids[1_000]]))
