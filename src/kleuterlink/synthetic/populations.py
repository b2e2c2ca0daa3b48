"""When the children of a population are born, and how many of them a day has.

Three and a half cohorts are what nursery schools have. A larger register is one of more years and not of fuller days: a day keeps
about the namesakes that it has in Flanders and Brussels, and the national number can still count its children.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Day = np.datetime64

FIRST_DAY, LAST_DAY = np.datetime64("2000-01-01", "D"), np.datetime64("2099-12-31", "D")
"""What national numbers of this century can be dated with."""


@dataclass(frozen=True)
class Population:
    """The children of some birth years, as they are on the day that the lists speak of.

    Attributes
    ----------
    first, last
        datetime64[D], first and last day of birth.
    listed
        datetime64[D], the day that the lists speak of.
    part, parts
        Which of several populations it is, from 0: the ids of different parts differ.

    """

    first: Day
    last: Day
    listed: Day
    part: int = 0
    parts: int = 1

    @property
    def days(self) -> int:
        """Number of days on which its children are born."""
        return int((self.last - self.first).astype(int)) + 1

    @property
    def earliest(self) -> Day:
        """Day before which a clerk sees that a birth date cannot be right."""
        day: Day = (self.first.astype("datetime64[Y]") - 2).astype("datetime64[D]")
        return day

    @property
    def latest(self) -> Day:
        """Day after which a clerk sees that a birth date cannot be right."""
        day: Day = (self.last.astype("datetime64[Y]") + 3).astype("datetime64[D]") - 1
        return day


NURSERY = Population(np.datetime64("2018-01-01", "D"), np.datetime64("2021-07-15", "D"), np.datetime64("2024-02-01", "D"))
"""The children of nursery age on 1 February 2024."""

PER_DAY = 300_000 / NURSERY.days
"""Births of a day, by default, in registers that do not fit the nursery cohorts: some 85,000 a year, as in Flanders and Brussels."""

_ALL_DAYS = int((LAST_DAY - FIRST_DAY).astype(int)) + 1

MOST = _ALL_DAYS // NURSERY.days
"""Populations that follow one another in a century."""


def population_of(children: int) -> Population:
    """Choose the birth years of a register.

    Parameters
    ----------
    children
        Number of births.

    Returns
    -------
    Population
        Up to 300,000 the nursery cohorts; beyond, as many days up to 15 July 2021 as it takes for `PER_DAY`, but none before 2000:
        from 1.8 million births on the days are fuller.

    """
    days = max(NURSERY.days, round(children / PER_DAY))
    return Population(max(NURSERY.last - (days - 1), FIRST_DAY), NURSERY.last, NURSERY.listed)


def populations_of(children: int, largest: int) -> list[tuple[int, Population]]:
    """Divide a register into populations that follow one another.

    Parameters
    ----------
    children
        Number of births.
    largest
        Most births of a population; more only where `MOST` populations do not hold them.

    Returns
    -------
    list of (int, Population)
        Births of each population, which differ by one at most, and the population. Each has the days that `PER_DAY` asks for, and at least
        those of the nursery cohorts, so that brothers and sisters fit in; each is listed two and a half years after its last birth, as those are.
        The last ones are born in July 2021. Where the first would be born before 2000, they begin in 2000 instead and go on to 2099 at
        most, with fuller days from 8.5 million births on.

    """
    parts = min(-(-children // largest), MOST)
    days = min(max(NURSERY.days * parts, round(children / PER_DAY)), _ALL_DAYS)
    start = max(NURSERY.last - (days - 1), FIRST_DAY)
    bounds, births = (np.linspace(0, total, parts + 1).round().astype(np.int64) for total in (days, children))
    wait = NURSERY.listed - NURSERY.last
    made = []
    for part in range(parts):
        last = start + (bounds[part + 1] - 1)
        made.append((int(births[part + 1] - births[part]), Population(start + bounds[part], last, last + wait, part, parts)))
    return made
