"""What the Dutch-speaking receivers read: reasons, sources, dates and numbers in their own words."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Iterable
from numbers import Real

from kleuterlink.config import LINKED_ROLES, Community, Purpose, Role, RunConfig
from kleuterlink.participation import Reason, as_of

REASONS: dict[str, str] = {
    Reason.LINKED: "een inschrijving is van dit kind",
    Reason.LINKED_SPECIAL: "een inschrijving in het buitengewoon onderwijs is van dit kind",
    Reason.PROBABLE_LINK: "een inschrijving is waarschijnlijk van dit kind, te onzeker om ze te koppelen",
    Reason.EXCHANGEABLE: "een van enkele inschrijvingen is van dit kind; welke, blijft open (zoals bij tweelingen)",
    Reason.SPREAD: "waarschijnlijk in een van de bronnen; in welke, blijft open",
    Reason.UNDER_ENTRY_AGE: "op de peildatum nog niet oud genoeg om in te stappen",
    Reason.STARTS_LATER: "de inschrijving begint na de peildatum",
    Reason.DEPARTED: "volgens een register vertrokken of overleden",
    Reason.ENROLMENT_ENDED: "de laatste inschrijving liep af vóór de peildatum",
    Reason.NO_CANDIDATE: "geen enkele inschrijving in de bronnen lijkt genoeg op dit kind",
    Reason.POSSIBLE_LINK: "een inschrijving kan van dit kind zijn, maar is waarschijnlijker van een ander kind",
    Reason.WEAK_LINK: "een inschrijving lijkt van dit kind te zijn, maar te onzeker om het als teruggevonden te tellen",
    Reason.BIRTH_DATE_UNKNOWN: "niet teruggevonden; de geboortedatum is niet volledig bekend, dus ook niet of het kind al mag instappen",
    Reason.NO_FRENCH_LIST: "woont in Brussel, en er is geen lijst van de Franse Gemeenschap ingelezen",
    Reason.NO_DUTCH_LIST: "er is geen lijst van Nederlandstalige scholen ingelezen",
    Reason.LIST_TOO_EARLY: "een bron spreekt over een dag waarop het kind nog niet naar school kon",
}
"""What each reason means."""

PURPOSES: dict[str, str] = {
    Purpose.ALLOWANCE: "school- en kleutertoeslag",
    Purpose.ADMISSION: "toelating tot het lager onderwijs",
    Purpose.COMPULSORY: "leerplicht",
}
"""What enough half-days are enough for."""

COMMUNITIES: dict[str, str] = {Community.NL: "Nederlandstalig onderwijs", Community.FR: "Franse Gemeenschap"}
"""What the lists of each Community hold."""

_ROLES = {Role.HOME_EDUCATION: "huisonderwijs", Role.DEPARTURES: "vertrek en overlijden"}
_MONTHS = ("januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december")
_UNKNOWN = "\u2013"


def sources(config: RunConfig, roles: Collection[Role] = LINKED_ROLES) -> list[str]:
    """Name the lists of these roles, each with what it holds and the day that it speaks of."""
    return [
        f"{name} ({_ROLES.get(register.role) or COMMUNITIES[register.system]}, toestand op {date_in_words(register.reference_date or as_of(config))})"
        for name, register in config.lists.items()
        if register.role in roles
    ]


def date_in_words(day: dt.date) -> str:
    """Return a date as `1 februari 2024`."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def number(value: object, places: int = 0) -> str:
    """Return a number as `1.234,5`; a dash where it is not known."""
    if not isinstance(value, Real) or not math.isfinite(value):
        return _UNKNOWN
    return f"{float(value):,.{places}f}".translate(str.maketrans(",.", ".,"))


def percentage(part: object, places: int = 1) -> str:
    """Return a share as `12,3%`; a dash where it is not known. Only a whole is called 100%, and only nothing is called 0%."""
    if not isinstance(part, Real) or not math.isfinite(part):
        return _UNKNOWN
    part = float(part)
    smallest = 10 ** -(places + 2)
    if 0 < part < smallest / 2:
        return f"< {number(100 * smallest, places)}%"
    if 1 - smallest / 2 < part < 1:
        return f"> {number(100 * (1 - smallest), places)}%"
    return f"{number(100 * part, places)}%"


def enumeration(names: Iterable[object]) -> str:
    """Return names as a phrase: `a`, `a en b`, `a, b en c`."""
    words = [str(name) for name in names]
    return " en ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


FILTERS = {"aantal": number, "procent": percentage, "datum": date_in_words, "opsomming": enumeration}
"""What templates in Dutch call them."""
