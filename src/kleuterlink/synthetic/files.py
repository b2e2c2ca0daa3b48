"""Synthetic registers as files, each written as its source would, with a configuration that links them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from kleuterlink.synthetic.registers import ABSENCES_NL, APPLICANTS, BIRTHS, PUPILS_FR, PUPILS_NL, Registers

RUN = "run.toml"
"""Name of the configuration in a sample's folder."""

_CONFIG = f"""\
# Synthetic registers: nobody in them exists. The truth is in truth.csv; no run reads it.

[run]
as_of = 2024-02-01
school_year = "2023-2024"
out = "out"

[registers.{BIRTHS}]
role = "births"
path = "births.csv"
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
path = "enrolments.csv"

[registers.{PUPILS_FR}]
role = "enrolments"
community = "fr"
preset = "siel"
path = "fr.csv"
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
    _write(registers.births, folder / "births.csv")
    _write(registers.enrolments, folder / "enrolments.csv", sep=";", encoding="cp1252")
    _write(registers.fr, folder / "fr.csv", sep=";", encoding="utf-8-sig")
    _write(registers.matches, folder / "truth.csv")
    for name, (asked, table, _) in further.items():
        if asked:
            _write(table, folder / f"{name}.csv", sep=";")
        else:
            (folder / f"{name}.csv").unlink(missing_ok=True)
    config = folder / RUN
    config.write_text(_CONFIG + "".join(text for asked, _, text in further.values() if asked), encoding="utf-8")
    return config


def _write(table: pd.DataFrame, path: Path, *, sep: str = ",", encoding: str = "utf-8") -> None:
    table.to_csv(path, sep=sep, encoding=encoding, index=False, lineterminator="\n")
