"""Synthetic registers as files, each written as its source would, with a configuration that links them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from kleuterlink.synthetic.populations import NURSERY, Population
from kleuterlink.synthetic.registers import ABSENCES_NL, APPLICANTS, BIRTHS, PUPILS_FR, PUPILS_NL, Registers

RUN = "run.toml"
"""Name of the configuration in a sample's folder."""

FORMS = {BIRTHS: (",", "utf-8"), PUPILS_NL: (";", "cp1252"), PUPILS_FR: (";", "utf-8-sig")}
"""Delimiter and encoding that each source writes."""

FILES = {BIRTHS: "births.csv", PUPILS_NL: "enrolments.csv", PUPILS_FR: "fr.csv"}
"""What each register's file is called."""

_CONFIG = f"""\
# Synthetic registers: nobody in them exists. The truth is in {{truth}}; no run reads it.

[run]
as_of = {{as_of}}
{{school_year}}out = "out"

[registers.{BIRTHS}]
role = "births"
path = "{FILES[BIRTHS]}"
date_format = "%Y-%m-%d"

[registers.{BIRTHS}.columns]
id = "kg_id"
national_number = "insz"
first_names = "voornaam"
surname = "achternaam"
sex = "geslacht"
birth_date = "geboortedatum"
parent = "moeder"
street = "straat"
house_number = "huisnr"
postcode = "postcode"
municipality = "gemeente"

[registers.{PUPILS_NL}]
role = "enrolments"
community = "nl"
preset = "discimus"
path = "{FILES[PUPILS_NL]}"

[registers.{PUPILS_FR}]
role = "enrolments"
community = "fr"
preset = "siel"
path = "{FILES[PUPILS_FR]}"
"""

_ABSENCES = f"""
[registers.{ABSENCES_NL}]
role = "absences"
preset = "absence-warehouse"
path = "absences.csv"

[participation]
counted_until = 2024-01-31      # the absences end the day before the lists' day
"""

_APPLICATIONS = f"""
[registers.{APPLICANTS}]
role = "applications"
preset = "discimus"
path = "applications.csv"
columns = {{ id = "aanvraagnummer" }}
"""


def write_sample(folder: Path, registers: Registers, *, absences: bool = False, applications: bool = False) -> Path:
    """Write registers as files that can be linked.

    Parameters
    ----------
    folder
        Where; made where it is missing. Earlier files of the same names are replaced.
    registers
        What `make_registers` made.
    absences
        Whether to write the absences and name them in the configuration; the registers must hold them.
    applications
        Likewise the applications.

    Returns
    -------
    Path
        The configuration. Beside it: `births.csv` (comma, UTF-8), `enrolments.csv` (semicolon, Windows' Latin-1), `fr.csv` (semicolon,
        UTF-8 with byte order mark), `truth.csv` (`Registers.matches`) and, where asked for, `absences.csv` and `applications.csv`
        (semicolon, UTF-8).

    Raises
    ------
    ValueError
        Absences or applications are to be written and there are none; make the registers with them.

    """
    further = {"absences": (absences, registers.absences, _ABSENCES), "applications": (applications, registers.applications, _APPLICATIONS)}
    for name, (asked, table, _) in further.items():
        if asked and table.empty:
            raise ValueError(f"the registers hold no {name}; make them with make_registers(..., {name}=True)")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables(registers).items():
        _write(table, folder / FILES[name], *FORMS[name])
    _write(registers.matches, folder / "truth.csv")
    for name, (asked, table, _) in further.items():
        if asked:
            _write(table, folder / f"{name}.csv", ";")
        else:
            (folder / f"{name}.csv").unlink(missing_ok=True)
    config = folder / RUN
    config.write_text(configuration(registers.population, "truth.csv") + "".join(text for asked, _, text in further.values() if asked), encoding="utf-8")
    return config


def tables(registers: Registers) -> dict[str, pd.DataFrame]:
    """Return the three registers by the names that they have in the configuration."""
    return {BIRTHS: registers.births, PUPILS_NL: registers.enrolments, PUPILS_FR: registers.fr}


def configuration(population: Population, truth: str) -> str:
    """Write the configuration of a sample.

    Parameters
    ----------
    population
        Who is in it. Children of other years than those of nursery schools are looked up without a school year, whose rules are not about them.
    truth
        Where the truth is.

    Returns
    -------
    str
        TOML.

    """
    year = 'school_year = "2023-2024"\n' if population == NURSERY else ""
    return _CONFIG.format(as_of=population.listed, school_year=year, truth=truth)


def _write(table: pd.DataFrame, path: Path, sep: str = ",", encoding: str = "utf-8") -> None:
    table.to_csv(path, sep=sep, encoding=encoding, index=False, lineterminator="\n")
