"""What the comparisons read of a register: contiguous columns, derived once per register and not per pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kleuterlink.tables import Column, Encoded, IntArray

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
        """Derive the columns of `register`."""
        self.register = register
        self._parts: dict[tuple[str, str], list[IntArray]] = register.derived.setdefault("name parts", {})

    def plain(self, name: str) -> Column:
        """Return a single-valued column."""
        return self.register.columns[name]

    def parts(self, column: str, derived: str = "text") -> list[IntArray]:
        """Return one int32 array per used slot of a name column: token, core or sound codes, -1 beyond the last part."""
        key = (column, derived)
        if key not in self._parts:
            matrix = self.register.columns[column]
            used = max(1, int((matrix >= 0).any(axis=0).sum()))
            if derived != "text":
                codes = np.append(getattr(self.register.vocabulary, derived), -1).astype(np.int32)
                matrix = codes[matrix]
            self._parts[key] = [np.ascontiguousarray(matrix[:, k]) for k in range(used)]
        return self._parts[key]


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

    def parts(self, column: str, derived: str = "text") -> tuple[list[IntArray], list[IntArray]]:
        """Return the parts of a name column on either side of the pairs."""
        left = [part[self.left_rows] for part in self.left.parts(column, derived)]
        right = [part[self.right_rows] for part in self.right.parts(column, derived)]
        return left, right
