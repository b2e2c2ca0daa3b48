"""Alternative tables: whole numbers that agree with what is published, and differ where something must stay unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from kleuterlink.errors import OutputError
from kleuterlink.tables import BoolArray, FloatArray, IntArray

Matrix = sparse.csr_array

# What one step towards a goal is worth, in prices of a cell. Each pass may only hide what the pass before it hid, at less worth at first.
_FIRST_WORTHS, _RISE, _LAST_WORTH = (24.0, 4.0, 2.0), 3.0, 1e4
_WHOLE = 1e-6


@dataclass(frozen=True)
class Wanted:
    """What alternative tables must show, one entry per cell.

    Attributes
    ----------
    up
        bool; the cell must reach `goal` in some alternative table.
    down
        bool; it must be 0 in some alternative table.
    goal
        int64.

    """

    up: BoolArray
    down: BoolArray
    goal: IntArray

    @property
    def number(self) -> int:
        """How many things are wanted."""
        return int(self.up.sum() + self.down.sum())

    def without(self, values: IntArray) -> Wanted:
        """Return what is still wanted once there is an alternative table with these cells."""
        return replace(self, up=self.up & (values < self.goal), down=self.down & (values > 0))

    def first(self) -> Wanted:
        """Return the first thing alone."""
        up, down = np.zeros_like(self.up), np.zeros_like(self.down)
        if self.up.any():
            up[np.argmax(self.up)] = True
        else:
            down[np.argmax(self.down)] = True
        return replace(self, up=up, down=down)


@dataclass(frozen=True)
class Published:
    """A table, and what is shown of it.

    Attributes
    ----------
    counts
        int64 (leaves,) the true finest counts.
    sums
        0/1 (cells, leaves): which of them each cell sums.
    fixed
        bool (cells,): known to everybody, whether shown or not: never moves.
    price
        float64 (cells,): of moving a shown cell by one, and so hiding it.
    hidden
        bool (cells,): moving these costs nothing.

    """

    counts: IntArray
    sums: Matrix
    fixed: BoolArray
    price: FloatArray
    hidden: BoolArray


def hide_until(wanted: Wanted, published: Published) -> BoolArray:
    """Find alternative tables until nothing more is wanted, hiding the cells that move in them.

    Parameters
    ----------
    wanted
        What the tables must show.
    published
        The table, and the cells that are hidden already.

    Returns
    -------
    ndarray
        bool (cells,): hidden, those before included.

    Raises
    ------
    OutputError
        The solver gave up; nothing is published then.

    Notes
    -----
    Each turn solves one program for all that is wanted, with other weights: of the many small cells under one total not all can rise at
    once. Once even a high worth brings nothing, what is left is wanted by itself, and must be reached: all cells that are
    not fixed may move, so there always is such a table. Further passes do the same again with fewer cells that may move.

    """
    for worth in _FIRST_WORTHS:
        hidden = _hide(wanted, published, worth)
        published = replace(published, fixed=published.fixed | ~hidden)
    return hidden


def _hide(wanted: Wanted, published: Published, worth: float) -> BoolArray:
    values = _rounded(published.sums @ published.counts)
    turn = 0
    while wanted.number:
        alone = worth > _LAST_WORTH
        move = _move(wanted.first() if alone else wanted, published, worth=worth, turn=turn, must=alone)
        moved = _rounded(published.sums @ move)
        left = wanted.without(values + moved)
        agrees = not (published.counts + move < 0).any() and not moved[published.fixed].any()
        if agrees and left.number < wanted.number:
            wanted, published = left, replace(published, hidden=published.hidden | (moved != 0))
        elif alone:
            raise OutputError("no way was found to hide the small counts of this table, so nothing is published; leave out a breakdown (--regions)")
        else:
            worth *= _RISE
        turn += 1
    return published.hidden


def _move(wanted: Wanted, published: Published, *, worth: float, turn: int, must: bool) -> IntArray:
    """Return the move of each leaf that brings most of what is wanted for what it hides; no move where that is no whole one."""
    up, down = np.flatnonzero(wanted.up), np.flatnonzero(wanted.down)
    shown, fixed = np.flatnonzero(~published.hidden & ~published.fixed), np.flatnonzero(published.fixed)
    sums, leaves = published.sums, len(published.counts)
    values = _rounded(sums @ published.counts)
    gain = worth * (1 + np.random.default_rng(turn).permutation(wanted.number) / wanted.number)
    # The variables: the move of each leaf; how far each shown cell rises and falls; the height that each cell reaches which must go up.
    wide = leaves + 2 * len(shown) + len(up)
    one = sparse.eye_array(len(shown))
    rules = [
        _rule([sums[shown], -one, one], wide, 0, 0),
        _rule([sums[fixed]], wide, 0, 0),
        _rule([-sums[up], sparse.csr_array((len(up), 2 * len(shown))), sparse.eye_array(len(up))], wide, -np.inf, values[up]),
        *([_rule([sums[down]], wide, -values[down], -values[down])] if must else []),
    ]
    low = np.concatenate([-published.counts, np.zeros(2 * len(shown)), wanted.goal[up] if must else np.zeros(len(up))])
    high = np.concatenate([np.full(leaves + 2 * len(shown), np.inf), wanted.goal[up]])
    cost = np.concatenate([sums[down].T @ gain[len(up) :], np.tile(published.price[shown], 2), -gain[: len(up)]])
    # Without `must` the relaxed program is solved, in a fraction of the time; it mostly has whole numbers by itself.
    integer = np.where(np.arange(wide) < leaves, int(must), 0)
    solved = milp(cost, constraints=rules, bounds=Bounds(low, high), integrality=integer)
    move = np.zeros(leaves) if solved.x is None else solved.x[:leaves]
    return _rounded(move) if np.abs(move - np.rint(move)).max(initial=0) < _WHOLE else np.zeros(leaves, np.int64)


def _rule(parts: Sequence[sparse.sparray], wide: int, low: float | IntArray, high: float | IntArray) -> LinearConstraint:
    left = sparse.hstack(parts)
    padding = sparse.csr_array((left.shape[0], wide - left.shape[1]))
    matrix = sparse.csr_array(sparse.hstack([left, padding]))
    # SciPy before 1.15 hands the solver indices as they are, and the solver takes 32 bits.
    matrix.indices, matrix.indptr = matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)
    return LinearConstraint(matrix, low, high)


def _rounded(values: npt.NDArray[np.floating]) -> IntArray:
    rounded: IntArray = np.rint(values).astype(np.int64)
    return rounded
