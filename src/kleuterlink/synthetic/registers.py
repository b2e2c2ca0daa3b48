"""Registers as their sources write them, with the truth beside them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kleuterlink.synthetic.applying import make_applications
from kleuterlink.synthetic.enrolling import Enrolled, choose_lists, draw_absences, enrol
from kleuterlink.synthetic.families import make_people
from kleuterlink.synthetic.numbers import date_parts
from kleuterlink.synthetic.places import read_places
from kleuterlink.synthetic.pools import Texts
from kleuterlink.synthetic.populations import NURSERY, Population, population_of
from kleuterlink.synthetic.rates import RATES, Rates
from kleuterlink.synthetic.recording import (
    Clerk,
    lose_accents,
    number_now,
    other_children,
    placeholders_in_lists,
    record_addresses,
    record_dates,
    record_names,
    record_numbers,
    record_sexes,
)
from kleuterlink.synthetic.rewriting import rewrite_identities
from kleuterlink.synthetic.writing import capitals, day_first, draw_ids, iso

BIRTHS, PUPILS_NL, PUPILS_FR, ABSENCES_NL, APPLICANTS = "births", "pupils_nl", "pupils_fr", "absences_nl", "applicants"
"""What the registers are called in the truth and in a sample's configuration."""

ABSENCE_COLUMNS = ("stamnummer", "instellingsnummer", "datum", "halve_dagen", "code")


@dataclass(frozen=True)
class Registers:
    """Synthetic registers and what is true of them.

    Attributes
    ----------
    births
        Birth register: `kg_id`, `insz`, `voornaam`, `achternaam`, `geslacht`, `geboortedatum` (ISO), `moeder`, `straat`, `huisnr`,
        `postcode`, `gemeente`; all columns of all registers are text, empty where nothing is recorded.
    enrolments
        Dutch-language list in capitals: `stamnummer`, `rijksregisternummer`, `voornaam`, `achternaam`, `geslacht`, `geboortedatum`
        (dd/mm/yyyy), `adres`, `postcode`, `gemeente`, `instellingsnummer`, `begindatum`, `einddatum`.
    fr
        List of the French Community: `id_siel`, `niss`, `prenom`, `nom`, `sexe`, `date_naissance` (dd/mm/yyyy), `rue`, `numero`,
        `code_postal`, `commune`, `fase`, `date_entree`, `date_sortie`.
    absences
        Absences of the Dutch-language list: `ABSENCE_COLUMNS`; no rows unless they were asked for.
    matches
        `register` (`pupils_nl`, `pupils_fr`), `record_id`, `child_id`: every record of a list that is about a child of the birth
        register. The other records are about outsiders.
    applications
        Applicants of Brussels who were ranked unfavourably: `APPLICATION_COLUMNS`, birth dates dd/mm/yyyy; no rows unless they were asked for.
    applicants
        One row per row of `applications`, in that order: `record_id`, `child_id` (empty for outsiders), `nl` and `fr` (bool, in that list).
    children
        One row per row of `births`, in that order: `child_id`, `not_found` (in no list), `newcomer`, `twin`, `language` (of the school it
        goes or would go to), `brussels` (at birth), `has_number` (the birth register holds the number that
        the child goes by now), `troubled`.
    population
        When the children were born, and the day that the lists speak of.

    """

    births: pd.DataFrame
    enrolments: pd.DataFrame
    fr: pd.DataFrame
    absences: pd.DataFrame
    applications: pd.DataFrame
    matches: pd.DataFrame
    applicants: pd.DataFrame
    children: pd.DataFrame
    population: Population = NURSERY

    @property
    def not_found(self) -> frozenset[str]:
        """Ids of the children who are in no list."""
        return frozenset(self.children.loc[self.children["not_found"], "child_id"])


def make_registers(
    children: int, *, seed: int = 1, rates: Rates = RATES, absences: bool = False, applications: bool = False, population: Population | None = None
) -> Registers:
    """Make a birth register and two enrolment lists, with a known truth.

    They are those of the nursery cohorts of 2023-2024, unless more children are asked for than a country has of that age.

    Parameters
    ----------
    children
        Number of birth records. From a million on, `write_large_sample` takes less memory.
    seed
        Equal seeds, numbers and rates give equal registers.
    rates
        How often what happens.
    absences
        Whether to make the absences of the Dutch-language list too.
    applications
        Whether to make the register of applicants too; the other registers do not depend on it.
    population
        When the children were born, and the day that the lists speak of. Default: `populations.population_of`, the nursery cohorts up to 300,000
        births, and more years beyond. Absences and applications are those of 2023-2024.

    Returns
    -------
    Registers
        The registers, rows in random order, ids that say nothing.

    Raises
    ------
    ValueError
        Fewer than one child is asked for, or more on a day than national numbers can count: ask for fewer, or for more birth years.

    Examples
    --------
    >>> registers = make_registers(500, seed=7)
    >>> len(registers.births), len(registers.not_found) < 50
    (500, True)

    """
    if children < 1:
        raise ValueError(f"{children} children were asked for; ask for at least 1")
    rng = np.random.default_rng(seed)
    population = population or population_of(children)
    people = make_people(children, rng, rates, population)
    dutch, french, prefers_french = choose_lists(people, rng, rates)
    another = people["number"].to_numpy()[other_children(people, rng)]
    born = rng.permutation(np.flatnonzero(~people["outsider"].to_numpy()))
    births, ids = _record_births(people.take(born), another[born], rng, rates, population)
    in_dutch = enrol(people, dutch, rng, population=population, two_schools=rates.two_schools)
    in_french = enrol(people, french, rng, population=population, elsewhere=dutch)
    now = rewrite_identities(people, rng, rates, population)
    enrolments = _record_dutch(now, in_dutch, another, rng, rates, population)
    fr = _record_french(now, in_french, another, rng, rates, population)
    child_id = np.full(len(people), "", dtype=object)
    child_id[born] = ids
    matches = pd.concat(
        [
            _match(PUPILS_NL, enrolments["stamnummer"], child_id[in_dutch.person]),
            _match(PUPILS_FR, fr["id_siel"], child_id[in_french.person]),
        ],
        ignore_index=True,
    )
    truth = people.loc[born, ["newcomer", "twin", "brussels", "troubled"]].reset_index(drop=True)
    truth.insert(0, "child_id", ids)
    truth.insert(1, "not_found", ~(dutch | french)[born])
    truth.insert(4, "language", np.where(prefers_french[born], "fr", "nl"))
    truth.insert(6, "has_number", births["insz"].to_numpy() == now["number"].to_numpy()[born])
    gone = _absences(people, in_dutch, enrolments, rng) if absences else pd.DataFrame(columns=list(ABSENCE_COLUMNS), dtype=object)
    # A source of chance of its own: the other registers are the same with and without applicants.
    asked, applicants = make_applications(now, (dutch, french), another, np.random.default_rng([seed, len(people)]), rates if applications else None)
    applicants.insert(1, "child_id", child_id[applicants.pop("person")])
    return Registers(births, enrolments, fr, gone, asked, matches, applicants, truth, population)


def _match(register: str, record_id: pd.Series, child_id: Texts) -> pd.DataFrame:
    known = child_id != ""
    return pd.DataFrame({"register": register, "record_id": record_id.to_numpy()[known], "child_id": child_id[known]})


def _record_births(people: pd.DataFrame, another: Texts, rng: np.random.Generator, rates: Rates, population: Population) -> tuple[pd.DataFrame, Texts]:
    clerk = Clerk(people, rng, rates, names=rates.births_name_errors, dates=rates.births_date_errors, population=population)
    ids = draw_ids(rng, len(people), "K", 8, population)
    first_names, surname = record_names(clerk, first_only=0.0)
    mother = np.where(clerk.errs(rates.parent_missing), "", clerk.text("mother"))
    lose_accents(clerk, rates.accents_lost_births, first_names, surname, mother)
    address = record_addresses(clerk, "born")
    known = np.where(people["bis"].to_numpy() != "", people["bis"].to_numpy(), people["number"].to_numpy())
    births = {
        "kg_id": ids,
        "insz": record_numbers(clerk, known, another, rates.number_missing_births),
        "voornaam": first_names,
        "achternaam": surname,
        "geslacht": np.array(["", "M", "V"], dtype=object)[record_sexes(clerk)],
        "geboortedatum": iso(record_dates(clerk, placeholders=rates.date_placeholder * clerk.dates)),
        "moeder": mother,
        "straat": address["street"],
        "huisnr": address["number"],
        "postcode": address["postcode"],
        "gemeente": address["municipality"],
    }
    return pd.DataFrame(births), ids


def _record_dutch(people: pd.DataFrame, enrolled: Enrolled, another: Texts, rng: np.random.Generator, rates: Rates, population: Population) -> pd.DataFrame:
    people = people.take(enrolled.person)
    clerk = Clerk(people, rng, rates, population=population)
    first_names, surname = record_names(clerk, first_only=rates.first_name_only)
    lose_accents(clerk, rates.accents_lost, first_names, surname)
    address = record_addresses(clerk, "now")
    brussels = read_places().brussels[people["now_place"].to_numpy()]
    enrolments = {
        "stamnummer": draw_ids(rng, len(people), "", 8, population),
        "rijksregisternummer": record_numbers(
            clerk, number_now(clerk), another[enrolled.person], np.where(brussels, rates.number_missing_nl_brussels, rates.number_missing_nl)
        ),
        "voornaam": capitals(first_names),
        "achternaam": capitals(surname),
        "geslacht": np.array(["", "M", "V"], dtype=object)[record_sexes(clerk)],
        "geboortedatum": day_first(record_dates(clerk, placeholders=placeholders_in_lists(clerk))),
        "adres": capitals(np.where(address["street"] == "", "", address["street"] + " " + address["number"])),
        "postcode": address["postcode"],
        "gemeente": capitals(address["municipality"]),
        "instellingsnummer": (enrolled.school + 30_000).astype("U6").astype(object),
        "begindatum": day_first(enrolled.since),
        "einddatum": day_first(enrolled.until),
    }
    return pd.DataFrame(enrolments)


def _record_french(people: pd.DataFrame, enrolled: Enrolled, another: Texts, rng: np.random.Generator, rates: Rates, population: Population) -> pd.DataFrame:
    people = people.take(enrolled.person)
    clerk = Clerk(people, rng, rates, french=True, population=population)
    first_names, surname = record_names(clerk, first_only=rates.first_name_only)
    lose_accents(clerk, rates.accents_lost, first_names, surname)
    address = record_addresses(clerk, "now")
    pupils = {
        "id_siel": draw_ids(rng, len(people), "E", 8, population),
        "niss": record_numbers(clerk, number_now(clerk), another[enrolled.person], rates.number_missing_fr),
        "prenom": first_names,
        "nom": np.array([name.upper() for name in surname], dtype=object),
        "sexe": np.array(["", "M", "F"], dtype=object)[record_sexes(clerk)],
        "date_naissance": day_first(record_dates(clerk, placeholders=placeholders_in_lists(clerk))),
        "rue": address["street"],
        "numero": address["number"],
        "code_postal": address["postcode"],
        "commune": address["municipality"],
        "fase": (enrolled.school + 1_000).astype("U6").astype(object),
        "date_entree": day_first(enrolled.since),
        "date_sortie": day_first(enrolled.until),
    }
    return pd.DataFrame(pupils)


def _absences(people: pd.DataFrame, enrolled: Enrolled, enrolments: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    year, _, _ = date_parts(people["birth"].to_numpy().astype("datetime64[D]")[enrolled.person])
    rows = draw_absences(enrolled, year <= 2018, rng)
    where = rows["enrolment"].to_numpy()
    return pd.DataFrame(
        {
            "stamnummer": enrolments["stamnummer"].to_numpy()[where],
            "instellingsnummer": enrolments["instellingsnummer"].to_numpy()[where],
            "datum": day_first(rows["day"].to_numpy().astype("datetime64[D]")),
            "halve_dagen": rows["half_days"].to_numpy().astype("U1").astype(object),
            "code": rows["code"].to_numpy(dtype=object),
        }
    )
