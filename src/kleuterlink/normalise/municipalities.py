"""Municipalities with two names, and mergers.

The first table: NIS code, Dutch name, French name, postcodes, as the project's domain facts give them (further spellings
are ours). Brussels and the municipalities with language facilities: the ones whose name depends on who writes it.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple


class Municipality(NamedTuple):
    """A municipality with its names in both languages."""

    nis: str
    dutch: str
    french: str
    postcodes: tuple[str, ...]
    other_names: tuple[str, ...] = ()


class Merger(NamedTuple):
    """A municipality that was made out of others on a date."""

    date: dt.date
    nis: str
    name: str
    predecessors: tuple[str, ...]


BRUSSELS = "21004"
"""The City of Brussels, whose name also stands for the whole region."""

SHARED_POSTCODES = frozenset({"1040"})
"""Postcodes that belong to more than one municipality."""

MUNICIPALITIES = (
    Municipality("21001", "Anderlecht", "Anderlecht", ("1070",)),
    Municipality("21002", "Oudergem", "Auderghem", ("1160",)),
    Municipality("21003", "Sint-Agatha-Berchem", "Berchem-Sainte-Agathe", ("1082",)),
    Municipality(
        "21004",
        "Brussel",
        "Bruxelles",
        ("1000", "1020", "1120", "1130"),
        ("Brussels", "Brussel-Stad", "Stad Brussel", "Bruxelles-Ville", "Ville de Bruxelles", "Laken", "Laeken", "Neder-Over-Heembeek"),
    ),
    Municipality("21005", "Etterbeek", "Etterbeek", ("1040",)),
    Municipality("21006", "Evere", "Evere", ("1140",)),
    Municipality("21007", "Vorst", "Forest", ("1190",)),
    Municipality("21008", "Ganshoren", "Ganshoren", ("1083",)),
    Municipality("21009", "Elsene", "Ixelles", ("1050",)),
    Municipality("21010", "Jette", "Jette", ("1090",)),
    Municipality("21011", "Koekelberg", "Koekelberg", ("1081",)),
    Municipality("21012", "Sint-Jans-Molenbeek", "Molenbeek-Saint-Jean", ("1080",), ("Molenbeek", "Sint-Jan-Molenbeek")),
    Municipality("21013", "Sint-Gillis", "Saint-Gilles", ("1060",)),
    Municipality("21014", "Sint-Joost-ten-Node", "Saint-Josse-ten-Noode", ("1210",), ("Sint-Joost", "Saint-Josse")),
    Municipality("21015", "Schaarbeek", "Schaerbeek", ("1030",)),
    Municipality("21016", "Ukkel", "Uccle", ("1180",)),
    Municipality("21017", "Watermaal-Bosvoorde", "Watermael-Boitsfort", ("1170",), ("Bosvoorde", "Boitsfort", "Watermaal", "Watermael")),
    Municipality("21018", "Sint-Lambrechts-Woluwe", "Woluwe-Saint-Lambert", ("1200",)),
    Municipality("21019", "Sint-Pieters-Woluwe", "Woluwe-Saint-Pierre", ("1150",)),
    Municipality("23098", "Drogenbos", "Drogenbos", ("1620",)),
    Municipality("23099", "Kraainem", "Kraainem", ("1950",), ("Crainhem",)),
    Municipality("23100", "Linkebeek", "Linkebeek", ("1630",)),
    Municipality("23101", "Sint-Genesius-Rode", "Rhode-Saint-Genèse", ("1640",)),
    Municipality("23102", "Wemmel", "Wemmel", ("1780",)),
    Municipality("23103", "Wezembeek-Oppem", "Wezembeek-Oppem", ("1970",), ("Wezembeek",)),
    Municipality("23009", "Bever", "Biévène", ("1547",)),
    Municipality("73109", "Voeren", "Fourons", ("3790",)),
    Municipality("45041", "Ronse", "Renaix", ("9600",)),
    Municipality("33016", "Mesen", "Messines", ("8957",)),
    Municipality("34043", "Spiere-Helkijn", "Espierres-Helchin", ("8587",)),
    Municipality("73028", "Herstappe", "Herstappe", ("3717",)),
)

MERGERS = (
    Merger(dt.date(2019, 1, 1), "12041", "Puurs-Sint-Amands", ("Puurs", "Sint-Amands")),
    # Unverified: the names under these codes are from memory; hand over a table of your own to override them.
    Merger(dt.date(2019, 1, 1), "44083", "Deinze", ("Deinze", "Nevele")),
    Merger(dt.date(2019, 1, 1), "44084", "Aalter", ("Aalter", "Knesselare")),
    Merger(dt.date(2019, 1, 1), "44085", "Lievegem", ("Lovendegem", "Waarschoot", "Zomergem")),
    Merger(dt.date(2019, 1, 1), "45068", "Kruisem", ("Kruishoutem", "Zingem")),
    Merger(dt.date(2019, 1, 1), "72042", "Oudsbergen", ("Meeuwen-Gruitrode", "Opglabbeek")),
    Merger(dt.date(2019, 1, 1), "72043", "Pelt", ("Neerpelt", "Overpelt")),
)
"""Mergers whose new code is known. Both the new and the old names stand for the new municipality, so that lists from before and after agree."""
