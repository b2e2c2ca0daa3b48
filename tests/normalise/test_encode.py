"""Codes speak of what the rows hold, however the columns hold it."""

import numpy as np
import pandas as pd
import pyarrow as pa
import strategies
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink.coded import text_order
from kleuterlink.normalise import encode, normalise
from kleuterlink.tables import STRING, Encoded


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """The same table, its texts written out."""
    return frame.astype(
        {name: STRING for name, dtype in frame.dtypes.items() if isinstance(dtype, pd.ArrowDtype) and pa.types.is_dictionary(dtype.pyarrow_dtype)}
    )


def assert_equal(one: Encoded, other: Encoded) -> None:
    assert list(one.ids) == list(other.ids)
    assert set(one.columns) == set(other.columns)
    for name, column in one.columns.items():
        np.testing.assert_array_equal(column, other.columns[name])
        assert column.dtype == other.columns[name].dtype
    for name in ("text", "core", "sound", "consonants", "nickname", "initial", "length", "letters"):
        np.testing.assert_array_equal(getattr(one.vocabulary, name), getattr(other.vocabulary, name))
    np.testing.assert_equal(vars(one)["values"], vars(other)["values"])


@given(strategies.records(), strategies.records(), st.integers(0, 7))
def test_values_that_no_row_has_get_no_codes(births, records, kept):
    frames = [normalise(frame, extras=strategies.EXTRAS) for frame in (births, records)]
    some = frames[0].iloc[:kept].reset_index(drop=True)
    for one, other in zip(
        encode([some, frames[1]], extras=strategies.EXTRAS, threads=1),
        encode([plain(some), plain(frames[1])], extras=strategies.EXTRAS, threads=2),
        strict=True,
    ):
        assert_equal(one, other)


@given(strategies.records(), st.integers(0, 7))
def test_rows_are_normalised_as_if_the_others_had_never_been(records, kept):
    coded = records.astype({name: pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string())) for name, dtype in records.dtypes.items() if dtype == STRING})
    some = coded.iloc[:kept]
    pd.testing.assert_frame_equal(plain(normalise(some, extras=strategies.EXTRAS)), plain(normalise(plain(some), extras=strategies.EXTRAS)))


def test_ids_give_the_order_that_their_texts_have():
    ids = ["b", "é", "a10", "a9", "Z", "\U0001f600", "\uffff"]
    (register,) = encode([pd.DataFrame({"record_id": pd.Series(ids, dtype=STRING)})])
    assert [ids[row] for row in text_order(register.ids)] == sorted(ids)
    assert list(register.take(text_order(register.ids)).ids) == sorted(ids)
