"""For Dataloep: every Dutch-language school's attendance over the past school years, under the number that it has now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from kleuterlink.config import Community, Purpose
from kleuterlink.participation.school_days import SchoolDays
from kleuterlink.participation.thresholds import ACCEPTED_COUNT
from kleuterlink.publish.receivers.dutch import PURPOSES, enumeration
from kleuterlink.publish.receivers.formats import as_rows, file_stems, write_csv, write_page
from kleuterlink.publish.receivers.pupils import SHORT, require_whole_year
from kleuterlink.publish.receivers.run_folder import Options, RunFolder

ANSWERS = ("voldoende", "onvoldoende", "onbekend")

FIGURES = {
    "schooljaar": "schooljaar",
    "school": "instellingsnummer nu; leeg waar een inschrijving er geen noemt",
    "nummers": "instellingsnummers waaronder de leerlingen dat schooljaar ingeschreven waren, met ; ertussen",
    "leeftijd": "leeftijd op 31 december van het eerste jaar van het schooljaar; alle voor de hele school, onbekend waar ze niet bekend is",
    "leerlingen": "kleuters die dat schooljaar een of meer dagen ingeschreven waren",
    "op_30_juni": "daarvan ingeschreven op 30 juni",
    "mogelijk": "halve dagen school van de leerlingen tijdens hun inschrijving in deze school, waar hun aanwezigheid bekend is",
    "aanwezig": "daarvan aanwezig",
    "gewettigd": "daarvan gewettigd afwezig",
    "aanwezigheid": "aanwezig gedeeld door mogelijk",
    **{
        f"{answer}_{word}": f"van de kleuters op 30 juni: {answer} halve dagen voor {PURPOSES[purpose]}, over al hun scholen samen"
        + (" (of zonder drempel op hun leeftijd)" if answer == "onbekend" else "")
        for purpose, word in SHORT.items()
        for answer in ANSWERS
    },
}
"""Columns of `dataloep.csv`, a row per school year, school and age; no pupil's number is among them."""

ALL_AGES, UNKNOWN_AGE = "alle", "onbekend"

_HALF_DAYS = {"half_days_possible": "mogelijk", "half_days_present": "aanwezig", "half_days_accepted": "gewettigd"}
_SUMS = ("leerlingen", "op_30_juni", *_HALF_DAYS.values(), *(name for name in FIGURES if name.startswith(ANSWERS)))


def write(runs: Sequence[RunFolder], to: Path, options: Options) -> list[Path]:
    """Write the figures of all schools as one table, and a page for each.

    Parameters
    ----------
    runs
        A run per finished school year, with attendance loaded. The last one with a register of schools tells which school a number became.
    to
        Folder to write into.
    options
        How long the files may be kept.

    Returns
    -------
    list of Path
        `dataloep.csv` (`FIGURES`) and `school-<number>.html` per school.

    Raises
    ------
    OutputError
        A school year is not over, no attendance is loaded, or a run's tables are missing or damaged.

    """
    for run in runs:
        require_whole_year(run)
    current, names = _schools(runs)
    figures = pd.concat([school_figures(run, current) for run in runs], ignore_index=True)
    named = figures[figures["school"].notna().to_numpy(dtype=bool)]
    stems = file_stems(sorted(named["school"].unique()), "school-")
    common: dict[str, object] = {
        "span": enumeration(run.school_year for run in runs),
        "purposes": PURPOSES,
        "short": SHORT,
        "run_id": ", ".join(run.run_id for run in runs),
        "keep_until": options.keep_until,
    }
    written = [write_csv(figures, to / "dataloep.csv")]
    for school, own in named.groupby("school", sort=True):
        rows = as_rows(own)
        years = [row for row in rows if row["leeftijd"] == ALL_AGES]
        page: dict[str, object] = {
            "school": school,
            "name": names.get(str(school), ""),
            "years": years,
            "ages": [row for row in rows if row["leeftijd"] != ALL_AGES],
            "earlier": sorted({number for row in years for number in str(row["nummers"]).split(";")} - {str(school)}),
            "used": [purpose for purpose, word in SHORT.items() if any(row[f"voldoende_{word}"] or row[f"onvoldoende_{word}"] for row in rows)],
        }
        written.append(write_page("dataloep.html.j2", to / f"{stems[school]}.html", styles=(), **page, **common))
    return written


def school_figures(run: RunFolder, current: Mapping[str, str]) -> pd.DataFrame:
    """Tabulate the schools of one school year.

    Parameters
    ----------
    run
        The run.
    current
        The number that a school has now, by the number that it had; a school that is not there has kept its own.

    Returns
    -------
    DataFrame
        `FIGURES`: by school (those without a number last), all ages first. A pupil with several enrolments in a school, under one number or
        two, counts once.

    """
    records = _records(run, current)
    pupils = _pupils(records)
    parts = []
    for name in ("all", "leeftijd"):
        by = ["school", name]
        made = pupils[[*by, *_SUMS]].groupby(by, dropna=False, sort=True).sum()
        made["nummers"] = records[[*by, "nummers"]].drop_duplicates().sort_values("nummers").groupby(by, dropna=False, sort=True)["nummers"].agg(";".join)
        parts.append(made.reset_index(names=["school", "leeftijd"]))
    figures = pd.concat(parts, ignore_index=True)
    figures["aanwezigheid"] = (figures["aanwezig"] / figures["mogelijk"].where(figures["mogelijk"] > 0)).round(4)
    figures["parted"] = figures["leeftijd"] != ALL_AGES
    figures = figures.sort_values(["school", "parted", "leeftijd"], na_position="last", ignore_index=True)
    return figures.assign(schooljaar=run.school_year)[list(FIGURES)]


def _records(run: RunFolder, current: Mapping[str, str]) -> pd.DataFrame:
    """Return a row per enrolment of the school year: `school` (as it is now), `nummers` (as it was), `pupil`, ages and the counts."""
    enrolments = _enrolments(run)
    number = enrolments["school"].astype(object)
    calendar = SchoolDays(run.school_year, run.config.participation.entry_dates)
    since, until = (enrolments[column].astype("datetime64[s]").to_numpy().astype("datetime64[D]") for column in ("enrolled_from", "enrolled_until"))
    on_30_june = ~(since > calendar.last) & ~(until < calendar.last)
    records = pd.DataFrame(
        {
            "school": number.map(lambda school: current.get(school, school), na_action="ignore"),
            "nummers": number.fillna(""),
            "pupil": enrolments["child_id"].astype(object).fillna(enrolments["register"].astype(object) + "/" + enrolments["record_id"].astype(object)),
            "all": ALL_AGES,
            "leeftijd": enrolments["age"].astype(object).map(str, na_action="ignore").fillna(UNKNOWN_AGE),
            "leerlingen": 1,
            "op_30_juni": on_30_june.astype(np.int64),
            **{word: enrolments[column].fillna(0).to_numpy(dtype=np.int64) for column, word in _HALF_DAYS.items()},
            **{f"{answer}_{word}": (on_30_june & says).astype(np.int64) for (answer, word), says in _answers(enrolments).items()},
        }
    )
    # What ended before the school year, or begins after it, is no enrolment of it.
    return records[~(since > calendar.last) & ~(until < calendar.first)]


def _pupils(records: pd.DataFrame) -> pd.DataFrame:
    """Put the enrolments of a pupil in a school together: half-days add up, and it counts once."""
    how = {"all": "first", "leeftijd": "first", **dict.fromkeys(_SUMS, "max"), **dict.fromkeys(_HALF_DAYS.values(), "sum")}
    return records.groupby(["school", "pupil"], dropna=False, sort=True).agg(how).reset_index()


def _enrolments(run: RunFolder) -> pd.DataFrame:
    columns = ["community", "register", "record_id", "child_id", "school", "enrolled_from", "enrolled_until", "age", *_HALF_DAYS]
    enrolments = run.enrolments([*columns, *(f"threshold_{purpose}" for purpose in Purpose)])
    enrolments = enrolments[(enrolments["community"] == Community.NL.value).fillna(False).to_numpy(dtype=bool)]
    answers = run.children(["child_id", *(f"enough_{purpose}" for purpose in Purpose)])
    return enrolments.merge(answers, on="child_id", how="left", validate="many_to_one").reset_index(drop=True)


def _answers(enrolments: pd.DataFrame) -> dict[tuple[str, str], npt.NDArray[np.bool_]]:
    """Tell which answer holds for each enrolment's child: over all its schools where it is linked, else over this enrolment."""
    answers: dict[tuple[str, str], npt.NDArray[np.bool_]] = {}
    linked = enrolments["child_id"].notna()
    for purpose, word in SHORT.items():
        counted = enrolments["half_days_present"] + (enrolments["half_days_accepted"] if purpose in ACCEPTED_COUNT else 0)
        answer = enrolments[f"enough_{purpose}"].where(linked, (counted >= enrolments[f"threshold_{purpose}"]).astype("boolean"))
        says = (answer.eq(True), answer.eq(False), answer.isna())
        answers |= {(name, word): flag.fillna(False).to_numpy(dtype=bool) for name, flag in zip(ANSWERS, says, strict=True)}
    return answers


def _schools(runs: Sequence[RunFolder]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the number that each school has now, and the names, both by number; as the last run with a register of schools has them."""
    with_schools = [run for run in runs if run.has("schools.parquet")]
    if not with_schools:
        return {}, {}
    schools = with_schools[-1].schools(["community", "school", "name", "current"])
    schools = schools[(schools["community"] == Community.NL.value).fillna(False).to_numpy(dtype=bool)].astype(object)
    named = schools[schools["name"].notna()]
    return dict(zip(schools["school"], schools["current"], strict=True)), dict(zip(named["school"], named["name"], strict=True))
