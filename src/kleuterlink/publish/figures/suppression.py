"""Which counts of a published table are hidden, so that no small one can be worked out from the others.

Small counts are hidden (primary suppression), and as many others as it takes (complementary suppression), until every small count has two
*alternative tables*: tables of whole numbers that agree with everything that is shown, one in which the count is 0 and one in which it is as large
as the smallest count that may be shown. Who only has the published table cannot tell them from the true one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import sparse

from kleuterlink.publish.figures.alternatives import Matrix, Published, Wanted, hide_until
from kleuterlink.tables import BoolArray, FloatArray, IntArray


@dataclass(frozen=True)
class Margins:
    """One dimension of a table: its finest parts, and the sums of them that are published.

    Attributes
    ----------
    labels
        Name of each published row or column.
    members
        bool (labels, leaves): which leaves each sums. A leaf that is published itself has a row of its own.
    telling
        Of categories: those that are hidden at zero too, by the category that then holds the children (nobody attends enough, *while* somebody
        attends too little).

    """

    labels: tuple[str, ...]
    members: npt.NDArray[np.bool_]
    telling: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, leaves: Sequence[str], sums: Mapping[str, Sequence[str]], *, telling: Mapping[str, str] | None = None) -> Margins:
        """Return the margins that publish every leaf and, after them, these sums of leaves, each by its name."""
        rows = [[name == leaf for leaf in leaves] for name in leaves] + [[leaf in members for leaf in leaves] for members in sums.values()]
        return cls((*leaves, *sums), np.array(rows, dtype=np.bool_).reshape(len(leaves) + len(sums), len(leaves)), telling or {})


@dataclass(frozen=True)
class Table:
    """Counts of children by area, age and category, with the sums that are published of them.

    Attributes
    ----------
    counts
        int (areas, ages, categories) of the finest counts; a child is in one of them.
    areas, ages, categories
        The margins of each dimension. Every combination of their labels is a published cell.
    whole
        The category that sums all of an area's children of an age (the residents). It is taken as known to everybody, whether shown or not.

    """

    counts: npt.NDArray[np.int64]
    areas: Margins
    ages: Margins
    categories: Margins
    whole: str

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of labels of each dimension: the shape of `values` and of what `suppress` returns."""
        return len(self.areas.labels), len(self.ages.labels), len(self.categories.labels)

    @property
    def values(self) -> npt.NDArray[np.int64]:
        """Every published cell, int64 of `shape`."""
        members = (margin.members.astype(np.int64) for margin in (self.areas, self.ages, self.categories))
        cells: npt.NDArray[np.int64] = np.einsum("ijk,ai,bj,ck->abc", self.counts, *members, optimize=True)
        return cells

    @property
    def sums(self) -> Matrix:
        """0/1 (cells, leaves): which finest counts each published cell sums, both in C order."""
        areas, ages, categories = (sparse.csr_array(margin.members.astype(np.float64)) for margin in (self.areas, self.ages, self.categories))
        return sparse.csr_array(sparse.kron(sparse.kron(areas, ages), categories))

    def of_category(self, label: str) -> BoolArray:
        """Return the cells of a category, bool of `shape`."""
        return np.broadcast_to(np.array(self.categories.labels) == label, self.shape)


def small_cells(table: Table, smallest: int) -> BoolArray:
    """Return the cells that may not be shown by themselves, bool of `table.shape`.

    Parameters
    ----------
    table
        The table.
    smallest
        Smallest count above zero that may be shown.

    Returns
    -------
    ndarray
        Counts from 1 to `smallest` - 1, and the zeros that `Margins.telling` names. Other zeros speak of no child, and are shown.

    """
    values = table.values
    small = (values > 0) & (values < smallest)
    for zero, holding in table.categories.telling.items():
        beside = values[:, :, table.categories.labels.index(holding)] > 0
        small |= table.of_category(zero) & (values == 0) & beside[:, :, None]
    return small


def suppress(table: Table, *, smallest: int) -> BoolArray:
    """Choose the cells to hide.

    Parameters
    ----------
    table
        The table, with every sum of it that is published.
    smallest
        Smallest count above zero that may be shown.

    Returns
    -------
    ndarray
        bool of `table.shape`: hidden. Equal tables give equal answers.

    Notes
    -----
    For every hidden small cell there are alternative tables of whole numbers, none below 0, that agree with every cell that is shown *and*
    with the whole of every area and age (`table.whole`): one in which the cell is 0, and one in which it reaches `smallest`, or the whole of
    its area and age where that is less. What an intruder can deduce of it, the feasibility interval of the attacker's problem (Fischetti &
    Salazar 2000; Willenborg & de Waal 2001; Hundepool et al. 2012, chapter 4), therefore contains 0 and that goal. The cells that move in an
    alternative table are the complementary ones, chosen by programs that move few cells and rather low-level ones (after Kelly, Golden &
    Assad 1992): few, not provably the fewest.

    The wholes themselves are then protected in the same way, against those who do not know them.

    """
    values, sums = table.values.ravel(), table.sums
    small = small_cells(table, smallest).ravel()
    whole = table.of_category(table.whole).ravel()
    reach = np.minimum(smallest, np.repeat(values[whole], len(table.categories.labels)))
    price = _prices(table)
    hidden = small.copy()
    for fixed, mine in ((whole, small & ~whole), (np.zeros_like(whole), small & whole)):
        goal = np.where(whole, smallest, reach)
        wanted = Wanted(up=mine & (values < goal), down=mine & (values > 0), goal=goal)
        hidden = hide_until(wanted, Published(table.counts.ravel(), sums, fixed, price, hidden))
    return hidden.reshape(table.shape)


def _prices(table: Table) -> FloatArray:
    """Say what it costs to hide each cell: one that sums many leaves is missed by many readers, and goes only where nothing else helps."""
    leaves: IntArray = np.diff(table.sums.indptr)
    return leaves.astype(np.float64) ** 1.5
