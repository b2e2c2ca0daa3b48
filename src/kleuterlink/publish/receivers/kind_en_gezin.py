"""For Kind en Gezin: the yearly list of entitled children who were not found, by the coordinator's region."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from kleuterlink.errors import ConfigError
from kleuterlink.participation import Status
from kleuterlink.publish.figures.expected import expected_count
from kleuterlink.publish.receivers.dutch import REASONS, sources
from kleuterlink.publish.receivers.formats import write_csv, write_page, write_workbook
from kleuterlink.publish.receivers.place_names import name_places
from kleuterlink.publish.receivers.regions import OUTSIDE, UNKNOWN_REGION, Regions, read_regions
from kleuterlink.publish.receivers.run_folder import Options, RunFolder
from kleuterlink.tables import STRING

LIST = {
    "kind_id": "kenmerk van het kind in het geboorteregister van Kind en Gezin",
    "gemeente": "woonplaats volgens het geboorteregister; leeg waar ze niet bekend is",
    "kans": "kans dat het kind in geen enkele bron voorkomt, tussen 0 en 1; hoe hoger, hoe zekerder",
    "reden": "waarom het kind op de lijst staat",
    "leerplichtig": "ja, nee of onbekend: of het kind dit schooljaar leerplichtig is",
    "peildatum": "de dag waarover de lijst spreekt (jjjj-mm-dd)",
    "bronnen": "de bronnen waarin gezocht is, elk met de dag waarover ze spreekt",
}
"""Columns of a region's list, sorted by falling `kans`, then `kind_id`. No other field leaves the run."""

OVERVIEW = {
    "regio": "regio",
    "op_de_lijst": "kinderen op de lijst",
    "leerplichtig": "daarvan leerplichtig",
    "verwacht_terecht": "van wie er naar verwachting zoveel echt in geen enkele bron voorkomen",
    "laag": "ondergrens daarvan (95%-interval van de koppeling)",
    "hoog": "bovengrens daarvan",
    "onbepaald": "kinderen van wie het niet te zeggen is, omdat een bron ontbreekt; zij staan niet op de lijst",
}
"""Columns of the overview, a row per region and one for all."""

ALL_REGIONS = "Alle regio's"


def write(runs: Sequence[RunFolder], to: Path, options: Options) -> list[Path]:
    """Write a list per region, an overview and a page that tells how to read them.

    Parameters
    ----------
    runs
        One run.
    to
        Folder to write into.
    options
        `regions` names a table of the user's own.

    Returns
    -------
    list of Path
        `niet-teruggevonden-<region>.csv` (`LIST`; also for a region without a child), `overzicht.xlsx`, `leeswijzer.html`.

    Raises
    ------
    ConfigError
        The table of regions cannot be read.
    OutputError
        The run's tables are missing or damaged.

    """
    (run,) = runs
    regions = read_regions(options.regions, run.as_of)
    children = run.children(["child_id", "status", "p_not_found", "reason", "compulsory", "municipality"])
    children["regio"] = regions.of(children["municipality"])
    listed = _listed(children, run)
    names = _shown(regions, children)
    parts = {name: listed.loc[(listed["regio"] == name).to_numpy(dtype=bool), list(LIST)].reset_index(drop=True) for name in names}
    overview = pd.DataFrame([_summary(name, children) for name in (*names, ALL_REGIONS)])
    files = {name: f"niet-teruggevonden-{slug}.csv" for name, slug in _slugs(names).items()}
    texts = pd.DataFrame([*LIST.items(), *((key, text) for key, text in OVERVIEW.items() if key not in LIST)], columns=["kolom", "betekenis"])
    sheets = {"Overzicht": overview.rename(columns=OVERVIEW), "Lijst": listed[["regio", *LIST]], "Kolommen": texts}
    return [
        *(write_csv(parts[name], to / files[name]) for name in names),
        write_workbook(sheets, to / "overzicht.xlsx"),
        write_page(
            "kind_en_gezin.html.j2",
            to / "leeswijzer.html",
            overview=overview.to_dict("records"),
            files=files,
            unknown_region=UNKNOWN_REGION,
            columns=LIST,
            sources=sources(run.config),
            reasons=_reasons(listed),
            school_year=run.school_year,
            as_of=run.as_of,
            keep_until=options.keep_until,
            run_id=run.run_id,
            cut=run.config.decision.cut,
        ),
    ]


def _listed(children: pd.DataFrame, run: RunFolder) -> pd.DataFrame:
    listed = children[_with(children, Status.NOT_FOUND)].sort_values(["p_not_found", "child_id"], ascending=[False, True], ignore_index=True)
    compulsory = listed["compulsory"].astype(object).map({True: "ja", False: "nee"}).fillna("onbekend")
    return pd.DataFrame(
        {
            "regio": listed["regio"],
            "kind_id": listed["child_id"],
            "gemeente": listed["municipality"].astype(object).map(name_places(listed["municipality"].dropna().unique())),
            # Only certainty is called 1.
            "kans": listed["p_not_found"].round(4).clip(upper=0.9999).where(listed["p_not_found"] < 1, 1.0),
            "reden": listed["reason"].map(REASONS).astype(STRING),
            "leerplichtig": compulsory.astype(STRING),
            "peildatum": run.as_of.isoformat(),
            "bronnen": "; ".join(sources(run.config)),
        }
    )


def _summary(name: str, children: pd.DataFrame) -> dict[str, object]:
    own = children if name == ALL_REGIONS else children[(children["regio"] == name).to_numpy(dtype=bool)]
    listed = own[_with(own, Status.NOT_FOUND)]
    right = expected_count(listed["p_not_found"].to_numpy(dtype=float))
    numbers = (
        len(listed),
        int(listed["compulsory"].eq(True).sum()),
        *(round(value, 1) for value in right),
        int(_with(own, Status.UNDETERMINED).sum()),
    )
    return {"regio": name, **dict(zip(list(OVERVIEW)[1:], numbers, strict=True))}


def _with(children: pd.DataFrame, status: Status) -> pd.Series:
    return children["status"].eq(status.value).fillna(False).astype(bool)


def _shown(regions: Regions, children: pd.DataFrame) -> list[str]:
    """Name the regions; those without a coordinator only where a child that is listed or undetermined lives there."""
    concerned = set(children.loc[_with(children, Status.NOT_FOUND) | _with(children, Status.UNDETERMINED), "regio"])
    return [name for name in (*regions.names, UNKNOWN_REGION) if name in concerned or name not in {OUTSIDE, UNKNOWN_REGION}]


def _slugs(names: Sequence[str]) -> dict[str, str]:
    slugs = {name: re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "regio" for name in names}
    if len(set(slugs.values())) < len(names):
        raise ConfigError("two regions would have the same file name; give them names that differ in letters or digits")
    return slugs


def _reasons(listed: pd.DataFrame) -> list[tuple[str, int]]:
    counts = listed["reden"].value_counts()
    return [(str(reason), int(count)) for reason, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
