"""Columns of text as codes: each distinct value is kept, and looked at, once; a row costs four bytes whatever it says.

Everything between a file and `tables.Encoded` is made of such columns, except for what differs on every row (ids, national numbers).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kleuterlink.ordering import sorted_rows

KIND = pa.dictionary(pa.int32(), pa.string())

CODED = pd.ArrowDtype(KIND)
"""Dtype of text columns of registers, but for ids and national numbers, which differ on nearly every row."""

Text = Any
"""A column of text: pandas or Arrow, plain or dictionary-encoded, in one chunk or many."""


def text_array(values: Text) -> pa.StringArray:
    """Return a column as one plain Arrow text array, in order; null where it is null, and what is no text is written out as text."""
    array = _one_array(values)
    return array if pa.types.is_string(array.type) else array.cast(pa.string())


def coded(values: Text) -> pa.DictionaryArray:
    """Return a column as one dictionary-encoded text array, in order; null where it is null."""
    array = _one_array(values)
    if not pa.types.is_dictionary(array.type):
        array = text_array(array).dictionary_encode()
    return array if array.type == KIND else array.cast(KIND)


def text_order(values: Text) -> npt.NDArray[np.int64]:
    """Return the rows in the order of their texts, byte by byte; equal ones stay in the order they are in, and null comes last.

    Ids are short: as whole numbers they are in order several times sooner than as texts.
    """
    texts = text_array(values)
    words = _words(texts)
    if words is None:
        return np.asarray(pc.sort_indices(texts)).astype(np.int64)
    return sorted_rows(words[0])[0] if len(words) == 1 else np.lexsort(words[::-1])


def all_differ(values: Text) -> bool:
    """Tell whether no text stands there twice, nor null."""
    texts = text_array(values)
    words = _words(texts)
    if words is None or len(words) > 1:
        return len(pc.unique(texts)) == len(texts)
    ordered = np.sort(words[0])
    return bool((ordered[1:] != ordered[:-1]).all())


WORD = 63
"""Bits of a whole number from 0 on."""

LONGEST_PACKED = 16
"""Bytes of a text up to which it is sorted as whole numbers."""


def _words(texts: pa.StringArray) -> list[npt.NDArray[np.int64]] | None:
    """Return texts as whole numbers in whose order they are, the first ones first; None where a text is null, long or holds a zero.

    Every place in the texts takes as many bits as its letters need to be told apart: of digits four.
    """
    count, (_, offsets, data) = len(texts), texts.buffers()
    if not count or texts.null_count or data is None:
        return None
    ends = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + count + 1]
    length, letters = np.diff(ends), np.frombuffer(data, np.uint8)[ends[0] : ends[-1]]
    longest = int(length.max())
    if not 0 < longest <= LONGEST_PACKED or not letters.all():
        return None
    words, room, shortest = [np.zeros(count, np.int64)], WORD, int(length.min())
    begins = ends[:-1] - ends[0]
    for place in range(longest):
        letter = letters[place::longest] if shortest == longest else letters[np.minimum(begins + place, len(letters) - 1)]
        if place >= shortest:
            letter[length <= place] = 0
        there = np.zeros(256, bool)
        there[letter] = True
        bits = int(there.sum() - 1).bit_length()
        if bits > room:
            words.append(np.zeros(count, np.int64))
            room = WORD
        words[-1] = words[-1] << bits | (np.cumsum(there) - 1)[letter]
        room -= bits
    return words


def places(values: pa.DictionaryArray) -> npt.NDArray[np.int32]:
    """Return the place of each row's value in the dictionary; -1 for null."""
    found: npt.NDArray[np.int32] = pc.fill_null(values.indices, -1).to_numpy(zero_copy_only=False)
    return found


def recoded(rows: npt.NDArray[np.integer], values: pa.StringArray, *, unique: bool = False) -> pa.DictionaryArray:
    """Return a column whose dictionary holds each of its values once, and no other.

    Parameters
    ----------
    rows
        Place in `values` of each row's value; -1 for null.
    values
        Text, in which nulls, the same text twice, and what no row has may stand.
    unique
        Whether no text stands there twice, so that they need not be compared.

    Returns
    -------
    pyarrow.DictionaryArray
        One entry per row, in order.

    """
    used = np.zeros(len(values) + 1, np.bool_)
    used[rows] = True
    used[-1] = False
    if values.null_count:
        used[:-1] &= values.is_valid().to_numpy(zero_copy_only=False)
    kept = values if used[:-1].all() else values.filter(pa.array(used[:-1]))
    place = np.full(len(used), -1, np.int32)
    if unique:
        place[used] = np.arange(len(kept))
    else:
        encoded = kept.dictionary_encode()
        kept, place[used] = encoded.dictionary, encoded.indices.to_numpy()
    codes = place[rows]
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), kept)


def in_use(values: pa.DictionaryArray) -> pa.DictionaryArray:
    """Return a column without the values that no row has."""
    rows = places(values)
    used = np.zeros(len(values.dictionary) + 1, np.bool_)
    used[rows] = True
    return values if used[:-1].all() and not values.dictionary.null_count else recoded(rows, values.dictionary)


def on_distinct(values: pa.DictionaryArray, function: Callable[[pa.StringArray], pa.StringArray]) -> pa.DictionaryArray:
    """Apply a function to the distinct values.

    Parameters
    ----------
    values
        Text, null where not known.
    function
        From distinct texts (none of them null) to texts, of the same length.

    Returns
    -------
    pyarrow.DictionaryArray
        One entry per row, in row order; null where `values` is null or the function gives null.

    """
    return recoded(places(values), function(values.dictionary))


def series(values: pa.Array, name: str | None = None) -> pd.Series:
    """Return an Arrow array as a pandas series of the same type, with a `RangeIndex`."""
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([values])), name=name)


def _one_array(values: Text) -> pa.Array:
    array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values, from_pandas=True)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
