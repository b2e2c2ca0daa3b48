"""What a register makes of people: their fields as its clerks wrote them, errors included."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
import pandas as pd

from kleuterlink.synthetic import spellings
from kleuterlink.synthetic.numbers import date_parts
from kleuterlink.synthetic.places import read_places, read_streets
from kleuterlink.synthetic.pools import Texts
from kleuterlink.synthetic.populations import NURSERY, Day, Population
from kleuterlink.synthetic.rates import LARGEST, Rates

Flags = npt.NDArray[np.bool_]
Dates = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Clerk:
    """Who writes a register: how careful, and in which language.

    Attributes
    ----------
    people
        Who is recorded, a row per record; columns as `families.make_people` returns them.
    rng
        Source of chance.
    rates
        Error rates and habits.
    french
        Whether the register is kept in French.
    names, dates
        Factors on the errors in names and addresses, and in dates and sexes.
    population
        When the people were born: a clerk sees that other dates cannot be right.

    """

    people: pd.DataFrame
    rng: np.random.Generator
    rates: Rates
    french: bool = False
    names: float = 1.0
    dates: float = 1.0
    population: Population = NURSERY

    def text(self, column: str) -> Texts:
        """Return a copy of a text column of the people."""
        return self.people[column].to_numpy(dtype=object).copy()

    def errs(self, rate: float | npt.NDArray[np.float64], among: Flags | None = None) -> Flags:
        """Draw on which records an error falls.

        Parameters
        ----------
        rate
            Its rate, of a child that is not troubled.
        among
            Records that can have this error. Default: all.

        Returns
        -------
        ndarray of bool
            One per record. Where errors are not correlated, the chances are dealt out at random among the records that can have it.

        """
        chance = np.minimum(rate * self.people["trouble"].to_numpy(), LARGEST)
        rows = np.flatnonzero(among) if among is not None else np.arange(len(chance))
        chances = chance[rows]
        if not self.rates.correlated:
            chances = self.rng.permutation(chances)
        hit = np.zeros(len(chance), np.bool_)
        hit[rows] = self.rng.random(len(rows)) < chances
        return hit

    def does(self, rate: float) -> Flags:
        """Draw on which records a habit shows; trouble makes no difference to it."""
        shows: Flags = self.rng.random(len(self.people)) < rate
        return shows

    def rewrite(self, values: Texts, hit: Flags, change: Callable[[str, float], str]) -> None:
        """Change the values that are hit, in place."""
        rows = np.flatnonzero(hit)
        draws = self.rng.random(len(rows))
        for row, draw in zip(rows.tolist(), draws.tolist(), strict=True):
            values[row] = change(values[row], draw)


def record_names(clerk: Clerk, *, first_only: float) -> tuple[Texts, Texts]:
    """Write down first names and surnames.

    Parameters
    ----------
    clerk
        Who writes.
    first_only
        Share of records with the first of several first names alone.

    Returns
    -------
    first_names, surname
        Texts, one per record.

    """
    first_names, surname = _first_names(clerk, first_only), _surnames(clerk)
    swapped = clerk.errs(clerk.rates.names_swapped * clerk.names)
    return np.where(swapped, surname, first_names), np.where(swapped, first_names, surname)


def _first_names(clerk: Clerk, first_only: float) -> Texts:
    rates, share = clerk.rates, clerk.names
    first, others = clerk.text("first"), clerk.text("others")
    several = others != ""
    used = clerk.errs(rates.first_second_used * share, several)
    for row in np.flatnonzero(used).tolist():
        second, _, rest = others[row].partition(" ")
        first[row], others[row] = second, f"{first[row]} {rest}".strip()
    called = spellings.named_otherwise(pd.unique(first))
    clerk.rewrite(first, clerk.errs(rates.first_call_name * share, np.array([name in called for name in first], np.bool_)), spellings.call_name)
    foreign = clerk.people["foreign"].to_numpy()
    clerk.rewrite(first, clerk.errs(rates.first_transliterated * share, foreign), spellings.transliterate)
    clerk.rewrite(first, clerk.errs(rates.first_mistyped * share), spellings.mistype)
    written = several & ~clerk.does(first_only)
    names = np.where(written, first + np.where(written, " ", "") + others, first)
    clerk.rewrite(names, clerk.errs(rates.first_order * share, written), spellings.turn)
    clerk.rewrite(names, clerk.errs(rates.first_initial * share), spellings.initials)
    return np.where(clerk.does(rates.first_hyphen_lost), np.array([name.replace("-", " ") for name in names], dtype=object), names)


def _surnames(clerk: Clerk) -> Texts:
    rates, share = clerk.rates, clerk.names
    surname, second = clerk.text("surname"), clerk.text("surname_2")
    double = second != ""
    father, mother = clerk.text("surname_father"), clerk.text("surname_mother")
    other = clerk.errs(rates.surname_of_other_parent * share)
    surname = np.where(other, np.where(surname == father, mother, father), surname)
    turned = clerk.errs(rates.surname_turned * share, double & ~other)
    surname, second = np.where(turned, second, surname), np.where(turned, surname, second)
    halved = clerk.errs(rates.surname_halved * share, double)
    surname = np.where(halved & clerk.does(0.25), second, surname)
    second = np.where(halved | other, "", second)
    prefixed = {name for name in pd.unique(surname) if spellings.has_particle(name)}
    clerk.rewrite(surname, clerk.errs(rates.particle_rewritten * share, np.array([name in prefixed for name in surname], np.bool_)), spellings.rewrite_particle)
    clerk.rewrite(surname, clerk.errs(rates.surname_transliterated * share, clerk.people["foreign"].to_numpy()), spellings.transliterate)
    clerk.rewrite(surname, clerk.errs(rates.surname_mistyped * share), spellings.mistype)
    return np.where(second != "", surname + np.where(clerk.does(0.2), "-", " ") + second, surname)


def lose_accents(clerk: Clerk, rate: float, *columns: Texts) -> None:
    """Write some records without accents, in place; what a record loses, it loses in every column."""
    lost = clerk.does(rate)
    for column in columns:
        clerk.rewrite(column, lost & np.array([not text.isascii() for text in column], np.bool_), spellings.strip_accents)


def record_dates(clerk: Clerk, *, placeholders: float | npt.NDArray[np.float64]) -> Dates:
    """Write down birth dates.

    Parameters
    ----------
    clerk
        Who writes.
    placeholders
        Rate of 1 January instead of the date.

    Returns
    -------
    ndarray of datetime64[D]
        Dates, one per record; every one is a day of the calendar.

    """
    rates, share = clerk.rates, clerk.dates
    dates = clerk.people["birth"].to_numpy().astype("datetime64[D]")
    _, month, day = date_parts(dates)
    for hit, candidates in (
        (clerk.errs(rates.date_swapped * share, (day <= 12) & (day != month)), _swapped),
        (clerk.errs(rates.date_mistyped * share), _mistyped),
        (clerk.errs(rates.date_part_off * share), _one_off),
    ):
        for row, draw in zip(np.flatnonzero(hit).tolist(), clerk.rng.random(int(hit.sum())).tolist(), strict=True):
            possible = candidates(str(dates[row]), clerk.population)
            if possible:
                dates[row] = possible[int(draw * len(possible))]
    unknown = clerk.errs(placeholders)
    return np.where(unknown, dates.astype("datetime64[Y]").astype("datetime64[D]"), dates)


def _days(texts: list[str], but: str, population: Population) -> list[Day]:
    days = []
    for text in texts:
        try:
            day: Day = np.datetime64(text, "D")
        except ValueError:
            continue
        if text != but and population.earliest <= day <= population.latest:
            days.append(day)
    return days


def _swapped(date: str, population: Population) -> list[Day]:
    return _days([f"{date[:5]}{date[8:]}-{date[5:7]}"], date, population)


def _mistyped(date: str, population: Population) -> list[Day]:
    return _days([date[:at] + digit + date[at + 1 :] for at, digit in product((3, 5, 6, 8, 9), "0123456789")], date, population)


def _one_off(date: str, population: Population) -> list[Day]:
    year, month, day = map(int, date.split("-"))
    near = ((year + 1, month, day), (year - 1, month, day), (year, month + 1, day), (year, month - 1, day), (year, month, day + 1), (year, month, day - 1))
    return _days([f"{y}-{m:02}-{d:02}" for y, m, d in near], date, population)


def record_sexes(clerk: Clerk) -> npt.NDArray[np.int64]:
    """Write down sexes: 1 male, 2 female, 0 not stated; one per record."""
    sex = clerk.people["sex"].to_numpy(dtype=np.int64)
    sex = np.where(clerk.errs(clerk.rates.sex_wrong * clerk.dates), 3 - sex, sex)
    return np.where(clerk.errs(clerk.rates.sex_missing * clerk.dates), 0, sex)


def record_numbers(clerk: Clerk, known: Texts, another: Texts, missing: float | npt.NDArray[np.float64]) -> Texts:
    """Write down national numbers.

    Parameters
    ----------
    clerk
        Who writes.
    known
        The number that everyone goes by at the time.
    another
        The number of another child, which may get on the record instead.
    missing
        Rate of numbers that are not stated.

    Returns
    -------
    ndarray of object
        Numbers, empty where missing.

    """
    number = known.copy()
    clerk.rewrite(number, clerk.errs(clerk.rates.number_mistyped), spellings.mistype_number)
    number = np.where(clerk.errs(clerk.rates.number_of_another), another, number)
    return np.where(clerk.errs(missing), "", number)


def number_now(clerk: Clerk) -> Texts:
    """Return the number that a list gets to see: the national number, or a bis number that none has replaced; one per record."""
    kept = (clerk.text("bis") != "") & ~clerk.does(clerk.rates.bis_replaced)
    return np.where(kept, clerk.text("bis"), clerk.text("number"))


def placeholders_in_lists(clerk: Clerk) -> npt.NDArray[np.float64]:
    """Return the rate of 1 January instead of the birth date in the lists; one per record."""
    return np.where(clerk.people["newcomer"], clerk.rates.date_placeholder_newcomers, clerk.rates.date_placeholder)


def record_addresses(clerk: Clerk, when: str) -> dict[str, Texts]:
    """Write down addresses.

    Parameters
    ----------
    clerk
        Who writes.
    when
        `born` or `now`: which of the people's addresses.

    Returns
    -------
    dict
        `street`, `number` (with box), `postcode` and `municipality`: texts, one per record, empty where missing.

    """
    rates, share, places, streets = clerk.rates, clerk.names, read_places(), read_streets()
    place, street = clerk.people[f"{when}_place"].to_numpy(), clerk.people[f"{when}_street"].to_numpy()
    # Streets have two names in Brussels only.
    other = places.brussels[place] & clerk.does(rates.street_other_language)
    french = np.where(places.brussels[place], other != clerk.french, False)
    name = np.where(french, streets.french[street], streets.dutch[street])
    clerk.rewrite(name, clerk.does(rates.street_abbreviated), _abbreviate)
    clerk.rewrite(name, clerk.errs(rates.street_mistyped * share), spellings.mistype)
    number = clerk.people[f"{when}_number"].to_numpy().astype("U3").astype(object)
    clerk.rewrite(number, clerk.errs(rates.house_number_mistyped * share), spellings.mistype_digit)
    number = number + _boxes(clerk, clerk.people[f"{when}_box"].to_numpy())
    missing = clerk.errs(rates.address_missing * share)
    postcode = places.postcode[place]
    clerk.rewrite(postcode, clerk.errs(rates.postcode_mistyped * share), spellings.mistype_digit)
    return {
        "street": np.where(missing, "", name),
        "number": np.where(missing, "", number),
        "postcode": postcode,
        "municipality": _municipalities(clerk, place, french),
    }


def _municipalities(clerk: Clerk, place: npt.NDArray[np.int64], french: Flags) -> Texts:
    """Name municipalities; the French Community writes the French name of Flemish ones too."""
    places = read_places()
    whole, part = (
        np.where(french | (clerk.french & ~places.brussels[place]), *names)
        for names in ((places.french[place], places.dutch[place]), (places.part_french[place], places.part_dutch[place]))
    )
    return np.where(clerk.does(clerk.rates.municipality_part), part, whole)


_ABBREVIATED = (("straat", "str."), ("steenweg", "stwg."), ("laan", "ln."), ("plein", "pl."))
_ABBREVIATED_FRENCH = (("Avenue ", "Av. "), ("Rue ", "R. "), ("Chaussée ", "Ch. "), ("Place ", "Pl. "))


def _abbreviate(street: str, draw: float) -> str:
    for word, short in _ABBREVIATED:
        if street.endswith(word):
            return street.removesuffix(word) + (short if draw < 0.7 else short.rstrip("."))
    for word, short in _ABBREVIATED_FRENCH:
        if street.startswith(word):
            return short + street.removeprefix(word)
    return street


def _boxes(clerk: Clerk, box: npt.NDArray[np.int64]) -> Texts:
    """Return what stands behind the house number."""
    written = (box > 0) & ~clerk.does(clerk.rates.box_left_out)
    usual = " bte " if clerk.french else " bus "
    sign = np.where(clerk.does(0.25), "/", np.where(clerk.does(0.1), " b", usual)).astype(object)
    return np.where(written, sign + box.astype("U4").astype(object), "")


def other_children(people: pd.DataFrame, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return a row of another child for every child: half the time of the same family, where there is one."""
    size = len(people)
    family = people["family"].to_numpy()
    rows = np.arange(size)
    following, before = np.minimum(rows + 1, size - 1), np.maximum(rows - 1, 0)
    sibling = np.where((family[following] == family) & (following != rows), following, np.where((family[before] == family) & (before != rows), before, rows))
    stranger = (rows + 1 + rng.integers(0, max(size - 1, 1), size)) % size
    return np.where((sibling != rows) & (rng.random(size) < 0.5), sibling, stranger)
