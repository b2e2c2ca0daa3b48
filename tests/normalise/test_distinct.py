"""The first column that knows a row's value gives it."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink.coded import coded
from kleuterlink.normalise.distinct import first_known

ROWS = st.lists(st.tuples(*[st.none() | st.sampled_from("abc")] * 3), max_size=8)


@given(ROWS, st.integers(1, 3))
def test_the_first_known_value_of_each_row(rows, width):
    columns = [coded(pa.array([row[at] for row in rows], pa.string())) for at in range(width)]
    expected = [next((value for value in row[:width] if value is not None), None) for row in rows]
    made = first_known(columns)
    assert made.to_pylist() == expected
    assert set(made.dictionary.to_pylist()) == {value for value in expected if value is not None}
