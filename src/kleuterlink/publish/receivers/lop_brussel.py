"""For LOP Brussel: applicants who were given no school, looked up in the lists of both Communities, over the school years."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from kleuterlink.config import Role
from kleuterlink.participation import Outcome
from kleuterlink.publish.figures.counts import MEANINGS, NUMBERS, Dimension, part_of, tabulate
from kleuterlink.publish.pictures import ACCENT, BLUE, CALM, GRID, Picture, stacked_shares
from kleuterlink.publish.receivers.dutch import sources
from kleuterlink.publish.receivers.formats import as_rows, write_csv, write_page
from kleuterlink.publish.receivers.run_folder import Options, RunFolder

Floats = npt.NDArray[np.float64]

NL, FR, NOT_FOUND, UNDETERMINED, ALL, BOTH = "nl", "fr", "niet_teruggevonden", "onbepaald", "alle", "beide"
COMPULSORY = "niet_teruggevonden_leerplichtig"

OUTCOMES = {
    NL: "teruggevonden in het Nederlandstalig onderwijs, ook wie in beide teruggevonden is",
    FR: "alleen teruggevonden in de Franse Gemeenschap",
    NOT_FOUND: "niet teruggevonden in de bronnen van beide Gemeenschappen",
    UNDETERMINED: "onbepaald: niet teruggevonden, terwijl de bron van een Gemeenschap ontbreekt",
    ALL: "alle opgezochte kinderen",
    BOTH: "teruggevonden in beide: deel van nl",
    COMPULSORY: "leerplichtig in dit schooljaar: deel van niet_teruggevonden; van wie het niet bekend is, telt niet mee",
}
"""What became of the applicants: four that share none, all, and two parts of these."""

EVALUATION = {
    "schooljaar": "schooljaar",
    "peildatum": "de dag waarover de bronnen spreken (jjjj-mm-dd)",
    "uitkomst": ", ".join(OUTCOMES),
    **{name: MEANINGS[name] for name in NUMBERS},
    "verborgen": MEANINGS["verborgen"],
}
"""Columns of `evaluatie.csv`, a row per school year and outcome. Applicants are counted only: no id leaves the run."""

_OF_OUTCOME = {
    Outcome.PLACED_NL: NL,
    Outcome.PLACED_BOTH: NL,
    Outcome.PLACED_FR: FR,
    Outcome.NOT_FOUND: NOT_FOUND,
    Outcome.UNDETERMINED: UNDETERMINED,
}
_LEAVES = (NL, FR, NOT_FOUND, UNDETERMINED)
_HIDDEN = "verborgen"
_COLOURS = {NL: BLUE, FR: CALM, NOT_FOUND: ACCENT, UNDETERMINED: "#d9a441", _HIDDEN: GRID}
_PARTS = {NL: "Nederlandstalig", FR: "alleen Franse Gemeenschap", NOT_FOUND: "niet teruggevonden", UNDETERMINED: "onbepaald", _HIDDEN: "verborgen"}


def write(runs: Sequence[RunFolder], to: Path, options: Options) -> list[Path]:
    """Write the evaluation as a table and as a page.

    Parameters
    ----------
    runs
        One run per school year, each with a register of applications, in their order.
    to
        Folder to write into.
    options
        `smallest_cell`: counts below it are hidden, and as many others as it takes.

    Returns
    -------
    list of Path
        `evaluatie.csv` (`EVALUATION`), `evaluatie.html`.

    Raises
    ------
    OutputError
        A run has no applications, or its tables are missing or damaged.

    """
    from markupsafe import Markup

    figures = pd.concat([_of_year(run, options.smallest_cell) for run in runs], ignore_index=True)
    cells = {(row["schooljaar"], row["uitkomst"]): row for row in as_rows(figures)}
    years = [
        {
            "year": run.school_year,
            "as_of": run.as_of,
            "sources": sources(run.config, {Role.ENROLMENTS}),
            "cells": {outcome: cells[run.school_year, outcome] for outcome in OUTCOMES},
        }
        for run in runs
    ]
    return [
        write_csv(figures, to / "evaluatie.csv"),
        write_page(
            "lop_brussel.html.j2",
            to / "evaluatie.html",
            years=years,
            undetermined=any(row["kinderen"] != 0 for (_, outcome), row in cells.items() if outcome == UNDETERMINED),
            outcomes=OUTCOMES,
            columns=EVALUATION,
            picture=Markup(_picture(figures).svg),  # noqa: S704 - drawn by us
            smallest_cell=options.smallest_cell,
            keep_until=options.keep_until,
            run_id=", ".join(run.run_id for run in runs),
        ),
    ]


def _of_year(run: RunFolder, smallest: int) -> pd.DataFrame:
    """Tabulate a school year's applicants; `EVALUATION`."""
    applications = run.applications(["p_nl", "p_fr", "p_not_found", "outcome", "compulsory"])
    outcome = applications["outcome"].astype(object)
    groups = outcome.map({str(code): group for code, group in _OF_OUTCOME.items()})
    chances, one = _chances(applications), Dimension.of([""] * len(applications), [""], {})
    figures = tabulate(one, one, Dimension.of(groups, _LEAVES, {ALL: _LEAVES}), chances, whole=ALL, smallest=smallest)
    dutch, nowhere = ((groups == group).to_numpy(dtype=bool) for group in (NL, NOT_FOUND))
    compulsory = applications["compulsory"].fillna(False).to_numpy(dtype=bool)
    parts = {
        BOTH: part_of(chances[BOTH], (outcome == Outcome.PLACED_BOTH).to_numpy(dtype=bool), int(dutch.sum()), smallest=smallest),
        COMPULSORY: part_of(chances[NOT_FOUND] * compulsory, nowhere & compulsory, int(nowhere.sum()), smallest=smallest),
    }
    rows = pd.DataFrame([{"area": "", "age": "", "group": group, **part} for group, part in parts.items()]).astype(figures.dtypes)
    figures = pd.concat([figures, rows], ignore_index=True).rename(columns={"group": "uitkomst"})
    return figures.assign(schooljaar=run.school_year, peildatum=run.as_of.isoformat())[list(EVALUATION)]


def _chances(applications: pd.DataFrame) -> dict[str, Floats]:
    """Return the probability of each outcome; in which list an applicant is does not depend on being in the other (`applications.parquet`)."""
    dutch, french = (applications[column].to_numpy(dtype=np.float64) for column in ("p_nl", "p_fr"))
    open_ = np.isnan(dutch) | np.isnan(french)
    dutch, french = np.nan_to_num(dutch), np.nan_to_num(french)
    neither = applications["p_not_found"].to_numpy(dtype=np.float64)
    return {
        NL: dutch,
        FR: french * (1 - dutch),
        NOT_FOUND: np.where(open_, 0.0, neither),
        UNDETERMINED: np.where(open_, neither, 0.0),
        ALL: np.ones(len(applications)),
        BOTH: dutch * french,
    }


def _picture(figures: pd.DataFrame) -> Picture:
    """Draw the shares of each school year; what is hidden is one part."""
    by_outcome = {outcome: figures[(figures["uitkomst"] == outcome).to_numpy(dtype=bool)].set_index("schooljaar")["aandeel"] for outcome in _LEAVES}
    shares = pd.DataFrame(by_outcome).astype(float)
    shares[_HIDDEN] = (1 - shares.sum(axis=1)).where(shares.isna().any(axis=1) & shares.notna().any(axis=1))
    return stacked_shares(shares.rename(columns=_PARTS), {_PARTS[part]: colour for part, colour in _COLOURS.items()})
