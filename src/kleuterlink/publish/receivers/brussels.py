"""For Brussels: participation with the schools of both Communities counted, and what is known where one of them sends nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from kleuterlink.publish.pictures import ACCENT, BLUE, CALM, GRID, Picture, stacked_shares
from kleuterlink.publish.receivers.brussels_figures import (
    ALL_AGES,
    FIGURES,
    FR,
    GROUPS,
    NAMES,
    NL,
    NOT_FOUND,
    OTHER,
    PLACES,
    REGION,
    UNDETERMINED,
    brussels_figures,
    missing_communities,
)
from kleuterlink.publish.receivers.dutch import sources
from kleuterlink.publish.receivers.formats import as_rows, write_csv, write_page
from kleuterlink.publish.receivers.run_folder import Options, RunFolder

_HIDDEN = "verborgen"
_COLOURS = {NL: BLUE, FR: CALM, OTHER: "#c9b8d8", NOT_FOUND: ACCENT, UNDETERMINED: "#d9a441", _HIDDEN: GRID}
_PARTS = {
    NL: "Nederlandstalig",
    FR: "alleen Franstalig",
    OTHER: "huisonderwijs, later of afgelopen",
    NOT_FOUND: "niet teruggevonden",
    UNDETERMINED: "onbepaald",
    _HIDDEN: "verborgen",
}


def write(runs: Sequence[RunFolder], to: Path, options: Options) -> list[Path]:
    """Write the figures and their page.

    Parameters
    ----------
    runs
        One run.
    to
        Folder to write into.
    options
        `smallest_cell`: counts below it are hidden, and as many others as it takes.

    Returns
    -------
    list of Path
        `deelname.csv` (`FIGURES`), `deelname.html`.

    Raises
    ------
    OutputError
        The run's tables are missing or damaged.

    """
    from markupsafe import Markup

    (run,) = runs
    figures = brussels_figures(run, options.smallest_cell)
    return [
        write_csv(figures, to / "deelname.csv"),
        write_page(
            "brussels.html.j2",
            to / "deelname.html",
            region=_of(figures, REGION, ALL_AGES),
            missing=missing_communities(run),
            ages=[(age, _of(figures, REGION, age)) for age in dict.fromkeys(figures["leeftijd"])],
            places=[(NAMES[place], _of(figures, place, ALL_AGES)) for place in (*PLACES, REGION)],
            groups=GROUPS,
            columns=FIGURES,
            picture=Markup(_picture(figures).svg),  # noqa: S704 - drawn by us
            sources=sources(run.config),
            smallest_cell=options.smallest_cell,
            school_year=run.school_year,
            as_of=run.as_of,
            keep_until=options.keep_until,
            run_id=run.run_id,
        ),
    ]


def _picture(figures: pd.DataFrame) -> Picture:
    """Draw the shares of the region by age; what is hidden is one part."""
    whole = figures[(figures["gemeente"] == REGION).to_numpy(dtype=bool)]
    by_group = {group: own.set_index("leeftijd")["aandeel"] for group, own in whole.groupby("groep")}
    shares = pd.DataFrame({group: by_group[group] for group in list(_COLOURS)[:-1]}, index=list(dict.fromkeys(whole["leeftijd"]))).astype(float)
    shares = shares[shares.notna().any(axis=1)]
    hidden = whole[(whole["verborgen"] == "ja").to_numpy(dtype=bool)]
    shares[_HIDDEN] = (1 - shares.sum(axis=1)).where(shares.index.isin(hidden["leeftijd"]))
    shares.index = [f"{age} jaar" if str(age).isdecimal() else f"{age} leeftijden" if age == ALL_AGES else str(age) for age in shares.index]
    return stacked_shares(shares.rename(columns=_PARTS), {_PARTS[part]: colour for part, colour in _COLOURS.items()})


def _of(figures: pd.DataFrame, place: str, age: str) -> dict[str, dict[str, object]]:
    """Return the rows of a municipality and age, by group; None where hidden or not known."""
    own = figures[((figures["gemeente"] == place) & (figures["leeftijd"] == age)).to_numpy(dtype=bool)]
    return {str(row["groep"]): row for row in as_rows(own)}
