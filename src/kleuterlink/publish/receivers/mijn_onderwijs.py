"""For Mijn Onderwijs: the participation report of every Dutch-language school, which its head prints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from kleuterlink.config import Community
from kleuterlink.participation.calendar import holidays
from kleuterlink.participation.days import as_day
from kleuterlink.participation.school_days import SchoolDays
from kleuterlink.publish.receivers.dutch import PURPOSES
from kleuterlink.publish.receivers.formats import as_rows, file_stems, write_csv, write_page
from kleuterlink.publish.receivers.pace import IN_DANGER, OUTLOOK_MEANINGS
from kleuterlink.publish.receivers.pupils import HERE, LEFT, PUPILS, SHORT, STATES, assess, counted_until
from kleuterlink.publish.receivers.run_folder import Options, RunFolder

SCHOOLS = {
    "school": "instellingsnummer; leeg waar een inschrijving er geen noemt",
    "ingeschreven": "kleuters op de dag tot en met welke geteld is",
    "uitgeschreven": "kleuters die dit schooljaar vertrokken",
    "begint_later": "inschrijvingen die later beginnen",
    "vroeger": "inschrijvingen die voor dit schooljaar eindigden",
    "mogelijk": "halve dagen school van de ingeschreven kleuters van wie de aanwezigheid bekend is",
    "aanwezig": "daarvan aanwezig",
    "op_te_volgen": f"ingeschreven kleuters met een oordeel {' of '.join(IN_DANGER)}",
    "bestand": "begin van de naam van de bestanden van de school",
}
"""Columns of `scholen.csv`, a row per school; the first four counts add up to the school's enrolments."""


def write(runs: Sequence[RunFolder], to: Path, options: Options) -> list[Path]:
    """Write every school's report.

    Parameters
    ----------
    runs
        One run, with attendance loaded and, in the course of a school year, `participation.counted_until`.
    to
        Folder to write into.
    options
        How long the files may be kept.

    Returns
    -------
    list of Path
        `scholen.csv` (`SCHOOLS`), then per school `school-<number>.csv` (`PUPILS`) and `school-<number>.html`, made for A4.

    Raises
    ------
    OutputError
        No attendance is loaded, or the day up to which it is counted is not stated in a run within the school year.

    """
    (run,) = runs
    last = counted_until(run)
    pupils = assess(run, last).sort_values(["leeftijd", "stamnummer"], ascending=[False, True], ignore_index=True)
    schools = _counts(pupils, ["school"])
    schools["bestand"] = schools["school"].map(file_stems(schools["school"].dropna(), "school-")).fillna("")
    names, ages = _names(run), _by_school(_counts(pupils[(pupils["toestand"] == HERE).to_numpy(dtype=bool)], ["school", "leeftijd"]))
    shown = pupils[pupils["toestand"].isin([HERE, LEFT])]
    rows = _by_school(shown)
    tables: dict[object, pd.DataFrame] = dict(iter(shown[["school", *PUPILS]].groupby("school")))
    common = {
        "school_year": run.school_year,
        "counted_until": last.item(),
        "moment": _moment(run, last),
        "purposes": PURPOSES,
        "short": SHORT,
        "meanings": OUTLOOK_MEANINGS,
        "run_id": run.run_id,
        "keep_until": options.keep_until,
    }
    written = [write_csv(schools[list(SCHOOLS)], to / "scholen.csv")]
    for summary in as_rows(schools[(schools["bestand"] != "").to_numpy(dtype=bool)]):
        school, stem = summary["school"], summary["bestand"]
        own = rows.get(school, [])
        here = [row for row in own if row["toestand"] == HERE]
        page = {
            "school": school,
            "name": names.get(school, ""),
            "summary": summary,
            "ages": ages.get(school, []),
            "follow": [row for row in here if row["in_danger"]],
            "others": [row for row in here if not row["in_danger"]],
            "left": [row for row in own if row["toestand"] == LEFT],
            # A column for a purpose that no pupil has a threshold for would be a column of dashes.
            "used": [purpose for purpose, word in SHORT.items() if any(row[f"drempel_{word}"] is not None for row in here)],
        }
        written.append(write_csv(tables.get(school, shown.iloc[:0])[list(PUPILS)], to / f"{stem}.csv"))
        written.append(write_page("mijn_onderwijs.html.j2", to / f"{stem}.html", styles=("mijn_onderwijs.css",), **page, **common))
    return written


def _moment(run: RunFolder, last: np.datetime64) -> str:
    """Name the report: the one after Christmas, the one after Easter, that of the whole year, or neither."""
    _, (christmas, _), (carnival, _), (easter, _), *_ = holidays(run.school_year)
    if last >= SchoolDays(run.school_year, run.config.participation.entry_dates).last:
        return "het hele schooljaar"
    if as_day(christmas) <= last + 1 and last < as_day(carnival):
        return "na de kerstvakantie"
    return "na de paasvakantie" if as_day(easter) <= last + 1 else ""


def _counts(pupils: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Count pupils and half-days, sorted by `by`; the half-days are those of pupils that are there, where they are known."""
    here = (pupils["toestand"] == HERE).to_numpy(dtype=bool)
    known = here & pupils["aanwezig"].notna().to_numpy(dtype=bool)
    counts = pd.DataFrame(
        {
            **{state: (pupils["toestand"] == state).to_numpy(dtype=np.int64) for state in STATES},
            **{name: pupils[name].fillna(0).to_numpy(dtype=np.int64) * known for name in ("mogelijk", "aanwezig")},
            "op_te_volgen": (pupils["in_danger"].to_numpy(dtype=bool) & here).astype(np.int64),
        }
    )
    keys = [pupils[name].reset_index(drop=True) for name in by]
    return counts.groupby(keys, dropna=False, sort=True).sum().reset_index()


def _by_school(table: pd.DataFrame) -> dict[object, list[dict[str, object]]]:
    """Return the rows of every school, in the order of the table."""
    rows: dict[object, list[dict[str, object]]] = {}
    for row in as_rows(table):
        rows.setdefault(row["school"], []).append(row)
    return rows


def _names(run: RunFolder) -> dict[object, str]:
    """Return the names of the Dutch-language schools; none where no register of schools was loaded."""
    if not run.has("schools.parquet"):
        return {}
    schools = run.schools(["community", "school", "name"])
    own = schools[((schools["community"] == Community.NL.value) & schools["name"].notna()).fillna(False).to_numpy(dtype=bool)]
    return dict(zip(own["school"], own["name"], strict=True))
