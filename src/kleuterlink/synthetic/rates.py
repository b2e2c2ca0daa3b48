"""Every rate of the synthetic registers, with its meaning and its source, and variants for robustness tests.

"Published" figures are those of the project's domain facts: Statistiek Vlaanderen, Statbel, Kind & Gezin and the British
birth cohort studies. What nobody publishes is assumed, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType

ASSUMED = "assumed"

LARGEST = 0.9
"""No rate grows beyond this when rates are scaled or a child is troubled."""


def _share(default: float, meaning: str, source: str = ASSUMED) -> float:
    """State a share of the population: what is true of people."""
    return field(default=default, metadata={"kind": "share", "meaning": meaning, "source": source})


def _factor(default: float, meaning: str, source: str = ASSUMED) -> float:
    """State how much more often something happens to some than to others; any number from 0."""
    return field(default=default, metadata={"kind": "factor", "meaning": meaning, "source": source})


def _habit(default: float, meaning: str, source: str = ASSUMED) -> float:
    """State a habit of a source: how it writes what it knows."""
    return field(default=default, metadata={"kind": "habit", "meaning": meaning, "source": source})


def _error(default: float, meaning: str, source: str = ASSUMED) -> float:
    """State an error: what is recorded wrongly or not at all, per record of a child that is not troubled."""
    return field(default=default, metadata={"kind": "error", "meaning": meaning, "source": source})


@dataclass(frozen=True)
class Rates:
    """Shares, habits and errors of the synthetic registers, each a probability from 0 to 1, and factors on them.

    The metadata of a field (`dataclasses.fields`) hold its `kind` (`share` of the population, `habit` of a source, recording `error`,
    `factor`, `switch`), its `meaning` and its `source`. An error's rate is per record of a child that is not troubled.
    """

    # The population
    brussels: float = _share(0.20, "children born to a resident of Brussels", "published: 14,600-16,400 births a year against 63,000-66,000 in Flanders")
    twins: float = _share(0.018, "children who are one of twins", "published: 1.6-1.9% of births")
    same_sex_twins: float = _share(0.66, "twin pairs of one sex", "a third of pairs identical, half of the others of one sex (Weinberg 1901)")
    siblings_two: float = _share(0.29, "families with two births in the cohorts")
    siblings_three: float = _share(0.03, "families with three births in the cohorts")
    newcomers_flanders: float = _share(
        0.055, "children of families that came recently, Flanders", "assumed, of the 14% of newborns without Belgian nationality"
    )
    newcomers_brussels: float = _share(0.15, "children of families that came recently, Brussels", "assumed, of the 35% of newborns without Belgian nationality")
    mixed_origin: float = _share(0.12, "parents whose names come from different origins")
    double_surname_flanders: float = _share(0.048, "children with both parents' surnames, Flanders", "published: births of 2019")
    double_surname_brussels: float = _share(0.104, "children with both parents' surnames, Brussels", "published: births of 2019")
    father_first: float = _share(0.82, "double surnames with the father's first", "published: 78% father-mother against 17% mother-father, 2023")
    mother_surname: float = _share(0.05, "children with the mother's surname alone", "published: about 5%")
    surname_unlike_siblings: float = _share(0.03, "children who bear a surname of another form than their family's")
    moved: float = _share(0.30, "children whose family moved between birth and the lists' date")
    moved_within: float = _share(0.50, "moves that stay in the municipality")
    moved_out_of_brussels: float = _share(0.15, "moves out of a Brussels municipality that end in Flanders")
    bis_number: float = _share(0.12, "newcomers' children with a bis number at birth")
    bis_replaced: float = _share(0.85, "bis numbers that a national number has replaced since")

    identity_rewritten: float = _share(
        0.0004, "identities rewritten since birth: another number, date, surname or official spelling", "published as happening, without a rate"
    )
    identity_rewritten_newcomers: float = _share(0.02, "the same, newcomers")

    # Who is in which list
    not_found: float = _share(0.0095, "children in no list, Flanders, settled families", "published: 98-99% enrolled at 3 to 5, by way of the factors below")
    not_found_brussels: float = _factor(1.9, "factor on it in Brussels")
    not_found_newcomer: float = _factor(2.5, "factor on it for newcomers")
    french_in_brussels: float = _share(
        0.74, "enrolled children of Brussels in French-language schools", "published: 40,554 against 14,520 nursery pupils, 2021-22"
    )
    french_in_flanders: float = _share(0.004, "enrolled children of Flanders in French-language schools")
    both_lists: float = _share(0.005, "enrolled children of Brussels in both lists", 'published: "a small number"')
    unplaced: float = _share(0.04, "children of Brussels who applied for a place and got none", "published: 2,228 in 2015-16, of 55,074 pupils in 2021-22")
    unplaced_dutch: float = _share(0.64, "of these, in a Dutch-language school after all", "published: 1,428 of 2,228 in 2015-16")
    unplaced_nowhere: float = _share(0.064, "of these, in no school", "published: 142 of 2,228 in 2015-16")
    unplaced_youngest: float = _factor(8.0, "factor on the odds of the youngest to have applied")
    two_schools: float = _share(0.015, "pupils with two enrolments in the Dutch-language list")
    outsiders: float = _share(0.03, "children of the lists whom the birth register does not know")
    outsider_newcomers: float = _factor(12.0, "factor on newcomers' odds to be an outsider")

    # Errors gather in some children
    troubled_newcomers: float = _share(0.50, "newcomers' children whose records collect errors")
    troubled_others: float = _share(0.03, "other children whose records collect errors")
    trouble: float = _factor(6.0, "factor on every error for troubled children, in the mean")
    trouble_spread: float = _factor(0.7, "standard deviation of the factor's natural logarithm")
    correlated: bool = field(
        default=True,
        metadata={"kind": "switch", "meaning": "False: every error as frequent as before, but dealt out to children at random", "source": ASSUMED},
    )

    # National numbers
    number_missing_births: float = _error(0.015, "number missing in the birth register", "assumed: 1-3% of older birth records")
    number_missing_nl: float = _error(0.006, "number missing in the Dutch-language list, Flanders", "assumed: 0.5-1%")
    number_missing_nl_brussels: float = _error(0.018, "number missing in the Dutch-language list, Brussels", "assumed: 2-4%")
    number_missing_fr: float = _error(0.018, "number missing in the French-language list", "assumed: 2-4%")
    number_mistyped: float = _error(0.003, "number with a wrong, swapped or dropped digit")
    number_of_another: float = _error(0.0005, "number of another child, of the family or not", "published as a real error of the French list, without a rate")

    # First names
    first_name_only: float = _habit(0.75, "records of the lists with the first of several first names alone")
    first_hyphen_lost: float = _habit(0.20, "compound first names written without their hyphen")
    accents_lost: float = _habit(0.35, "records of the lists without accents")
    accents_lost_births: float = _habit(0.10, "birth records without accents")
    first_call_name: float = _error(0.030, "call name instead of the first name, of the names that have one")
    first_second_used: float = _error(0.008, "second first name instead of the first, of children with several")
    first_mistyped: float = _error(0.010, "first name with a typing error")
    first_transliterated: float = _error(0.070, "another spelling of a first name from another alphabet or language")
    first_initial: float = _error(0.001, "initials instead of first names")
    first_order: float = _error(0.004, "first names in another order, of children with several")

    # Surnames
    particle_rewritten: float = _error(0.050, "particle joined, split or dropped, of the names that have one")
    surname_mistyped: float = _error(0.010, "surname with a typing error")
    surname_halved: float = _error(0.120, "half of a double surname")
    surname_turned: float = _error(0.040, "double surname turned round")
    surname_of_other_parent: float = _error(0.012, "the other parent's surname, as before a recognition")
    surname_transliterated: float = _error(0.060, "another spelling of a surname from another alphabet or language")
    names_swapped: float = _error(0.003, "first name and surname in each other's column")

    # Dates and sex
    date_swapped: float = _error(0.0015, "day and month of birth swapped, where that is a date")
    date_mistyped: float = _error(0.0020, "one digit of the birth date wrong, still a date")
    date_part_off: float = _error(0.0010, "day, month or year of birth one off")
    date_placeholder: float = _error(0.0005, "1 January instead of the birth date")
    date_placeholder_newcomers: float = _error(0.010, "the same, newcomers, in the lists", "assumed: concentrated among newcomers")
    date_placeholder_outsiders: float = _error(0.040, "outsiders registered with 1 January as their birth date")
    sex_wrong: float = _error(0.002, "the other sex")
    sex_missing: float = _error(0.004, "sex missing")
    parent_missing: float = _error(0.020, "mother's name missing in the birth register")

    # Addresses
    street_other_language: float = _habit(0.15, "streets of Brussels in the other language than the source's")
    municipality_part: float = _habit(0.10, "name of a part (Deurne, Laken) instead of the municipality's, where the postcode is that of a part")
    street_abbreviated: float = _habit(0.25, "street with its type abbreviated")
    box_left_out: float = _habit(0.40, "box numbers that are left out or written otherwise")
    address_missing: float = _error(0.006, "street and house number missing")
    house_number_mistyped: float = _error(0.006, "house number with a wrong digit")
    postcode_mistyped: float = _error(0.004, "postcode with a wrong digit")
    street_mistyped: float = _error(0.015, "street with a typing error")

    # How careful the birth register is
    births_name_errors: float = _factor(0.25, "errors in names and addresses of the birth register, as a share of the lists'")
    births_date_errors: float = _factor(0.20, "errors in dates and sexes of the birth register, as a share of the lists'")

    def __post_init__(self) -> None:
        """Refuse what can be no rate."""
        for part in fields(self):
            value = getattr(self, part.name)
            most = float("inf") if part.metadata["kind"] == "factor" else 1.0
            if not 0 <= value <= most:
                raise ValueError(f"rate {part.name} must lie between 0 and {most:g}")

    def errors_scaled(self, factor: float) -> Rates:
        """Multiply every recording error, and leave the population and the sources' habits as they are.

        Parameters
        ----------
        factor
            What error rates are multiplied with; at least 0.

        Returns
        -------
        Rates
            Rates with every error at most `LARGEST` (or what it was, where that is larger).

        """
        return self.scaled(factor, *(part.name for part in fields(self) if part.metadata["kind"] == "error"))

    def scaled(self, factor: float, *names: str) -> Rates:
        """Multiply the rates with these names, or whose names start with these; each stays at most `LARGEST`.

        Parameters
        ----------
        factor
            What the rates are multiplied with; at least 0.
        *names
            Names of fields, or what they start with.

        Returns
        -------
        Rates
            The other rates as they are.

        """
        chosen = {part.name: getattr(self, part.name) for part in fields(self) if part.name.startswith(names)}
        return replace(self, **{name: min(value * factor, max(value, LARGEST)) for name, value in chosen.items()})


RATES = Rates()
"""What `make_registers` uses unless told otherwise."""

_NAMES = ("first_", "particle_", "surname_mis", "surname_halved", "surname_turned", "surname_of", "surname_trans", "names_")

ERROR_MODELS: Mapping[str, Rates] = MappingProxyType(
    {
        "standard": RATES,
        "doubled": RATES.errors_scaled(2),
        # A rewritten identity is wrong in several fields at once, which is what this model is to be without.
        "independent": replace(RATES, correlated=False, identity_rewritten=0.0, identity_rewritten_newcomers=0.0),
        "numberless": RATES.scaled(12, "number_missing"),
        "names": RATES.scaled(3, *_NAMES).scaled(0.3, "number_"),
        "dates": RATES.scaled(6, "date_"),
        "movers": replace(RATES, moved=0.70, moved_within=0.30),
    }
)
"""Ways in which real registers may differ from the standard ones: a linkage that is good at one of them alone was tuned to it."""


@dataclass(frozen=True)
class Origin:
    """Where a family's names come from.

    Attributes
    ----------
    name
        As in `names.csv`.
    flanders, brussels
        Share of the parents of that region; assumed, after the published 26% of mothers not born Belgian (4.4% Moroccan) and the
        larger part of them in Brussels. People whose parents or grandparents came are counted with their names.
    newcomer
        Odds of having come recently, against the others'; assumed.
    french
        Share of the children of Brussels who go to a French-language school, against the others'; assumed.
    foreign
        Whether the names come from another alphabet or language, so that there are several ways to spell them.

    """

    name: str
    flanders: float
    brussels: float
    newcomer: float
    french: float
    foreign: bool = True


ORIGINS = (
    Origin("nl", 0.66, 0.09, 0.05, 0.20, foreign=False),
    Origin("fr", 0.04, 0.28, 0.05, 1.15, foreign=False),
    Origin("maghreb", 0.09, 0.28, 1.0, 1.05),
    Origin("turkish", 0.06, 0.06, 1.0, 0.95),
    Origin("slavic", 0.045, 0.05, 3.0, 1.0),
    Origin("romanian", 0.02, 0.06, 4.0, 1.05),
    Origin("subsaharan", 0.03, 0.08, 3.0, 1.1),
    Origin("southern", 0.025, 0.06, 2.0, 1.1, foreign=False),
    Origin("mideast", 0.03, 0.04, 5.0, 0.95),
)
"""Origins of names, and their shares among parents."""
