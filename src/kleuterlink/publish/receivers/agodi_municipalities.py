"""For AGODI: the figures of a finished school year per municipality of the Flemish Region, as a workbook and as data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from kleuterlink.config import Community, Role
from kleuterlink.errors import OutputError
from kleuterlink.participation import Reason, Status
from kleuterlink.participation.residence import in_brussels
from kleuterlink.publish.figures.counts import Dimension, tabulate
from kleuterlink.publish.figures.suppression import Margins
from kleuterlink.publish.receivers.agodi_guide import (
    AGES,
    ALL_AGES,
    ELSEWHERE,
    FIGURES,
    FLEMISH_REGION,
    HEADINGS,
    HIDDEN,
    MUNICIPALITY,
    REGION,
    UNKNOWN,
    reading_guide,
)
from kleuterlink.publish.receivers.formats import write_csv, write_workbook
from kleuterlink.publish.receivers.place_names import name_places
from kleuterlink.publish.receivers.pupils import require_whole_year
from kleuterlink.publish.receivers.regions import OUTSIDE, UNKNOWN_REGION, read_regions
from kleuterlink.publish.receivers.run_folder import Options, RunFolder

_LEAVES = ("niet_ingeschreven", "voldoende", "onvoldoende", "onbekend")
_COUNTS = ("inwoners", "ingeschreven", *_LEAVES)
_TELLING = {"voldoende": "onvoldoende", "ingeschreven": "niet_ingeschreven"}
_ENROLLED = (Status.ENROLLED_NL, Status.ENROLLED_BOTH)


def write(runs: Sequence[RunFolder], to: Path, options: Options) -> list[Path]:
    """Write the figures.

    Parameters
    ----------
    runs
        One run of a finished school year, with attendance loaded.
    to
        Folder to write into.
    options
        `smallest_cell`, and `regions` for a table of the user's own.

    Returns
    -------
    list of Path
        `gemeenten.xlsx` (how to read it, then a sheet per age) and `gemeenten.csv` (`FIGURES`).

    Raises
    ------
    ConfigError
        The table of regions cannot be read.
    OutputError
        The school year is not over, no Dutch-language list or no attendance is loaded, or the run's tables are damaged.

    """
    (run,) = runs
    require_whole_year(run)
    if not any(register.system is Community.NL for register in run.config.with_role(Role.ENROLMENTS).values()):
        raise OutputError(f"{run.path}: no list of Dutch-language schools was loaded, so nobody can be counted as enrolled; add one and run again")
    children = _children(run, options)
    counted = children[(children["left_out"] == "").to_numpy(dtype=bool)].reset_index(drop=True)
    figures = municipality_figures(counted, options.smallest_cell)
    ages = {ALL_AGES: "3 tot 5 jaar", **{age: f"{age} jaar" for age in AGES}}
    sheets = {title: _for_people(figures[(figures["leeftijd"] == age).to_numpy(dtype=bool)]) for age, title in ages.items()}
    left_out = children.loc[(children["left_out"] != "").to_numpy(dtype=bool), "left_out"].value_counts().sort_index()
    guide = reading_guide(run, options, places=sorted(counted.loc[(counted["stated"] != "").to_numpy(dtype=bool), "stated"].unique()), left_out=left_out)
    formats = dict.fromkeys((HEADINGS["deelname"], HEADINGS["aandeel_voldoende"]), "0.0%") | {HEADINGS[name]: "#,##0" for name in _COUNTS}
    return [
        write_workbook({"Leeswijzer": guide, **sheets}, to / "gemeenten.xlsx", number_formats=formats),
        write_csv(figures, to / "gemeenten.csv"),
    ]


def municipality_figures(children: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Tabulate residents, those enrolled and those who attend enough.

    Parameters
    ----------
    children
        A row per resident of three to five: `place` and `regio` (text), `age` (text), `group` (`niet_ingeschreven`, `voldoende`, `onvoldoende`
        or `onbekend`) and `p_enrolled` (float64).
    smallest
        Counts from 1 to below it are hidden, and as many others as it takes to keep them hidden.

    Returns
    -------
    DataFrame
        `FIGURES`: the Flemish Region, its regions, their municipalities by name, and those of an unknown municipality, who are in no sum;
        each by age and in all.

    """
    places = children[["place", "regio"]].drop_duplicates("place").sort_values("place")
    regions = {f"{REGION} {name}": own["place"].tolist() for name, own in places.groupby("regio", sort=True) if name != UNKNOWN_REGION}
    known = [place for place in places["place"] if place != UNKNOWN]
    present = [leaf for leaf in _LEAVES if leaf != "onbekend" or (children["group"] == leaf).any()]
    groups = Dimension.of(children["group"], present, {})
    sums = {"ingeschreven": present[1:], "inwoners": present}
    long = tabulate(
        Dimension.of(children["place"], places["place"].tolist(), {**regions, FLEMISH_REGION: known}),
        Dimension.of(children["age"], AGES, {ALL_AGES: AGES}),
        Dimension(Margins.of(present, sums, telling=_TELLING), groups.part),
        _chances(children),
        whole="inwoners",
        smallest=smallest,
    )
    wide = _wide(long)
    return _described(wide, dict(zip(places["place"], places["regio"], strict=True)))


def _children(run: RunFolder, options: Options) -> pd.DataFrame:
    """Return every birth record: where it counts, in which group, and why not where it does not (`left_out`)."""
    table = run.children(["status", "reason", "p_not_found", "age", "municipality", "attends_enough"])
    status, place = table["status"].astype(object), table["municipality"].astype(object)
    enrolled = status.isin(_ENROLLED).to_numpy(dtype=bool)
    provinces = read_regions(None, run.as_of).of(table["municipality"]).astype(object)
    regions = read_regions(options.regions, run.as_of).of(table["municipality"]).astype(object)
    is_known = (provinces != UNKNOWN_REGION) | (regions != UNKNOWN_REGION)
    gone = (status == Status.LEFT) & (table["reason"] == Reason.DEPARTED)
    enough = table["attends_enough"].astype(object)
    left_out = np.select(
        [
            in_brussels(table),
            (provinces == OUTSIDE).to_numpy(dtype=bool),
            gone.to_numpy(dtype=bool),
            table["age"].isna().to_numpy(dtype=bool),
            ~table["age"].isin([int(age) for age in AGES]).to_numpy(dtype=bool),
            (status == Status.NOT_YET_ENTITLED).to_numpy(dtype=bool),
        ],
        ["Brussel", "buiten Vlaanderen", "vertrokken of overleden", "leeftijd onbekend", "jonger dan 3 of ouder dan 5", "nog niet instapgerechtigd"],
        default="",
    )
    group = np.select([~enrolled, enough.eq(True).to_numpy(dtype=bool), enough.eq(False).to_numpy(dtype=bool)], _LEAVES[:3], default=_LEAVES[3])
    # Who was not found is enrolled with the rest of its probability; what else a child may be, it is for certain.
    in_doubt = enrolled | (status == Status.NOT_FOUND).to_numpy(dtype=bool)
    return pd.DataFrame(
        {
            "place": place.where(is_known, ELSEWHERE).mask(place.isna(), UNKNOWN),
            "stated": place.where(~is_known & place.notna(), ""),
            "regio": regions,
            "age": table["age"].astype(object).map(str),
            "group": group,
            "p_enrolled": np.where(in_doubt, 1 - table["p_not_found"].to_numpy(dtype=np.float64), 0.0),
            "left_out": left_out,
        }
    )


def _chances(children: pd.DataFrame) -> dict[str, npt.NDArray[np.float64]]:
    """Return the probability of each child to belong to each group; of the attendance of a child who was not found nothing is known."""
    group, p = children["group"], children["p_enrolled"].to_numpy(dtype=np.float64)
    unknown = group.isin(["onbekend", "niet_ingeschreven"])
    own = {name: np.where(group == name, p, 0.0) for name in ("voldoende", "onvoldoende")}
    return {**own, "onbekend": np.where(unknown, p, 0.0), "niet_ingeschreven": 1 - p, "ingeschreven": p, "inwoners": np.ones_like(p)}


def _wide(long: pd.DataFrame) -> pd.DataFrame:
    """Turn a row per group into a row per area and age; what is hidden is null, and named in `verborgen`."""
    cells = long.pivot_table(index=["area", "age"], columns="group", values=["kinderen", "laag", "hoog"], aggfunc="first", dropna=False, sort=False)
    nobody = pd.Series(0, cells.index, dtype="Int64")
    wide = pd.DataFrame({name: cells["kinderen"][name].astype("Int64") if name in cells["kinderen"] else nobody for name in _COUNTS})
    for name in ("ingeschreven", "voldoende"):
        # To whole children, outwards: a published bound says no more than the count beside it.
        wide[f"{name}_laag"] = np.floor(cells["laag"][name].astype(float)).astype("Int64")
        wide[f"{name}_hoog"] = np.ceil(cells["hoog"][name].astype(float)).astype("Int64")
    wide["deelname"] = _share(wide["ingeschreven"], wide["inwoners"])
    wide["aandeel_voldoende"] = _share(wide["voldoende"], wide["voldoende"] + wide["onvoldoende"])
    flags = [wide[name].isna().map({True: f"{name};", False: ""}) for name in _COUNTS]
    wide["verborgen"] = sum(flags[1:], flags[0]).str.rstrip(";")
    return wide.reset_index()


def _share(part: pd.Series, whole: pd.Series) -> pd.Series:
    return (part.astype(float) / whole.astype(float).replace(0, np.nan)).round(4)


def _described(wide: pd.DataFrame, regions: dict[str, str]) -> pd.DataFrame:
    """Say of each area what it is, and put them in order."""
    area = wide["area"].astype(object)
    of_region = area.str.startswith(f"{REGION} ")
    wide["niveau"] = np.select([area == FLEMISH_REGION, of_region, area.isin([ELSEWHERE, UNKNOWN])], ["gewest", REGION, "onbekend"], default=MUNICIPALITY)
    is_place = wide["niveau"] == MUNICIPALITY
    wide["naam"] = area.where(~is_place, area.map(name_places(area[is_place].unique()))).str.removeprefix(f"{REGION} ")
    wide["gemeente"] = area.where(is_place & area.str.fullmatch(r"\d{5}"), "")
    wide["regio"] = area.map(regions).where(is_place, "")
    wide["leeftijd"] = wide["age"].astype(object)
    rank = wide["niveau"].map({"gewest": 0, REGION: 1, MUNICIPALITY: 2, "onbekend": 3})
    ages = wide["leeftijd"].map({ALL_AGES: 0} | {age: int(age) for age in AGES})
    order = pd.DataFrame({"rank": rank, "regio": wide["regio"], "naam": wide["naam"], "age": ages}).sort_values(["rank", "regio", "naam", "age"]).index
    return wide.loc[order, list(FIGURES)].reset_index(drop=True)


def _for_people(figures: pd.DataFrame) -> pd.DataFrame:
    """Show a mark where a figure is hidden, and name the columns as people do."""
    shown = figures.astype(object).where(figures.notna(), None)
    hidden = {name: figures["verborgen"].str.split(";").map(lambda names, name=name: name in names) for name in _COUNTS}
    marks = {
        **hidden,
        **{f"{name}_{end}": hidden[name] for name in ("ingeschreven", "voldoende") for end in ("laag", "hoog")},
        "deelname": hidden["ingeschreven"] | hidden["inwoners"],
        "aandeel_voldoende": hidden["voldoende"] | hidden["onvoldoende"],
    }
    for name, mask in marks.items():
        shown[name] = shown[name].mask(mask, HIDDEN)
    return shown[list(HEADINGS)].rename(columns=HEADINGS)
