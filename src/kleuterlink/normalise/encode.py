"""Normalised registers -> dictionary-encoded columns with codes that all registers share.

Everything after this point works on small integers: an equality is an integer comparison, and string work happens once
per distinct token.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kleuterlink.coded import coded, in_use, places, text_array
from kleuterlink.normalise.names import consonant_keys, core_part, nickname_group, sound_keys
from kleuterlink.tables import Encoded, IntArray, Vocabulary

NAME_SLOTS = {"first_names": 4, "surname": 4, "parent": 6}
"""Tokens kept of each name field; a further one is rare and adds nothing."""

NUMBERS = {
    "number_kind": np.int8,
    "number_birth_date": np.int32,
    "number_sex": np.int8,
    "sex": np.int8,
    "birth_date": np.int32,
    "placeholder_date": np.bool_,
}

CODED = ("street", "postcode", "municipality")

Columns = dict[str, npt.NDArray[np.generic]]


def encode(frames: Sequence[pd.DataFrame], *, extras: Mapping[str, str] | None = None, threads: int | None = None) -> list[Encoded]:
    """Encode normalised registers with codes that are shared between them.

    Parameters
    ----------
    frames
        Normalised registers (`tables.NORMALISED`), the births first.
    extras
        Kind of each further column (`identifier`, `name`, `date`, `exact`, `text`) by name.
    threads
        Threads; one per processor where not given. The outcome does not depend on it.

    Returns
    -------
    list of Encoded
        One per frame, rows in the frame's order. Codes depend on the set of values only, not on their order.

    """
    extras = dict(extras or {})
    slots, single, dates = _columns_by_kind(extras)
    columns: list[Columns] = [{} for _ in frames]
    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        named = [(k, name) for k, frame in enumerate(frames) for name in slots if name in frame]
        split = list(pool.map(lambda column: _split(frames[column[0]][column[1]]), named))
        tokens, codes = _coded_tokens([words.flatten() for _, words in split])
        rows, lengths = [place for place, _ in split], [np.diff(words.offsets.to_numpy()) for _, words in split]
        del split  # the tokens of ten million names are a good part of a gigabyte
        # The vocabulary is Python's work, and the columns are Arrow's: they go well together.
        vocabulary = pool.submit(_vocabulary, tokens)
        texts = {name: pool.submit(_encode_shared, frames, columns, name) for name in single}
        plain = [pool.submit(_plain_columns, frame, out, dates) for frame, out in zip(frames, columns, strict=True)]
        matrices = pool.map(_token_matrix, rows, codes, lengths, [slots[name] for _, name in named])
        for (k, name), matrix in zip(named, matrices, strict=True):
            columns[k][name] = matrix
        values = {name: text for name, made in texts.items() if (text := made.result()) is not None}
        for made in plain:
            made.result()
    ids = [pd.arrays.ArrowExtensionArray(text_array(frame["record_id"])) for frame in frames]
    return [Encoded(len(frame), frame_ids, out, vocabulary.result(), values) for frame, frame_ids, out in zip(frames, ids, columns, strict=True)]


def _columns_by_kind(extras: Mapping[str, str]) -> tuple[dict[str, int], tuple[str, ...], list[str]]:
    """Return the columns of tokens with the number that is kept, those of one value each, and further dates."""
    slots = {**NAME_SLOTS, **{name: 6 for name, kind in extras.items() if kind in {"name", "text"}}}
    single = (*CODED, *(name for name, kind in extras.items() if kind in {"identifier", "exact"}))
    return slots, single, [name for name, kind in extras.items() if kind == "date"]


def _plain_columns(frame: pd.DataFrame, out: Columns, dates: Sequence[str]) -> None:
    for name, dtype in NUMBERS.items():
        if name in frame:
            out[name] = frame[name].to_numpy(dtype=dtype)
    for name in dates:
        if name in frame:
            out[name] = frame[name].to_numpy(dtype=np.int32)
    if "national_number" in frame:
        out["national_number"] = np.maximum(_digits(text_array(frame["national_number"]), 11), 0)
    if "house_number" in frame:
        numbers = coded(frame["house_number"])
        out["house_number"] = np.append(_digits(numbers.dictionary, 8), -1).astype(np.int32)[places(numbers)]


def _digits(texts: pa.StringArray, longest: int) -> IntArray:
    """Return text of digits as int64, -1 where it is null, longer or no number."""
    usable = pc.fill_null(pc.and_(pc.ascii_is_decimal(texts), pc.less_equal(pc.binary_length(texts), longest)), False)
    number: IntArray = pc.if_else(usable, texts, pa.scalar("-1")).cast(pa.int64()).to_numpy(zero_copy_only=False)
    return number


def _encode_shared(frames: Sequence[pd.DataFrame], columns: list[Columns], name: str) -> npt.NDArray[np.object_] | None:
    """Code one single-valued column of all frames by the rank of its text; -1 for null."""
    encoded = {k: in_use(coded(frame[name])) for k, frame in enumerate(frames) if name in frame}
    if not encoded:
        return None
    distinct = _sorted_distinct([array.dictionary for array in encoded.values()])
    for k, array in encoded.items():
        columns[k][name] = np.append(_ranks(array.dictionary, distinct), np.int32(-1))[places(array)]
    text: npt.NDArray[np.object_] = distinct.to_numpy(zero_copy_only=False)
    return text


def _sorted_distinct(arrays: Sequence[pa.Array]) -> pa.Array:
    distinct = pc.unique(pa.chunked_array([array.cast(pa.string()) for array in arrays], type=pa.string())).drop_null()
    return distinct.take(pc.sort_indices(distinct))


def _ranks(values: pa.Array, distinct: pa.Array) -> IntArray:
    ranks: IntArray = pc.fill_null(pc.index_in(values, value_set=distinct), -1).to_numpy(zero_copy_only=False).astype(np.int32)
    return ranks


def _split(names: pd.Series) -> tuple[npt.NDArray[np.int32], pa.ListArray]:
    """Return the place of each name among the distinct ones, and the tokens of these."""
    array = in_use(coded(names))
    return places(array), pc.split_pattern(array.dictionary, " ")


def _coded_tokens(columns: Sequence[pa.StringArray]) -> tuple[pa.StringArray, list[IntArray]]:
    """Return the distinct tokens, sorted, and the place among them of each token of each column; -1 of an empty one."""
    encoded = pa.concat_arrays(columns or [pa.array([], pa.string())]).dictionary_encode()
    tokens, rank = _ranked(encoded.dictionary)
    empty = int(len(tokens) > 0 and tokens[0].as_py() == "")
    codes = (rank - np.int32(empty))[encoded.indices.to_numpy()]
    return tokens.slice(empty), np.split(codes, np.cumsum([len(column) for column in columns])[:-1])


def _ranked(distinct: pa.StringArray) -> tuple[pa.StringArray, npt.NDArray[np.int32]]:
    """Return distinct texts in order, and the place of each in that order."""
    order = pc.sort_indices(distinct)
    rank = np.empty(len(order), np.int32)
    rank[order.to_numpy()] = np.arange(len(order), dtype=np.int32)
    return distinct.take(order), rank


def _token_matrix(rows: npt.NDArray[np.int32], codes: IntArray, lengths: IntArray, slots: int) -> IntArray:
    """Return the codes of each record's tokens, -1 beyond the last: `rows` are places of names (-1 for null), which have so many tokens each."""
    position = np.arange(len(codes)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    name = np.repeat(np.arange(len(lengths)), lengths)
    kept = (position < slots) & (codes >= 0)
    # The last row stands for null.
    matrix = np.full((len(lengths) + 1, slots), -1, np.int32)
    matrix[name[kept], position[kept]] = codes[kept]
    made: IntArray = matrix[rows]
    return made


def _vocabulary(tokens: pa.Array) -> Vocabulary:
    text = tokens.to_pylist()
    cores = [core_part(token) for token in text]
    sound, consonants = _sounds(cores)
    initial, length, letters = _letters(tokens)
    return Vocabulary(
        text=np.array(text, dtype=object),
        core=_rank_text(cores),
        sound=sound,
        consonants=consonants,
        nickname=np.fromiter((nickname_group(token) for token in text), np.int32, len(text)),
        initial=initial,
        length=length,
        letters=letters,
    )


def _rank_text(values: list[str]) -> IntArray:
    encoded = pa.array(values, pa.string()).dictionary_encode()
    ranks: IntArray = _ranked(encoded.dictionary)[1][encoded.indices.to_numpy()]
    return ranks


def _sounds(cores: list[str]) -> tuple[IntArray, IntArray]:
    """Code the sound and the consonants of each core, made once per distinct core."""
    encoded = pa.array(cores, pa.string()).dictionary_encode()
    keys, rows = sound_keys(encoded.dictionary.to_pylist()), encoded.indices.to_numpy()
    return _rank_text(keys)[rows], _rank_text(consonant_keys(keys))[rows]


def _letters(tokens: pa.Array) -> tuple[IntArray, IntArray, npt.NDArray[np.uint32]]:
    """Return initial, length and letter bit set of each token (A = bit 0; digits share the last bits)."""
    length: IntArray = pc.utf8_length(tokens).to_numpy(zero_copy_only=False).astype(np.int16)
    if not len(tokens):
        return np.zeros(0, np.int8), length, np.zeros(0, np.uint32)
    joined = np.frombuffer("".join(tokens.to_pylist()).encode("ascii", "replace"), np.uint8).astype(np.uint32)
    bit = np.where(joined >= ord("A"), (joined - ord("A")) & 31, 26 + joined % 5)
    starts = np.concatenate([[0], np.cumsum(length[:-1], dtype=np.int64)])
    initial = (joined[starts].astype(np.int16) - ord("A")).astype(np.int8)
    return initial, length, np.bitwise_or.reduceat(np.left_shift(np.uint32(1), bit), starts)
