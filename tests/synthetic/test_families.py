"""Families: what is true of people, before anybody writes it down."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from stdnum.be import bis, nn

from kleuterlink.synthetic import RATES
from kleuterlink.synthetic.families import make_people
from kleuterlink.synthetic.numbers import make_numbers
from kleuterlink.synthetic.pools import KINDS, pool_of
from kleuterlink.synthetic.rates import ORIGINS
from kleuterlink.synthetic.rewriting import rewrite_identities


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    return make_people(20_000, np.random.default_rng(8), RATES)


def test_every_child_has_a_valid_number_of_its_own(people):
    assert people["number"].is_unique
    for number, birth, sex in zip(people["number"].head(2_000), people["birth"], people["sex"], strict=False):
        assert nn.validate(number) == number
        assert nn.get_birth_date(number) == birth.date()
        assert nn.get_gender(number) == ("M" if sex == 1 else "F")


def test_bis_numbers_are_valid_and_those_of_newcomers(people):
    holders = people[people["bis"] != ""]
    assert holders["newcomer"].all()
    assert holders["bis"].is_unique
    for number, birth in zip(holders["bis"], holders["birth"], strict=True):
        assert bis.validate(number) == number
        assert bis.get_birth_date(number) == birth.date()
    assert len(holders) > 50
    month = holders["bis"].str[2:4].astype(int)
    assert set(month // 20) == {1, 2}


def test_a_rewritten_identity_has_a_valid_number_that_nobody_else_had(people):
    now = rewrite_identities(people, np.random.default_rng(8), replace(RATES, identity_rewritten_newcomers=0.3))
    renumbered = now["number"] != people["number"]
    assert renumbered.sum() > 100
    assert now["number"].is_unique
    assert not set(now.loc[renumbered, "number"]) & set(people["number"])
    assert all(nn.get_birth_date(number) == birth.date() for number, birth in zip(now.loc[renumbered, "number"], now.loc[renumbered, "birth"], strict=True))
    assert renumbered[now["birth"] != people["birth"]].mean() > 0.95
    changed = renumbered | (now["surname"] != people["surname"]) | (now["first"] != people["first"])
    assert 0.2 < changed[people["newcomer"]].mean() < 0.31
    assert changed[~people["newcomer"]].mean() < 0.002
    assert now.drop(columns=["number", "birth", "first", "surname", "surname_2"]).equals(
        people.drop(columns=["number", "birth", "first", "surname", "surname_2"])
    )


def test_twins_share_family_and_date_and_those_of_one_sex_have_neighbouring_numbers(people):
    younger = people[people["elder"] != people.index]
    elder = people.loc[younger["elder"]]
    assert (younger["family"].to_numpy() == elder["family"].to_numpy()).all()
    assert people.loc[people["elder"].isin(younger["elder"]), "twin"].all()
    assert people["twin"].sum() == 2 * len(younger)
    regular = (younger["birth"].to_numpy() == elder["birth"].to_numpy()) & (younger["sex"].to_numpy() == elder["sex"].to_numpy())
    gap = younger["number"].str[6:9].astype(int).to_numpy() - elder["number"].str[6:9].astype(int).to_numpy()
    assert 0.5 < regular.mean() < 0.85
    assert (np.abs(gap[regular]) == 2).mean() > 0.85


def test_brothers_and_sisters_share_mother_and_home_and_no_first_name(people):
    families = people.groupby("family")
    assert families["mother"].nunique().eq(1).all()
    assert families[["now_street", "now_number", "now_place"]].nunique().eq(1).all(axis=None)
    assert not people.duplicated(["family", "first"]).any()
    several = people[families["first"].transform("size") > 1]
    assert several.groupby("family")["surname"].nunique().eq(1).mean() > 0.9
    born = several.sort_values(["family", "birth"])
    gap = born.groupby("family")["birth"].diff().dt.days.dropna()
    assert ((gap == 0) | (gap > 300) | born.loc[gap.index, "outsider"]).mean() > 0.99


def test_families_of_one_child_are_enough_families():
    alone = make_people(300, np.random.default_rng(1), replace(RATES, siblings_two=0.0, siblings_three=0.0, twins=0.0, outsiders=0.0))
    assert len(alone) == 300
    assert alone["family"].is_unique


def test_fewer_children_are_born_at_weekends(people):
    by_weekday = people.loc[~people["outsider"], "birth"].dt.dayofweek.value_counts(normalize=True).sort_index()
    assert (by_weekday[5:] < 0.125).all()
    assert (by_weekday[:5] > 0.14).all()


def test_double_surnames_are_as_frequent_as_published(people):
    double = people["surname_2"] != ""
    for brussels, expected in ((True, RATES.double_surname_brussels), (False, RATES.double_surname_flanders)):
        share = double[people["brussels"] == brussels].mean()
        assert share == pytest.approx(expected, abs=0.02)
    assert (people.loc[double, "surname"] != people.loc[double, "surname_2"]).all()


def test_outsiders_are_mostly_newcomers_and_as_many_as_asked(people):
    assert len(people) - people["outsider"].sum() == 20_000
    assert people.loc[people["outsider"], "newcomer"].mean() > 4 * people["newcomer"].mean()


def test_surnames_are_many_and_the_commonest_bear_a_small_part(people):
    shares = people["surname"].value_counts(normalize=True)
    assert shares.iloc[0] < 0.006
    assert shares.head(500).sum() < 0.45
    assert people["surname"].nunique() > 8_000


@pytest.mark.parametrize("origin", [origin.name for origin in ORIGINS])
def test_every_origin_has_names_of_its_own(origin):
    for kind in KINDS:
        pool = pool_of(origin, kind)
        assert len(pool.names) > 100
        assert len(set(pool.names.tolist())) == len(pool.names)
        assert all(name == name.strip() and name and "  " not in name for name in pool.names)
        assert pool.cumulative[-1] == pytest.approx(1.0)
        assert (np.diff(pool.cumulative) >= 0).all()
    everybody = set().union(*(pool_of(other.name, "surname").names.tolist() for other in ORIGINS if other.name not in {origin, "fr"}))  # fr borrows from nl
    assert len(set(pool_of(origin, "surname").names.tolist()) - everybody) > 100


def test_a_day_with_more_children_than_counters_is_refused():
    size = 500
    birth = np.full(size, np.datetime64("2020-03-14", "D"))
    with pytest.raises(ValueError, match="fewer children"):
        make_numbers(birth, np.ones(size, np.int64), np.arange(size), np.random.default_rng(0))
    full = make_numbers(birth[:499], np.full(499, 2), np.arange(499), np.random.default_rng(0))
    assert len(set(full.tolist())) == 499
    assert all(nn.is_valid(number) for number in full)
