"""Families, and the children born to them: who there is, and what is true of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from kleuterlink.synthetic.numbers import make_numbers
from kleuterlink.synthetic.places import ADDRESS, draw_addresses, move, read_places
from kleuterlink.synthetic.pools import KINDS, Texts, draw_names
from kleuterlink.synthetic.populations import NURSERY, Population
from kleuterlink.synthetic.rates import ORIGINS, Rates

Flags = npt.NDArray[np.bool_]

_WEEKEND_SHIFT = 0.25  # share of weekend births that planned deliveries bring forward to a working day; assumed
_DOUBLE, _FATHER, _MOTHER = 0, 1, 2


def make_people(children: int, rng: np.random.Generator, rates: Rates, population: Population = NURSERY) -> pd.DataFrame:
    """Make children with their families.

    Parameters
    ----------
    children
        Number of children that the birth register knows. Outsiders, whom only the lists know, come on top.
    rng
        Source of chance.
    rates
        Shares of the population.
    population
        When they are born.

    Returns
    -------
    pandas.DataFrame
        One row per child, brothers and sisters together. Columns: `family` (number), `birth` (datetime64), `sex` (1 male, 2 female),
        `first`, `others` (further first names, blank between them), `surname` and `surname_2` (second half of a double surname, else
        empty), `surname_mother`, `surname_father`, `mother` (her full name), `origin`, `foreign` (names from another alphabet or language),
        `brussels` (at birth), `newcomer`, `troubled`, `trouble` (factor on the child's errors), `twin`, `elder` (row of the elder twin,
        else the own), `outsider`, `number`, `bis` (empty for most), and the addresses at birth (`born_` and a name of `ADDRESS`) and on
        the lists' day (`now_`).

    """
    total = children + round(children * rates.outsiders / (1 - rates.outsiders))
    births = 1 + rates.siblings_two + 2 * rates.siblings_three
    families = _make_families(int(1.05 * total / births) + 20, rng, rates)  # a few more than needed, so that there are enough by chance too
    people = _make_births(families, total, rng, rates, population)
    origins = people["origin"].to_numpy()
    people["outsider"] = _choose_outsiders(people["newcomer"].to_numpy(), total - children, rng, rates)
    people["troubled"] = rng.random(total) < np.where(people["newcomer"], rates.troubled_newcomers, rates.troubled_others)
    people["trouble"] = _draw_trouble(people["troubled"].to_numpy(), rng, rates)
    birth = people["birth"].to_numpy()
    # Only in a year that begins in this population: the numbers of other days are another's to give.
    new_year = birth.astype("datetime64[Y]").astype("datetime64[D]")
    placeholder = people["outsider"].to_numpy() & (rng.random(total) < rates.date_placeholder_outsiders) & (new_year >= population.first)
    people["birth"] = np.where(placeholder, new_year, birth)
    _name_children(people, origins, rng)
    _choose_surnames(people, rng, rates)
    _settle(people, rng, rates, population)
    _number(people, rng, rates)
    return people.drop(columns=["double", "father_first", "mother_alone"])


def _make_families(size: int, rng: np.random.Generator, rates: Rates) -> pd.DataFrame:
    brussels = rng.random(size) < rates.brussels
    mother, father = _draw_origins(rng, brussels), _draw_origins(rng, brussels)
    father = np.where(rng.random(size) < rates.mixed_origin, father, mother)
    families = draw_addresses(rng, brussels).add_prefix("born_")
    families["family"] = np.arange(size)
    families["brussels"] = brussels
    names = np.array([origin.name for origin in ORIGINS], dtype=object)
    families["origin"] = names[father]
    families["foreign"] = np.array([origin.foreign for origin in ORIGINS])[father]
    families["newcomer"] = _draw_newcomers(rng, mother, brussels, rates)
    families["surname_father"] = draw_names(rng, names[father], "surname")
    families["surname_mother"] = draw_names(rng, names[mother], "surname")
    families["mother"] = draw_names(rng, names[mother], "girl", grandparents=True) + " " + families["surname_mother"]
    families["double"] = rng.random(size) < np.where(brussels, rates.double_surname_brussels, rates.double_surname_flanders)
    families["father_first"] = rng.random(size) < rates.father_first
    families["mother_alone"] = ~families["double"] & (rng.random(size) < rates.mother_surname)
    chance = rng.random(size)
    families["births"] = 1 + (chance < rates.siblings_two + rates.siblings_three) + (chance < rates.siblings_three)
    return families


def _draw_origins(rng: np.random.Generator, brussels: Flags) -> npt.NDArray[np.int64]:
    flanders, capital = (np.cumsum([getattr(origin, region) for origin in ORIGINS]) for region in ("flanders", "brussels"))
    chance = rng.random(len(brussels))
    return np.where(brussels, np.searchsorted(capital / capital[-1], chance), np.searchsorted(flanders / flanders[-1], chance))


def _draw_newcomers(rng: np.random.Generator, origin: npt.NDArray[np.int64], brussels: Flags, rates: Rates) -> Flags:
    odds = np.array([origin.newcomer for origin in ORIGINS])[origin]
    chance = np.empty(len(odds))
    for region, share in ((False, rates.newcomers_flanders), (True, rates.newcomers_brussels)):
        rows = brussels == region
        chance[rows] = share * odds[rows] / max(odds[rows].mean() if rows.any() else 1.0, 1e-9)
    newcomer: Flags = rng.random(len(odds)) < chance
    return newcomer


def _make_births(families: pd.DataFrame, total: int, rng: np.random.Generator, rates: Rates, population: Population) -> pd.DataFrame:
    """Spread each family's births over the cohorts and add the twins; the last family may lose a child, so that there are `total`."""
    births = families["births"].to_numpy()
    gaps = np.where(births == 3, rng.integers(330, 520, len(births)), rng.integers(330, 1100, len(births)))
    first = np.floor(rng.random(len(births)) * (population.days - gaps * (births - 1))).astype(np.int64)
    family = np.repeat(np.arange(len(births)), births)
    nth = np.arange(len(family)) - np.repeat(np.cumsum(births) - births, births)
    day = first[family] + nth * gaps[family]
    weekday = (population.first.astype(np.int64) + 3 + day) % 7  # 1 January 1970 was a Thursday
    planned = (weekday >= 5) & (rng.random(len(day)) < _WEEKEND_SHIFT)
    day = np.where(planned, day - (weekday - 4) - rng.integers(0, 4, len(day)), day)
    twins = rng.random(len(day)) < rates.twins / (2 - rates.twins)
    copies = 1 + twins
    event = np.repeat(np.arange(len(day)), copies)[:total]
    younger = np.concatenate([[False], event[1:] == event[:-1]])
    sex = rng.integers(1, 3, len(event))
    elder = np.arange(len(event)) - younger
    same = rng.random(len(event)) < rates.same_sex_twins
    sex = np.where(younger, np.where(same, sex[elder], 3 - sex[elder]), sex)
    people = families.take(family[event]).reset_index(drop=True)
    people["birth"] = population.first + np.maximum(day[event], 0)
    people["sex"] = sex
    people["elder"] = elder
    people["twin"] = younger | np.concatenate([younger[1:], [False]])
    return people.drop(columns="births")


def _draw_trouble(troubled: Flags, rng: np.random.Generator, rates: Rates) -> npt.NDArray[np.float64]:
    """Draw the factor on each child's errors: 1, or lognormal about its mean for the troubled."""
    spread = rates.trouble_spread
    factor = rates.trouble * np.exp(spread * rng.standard_normal(len(troubled)) - spread**2 / 2)
    return np.where(troubled, np.maximum(factor, 1.0), 1.0)


def _choose_outsiders(newcomer: Flags, count: int, rng: np.random.Generator, rates: Rates) -> Flags:
    """Choose children without replacement, newcomers with higher odds (Efraimidis & Spirakis 2006)."""
    keys = rng.exponential(size=len(newcomer)) / np.where(newcomer, rates.outsider_newcomers, 1.0)
    chosen = np.zeros(len(newcomer), np.bool_)
    chosen[np.argsort(keys, kind="stable")[:count]] = True
    return chosen


def _name_children(people: pd.DataFrame, origins: Texts, rng: np.random.Generator) -> None:
    sex = people["sex"].to_numpy()
    first = _by_sex(rng, origins, sex)
    family = people["family"].to_numpy()
    for _ in range(8):
        # Living children of one family do not share a name.
        repeated = pd.DataFrame({"family": family, "name": first}).duplicated().to_numpy()
        if not repeated.any():
            break
        first[repeated] = _by_sex(rng, origins[repeated], sex[repeated])
    belgian = np.isin(origins, ("nl", "fr"))
    chance = rng.random(len(people))
    second, third = chance < np.where(belgian, 0.75, 0.20), chance < np.where(belgian, 0.40, 0.03)
    others = np.full(len(people), "", dtype=object)
    others[second] = _by_sex(rng, origins[second], sex[second], grandparents=True)
    others[third] = others[third] + " " + _by_sex(rng, origins[third], sex[third], grandparents=True)
    people["first"], people["others"] = first, others


def _by_sex(rng: np.random.Generator, origins: Texts, sex: npt.NDArray[np.int64], *, grandparents: bool = False) -> Texts:
    drawn = np.empty(len(sex), dtype=object)
    for code, kind in enumerate(KINDS[:2], 1):
        drawn[sex == code] = draw_names(rng, origins[sex == code], kind, grandparents=grandparents)
    return drawn


def _choose_surnames(people: pd.DataFrame, rng: np.random.Generator, rates: Rates) -> None:
    father, mother = people["surname_father"].to_numpy(), people["surname_mother"].to_numpy()
    form = np.select([people["double"], people["mother_alone"]], [_DOUBLE, _MOTHER], _FATHER)
    unlike = (rng.random(len(people)) < rates.surname_unlike_siblings)[people["elder"].to_numpy()]  # twins are registered together
    form = np.where(unlike, np.where(form == _FATHER, _MOTHER, _FATHER), form)
    form = np.where((form == _DOUBLE) & (father == mother), _FATHER, form)
    first = people["father_first"].to_numpy()
    people["surname"] = np.where((form == _MOTHER) | ((form == _DOUBLE) & ~first), mother, father)
    people["surname_2"] = np.where(form == _DOUBLE, np.where(first, mother, father), "")


def _settle(people: pd.DataFrame, rng: np.random.Generator, rates: Rates, population: Population) -> None:
    """Let families move: those of a child who was born before the move have another address now."""
    family = people["family"].to_numpy()
    _, home, row = np.unique(family, return_index=True, return_inverse=True)
    homes = people.loc[home, [f"born_{name}" for name in ADDRESS]].set_axis(ADDRESS, axis=1).reset_index(drop=True)
    later = move(rng, homes, rates)
    period = (population.listed - population.first).astype(float)
    day = population.first + np.floor(rng.random(len(home)) * period).astype(np.int64)
    born = people["birth"].to_numpy().astype("datetime64[D]")
    # A move falls after a birth in this share of cases, so that many more families move.
    after = ((population.listed - born).astype(float) / period).mean()
    moves = (rng.random(len(home)) < rates.moved / after)[row]
    before = moves & (born < day[row])
    for name in ADDRESS:
        old, new = homes[name].to_numpy()[row], later[name].to_numpy()[row]
        people[f"born_{name}"] = np.where(moves & ~before, new, old)
        people[f"now_{name}"] = np.where(moves, new, old)
    people["brussels"] = read_places().brussels[people["born_place"].to_numpy()]


def _number(people: pd.DataFrame, rng: np.random.Generator, rates: Rates) -> None:
    birth, sex, elder = (people[column].to_numpy() for column in ("birth", "sex", "elder"))
    birth = birth.astype("datetime64[D]")
    people["number"] = make_numbers(birth, sex, elder, rng)
    offset = np.where(rng.random(len(people)) < 0.7, 40, 20)
    bis = make_numbers(birth, sex, np.arange(len(people)), rng, month_offset=offset)
    people["bis"] = np.where(people["newcomer"] & (rng.random(len(people)) < rates.bis_number), bis, "")
