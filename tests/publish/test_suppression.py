"""Suppressed tables are attacked; the same attacks succeed where complementary suppression is switched off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from publish.attacks import Relation, Shown, by_differencing, by_programming, determined

from kleuterlink.publish.figures.suppression import Margins, Table, small_cells, suppress

CATEGORIES = ("not enrolled", "enough", "not enough", "unknown")
SHARES = (0.012, 0.95, 0.033, 0.005)
ENROLLED, RESIDENTS = "enrolled", "residents"


@dataclass(frozen=True)
class Made:
    """A table, and what adds up to what in it, written down by themselves."""

    table: Table
    relations: tuple[list[Relation], list[Relation], list[Relation]]


def made(counts: npt.NDArray[np.int64], regions: list[int]) -> Made:
    """Publish a table by municipality, region (-1 for none) and all, by age and all, and by four categories and two sums of them."""
    areas, ages, _ = counts.shape
    names = [f"M{number}" for number in range(areas)]
    members = {f"R{region}": [name for name, own in zip(names, regions, strict=True) if own == region] for region in sorted(set(regions) - {-1})}
    years = [str(3 + number) for number in range(ages)]
    table = Table(
        counts,
        Margins.of(names, {**members, "all": names}),
        Margins.of(years, {"3-5": years}),
        Margins.of(CATEGORIES, {ENROLLED: CATEGORIES[1:], RESIDENTS: CATEGORIES}, telling={"enough": "not enough", ENROLLED: "not enrolled"}),
        whole=RESIDENTS,
    )
    of_regions = [(areas + place, tuple(names.index(name) for name in members[region])) for place, region in enumerate(members)]
    everywhere = areas + len(members)
    of_areas = [*of_regions, (everywhere, tuple(range(areas)))]
    if members and -1 not in regions:
        of_areas.append((everywhere, tuple(range(areas, everywhere))))
    return Made(table, (of_areas, [(ages, tuple(range(ages)))], [(4, (1, 2, 3)), (5, (0, 4)), (5, (0, 1, 2, 3))]))


def seen(of: Made, hidden: npt.NDArray[np.bool_], *, residents_known: bool) -> Shown:
    """Return what an intruder sees, who may know all residents from elsewhere."""
    known = ~hidden | of.table.of_category(RESIDENTS) if residents_known else ~hidden
    return Shown(np.where(known, of.table.values.astype(float), np.nan), of.relations)


def must_reach(table: Table, smallest: int) -> npt.NDArray[np.int64]:
    """Return how large each small cell must be able to be: as the smallest count shown, or as all residents where they are fewer."""
    residents = table.values[:, :, [table.categories.labels.index(RESIDENTS)]]
    goal = np.minimum(smallest, np.broadcast_to(residents, table.shape))
    return np.where(table.of_category(RESIDENTS), smallest, goal)


@st.composite
def tables(draw: st.DrawFn) -> Made:
    areas, ages = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    most = draw(st.sampled_from([1, 4, 12, 40]))
    counts = draw(st.lists(st.integers(0, most), min_size=areas * ages * 4, max_size=areas * ages * 4))
    regions = draw(st.lists(st.integers(-1, 1), min_size=areas, max_size=areas))
    return made(np.array(counts, np.int64).reshape(areas, ages, 4), regions)


def realistic(areas: int, *, seed: int, regions: int) -> Made:
    """Make a table of municipalities of very different sizes, with the published shares."""
    rng = np.random.default_rng(seed)
    size = rng.lognormal(0, 0.9, areas)
    residents = rng.poisson(np.repeat(216 * size[:, None] / size.mean(), 3, axis=1))
    return made(rng.multinomial(residents, SHARES), rng.integers(0, regions, areas).tolist())


def assert_withstands(of: Made, hidden: npt.NDArray[np.bool_], smallest: int, *, cells: npt.NDArray[np.int64] | None = None) -> None:
    """Attack every small cell in every way, with the residents known (but for their own small cells) and without."""
    small, goal, residents = small_cells(of.table, smallest), must_reach(of.table, smallest), of.table.of_category(RESIDENTS)
    assert not (small & ~hidden).any()
    for residents_known, targets in ((True, small & ~residents), (False, small & residents)):
        if not targets.any():
            continue
        shown = seen(of, hidden, residents_known=residents_known)
        low, high = by_differencing(shown)
        assert (low[targets] <= 0).all()
        assert (high[targets] >= goal[targets]).all()
        chosen = np.flatnonzero(targets) if cells is None else np.intersect1d(cells, np.flatnonzero(targets))
        for cell in chosen:
            least, most = by_programming(shown, int(cell))
            assert least <= 0
            assert most >= goal.ravel()[cell]


@settings(max_examples=25, deadline=None)
@given(tables(), st.sampled_from([2, 3, 5, 10]))
def test_no_small_cell_can_be_recovered(of: Made, smallest: int):
    hidden = suppress(of.table, smallest=smallest)
    assert_withstands(of, hidden, smallest)
    assert not (determined(seen(of, hidden, residents_known=False)) & small_cells(of.table, smallest)).any()


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(tables(), st.integers(2, 12))
def test_no_small_cell_can_be_recovered_in_many_tables(of: Made, smallest: int):
    assert_withstands(of, suppress(of.table, smallest=smallest), smallest)


@pytest.mark.parametrize("seed", range(3))
def test_a_realistic_table_withstands_the_attacks(seed: int):
    of = realistic(30, seed=seed, regions=4)
    hidden = suppress(of.table, smallest=5)
    sample = np.random.default_rng(seed).choice(np.flatnonzero(small_cells(of.table, 5)), 12, replace=False)
    assert_withstands(of, hidden, 5, cells=sample)


@pytest.mark.slow
def test_all_of_flanders_withstands_the_attacks():
    of = realistic(300, seed=1, regions=10)
    hidden = suppress(of.table, smallest=5)
    sample = np.random.default_rng(1).choice(np.flatnonzero(small_cells(of.table, 5)), 25, replace=False)
    assert_withstands(of, hidden, 5, cells=sample)


@pytest.mark.parametrize("attack", ["differencing", "programming", "algebra"])
def test_each_attack_succeeds_without_complementary_suppression(attack: str):
    broken = 0
    for seed in range(10):
        of = realistic(4, seed=seed, regions=2)
        small = small_cells(of.table, 5)
        shown = seen(of, small, residents_known=False)
        if attack == "differencing":
            low, high = by_differencing(shown)
            recovered = low == high
        elif attack == "programming":
            bounds = [by_programming(shown, int(cell)) for cell in np.flatnonzero(small)]
            recovered = np.zeros_like(small)
            recovered[small] = [least == most for least, most in bounds]
        else:
            recovered = determined(shown)
        values = of.table.values
        if attack == "differencing":
            assert (low[small] == values[small])[recovered[small]].all()
        broken += bool((recovered & small).any())
    assert broken == 10


def test_many_complementary_cells_are_needed_by_themselves():
    of = realistic(4, seed=3, regions=1)
    hidden = suppress(of.table, smallest=5)
    small, goal = small_cells(of.table, 5), must_reach(of.table, 5)
    opened = 0
    for cell in np.argwhere(hidden & ~small):
        fewer = hidden.copy()
        fewer[tuple(cell)] = False
        shown = seen(of, fewer, residents_known=True)
        opened += any(most < goal.ravel()[target] or least > 0 for target in np.flatnonzero(small) for least, most in [by_programming(shown, int(target))])
    # Many are needed by themselves; of the others one or the other is.
    assert opened > 0.4 * (hidden & ~small).sum()


def test_what_follows_from_two_measures_is_protected_too():
    # 40 enrolled, 37 of them attend enough: that 3 do not is as small a cell as any, though no column says it.
    of = made(np.array([[[0, 37, 3, 0]], [[6, 80, 9, 0]]]), [-1, -1])
    hidden = suppress(of.table, smallest=5)[0, 0]
    enough, not_enough, enrolled = (of.table.categories.labels.index(name) for name in ("enough", "not enough", ENROLLED))
    assert hidden[not_enough]
    assert hidden[enough] or hidden[enrolled]


def test_a_table_without_small_counts_is_shown_as_it_is():
    of = made(np.full((3, 3, 4), 5), [0, 0, 1])
    assert not suppress(of.table, smallest=5).any()


def test_zeros_are_shown_unless_they_speak_of_everybody():
    of = made(np.array([[[0, 20, 0, 0]], [[9, 60, 8, 7]]]), [-1, -1])
    assert not suppress(of.table, smallest=5).any()
    # Nobody attends enough while nine do not: the zero tells of all nine.
    telling = made(np.array([[[0, 0, 9, 0]], [[9, 60, 8, 7]], [[9, 60, 8, 7]]]), [-1, -1, -1])
    assert suppress(telling.table, smallest=5)[0, 0, CATEGORIES.index("enough")]


@pytest.mark.parametrize("count", [0, 1])
def test_a_table_with_nothing_but_small_counts_is_hidden_or_empty(count: int):
    of = made(np.full((1, 1, 4), count), [-1])
    assert suppress(of.table, smallest=5).all() == bool(count)
    assert suppress(of.table, smallest=5).any() == bool(count)


def test_one_municipality_and_one_age_leave_nothing_to_hide_behind():
    of = made(np.array([[[2, 50, 9, 0]]]), [-1])
    hidden = suppress(of.table, smallest=5)
    assert_withstands(of, hidden, 5)
    assert hidden[:, :, CATEGORIES.index("not enrolled")].all()


def test_residents_are_hidden_where_they_are_few_and_nowhere_else():
    counts = np.array([[[0, 3, 0, 0], [6, 30, 7, 0]], [[6, 30, 8, 0], [7, 30, 9, 0]], [[6, 40, 9, 0], [9, 40, 8, 0]]])
    of = made(counts, [0, 0, 0])
    residents = suppress(of.table, smallest=5)[:, :, of.table.categories.labels.index(RESIDENTS)]
    assert residents[0, 0]
    assert_withstands(of, suppress(of.table, smallest=5), 5)
    assert not residents[-1, -1]


def test_equal_tables_are_hidden_equally():
    tables_ = [realistic(20, seed=4, regions=3).table for _ in range(2)]
    one, other = (suppress(table, smallest=5) for table in tables_)
    assert (one == other).all()


def test_few_cells_are_hidden_beyond_the_small_ones_and_what_they_force():
    of = realistic(60, seed=2, regions=5)
    hidden, small = suppress(of.table, smallest=5), small_cells(of.table, 5)
    assert not hidden[-1].any()
    assert hidden.sum() <= 2.6 * small.sum()
