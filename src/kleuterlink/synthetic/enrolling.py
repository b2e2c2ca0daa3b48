"""Who is enrolled where: schools, and the dates of each enrolment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kleuterlink.synthetic.places import read_places
from kleuterlink.synthetic.populations import NURSERY, Population
from kleuterlink.synthetic.rates import ORIGINS, Rates

Flags = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.integer]
Dates = npt.NDArray[np.datetime64]

ENTRIES = np.array(
    [
        "2020-09-01", "2020-11-09", "2021-01-04", "2021-02-01", "2021-02-22", "2021-04-19", "2021-05-17",
        "2021-09-01", "2021-11-08", "2022-01-10", "2022-02-01", "2022-03-07", "2022-04-19", "2022-05-30",
        "2022-09-01", "2022-11-07", "2023-01-09", "2023-02-01", "2023-02-27", "2023-04-17", "2023-05-22",
        "2023-09-01", "2023-11-06", "2024-01-08", "2024-02-01",
    ],
    dtype="datetime64[D]",
)  # fmt: skip
"""Days on which a child may start (school calendars of the education ministry)."""

YEAR_START = np.datetime64("2023-09-01", "D")


@dataclass(frozen=True)
class Enrolled:
    """The enrolments of one list.

    Attributes
    ----------
    person
        int64, row of the child.
    school
        Number of the school.
    since, until
        datetime64[D]; `until` is NaT for whoever is still there.

    """

    person: Integers
    school: Integers
    since: Dates
    until: Dates


def choose_lists(people: pd.DataFrame, rng: np.random.Generator, rates: Rates) -> tuple[Flags, Flags, Flags]:
    """Choose which lists every child is in.

    Parameters
    ----------
    people
        Children; columns as `families.make_people` returns them.
    rng
        Source of chance.
    rates
        Shares of children who are in no list, in the French one, in both.

    Returns
    -------
    dutch, french, prefers_french
        bool, one per child: in the Dutch-language list, in the French one, and in which language it would go to school. An outsider is
        in a list, since nothing else is known of it.

    """
    places = read_places()
    now = places.brussels[people["now_place"].to_numpy()]
    size = len(people)
    prefers = rng.random(size) < np.where(now, _french_share(people["origin"].to_numpy(), now, rates), rates.french_in_flanders)
    absent = rates.not_found * np.where(people["brussels"], rates.not_found_brussels, 1.0) * np.where(people["newcomer"], rates.not_found_newcomer, 1.0)
    enrolled = (rng.random(size) >= absent) | people["outsider"].to_numpy()
    both = enrolled & now & (rng.random(size) < rates.both_lists)
    return enrolled & (~prefers | both), enrolled & (prefers | both), prefers


def _french_share(origin: npt.NDArray[np.object_], brussels: Flags, rates: Rates) -> npt.NDArray[np.float64]:
    """Tilt the share by origin, so that it is `french_in_brussels` over all."""
    tilt = pd.Series(origin).map({known.name: known.french for known in ORIGINS}).to_numpy(dtype=np.float64)
    mean = tilt[brussels].mean() if brussels.any() else 1.0
    return np.minimum(tilt / mean * rates.french_in_brussels, 0.98)


def enrol(
    people: pd.DataFrame, chosen: Flags, rng: np.random.Generator, *, population: Population = NURSERY, two_schools: float = 0.0, elsewhere: Flags | None = None
) -> Enrolled:
    """Enrol children in schools of the municipality where they live.

    Parameters
    ----------
    people
        Children; columns as `families.make_people` returns them.
    chosen
        Who is in the list.
    rng
        Source of chance.
    population
        When the lists speak; the days on which a child may start, and the school year's first, are as long before it as for the nursery cohorts.
    two_schools
        Share of them with a second enrolment in another school; half of the earlier ones were closed.
    elsewhere
        Who was enrolled elsewhere since; half of these enrolments were closed, the others never were.

    Returns
    -------
    Enrolled
        Enrolments in random order.

    """
    person = np.flatnonzero(chosen)
    later = population.listed - NURSERY.listed
    entries, year_start = ENTRIES + later, YEAR_START + later
    born = people["birth"].to_numpy().astype("datetime64[M]")[person]
    day = people["birth"].to_numpy().astype("datetime64[D]")[person] - born.astype("datetime64[D]")
    entitled = (born + 30).astype("datetime64[D]") + day  # two years and six months; a day that the month lacks falls into the next
    first = entries[np.minimum(np.searchsorted(entries, entitled), len(entries) - 1)]
    # A school that counts anew every year writes 1 September; the others the day on which the child came.
    since = np.where(rng.random(len(person)) < 0.6, np.maximum(first, year_start), first)
    school = _schools(people["now_place"].to_numpy()[person], rng)
    until = np.full(len(person), np.datetime64("NaT", "D"))
    twice = np.flatnonzero(rng.random(len(person)) < two_schools)
    changed = np.minimum(np.maximum(since[twice], year_start) + rng.integers(10, 140, len(twice)), population.listed)
    closed = rng.random(len(twice)) < 0.5
    until[twice] = np.where(closed, np.maximum(changed - 1, since[twice]), until[twice])
    if elsewhere is not None:
        left = np.maximum(since, year_start + rng.integers(10, 140, len(person)))
        until = np.where(elsewhere[person] & (rng.random(len(person)) < 0.5), left, until)
    second = _schools(people["now_place"].to_numpy()[person[twice]], rng)
    second = np.where(second == school[twice], second + 1, second)
    order = rng.permutation(len(person) + len(twice))
    person, school = np.concatenate([person, person[twice]])[order], np.concatenate([school, second])[order]
    since, until = np.concatenate([since, changed])[order], np.concatenate([until, np.full(len(twice), np.datetime64("NaT", "D"))])[order]
    return Enrolled(person, school, since, until)


def _schools(place: Integers, rng: np.random.Generator) -> Integers:
    """Draw a school of each place: numbers from 100 times the place on."""
    share = read_places().share
    most = np.clip((share / share.max() * 60).astype(np.int64), 2, 40)[place]
    schools: Integers = place * 100 + np.floor(rng.random(len(place)) * most).astype(np.int64)
    return schools


def draw_absences(enrolled: Enrolled, compulsory: Flags, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the half-days on which pupils were absent this school year, to the day before the lists' day.

    Parameters
    ----------
    enrolled
        The enrolments.
    compulsory
        Whose absences are coded as those of compulsory schooling, one per enrolment.
    rng
        Source of chance.

    Returns
    -------
    pandas.DataFrame
        `enrolment` (row in `enrolled`), `day` (datetime64), `half_days` (1 or 2) and `code`; sorted by enrolment and day, one row for a
        pupil's day.

    """
    days = np.arange(YEAR_START, NURSERY.listed)
    weekday = (days.astype(np.int64) + 3) % 7
    holiday = [
        np.arange(np.datetime64(first, "D"), np.datetime64(last, "D") + 1) for first, last in (("2023-10-30", "2023-11-03"), ("2023-12-25", "2024-01-05"))
    ]
    days = days[(weekday < 5) & ~np.isin(days, np.concatenate(holiday))]
    often = rng.random(len(enrolled.person)) < 0.035
    count = rng.poisson(np.where(often, 45.0, rng.gamma(1.0, 3.0, len(often))))
    enrolment = np.repeat(np.arange(len(count)), count)
    day = days[rng.integers(0, len(days), len(enrolment))]
    until = np.where(np.isnat(enrolled.until), NURSERY.listed, enrolled.until)
    there = (day >= enrolled.since[enrolment]) & (day <= until[enrolment])
    rows = pd.DataFrame({"enrolment": enrolment[there], "day": day[there]}).drop_duplicates().sort_values(["enrolment", "day"], ignore_index=True)
    wednesday = (rows["day"].dt.dayofweek == 2).to_numpy()
    rows["half_days"] = np.where(wednesday | (rng.random(len(rows)) < 0.25), 1, 2)
    accepted = np.where(rng.random(len(rows)) < 0.8, "P", "B")
    rows["code"] = np.where(compulsory[rows["enrolment"].to_numpy()], accepted, "A")
    return rows
