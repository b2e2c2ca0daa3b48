"""What an intruder does to a published table: everything here starts from the cells that are shown, and knows nothing of how they were chosen.

Relations are rows (total, parts) of indices into one axis of the table; every one of them holds for each line of the table along that axis.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

Relation = tuple[int, tuple[int, ...]]
Cells = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Shown:
    """A published table: its cells, NaN where they are hidden, and what adds up to what along each axis."""

    cells: Cells
    relations: tuple[Sequence[Relation], Sequence[Relation], Sequence[Relation]]

    def sums(self) -> Iterator[tuple[int, list[int]]]:
        """Go through all additions: the flat index of a total, and those of its parts."""
        shape = self.cells.shape
        for axis, relations in enumerate(self.relations):
            others = [range(size) for place, size in enumerate(shape) if place != axis]
            for (total, parts), line in product(relations, product(*others)):
                place = [int(np.ravel_multi_index((*line[:axis], index, *line[axis:]), shape)) for index in (total, *parts)]
                yield place[0], place[1:]


def by_differencing(shown: Shown) -> tuple[Cells, Cells]:
    """Bound every cell by taking differences until nothing more follows: a total less all its other parts, and no count below nothing.

    The shuttle algorithm (Buzzigoli & Giusti 1999): in every sum, each part is at most the total less the least of the others, and at least
    the total less the most of them.
    """
    flat = shown.cells.ravel()
    known = ~np.isnan(flat)
    low, high = np.where(known, flat, 0.0), np.where(known, flat, np.inf)
    sums = list(shown.sums())
    changed = True
    while changed:
        before = (low.copy(), high.copy())
        for total, parts in sums:
            low[total] = max(low[total], low[parts].sum())
            high[total] = min(high[total], high[parts].sum())
            for part in parts:
                others = [each for each in parts if each != part]
                high[part] = min(high[part], high[total] - low[others].sum())
                low[part] = max(low[part], low[total] - high[others].sum())
        changed = not (np.array_equal(before[0], low) and np.array_equal(before[1], high))
    return low.reshape(shown.cells.shape), high.reshape(shown.cells.shape)


def by_programming(shown: Shown, cell: int, *, whole_numbers: bool = True) -> tuple[float, float]:
    """Return the least and the most that a cell can be, over all tables that add up and agree with what is shown."""
    flat = shown.cells.ravel()
    known = ~np.isnan(flat)
    entries = [(row, place, sign) for row, (total, parts) in enumerate(shown.sums()) for place, sign in [(total, -1.0), *((part, 1.0) for part in parts)]]
    rows, places, signs = (np.array(column, kind) for column, kind in zip(zip(*entries, strict=True), (np.int32, np.int32, float), strict=True))
    adds_up = sparse.csr_array((signs, (rows, places)), shape=(int(rows.max(initial=-1)) + 1, len(flat)))
    rules = [LinearConstraint(adds_up, 0, 0)] if adds_up.shape[0] else []
    bounds = Bounds(np.where(known, flat, 0), np.where(known, flat, np.inf))
    direction = np.zeros(len(flat))
    direction[cell] = 1
    least, most = (milp(sign * direction, constraints=rules, bounds=bounds, integrality=np.full(len(flat), int(whole_numbers))) for sign in (1, -1))
    # Status 3: without bound, status 4 with integers: unbounded or infeasible; the true table is always feasible.
    return (float(least.fun), float(-most.fun) if most.status == 0 else np.inf)


def determined(shown: Shown) -> npt.NDArray[np.bool_]:
    """Tell which hidden cells the additions fix by themselves, negative numbers or not: those that no solution of the homogeneous system moves."""
    flat = shown.cells.ravel()
    unknown = np.flatnonzero(np.isnan(flat))
    column = {int(cell): place for place, cell in enumerate(unknown)}
    matrix = np.zeros((0, len(unknown)))
    rows = []
    for total, parts in shown.sums():
        row = np.zeros(len(unknown))
        for cell, sign in [(total, -1.0), *((part, 1.0) for part in parts)]:
            if cell in column:
                row[column[cell]] += sign
        if row.any():
            rows.append(row)
    matrix = np.array(rows).reshape(len(rows), len(unknown))
    fixed = np.zeros(len(flat), np.bool_)
    if len(unknown):
        _, singular, right = np.linalg.svd(matrix, full_matrices=True) if rows else (None, np.zeros(0), np.eye(len(unknown)))
        free = right[int((singular > 1e-9).sum()) :]
        fixed[unknown] = np.abs(free).max(axis=0, initial=0) < 1e-9
    return fixed.reshape(shown.cells.shape)
