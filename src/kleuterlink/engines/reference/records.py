"""An encoded register -> one plain record per row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from kleuterlink.tables import Encoded, IntArray


class FrequencyClasses(Protocol):
    """Frequency class of each token in each name field, and of each postcode; `compare.Frequencies` is one."""

    @property
    def first_names(self) -> IntArray:
        """Class of each token as a first name; 0 is the commonest."""

    @property
    def surname(self) -> IntArray:
        """Class of each token as a part of a surname."""

    @property
    def parent(self) -> IntArray:
        """Class of each token as a part of a parent's name."""

    @property
    def postcode(self) -> IntArray:
        """Class of each postcode."""


class Part(NamedTuple):
    """One token of a name: as written, the codes derived from it (nickname -1 for none), and its frequency class."""

    text: str
    core: int
    sound: int
    consonants: int
    nickname: int
    rarity: int


Parts = tuple[Part, ...]


@dataclass(frozen=True)
class Record:
    """One record.

    A field that the register lacks altogether is None. What is missing from this record is 0 in numbers and dates, None in places, and no
    parts in names.
    """

    national_number: int = 0
    number_kind: int = 0
    number_birth_date: int | None = None
    number_sex: int = 0
    sex: int = 0
    birth_date: int | None = None
    placeholder_date: bool = False
    first_names: Parts | None = None
    surname: Parts | None = None
    parent: Parts | None = None
    street: str | None = None
    house_number: int | None = None
    postcode: str | None = None
    postcode_rarity: int = 0
    municipality: str | None = None
    words: Mapping[str, Parts] = field(default_factory=dict)
    values: Mapping[str, str | None] = field(default_factory=dict)
    dates: Mapping[str, int] = field(default_factory=dict)


NAMES = ("first_names", "surname", "parent")
PLACES = ("street", "postcode", "municipality")
PLAIN = ("national_number", "number_kind", "number_birth_date", "number_sex", "sex", "birth_date", "placeholder_date")


def records_of(register: Encoded, frequencies: FrequencyClasses | None = None) -> list[Record]:
    """Write out a register record by record.

    Parameters
    ----------
    register
        The register, encoded.
    frequencies
        Frequency classes over all registers; every class is 0 where they are not given.

    Returns
    -------
    list of Record
        One per row, in row order.

    """
    columns = {name: column.tolist() for name, column in register.columns.items()}
    rarities: dict[str, list[int]] = {name: getattr(frequencies, name).tolist() for name in (*NAMES, "postcode")} if frequencies is not None else {}
    fields: dict[str, list[object]] = {name: columns[name] for name in PLAIN if name in columns}
    for name in NAMES:
        if name in columns:
            tokens = _tokens(register, rarities.get(name))
            fields[name] = [_parts(codes, tokens) for codes in columns[name]]
    for name in PLACES:
        if name in columns:
            fields[name] = [_text(code, register.values[name].tolist()) for code in columns[name]]
    if "postcode" in columns and rarities:
        fields["postcode_rarity"] = [rarities["postcode"][code] if code >= 0 else 0 for code in columns["postcode"]]
    if "house_number" in columns:
        fields["house_number"] = [number if number >= 0 else None for number in columns["house_number"]]
    further = [name for name in columns if name not in {*PLAIN, *NAMES, *PLACES, "house_number"}]
    words = [name for name in further if register.columns[name].ndim == 2]
    coded = [name for name in further if name in register.values]
    dates = [name for name in further if name not in {*words, *coded}]
    tokens, texts = _tokens(register, None), {name: register.values[name].tolist() for name in coded}
    return [
        Record(
            **{name: values[row] for name, values in fields.items()},  # type: ignore[arg-type]
            words={name: _parts(columns[name][row], tokens) for name in words},
            values={name: _text(columns[name][row], texts[name]) for name in coded},
            dates={name: columns[name][row] for name in dates},
        )
        for row in range(register.size)
    ]


def _tokens(register: Encoded, rarity: list[int] | None) -> list[Part]:
    vocabulary = register.vocabulary
    derived = (vocabulary.text, vocabulary.core, vocabulary.sound, vocabulary.consonants, vocabulary.nickname)
    classes = rarity if rarity is not None else [0] * len(vocabulary.text)
    return [Part(*token) for token in zip(*(column.tolist() for column in derived), classes, strict=True)]


def _parts(codes: list[int], tokens: list[Part]) -> Parts:
    return tuple(tokens[code] for code in codes if code >= 0)


def _text(code: int, texts: list[str]) -> str | None:
    return texts[code] if code >= 0 else None
