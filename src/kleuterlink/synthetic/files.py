"""Synthetic registers as files, each written as its source would, with a configuration that links them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from kleuterlink.synthetic.registers import ABSENCES_NL, BIRTHS, PUPILS_FR, PUPILS_NL, Registers

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
"""


def write_sample(folder: Path, registers: Registers, *, absences: bool = False) -> Path:
    """Write registers as files that can be linked.

    Parameters
    ----------
    folder
        Where; made where it is missing. Earlier files of the same names are replaced.
    registers
        What `make_registers` made.
    absences
        Whether to write the absences and name them in the configuration; the registers must hold them.

    Returns
    -------
    Path
        The configuration. Beside it: `births.csv` (comma, UTF-8), `enrolments.csv` (semicolon, Windows' Latin-1), `fr.csv` (semicolon,
        UTF-8 with byte order mark), `truth.csv` (`Registers.matches`) and, where asked for, `absences.csv`.

    Raises
    ------
    ValueError
        Absences are to be written and there are none; make the registers with `absences=True`.

    """
    if absences and registers.absences.empty:
        raise ValueError("the registers hold no absences; make them with make_registers(..., absences=True)")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _write(registers.births, folder / "births.csv")
    _write(registers.enrolments, folder / "enrolments.csv", sep=";", encoding="cp1252")
    _write(registers.fr, folder / "fr.csv", sep=";", encoding="utf-8-sig")
    _write(registers.matches, folder / "truth.csv")
    if absences:
        _write(registers.absences, folder / "absences.csv", sep=";")
    else:
        (folder / "absences.csv").unlink(missing_ok=True)
    config = folder / RUN
    config.write_text(_CONFIG + (_ABSENCES if absences else ""), encoding="utf-8")
    return config


def _write(table: pd.DataFrame, path: Path, *, sep: str = ",", encoding: str = "utf-8") -> None:
    table.to_csv(path, sep=sep, encoding=encoding, index=False, lineterminator="\n")
