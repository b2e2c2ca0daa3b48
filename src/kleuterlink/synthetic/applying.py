"""Applicants of Brussels who were ranked unfavourably: they applied for a place in a Dutch-language school and got none."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from kleuterlink.synthetic.places import read_places
from kleuterlink.synthetic.pools import Texts
from kleuterlink.synthetic.populations import NURSERY
from kleuterlink.synthetic.rates import Rates
from kleuterlink.synthetic.recording import (
    Clerk,
    lose_accents,
    number_now,
    placeholders_in_lists,
    record_addresses,
    record_dates,
    record_names,
    record_numbers,
    record_sexes,
)
from kleuterlink.synthetic.writing import day_first, draw_ids

APPLICATION_COLUMNS = ("aanvraagnummer", "rijksregisternummer", "voornaam", "achternaam", "geslacht", "geboortedatum", "adres", "postcode", "gemeente")

_YOUNGEST = NURSERY.last - np.timedelta64(425, "D")
"""Born later, a child was to start school in the year of the lists."""

Flags = npt.NDArray[np.bool_]


def make_applications(
    people: pd.DataFrame, lists: tuple[Flags, Flags], another: Texts, rng: np.random.Generator, rates: Rates | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make a register of applicants.

    Parameters
    ----------
    people
        Children as they are on the lists' day; columns as `families.make_people` returns them.
    lists
        bool, one per child: in the Dutch-language list, in the French one.
    another
        The number of another child for each.
    rng
        Source of chance.
    rates
        How many there are and where they were placed after all; None for no applicants.

    Returns
    -------
    applications, truth : DataFrame
        `APPLICATION_COLUMNS`; and per row `record_id`, `person` (row of the child), `nl`, `fr` (in that list). Rows in random order.

    """
    person = np.zeros(0, np.int64) if rates is None else _choose(people, lists, rng, rates)
    applications = pd.DataFrame(columns=list(APPLICATION_COLUMNS), dtype=object) if rates is None else _record(people.take(person), another[person], rng, rates)
    truth = {"record_id": applications["aanvraagnummer"].to_numpy(), "person": person, "nl": lists[0][person], "fr": lists[1][person]}
    return applications, pd.DataFrame(truth)


def _choose(people: pd.DataFrame, lists: tuple[Flags, Flags], rng: np.random.Generator, rates: Rates) -> npt.NDArray[np.int64]:
    """Choose children of Brussels by where they were placed after all; those of the youngest cohort with higher odds."""
    dutch, french = lists
    home = read_places().brussels[people["now_place"].to_numpy()]
    keys = rng.exponential(size=len(people)) / np.where(people["birth"].to_numpy().astype("datetime64[D]") > _YOUNGEST, rates.unplaced_youngest, 1.0)
    wanted = home.sum() * rates.unplaced
    chosen = []
    for share, among in (
        (rates.unplaced_dutch, home & dutch),
        (rates.unplaced_nowhere, home & ~dutch & ~french),
        (1 - rates.unplaced_dutch - rates.unplaced_nowhere, home & french & ~dutch),
    ):
        rows = np.flatnonzero(among)
        chosen.append(rows[np.argsort(keys[rows], kind="stable")[: round(wanted * share)]])
    return rng.permutation(np.concatenate(chosen))


def _record(people: pd.DataFrame, another: Texts, rng: np.random.Generator, rates: Rates) -> pd.DataFrame:
    clerk = Clerk(people, rng, rates)
    first_names, surname = record_names(clerk, first_only=rates.first_name_only)
    lose_accents(clerk, rates.accents_lost, first_names, surname)
    address = record_addresses(clerk, "now")
    columns = (
        draw_ids(rng, len(people), "A", 7),
        record_numbers(clerk, number_now(clerk), another, rates.number_missing_nl_brussels),
        first_names,
        surname,
        np.array(["", "M", "V"], dtype=object)[record_sexes(clerk)],
        day_first(record_dates(clerk, placeholders=placeholders_in_lists(clerk))),
        np.where(address["street"] == "", "", address["street"] + " " + address["number"]),
        address["postcode"],
        address["municipality"],
    )
    return pd.DataFrame(dict(zip(APPLICATION_COLUMNS, columns, strict=True)))
