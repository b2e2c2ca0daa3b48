"""Further records get the codes that are there; encoding everything at once groups the same values."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from strategies import EXTRAS, large_register, records

from kleuterlink.normalise import codes_of, encode, encode_more, normalise

FIELDS = [*large_register(1, 1).columns]


def whole(frame):
    """A register with every field, so that each has codes."""
    lacking = {name: 0 if name == "birth_date" else None for name in FIELDS if name not in frame}
    return frame.assign(**{name: pd.Series([value] * len(frame), dtype=large_register(1, 1)[name].dtype) for name, value in lacking.items()})[FIELDS]


def partition(encoded, name):
    """Which entries of a column are equal, and what stands behind each."""
    column = np.concatenate([each.columns[name].ravel() for each in encoded])
    if encoded[0].columns[name].ndim == 2:
        text = np.append(encoded[-1].vocabulary.text, "")
    elif name in (values := vars(encoded[-1])["values"]):
        text = np.append(values[name], "")
    else:
        return column.tolist()
    return text[column].tolist()


@given(records(), records(), st.integers(0, 5))
def test_records_in_parts_are_those_of_the_whole(first, second, seed):
    start = normalise(large_register(seed, 6), extras=EXTRAS)
    more = [normalise(whole(each), extras=EXTRAS) for each in (first, second)]
    expected = encode([start, *more], extras=EXTRAS)
    (known,) = encode([start], extras=EXTRAS)
    codes, grown = codes_of(known), [known]
    for frame in more:
        encoded, codes = encode_more(frame, codes, EXTRAS)
        grown.append(encoded)
    assert set(grown[1].columns) == set(expected[1].columns)
    for name in expected[0].columns:
        assert partition(grown, name) == partition(expected, name), name
        assert [each.columns[name].dtype for each in grown] == [each.columns[name].dtype for each in expected]
    vocabulary, other = grown[-1].vocabulary, expected[-1].vocabulary
    place = {text: code for code, text in enumerate(vocabulary.text)}
    assert sorted(place) == other.text.tolist()
    order = np.array([place[text] for text in other.text], np.int64)
    for name in ("nickname", "initial", "length", "letters"):
        np.testing.assert_array_equal(getattr(vocabulary, name)[order], getattr(other, name))
    for name in ("core", "sound", "consonants"):
        one, two = getattr(vocabulary, name)[order], getattr(other, name)
        np.testing.assert_array_equal(one[:, None] == one, two[:, None] == two)


def test_known_codes_stay_and_new_ones_follow():
    start = normalise(large_register(2, 8), extras=EXTRAS)
    (known,) = encode([start], extras=EXTRAS)
    again, codes = encode_more(start, codes_of(known), EXTRAS)
    for name, column in known.columns.items():
        np.testing.assert_array_equal(column, again.columns[name])
    _, grown = encode_more(start.assign(surname=pd.Series(["QUACKELBEEN"] * 8, dtype=start["surname"].dtype)), codes, EXTRAS)
    assert grown.tokens[-1] == "QUACKELBEEN"
    assert grown.tokens[:-1].tolist() == codes.tokens.tolist() == known.vocabulary.text.tolist()
