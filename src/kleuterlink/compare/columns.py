"""What the comparisons read of a register: contiguous columns, derived once per register and not per pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kleuterlink.tables import BoolArray, Column, Encoded, IntArray

FREQUENCY_BOUNDS = (2e-3, 4e-4, 8e-5, 1.6e-5)
"""Bounds of the frequency classes of names, as shares of all records: class 0 is the commonest."""

POSTCODE_BOUND = 2.5e-3
"""Share of the records above which a postcode counts as common."""


@dataclass(frozen=True)
class Frequencies:
    """Frequency class of each value, over all registers that are linked together.

    Attributes
    ----------
    first_names, surname, parent
        int8 per token; 0 (commonest) to 4.
    postcode
        int8 per postcode; 0 common, 1 rare.

    """

    first_names: IntArray
    surname: IntArray
    parent: IntArray
    postcode: IntArray


def frequencies(registers: Sequence[Encoded]) -> Frequencies:
    """Count tokens and postcodes over registers and put them into classes of frequency.

    Classes, and not a continuous adjustment, so that the null can learn how frequency depends on everything else.
    """
    tokens = len(registers[0].vocabulary.text)
    records = max(sum(register.size for register in registers), 1)

    def share(column: str, size: int) -> npt.NDArray[np.float64]:
        codes = [register.columns[column].ravel() for register in registers if register.has(column)]
        every = np.concatenate(codes) if codes else np.zeros(0, np.int32)
        counts = np.bincount(every[every >= 0].astype(np.int64), minlength=size)
        made: npt.NDArray[np.float64] = counts / records
        return made

    def classes(column: str) -> IntArray:
        return np.searchsorted(-np.array(FREQUENCY_BOUNDS), -share(column, tokens), "left").astype(np.int8)

    postcodes = len(registers[0].values.get("postcode", ()))
    rare = (share("postcode", postcodes) < POSTCODE_BOUND).astype(np.int8)
    return Frequencies(classes("first_names"), classes("surname"), classes("parent"), rare)


class Columns:
    """A register's columns in the shape that the kernel wants: one contiguous array per name part."""

    def __init__(self, register: Encoded) -> None:
        """Read the columns of `register`; what is derived is kept with it."""
        self.register = register

    def plain(self, name: str) -> Column:
        """Return a single-valued column."""
        return self.register.columns[name]

    def parts(self, column: str) -> list[IntArray]:
        """Return one int32 array of tokens per used slot of a name column, -1 beyond the last part."""

        def derive() -> list[IntArray]:
            slots = self.register.columns[column].T
            return [np.ascontiguousarray(slots[k]) for k in range(len(slots)) if k == 0 or (slots[k] >= 0).any()]

        return self.register.once(f"parts of {column}", derive)

    def parts_of(self, rows: IntArray, column: str, derived: str) -> list[IntArray]:
        """Return the parts of some records: tokens, or what is derived of them (`core`, `sound`, `nickname`)."""
        parts = [part[rows] for part in self.parts(column)]
        return parts if derived == "text" else [self._codes(derived)[part] for part in parts]

    def _codes(self, derived: str) -> IntArray:
        """Return what is derived of each token, with -1 at the place -1."""
        return self.register.once(f"{derived} codes", lambda: np.append(getattr(self.register.vocabulary, derived), np.int32(-1)))

    def marks(self, column: str, derived: str) -> npt.NDArray[np.uint64]:
        """Return a set of 64 bits per record, one bit set for each part: records whose sets have none in common share no part."""

        def derive() -> npt.NDArray[np.uint64]:
            codes = np.append(np.arange(len(self.register.vocabulary.text)), -1) if derived == "text" else self._codes(derived)
            bit = np.where(codes >= 0, np.left_shift(np.uint64(1), (codes & 63).astype(np.uint64)), np.uint64(0))
            made = np.zeros(self.register.size, np.uint64)
            for part in self.parts(column):
                made |= bit[part]
            return made

        return self.register.once(f"{derived} marks of {column}", derive)


@dataclass(frozen=True)
class Batch:
    """A batch of pairs: the two registers and the rows on either side."""

    left: Columns
    right: Columns
    left_rows: IntArray
    right_rows: IntArray
    frequencies: Frequencies

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.left_rows)

    def pick(self, rows: IntArray) -> Batch:
        """Return the batch with only these pairs."""
        return Batch(self.left, self.right, self.left_rows[rows], self.right_rows[rows], self.frequencies)

    def both(self, name: str) -> tuple[Column, Column]:
        """Return a single-valued column on either side of the pairs."""
        return self.left.plain(name)[self.left_rows], self.right.plain(name)[self.right_rows]

    def parts(self, column: str, derived: str = "text", other: str | None = None) -> tuple[list[IntArray], list[IntArray]]:
        """Return the parts of a name column on either side of the pairs, on the right those of another one if it is named."""
        return self.left.parts_of(self.left_rows, column, derived), self.right.parts_of(self.right_rows, other or column, derived)

    def first_parts(self, column: str) -> tuple[IntArray, IntArray]:
        """Return the first part of a name column on either side of the pairs."""
        return self.left.parts(column)[0][self.left_rows], self.right.parts(column)[0][self.right_rows]

    def share(self, column: str, derived: str, other: str | None = None) -> BoolArray:
        """Tell whether any part of a name column on the left is one of that column, or another one, on the right."""
        shared = np.zeros(len(self), bool)
        left, right = self.left.marks(column, derived), self.right.marks(other or column, derived)
        maybe = np.flatnonzero(left[self.left_rows] & right[self.right_rows])
        one, two = self.pick(maybe).parts(column, derived, other)
        shared[maybe] = np.logical_or.reduce([(a == b) & (a >= 0) for a in one for b in two])
        return shared
