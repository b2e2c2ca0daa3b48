"""How to read the figures per municipality: definitions, dates, sources, and what is hidden and why."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from kleuterlink.publish.receivers.dutch import PURPOSES, date_in_words, sources
from kleuterlink.publish.receivers.place_names import name_places
from kleuterlink.publish.receivers.run_folder import Options, RunFolder

AGES = ("3", "4", "5")
ALL_AGES = "3-5"
MUNICIPALITY, REGION, FLEMISH_REGION = "gemeente", "regio", "Vlaams Gewest"
ELSEWHERE, UNKNOWN = "Andere plaatsnamen", "Gemeente onbekend"
"""Where children are counted whose municipality is in no table, and those of whom none is stated."""

HIDDEN = "x"
"""What stands in a workbook where a figure is hidden."""

_LOW = "ondergrens van het werkelijke aantal (95%-interval van de koppeling, naar buiten afgerond op hele kinderen)"
_HIGH = "bovengrens daarvan"

FIGURES = {
    "niveau": f"gewest, {REGION}, {MUNICIPALITY}, of onbekend",
    "gemeente": "NIS-code, waar het geboorteregister ze noemt",
    "naam": "naam van de gemeente of het gebied",
    "regio": "provincie, of de regio van een eigen tabel",
    "leeftijd": f"leeftijd op 31 december van het eerste jaar van het schooljaar, of {ALL_AGES}",
    "inwoners": "kinderen in het geboorteregister, in hun gemeente volgens dat register, zonder wie vertrok of overleed; wie er later is komen wonen en "
    "niet in dat register staat, telt niet mee",
    "ingeschreven": "inwoners voor wie op de peildatum een inschrijving in het Nederlandstalig kleuteronderwijs gevonden is, gewoon of buitengewoon, in "
    "welke gemeente de school ook ligt",
    "ingeschreven_laag": _LOW,
    "ingeschreven_hoog": _HIGH,
    "deelname": "ingeschreven gedeeld door inwoners",
    "niet_ingeschreven": "de overige inwoners; dat betekent niet dat ze niet naar school gaan: velen volgen onderwijs thuis, in het buitenland, in een "
    "internationale, private of Franstalige school",
    "voldoende": "ingeschreven kinderen met genoeg halve dagen voor hun leeftijd",
    "voldoende_laag": _LOW,
    "voldoende_hoog": _HIGH,
    "onvoldoende": "ingeschreven kinderen met minder halve dagen dan de drempel",
    "onbekend": "ingeschreven kinderen van wie de halve dagen niet bekend zijn, of voor wie er op hun leeftijd geen drempel is",
    "aandeel_voldoende": "voldoende gedeeld door voldoende en onvoldoende samen",
    "verborgen": "de aantallen van deze rij die verborgen zijn, met ; ertussen",
}
"""Columns of `gemeenten.csv`, a row per area and age; counts Int64, shares between 0 and 1, null where hidden."""

HEADINGS = {
    "niveau": "Niveau",
    "gemeente": "NIS-code",
    "naam": "Gemeente of gebied",
    "regio": "Regio",
    "inwoners": "Inwoners",
    "ingeschreven": "Ingeschreven",
    "ingeschreven_laag": "Ingeschreven: ondergrens",
    "ingeschreven_hoog": "Ingeschreven: bovengrens",
    "deelname": "Deelname",
    "niet_ingeschreven": "Geen inschrijving gevonden",
    "voldoende": "Voldoende aanwezig",
    "voldoende_laag": "Voldoende: ondergrens",
    "voldoende_hoog": "Voldoende: bovengrens",
    "onvoldoende": "Onvoldoende aanwezig",
    "onbekend": "Aanwezigheid onbekend",
    "aandeel_voldoende": "Aandeel voldoende",
}
"""What the workbook calls the columns of a sheet."""


def reading_guide(run: RunFolder, options: Options, *, places: Sequence[str], left_out: pd.Series) -> pd.DataFrame:
    """Write the guide.

    Parameters
    ----------
    run, options
        The run, and what the command line said.
    places
        Places that are in no table of municipalities, as `children.parquet` has them.
    left_out
        Number of children who are not in the figures, by reason.

    Returns
    -------
    DataFrame
        `Onderwerp` and `Uitleg`, text.

    """
    smallest, purpose = options.smallest_cell, PURPOSES[run.config.participation.purpose]
    outside = "; ".join(f"{reason}: {_rough(int(number), smallest)}" for reason, number in left_out.items())
    rows = [
        ("Wat dit is", f"Kleuterparticipatie per gemeente van het Vlaams Gewest, schooljaar {run.school_year}."),
        ("Peildatum", f"Inschrijvingen op {date_in_words(run.as_of)}; aanwezigheid over het hele schooljaar."),
        ("Voldoende voor", f"{purpose}; de drempel hangt af van de leeftijd op 31 december en van het schooljaar."),
        *((heading, f"{FIGURES[name][0].upper()}{FIGURES[name][1:]}.") for name, heading in HEADINGS.items() if name in _EXPLAINED),
        (
            "Ondergrens en bovengrens",
            (
                "Het werkelijke aantal ligt met 95% zekerheid daartussen, als alleen de koppeling van de registers onzeker is: een kind kan ten onrechte "
                "wel of niet herkend zijn. Naar buiten afgerond op hele kinderen."
            ),
        ),
        (
            f"{HIDDEN} (verborgen)",
            (
                f"Aantallen van 1 tot en met {smallest - 1} worden niet getoond, en ook niet wat ze zou verraden: het verschil met een totaal of met een "
                "andere kolom, of een percentage. Een nul wordt getoond, tenzij ze iets zegt over iedereen (niemand voldoende aanwezig, niemand ingeschreven)."
            ),
        ),
        (
            "Hoe goed dat verborgen is",
            (
                f"Een verborgen klein aantal kan, naar alles wat hier te lezen staat, zowel 0 zijn als {smallest} (of alle inwoners, waar dat er minder zijn). "
                "In gemeenten.csv zijn die cellen leeg, en noemt de kolom verborgen ze."
            ),
        ),
        ("Totalen", f"Het Vlaams Gewest is de som van de gemeenten en van '{ELSEWHERE}'. '{UNKNOWN}' telt in geen som mee."),
        (ELSEWHERE, ", ".join(name_places(places).values()) or "geen"),
        ("Niet in deze cijfers", outside or "geen enkel kind"),
        ("Bronnen", "; ".join(sources(run.config))),
        ("Bewaren tot en met", f"{date_in_words(options.keep_until)}; daarna wissen."),
        ("Gemaakt met", f"kleuterlink, run {run.run_id}."),
    ]
    return pd.DataFrame(rows, columns=["Onderwerp", "Uitleg"])


_EXPLAINED = ("inwoners", "ingeschreven", "niet_ingeschreven", "deelname", "voldoende", "onvoldoende", "onbekend", "aandeel_voldoende")


def _rough(number: int, smallest: int) -> str:
    return str(number) if number >= smallest else f"minder dan {smallest}"
