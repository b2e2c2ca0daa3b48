"""Birth years of registers that are too large for nursery schools."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink.synthetic import Population, make_registers
from kleuterlink.synthetic.numbers import SLOTS
from kleuterlink.synthetic.populations import FIRST_DAY, LAST_DAY, MOST, NURSERY, PER_DAY, population_of, populations_of

FAR = Population(np.datetime64("2051-03-01", "D"), np.datetime64("2053-08-31", "D"), np.datetime64("2056-03-15", "D"), 3, 7)


@pytest.mark.parametrize("children", [1, 20_000, 300_000])
def test_what_nursery_schools_hold_is_of_nursery_age(children):
    assert population_of(children) == NURSERY


@pytest.mark.parametrize("children", [300_500, 1_000_000, 1_800_000])
def test_more_children_span_more_years_and_not_fuller_days(children):
    population = population_of(children)
    assert (population.last, population.listed) == (NURSERY.last, NURSERY.listed)
    assert children / population.days == pytest.approx(PER_DAY, rel=1e-3)


def test_beyond_the_year_2000_days_are_fuller():
    assert population_of(3_000_000).first == FIRST_DAY


@given(st.integers(1, 20_000_000), st.integers(100_000, 2_000_000))
def test_populations_follow_one_another_and_add_up(children, largest):
    made = populations_of(children, largest)
    births = [number for number, _ in made]
    assert sum(births) == children
    assert max(births) - min(births) <= 1
    assert max(births) <= largest or len(made) == MOST
    for (_, before), (_, after) in pairwise(made):
        assert after.first == before.last + 1
    first, last = made[0][1].first, made[-1][1].last
    assert FIRST_DAY <= first <= last <= LAST_DAY
    assert [each.part for _, each in made] == list(range(len(made)))
    assert {each.parts for _, each in made} == {len(made)}
    assert all(each.days >= NURSERY.days for _, each in made)
    # Room for what chance and outsiders add to a day.
    assert children / int((last - first + 1).astype(int)) < 0.6 * 2 * SLOTS


def test_a_population_is_born_and_enrolled_in_its_own_years():
    registers = make_registers(1_500, population=FAR, seed=2)
    assert registers.population == FAR
    numbers = registers.births["insz"]
    years = numbers[numbers != ""].str[:2].astype(int)
    assert years.between(51, 53).mean() > 0.99  # the others are mistyped
    born = pd.to_datetime(registers.births["geboortedatum"])
    assert born.between("2049-01-01", "2055-12-31").all()
    since = pd.to_datetime(registers.enrolments["begindatum"], format="%d/%m/%Y")
    assert since.max() <= pd.Timestamp("2056-03-15")
    assert (since > pd.Timestamp("2055-09-01")).mean() > 0.3


def test_ids_of_other_parts_differ():
    parts = [make_registers(300, population=Population(FAR.first, FAR.last, FAR.listed, part, 3)) for part in range(3)]
    for table, column in (("births", "kg_id"), ("enrolments", "stamnummer"), ("fr", "id_siel")):
        assert pd.concat([getattr(each, table)[column] for each in parts]).is_unique


def test_more_children_of_a_day_than_numbers_count_are_refused():
    crowded = Population(np.datetime64("2020-01-01", "D"), np.datetime64("2023-12-31", "D"), np.datetime64("2026-01-01", "D"))
    with pytest.raises(ValueError, match="more birth years"):
        make_registers(20_000, population=Population(crowded.last - 3, crowded.last, crowded.listed))
