"""Further records, encoded with the codes that are there: a new token or value gets the next free code, and no other changes its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kleuterlink.coded import text_array
from kleuterlink.normalise.encode import Columns, _columns_by_kind, _plain_columns, _token_matrix, _vocabulary
from kleuterlink.normalise.names import consonant_keys, core_part, sound_keys
from kleuterlink.tables import Encoded, IntArray, Vocabulary

KEYS = ("core", "sound", "consonants")
"""What is derived of a token as text, and coded."""

Texts = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Codes:
    """What stands behind the codes of registers that were encoded together.

    Attributes
    ----------
    vocabulary
        The tokens, in the order of their codes.
    tokens
        Their text. Indexes keep their hash table, so that one more record costs little.
    keys
        Text behind the codes of each of `KEYS`.
    texts
        Text behind the codes of each single-valued coded column.

    """

    vocabulary: Vocabulary
    tokens: pd.Index[str]
    keys: Mapping[str, pd.Index[str]]
    texts: Mapping[str, pd.Index[str]]

    def as_values(self) -> dict[str, Texts]:
        """Return the texts as `Encoded.values` holds them."""
        return {name: index.to_numpy() for name, index in self.texts.items()}

    def behind(self, register: Encoded) -> Encoded:
        """Return a register that was encoded with fewer of these codes as one that was encoded with all."""
        return replace(register, vocabulary=self.vocabulary, values=self.as_values())


def codes_of(register: Encoded) -> Codes:
    """Return what stands behind the codes of a register, and of all that were encoded with it by `encode`."""
    texts = {name: np.unique(np.array(each, dtype=str)).astype(object) for name, each in _keys_of(register.vocabulary.text).items()}
    values = {name: index_of(each) for name, each in register.values.items()}  # noqa: PD011 a field of ours
    return Codes(register.vocabulary, index_of(register.vocabulary.text), {name: index_of(each) for name, each in texts.items()}, values)


def index_of(texts: Texts) -> pd.Index[str]:
    """Return texts with the place of each."""
    return pd.Index(texts, dtype=object)


def encode_more(frame: pd.DataFrame, known: Codes, extras: Mapping[str, str]) -> tuple[Encoded, Codes]:
    """Encode a normalised register with codes that are there.

    Parameters
    ----------
    frame
        Normalised records (`tables.NORMALISED`).
    known
        The codes.
    extras
        Kind of each further column by name.

    Returns
    -------
    register : Encoded
        Rows in the frame's order. Equal values have equal codes; the codes' order says nothing.
    codes : Codes
        The known ones, and those of new values after them.

    """
    slots, single, dates = _columns_by_kind(extras)
    columns: Columns = {}
    split = {name: pc.split_pattern(text_array(frame[name]), " ") for name in slots if name in frame}
    tokens = Grown(known.tokens, [_texts(words.flatten()) for words in split.values()])
    for name, words in split.items():
        lengths = pc.fill_null(pc.list_value_length(words), 0).to_numpy(zero_copy_only=False)
        columns[name] = _token_matrix(np.arange(len(words), dtype=np.int32), tokens.codes(_texts(words.flatten())), lengths, slots[name])
    texts = dict(known.texts)
    for name in single:
        if name in frame:
            given = _texts(text_array(frame[name]))
            grown = Grown(known.texts[name], [given])
            columns[name], texts[name] = grown.codes(given), grown.index
    _plain_columns(frame, columns, dates)
    vocabulary, keys = _grown_vocabulary(known, tokens.new)
    codes = Codes(vocabulary, tokens.index, keys, texts)
    return Encoded(len(frame), pd.arrays.ArrowExtensionArray(text_array(frame["record_id"])), columns, vocabulary, codes.as_values()), codes


class Grown:
    """Known texts and those that are new beside them, which follow in their order; null and the empty text are none."""

    def __init__(self, known: pd.Index[str], given: Sequence[Texts]) -> None:
        """Find the new ones among `given`."""
        distinct = pd.unique(np.concatenate([np.zeros(0, object), *given]))
        some = np.array([text for text in distinct if text], dtype=object)
        self.known = known
        self.new = np.sort(some[known.get_indexer(index_of(some)) < 0]) if len(some) else some

    @property
    def index(self) -> pd.Index[str]:
        """All texts; the index that is known already where none is new."""
        return self.known.append(index_of(self.new)) if len(self.new) else self.known

    def codes(self, texts: Texts) -> IntArray:
        """Return the int32 code of each text, -1 for none."""
        code = self.known.get_indexer(index_of(texts))
        if len(self.new):
            later = index_of(self.new).get_indexer(index_of(texts))
            code = np.where((code < 0) & (later >= 0), len(self.known) + later, code)
        made: IntArray = code.astype(np.int32)
        return made


def _texts(array: pa.Array) -> Texts:
    made: Texts = array.to_numpy(zero_copy_only=False)
    return made


def _keys_of(tokens: Sequence[str] | Texts) -> dict[str, list[str]]:
    cores = [core_part(token) for token in tokens]
    sounds = sound_keys(cores)
    return dict(zip(KEYS, (cores, sounds, consonant_keys(sounds)), strict=True))


def _grown_vocabulary(known: Codes, new: Texts) -> tuple[Vocabulary, Mapping[str, pd.Index[str]]]:
    """Derive of new tokens what is derived of the known ones."""
    if not len(new):
        return known.vocabulary, known.keys
    added = _vocabulary(pa.array(new, pa.string()))
    keys, derived = {}, {}
    for name, given in _keys_of(new).items():
        texts = np.array(given, dtype=object)
        grown = Grown(known.keys[name], [texts])
        keys[name], derived[name] = grown.index, grown.codes(texts)
    parts = {each.name: (getattr(known.vocabulary, each.name), derived.get(each.name, getattr(added, each.name))) for each in fields(Vocabulary)}
    return Vocabulary(**{name: np.concatenate(both) for name, both in parts.items()}), keys
