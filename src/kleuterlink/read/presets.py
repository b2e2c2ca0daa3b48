"""Known sources, as data: what their columns are called and how they write dates.

The column names are those that exports of these sources are expected to carry; an export that differs is mapped in the
configuration, which overrides the preset field by field. A preset's column that a file lacks is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kleuterlink.config import Community, RegisterConfig
from kleuterlink.errors import ConfigError


@dataclass(frozen=True)
class Preset:
    """How a known source writes its list.

    Attributes
    ----------
    columns
        Field = names that the column goes by; the first one that the file has is taken.
    date_format
        strptime format of its dates.
    community
        School system that it covers; None where that means nothing.
    extra
        Further columns, by a name of their own.

    """

    columns: Mapping[str, tuple[str, ...]]
    date_format: str
    community: Community | None = None
    extra: Mapping[str, str] = field(default_factory=dict)


PRESETS: Mapping[str, Preset] = {
    "discimus": Preset(
        columns={
            "id": ("stamnummer",),
            "national_number": ("rijksregisternummer", "insz", "rrn", "bisnummer"),
            "first_names": ("voornaam", "voornamen"),
            "surname": ("achternaam", "familienaam", "naam"),
            "sex": ("geslacht",),
            "birth_date": ("geboortedatum",),
            "address": ("adres",),
            "street": ("straat", "straatnaam"),
            "house_number": ("huisnummer", "huisnr"),
            "postcode": ("postcode",),
            "municipality": ("gemeente", "woonplaats"),
            "school": ("instellingsnummer",),
            "education": ("hoofdstructuur",),
            "enrolled_from": ("begindatum", "datum_inschrijving", "inschrijvingsdatum"),
            "enrolled_until": ("einddatum", "datum_uitschrijving", "uitschrijvingsdatum"),
            "half_days_present": ("halve_dagen_aanwezig",),
            "half_days_accepted": ("halve_dagen_gewettigd",),
            "half_days_possible": ("halve_dagen_mogelijk",),
        },
        date_format="%d/%m/%Y",
        community=Community.NL,
    ),
    "kind-en-gezin": Preset(
        columns={
            "id": ("kg_id", "kindnummer"),
            "national_number": ("insz", "rijksregisternummer"),
            "first_names": ("voornaam", "voornamen"),
            "surname": ("achternaam", "familienaam", "naam"),
            "sex": ("geslacht",),
            "birth_date": ("geboortedatum",),
            "parent": ("moeder", "naam_moeder"),
            "address": ("adres",),
            "street": ("straat", "straatnaam"),
            "house_number": ("huisnr", "huisnummer"),
            "postcode": ("postcode",),
            "municipality": ("gemeente", "woonplaats"),
        },
        date_format="%Y-%m-%d",
    ),
    "siel": Preset(
        columns={
            "id": ("id_siel", "id_eleve", "identifiant"),
            "national_number": ("niss", "numero_national", "registre_national"),
            "first_names": ("prenom", "prénom", "prenoms", "prénoms"),
            "surname": ("nom", "nom_de_famille"),
            "sex": ("sexe",),
            "birth_date": ("date_naissance", "date_de_naissance"),
            "address": ("adresse",),
            "street": ("rue",),
            "house_number": ("numero", "numéro"),
            "postcode": ("code_postal", "cp"),
            "municipality": ("commune", "localite", "localité"),
            "school": ("fase", "fase_ecole", "fase_implantation"),
            "education": ("niveau",),
            "enrolled_from": ("date_entree", "date_inscription"),
            "enrolled_until": ("date_sortie",),
        },
        date_format="%d/%m/%Y",
        community=Community.FR,
    ),
    "absence-warehouse": Preset(
        columns={
            "record_id": ("stamnummer",),
            "school": ("instellingsnummer",),
            "date": ("datum",),
            "day_part": ("dagdeel",),
            "half_days": ("halve_dagen", "aantal_halve_dagen"),
            "code": ("code", "afwezigheidscode"),
        },
        date_format="%d/%m/%Y",
        community=Community.NL,
    ),
    "febrl": Preset(
        columns={
            "id": ("rec_id",),
            "first_names": ("given_name",),
            "surname": ("surname",),
            "birth_date": ("date_of_birth",),
            "street": ("address_1",),
            "house_number": ("street_number",),
            "postcode": ("postcode",),
            "municipality": ("suburb",),
        },
        date_format="%Y%m%d",
        extra={"soc_sec_id": "soc_sec_id"},
    ),
}
"""The known sources by name."""


@dataclass(frozen=True)
class ColumnMap:
    """A register's mapping after its preset was filled in.

    Attributes
    ----------
    required
        Field or extra = the file's column; the file must have it.
    optional
        Field or extra = names that the column goes by; left out where the file has none.
    extras
        Which of both are no fields but extras.
    date_format
        strptime format of the dates.
    community
        School system.

    """

    required: Mapping[str, str]
    optional: Mapping[str, tuple[str, ...]]
    extras: frozenset[str]
    date_format: str
    community: Community


def apply_preset(name: str, register: RegisterConfig) -> ColumnMap:
    """Fill in what a register's preset supplies; what the register states itself comes first.

    Parameters
    ----------
    name
        The register's name, for messages.
    register
        Its configuration.

    Returns
    -------
    ColumnMap
        Columns that the file must have and columns that it may have, the date format and the community.

    Raises
    ------
    ConfigError
        No such preset; the message lists those that there are.

    """
    required = {**register.columns, **register.extra}
    if register.preset is None:
        return ColumnMap(required, {}, frozenset(register.extra), register.date_format, register.community)
    preset = PRESETS.get(register.preset)
    if preset is None:
        raise ConfigError(f"registers.{name}.preset: unknown preset {register.preset}; known presets: {', '.join(PRESETS)}")
    known = {**preset.columns, **{extra: (column,) for extra, column in preset.extra.items()}}
    stated = register.model_fields_set
    return ColumnMap(
        required,
        {field: names for field, names in known.items() if field not in required},
        frozenset({*register.extra, *preset.extra}),
        register.date_format if "date_format" in stated else preset.date_format,
        register.community if "community" in stated or preset.community is None else preset.community,
    )
