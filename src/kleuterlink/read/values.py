"""Cells of any type -> text, or dates where the source itself holds dates."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kleuterlink.coded import coded, places, recoded
from kleuterlink.errors import InputError

_AS_WRITTEN = ("", "-", "--", "?", ".", "NA", "NaN", "nan", "NaT", "None", "<NA>", "#N/A", "#N/B")
_ANY_CASE = ("null", "n/a", "n.v.t.", "onbekend", "inconnu", "inconnue", "unknown")
NULL_WORDS = (*_AS_WRITTEN, *(form for word in _ANY_CASE for form in (word, word.upper(), word.capitalize())))
"""What sources write where nothing is known. Na and Nan are names, so those words count only as machines write them."""

_NULL_WORDS = pa.array(NULL_WORDS, pa.string())


def clean_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Remove surrounding blanks and turn empty texts and null words into nulls.

    Parameters
    ----------
    column
        Text, plain or dictionary-encoded.

    Returns
    -------
    pyarrow.ChunkedArray
        Text, same length, order and encoding. A dictionary is one for all chunks, and holds what the rows have, each text once.

    """
    if pa.types.is_dictionary(column.type):
        whole = coded(column)
        trimmed = pc.utf8_trim_whitespace(whole.dictionary)
        # What differs still does where there was nothing to remove.
        return pa.chunked_array([recoded(places(whole), _null_where_nothing(trimmed), unique=whole.type == column.type and trimmed.equals(whole.dictionary))])
    return pa.chunked_array([_null_where_nothing(pc.utf8_trim_whitespace(chunk)) for chunk in column.chunks], pa.string())


def _null_where_nothing(texts: pa.StringArray) -> pa.StringArray:
    return pc.if_else(pc.is_in(texts, value_set=_NULL_WORDS), pa.scalar(None, pa.string()), texts)


def coded_text_or_date(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """Turn a column into text or dates as `text_or_date` does, value by value of its dictionary.

    Parameters
    ----------
    column
        Values as the source typed them.
    name
        The column's name, for messages.

    Returns
    -------
    pyarrow.ChunkedArray
        Dictionary-encoded `date32` or `string`, in one chunk; same length and order. What repeats itself costs four bytes a row.

    Raises
    ------
    InputError
        As of `text_or_date`.

    """
    if pa.types.is_nested(column.type):  # there is no dictionary of these
        return text_or_date(column, name)
    whole = one_dictionary(column)
    distinct = text_or_date(pa.chunked_array([whole.dictionary]), name).combine_chunks()
    return pa.chunked_array([pa.DictionaryArray.from_arrays(whole.indices, distinct)])


def one_dictionary(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """Return a column as one dictionary-encoded array; same length and order."""
    return (column if pa.types.is_dictionary(column.type) else column.dictionary_encode()).combine_chunks()


def text_or_date(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """Turn a column of any plain type into text, or into dates where it holds dates.

    Parameters
    ----------
    column
        Values as the source typed them.
    name
        The column's name, for messages.

    Returns
    -------
    pyarrow.ChunkedArray
        `date32` for dates and timestamps (the time of day is dropped), otherwise `string`: whole floats without a decimal point,
        NaN as null. Same length and order.

    Raises
    ------
    InputError
        The column holds lists, structures or bytes that are no text; leave it unmapped, or store it as text.

    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        return text_or_date(column.cast(kind.value_type), name)
    if pa.types.is_date(kind):
        return column.cast(pa.date32())
    if pa.types.is_timestamp(kind):
        local = column if kind.tz is None else pc.local_timestamp(column)
        return local.cast(pa.date32(), safe=False)
    if pa.types.is_floating(kind):
        return _float_text(column.cast(pa.float64()))
    try:
        text = column.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise InputError(f"column {name} holds {kind}, which is no text, number or date: store it as text, or leave it unmapped") from None
    return pc.replace_substring_regex(text, r"\.0*$", "") if pa.types.is_decimal(kind) else text


def _float_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    known = pc.if_else(pc.is_nan(column), pa.scalar(None, pa.float64()), column)
    # Beyond 2**53 a float no longer says which whole number it was.
    whole = pc.and_(pc.equal(pc.trunc(known), known), pc.less(pc.abs(known), 2.0**53))
    as_whole = pc.if_else(whole, known, pa.scalar(None, pa.float64())).cast(pa.int64()).cast(pa.string())
    return pc.coalesce(as_whole, known.cast(pa.string()))


def table_of_frame(frame: pd.DataFrame | pa.Table) -> pa.Table:
    """Take a pandas or Arrow table as an Arrow table with text column names.

    Parameters
    ----------
    frame
        The table; a pandas index is dropped.

    Returns
    -------
    pyarrow.Table
        Same rows and columns, in order; columns of mixed objects as text.

    Raises
    ------
    InputError
        It is neither a pandas nor an Arrow table.

    """
    if isinstance(frame, pa.Table):
        try:
            frame.validate(full=True)
        except (pa.ArrowException, UnicodeError):
            raise InputError("the Arrow table that was handed over holds values that are no valid UTF-8 or point nowhere: build it again") from None
        return frame
    if not isinstance(frame, pd.DataFrame):
        raise InputError(f"a {type(frame).__name__} was handed over where a pandas or Arrow table is expected")
    columns = [_series(frame.iloc[:, position]) for position in range(frame.shape[1])]
    return pa.table(columns, names=[str(name) for name in frame.columns])


def _series(series: pd.Series[Any]) -> pa.Array | pa.ChunkedArray:
    if series.dtype == object:
        return array_of_objects(series.tolist())
    try:
        return pa.array(series, from_pandas=True)
    except (pa.ArrowException, OverflowError, TypeError, ValueError):
        return array_of_objects(series.tolist())


def array_of_objects(values: Sequence[object]) -> pa.Array:
    """Turn Python objects into one Arrow column.

    Parameters
    ----------
    values
        What a cell may hold: None, text, numbers, dates.

    Returns
    -------
    pyarrow.Array
        Typed where all values are of one type, otherwise text (dates as yyyy-mm-dd). Same length and order.

    """
    try:
        return pa.array(values, from_pandas=True)
    except (pa.ArrowException, OverflowError, TypeError, ValueError):
        return pa.array([_cell_text(value) for value in values], pa.string())


def _cell_text(value: object) -> str | None:
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, float | np.floating | Decimal):
        if value.is_nan() if isinstance(value, Decimal) else math.isnan(value):
            return None
        return str(int(value)) if math.isfinite(value) and value == int(value) else str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value).encode("utf-8", "replace").decode()  # half a surrogate pair is no text that can be stored
