"""The schema of every table that passes between stages.

Stages never import one another; they meet here. Strings are Arrow-backed (`string[pyarrow]` through `pd.ArrowDtype`), and those of
registers `coded.CODED` (`series.astype(STRING)` gives plain text); null means "not known". Every table has a `RangeIndex`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

T = TypeVar("T")

STRING = pd.ArrowDtype(pa.string())
"""Dtype of text columns."""


@dataclass(frozen=True)
class Register:
    """A register as it was read: `records` usable rows, `rejected` the others.

    Attributes
    ----------
    name
        Its name in the configuration.
    role
        A `config.Role`.
    community
        `nl` or `fr`; meaningful for enrolments.
    records
        One row per usable input row, in input order. Columns: `row` (int64, 1-based row of the data in the source, the
        header not counted), `id` (text, unique, never null; absences may lack it), and one text column per mapped field or extra, values
        as in the source with surrounding blanks removed and empty ones null (`CODED`, but for `id` and `national_number`; of absences
        all). Date fields are int32 `yyyymmdd` instead, with 00 for an unknown month or day and 0 for an unknown date.
    rejected
        `REJECTED` rows: what could not be used.
    rows_in
        Number of data rows in the source: `len(records)` + number of distinct rejected rows.
    completeness
        Share of records that know each field: not null and, for dates, not 0.

    """

    name: str
    role: str
    community: str
    records: pd.DataFrame
    rejected: pd.DataFrame
    rows_in: int
    completeness: Mapping[str, float]
    source: str = ""
    notes: tuple[str, ...] = field(default=())


NORMALISED = {
    "record_id": "text; the register's id",
    "national_number": "text; the 11 digits; null where missing or a known placeholder",
    "number_kind": "int8; 0 missing, 1 valid national, 2 valid bis, 3 fails its check or has an impossible date",
    "number_birth_date": "int32 yyyymmdd; birth date that a valid number states, month and day 00 where it leaves them open; 0 unknown",
    "number_sex": "int8; 0 unknown, 1 male, 2 female; what a valid number states (never from a month + 20 bis number)",
    "first_names": "text; first names in order, A-Z tokens separated by one blank (a hyphen separates tokens too)",
    "surname": "text; ordered parts separated by one blank; particles are joined to the part they lead (VANDENBERG DECLERCQ)",
    "sex": "int8; 0 unknown, 1 male, 2 female",
    "birth_date": "int32 yyyymmdd; 00 for unknown month or day; 0 unknown",
    "placeholder_date": "bool; the birth date is a day on which this register heaps far more births than chance allows, or a part is unknown",
    "parent": "text; the parent's full name as surname-style parts (all tokens, particles joined)",
    "street": "text; street stem without its type word in Dutch or French, A-Z and blanks",
    "house_number": "text; digits only, leading zeros removed, box and letter dropped",
    "postcode": "text; as digits and capitals without blanks",
    "municipality": "text; NIS code where the table knows the name or postcode, else the name as A-Z",
}
"""Columns of a normalised register and what they hold. Fields that a register lacks are absent; extras follow under
their own names, as text. Texts are `CODED`, but for `record_id` and `national_number`. Row order and length are those of
`Register.records`; the columns `row` and the enrolment fields are carried over as they are."""

Column = npt.NDArray[Any]
"""A column of codes, dates or flags; `Encoded` says of which dtype."""

Ids: TypeAlias = pd.arrays.ArrowExtensionArray
"""Ids of records, text; indexed as a NumPy array is."""

IntArray = npt.NDArray[np.integer]
BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Vocabulary:
    """The name tokens of all registers that are linked together, and what is derived from each.

    Tokens are sorted, so that codes do not depend on row order. All arrays have one entry per token.

    Attributes
    ----------
    text
        The token (object array of str).
    core
        int32 code of the token without leading particles; equal cores, equal codes.
    sound
        int32 code of the spelling-independent key of the core.
    consonants
        int32 code of that key without its vowels; of the whole key where it has fewer than two consonants.
    nickname
        int32 group of call names that the token belongs to, -1 for none.
    initial
        int8 letter (0 = A) that the token starts with.
    length
        int16 number of letters.
    letters
        uint32 bit set of the letters that occur in it.

    """

    text: npt.NDArray[np.object_]
    core: IntArray
    sound: IntArray
    consonants: IntArray
    nickname: IntArray
    initial: IntArray
    length: IntArray
    letters: npt.NDArray[np.uint32]


@dataclass(frozen=True)
class Encoded:
    """A normalised register as dictionary-encoded columns: what `block` and `compare` read.

    Codes are shared by all registers that were encoded together. A column whose field the register lacks is absent.

    Attributes
    ----------
    size
        Number of records.
    ids
        Record ids.
    columns
        `national_number` int64 (0 missing), `number_kind`, `number_birth_date`, `number_sex`, `sex`, `birth_date`,
        `placeholder_date` as in `NORMALISED`; `first_names`, `surname`, `parent` int32 (size, K) codes of the tokens in
        order, -1 beyond the last; `street`, `postcode`, `municipality` int32 codes, -1 missing; `house_number` int32, -1
        missing; one column per extra: int32 codes (-1 missing), (size, K) for names and texts, yyyymmdd for dates.
    vocabulary
        The tokens behind the codes of names.
    values
        The text behind the codes of each single-valued coded column that is compared by more than equality.
    derived
        What a stage derived from it once, and keeps for its next use; no part of the register. `once` fills it.

    """

    size: int
    ids: Ids
    columns: dict[str, Column]
    vocabulary: Vocabulary
    values: dict[str, npt.NDArray[np.object_]] = field(default_factory=dict)
    derived: dict[str, Future[Any]] = field(default_factory=dict, compare=False, repr=False)

    def once(self, name: str, derive: Callable[[], T]) -> T:
        """Derive something on its first use, and return it; a thread that asks meanwhile waits for it."""
        mine: Future[T] = Future()
        kept: Future[T] = self.derived.setdefault(name, mine)
        if kept is mine:
            try:
                mine.set_result(derive())
            except BaseException as error:
                mine.set_exception(error)
                raise
        return kept.result()

    def __getstate__(self) -> dict[str, Any]:
        """Return what is written of the register: all but what was derived from it."""
        return self.__dict__ | {"derived": {}}

    def has(self, *names: str) -> bool:
        """Tell whether all these columns are there."""
        return all(name in self.columns for name in names)

    def forget(self) -> None:
        """Drop what stages derived from it: it takes more memory than the register."""
        self.derived.clear()

    def take(self, rows: IntArray) -> Encoded:
        """Return the register with only these rows, in this order; of names, the tokens in the same place of all records lie together."""
        columns = {name: column[rows] if column.ndim == 1 else np.take(column.T, rows, axis=1).T for name, column in self.columns.items()}
        return Encoded(len(rows), self.ids[rows], columns, self.vocabulary, self.values)


@dataclass(frozen=True)
class Prepared:
    """The registers of a run, before they are linked.

    Attributes
    ----------
    registers
        All of them as read, by name.
    normalised, encoded
        Those of persons, normalised, and (births, lists and applications) encoded together; rows are those of `registers`.
    hashes
        SHA-256 of every input.

    """

    registers: Mapping[str, Register]
    normalised: Mapping[str, pd.DataFrame]
    encoded: Mapping[str, Encoded]
    hashes: Mapping[str, str]


@dataclass(frozen=True)
class Pairs:
    """Distinct pairs of records, sorted by (left, right).

    Attributes
    ----------
    left, right
        int32 row of the first and of the second register, aligned.
    rules
        uint32 bit set: bit r is set where the r-th blocking rule made the pair.

    """

    left: IntArray
    right: IntArray
    rules: npt.NDArray[np.uint32]

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.left)

    def take(self, rows: IntArray | BoolArray | slice) -> Pairs:
        """Return these pairs only."""
        return Pairs(self.left[rows], self.right[rows], self.rules[rows])

    def among(self, packed: IntArray, size: int) -> BoolArray:
        """Tell which of the pairs are among some, sorted and packed as left * size + right."""
        key = self.left * np.int64(size) + self.right
        if not len(packed):
            return np.zeros(len(key), bool)
        found: BoolArray = packed[np.minimum(np.searchsorted(packed, key), len(packed) - 1)] == key
        return found


@dataclass(frozen=True)
class RuleReport:
    """What one blocking rule made: distinct pairs, those that no earlier rule made, its largest block, and blocks refined."""

    rule: str
    pairs: int
    new_pairs: int
    largest_block: int
    refined: int


@dataclass(frozen=True)
class Comparison:
    """One comparison: what is compared, and the levels that can come out.

    Attributes
    ----------
    name
        Name in the outputs (`level_<name>`).
    labels
        Words for the levels 0, 1, 2, ...; higher is closer. Missing (-1) needs none.

    """

    name: str
    labels: tuple[str, ...]

    @property
    def identifying(self) -> bool:
        """Whether it compares identifiers: a value is one person's, and may stand on another's record by mistake."""
        return "one typing error apart" in self.labels


@dataclass(frozen=True)
class Vectors:
    """Pairs with their agreement patterns.

    Attributes
    ----------
    comparisons
        The comparisons, in the order of the columns of a pattern.
    code
        int64 (pairs,) agreement pattern of each pair, as one number: mixed radix over (level + 1).

    """

    comparisons: tuple[Comparison, ...]
    code: IntArray

    def levels(self, code: IntArray | None = None) -> npt.NDArray[np.int8]:
        """Return the int8 (codes, comparisons) levels of pattern codes; -1 missing."""
        rest = (self.code if code is None else code).copy()
        out = np.empty((len(rest), len(self.comparisons)), np.int8)
        for column in range(len(self.comparisons) - 1, -1, -1):
            rest, digit = np.divmod(rest, len(self.comparisons[column].labels) + 1)
            out[:, column] = digit - 1
        return out

    def counted(self) -> PatternCounts:
        """Count the pairs of each pattern."""
        return self.numbered()[1]

    def numbered(self) -> tuple[IntArray, PatternCounts]:
        """Count the pairs of each pattern, and return the place of each pair's among them; int32 (E,)."""
        number, code = pd.factorize(self.code)
        order = np.argsort(code)
        place = np.empty(len(code), np.int32)
        place[order] = np.arange(len(code), dtype=np.int32)
        return place[number], PatternCounts(self.comparisons, code[order], np.bincount(number, minlength=len(code))[order])


@dataclass(frozen=True)
class PatternCounts:
    """How many pairs show each agreement pattern: all that is asked of pairs that are known to be no matches.

    Attributes
    ----------
    comparisons
        As of `Vectors`.
    code
        int64 (P,) the patterns that there are, sorted.
    pairs
        int64 (P,) number of pairs of each.

    """

    comparisons: tuple[Comparison, ...]
    code: IntArray
    pairs: IntArray


SECOND_LOOK = "second_look"
SAME_PUPIL = "same_pupil"
EVERY_PAIR = "every_pair"
SAME_CLUSTER = "same_cluster"
"""What stands for a blocking rule where none made a pair: the second look, another record of a pupil; in a register by itself, that all pairs
were compared, and that all records of a cluster were."""


@dataclass(frozen=True)
class ListLinks:
    """One list, compared with the births and scored; what `assign` and `evaluate` read. N births, M records, E pairs, sorted by the ids of birth and record.

    Attributes
    ----------
    left, right, pupil
        (E,) rows of births and of records, and the pupil whose record it is (records of one pupil share a number).
    vectors
        Agreement patterns of the pairs.
    weight, probability
        (E,) match weight in bits and marginal of the matching.
    rules
        (E,) bit set over `rule_names`.
    rule_names
        Names of the blocking rules; then `second_look` and `same_pupil`.
    found, matched
        (N,) and (M,) probability of having a match.
    candidate_pairs
        Number of candidate pairs of the blocking rules.
    blocking
        One row per rule: `rule`, `pairs`, `new_pairs`, `largest_block`, `refined`.
    second_look
        `leftover_births`, `leftover_records`; `expected_matches` among the leftovers, `expected_lost`: those of them that no blocking rule
        had made; `expected_unseen`: matches that neither look recognises, and `expected_unpaired`: those of them that no pair stands for.
    model
        The list's part of `model.json`.
    warnings
        What did not go as it should.

    """

    left: IntArray
    right: IntArray
    pupil: IntArray
    vectors: Vectors
    weight: FloatArray
    probability: FloatArray
    rules: npt.NDArray[np.uint32]
    rule_names: tuple[str, ...]
    found: FloatArray
    matched: FloatArray
    candidate_pairs: int
    blocking: list[dict[str, object]]
    second_look: dict[str, float]
    model: dict[str, object]
    warnings: tuple[str, ...] = ()

    def without_pairs(self) -> ListLinks:
        """Return what is known of the list as a whole: its pairs, which take most of the memory, are left out."""
        none = {name: vars(self)[name][:0].copy() for name in ("left", "right", "pupil", "weight", "probability", "rules")}
        return replace(self, vectors=replace(self.vectors, code=self.vectors.code[:0].copy()), **none)
