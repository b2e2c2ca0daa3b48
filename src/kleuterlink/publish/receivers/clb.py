"""For the pupil guidance centres (CLB): each gets its own children in follow-up, under pseudonyms that are its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from kleuterlink.config import Community
from kleuterlink.errors import OutputError
from kleuterlink.participation import Status
from kleuterlink.publish.receivers.dutch import PURPOSES, date_in_words
from kleuterlink.publish.receivers.formats import file_stems, write_csv
from kleuterlink.publish.receivers.health import refuse_health_data
from kleuterlink.publish.receivers.pace import IN_DANGER, OUTLOOK_MEANINGS
from kleuterlink.publish.receivers.pseudonyms import pseudonyms, read_key
from kleuterlink.publish.receivers.pupils import SHORT, assess, counted_until
from kleuterlink.publish.receivers.regions import UNKNOWN_REGION, read_regions
from kleuterlink.publish.receivers.run_folder import Options, RunFolder

FOLLOW_UP = {
    "pseudoniem": "kenmerk van het kind voor dit CLB; elk jaar hetzelfde",
    "school": "instellingsnummer van de school waar het kind ingeschreven is",
    "leeftijd": "leeftijd op 31 december van het eerste jaar van het schooljaar",
    **{f"oordeel_{word}": f"wat er van de drempel voor {PURPOSES[purpose]} komt" for purpose, word in SHORT.items()},
}
"""Columns of a centre's `opvolging.csv`, a row per child and school, sorted by (`school`, `pseudoniem`)."""

NOT_FOUND = {
    "pseudoniem": "kenmerk van het kind voor dit CLB; elk jaar hetzelfde",
    "gemeente": "woonplaats volgens het geboorteregister",
    "leeftijd": "leeftijd op 31 december van het eerste jaar van het schooljaar",
    "leerplichtig": "ja, nee of onbekend",
}
"""Columns of a centre's `niet-teruggevonden.csv`, sorted by `pseudoniem`; written where a table says which municipalities are whose."""

OVERVIEW = {
    "clb": "CLB; leeg voor scholen en gemeenten zonder CLB",
    "school": "alleen voor wie geen CLB heeft: het instellingsnummer; leeg waar de inschrijving er geen noemt",
    "map": "map met de bestanden van dit CLB; leeg waar er geen is",
    "opvolging": "kinderen in opvolging",
    "niet_teruggevonden": "kinderen die niet teruggevonden zijn; leeg waar geen tabel van gemeenten gegeven is",
}
"""Columns of `overzicht.csv`, for who sends the folders: a row per centre, then one per school without one. None of it goes to a centre."""


def write(runs: Sequence[RunFolder], to: Path, options: Options) -> list[Path]:
    """Write a folder per centre.

    Parameters
    ----------
    runs
        One run, with attendance and a register of schools that names their centres.
    to
        Folder to write into.
    options
        `key_file` holds the key (else the environment variable `KLEUTERLINK_KEY`); `regions` says which centre a municipality belongs to.

    Returns
    -------
    list of Path
        `overzicht.csv` (`OVERVIEW`), then per centre, in a folder of its own, `opvolging.csv` (`FOLLOW_UP`), with `regions` also
        `niet-teruggevonden.csv` (`NOT_FOUND`), and `leesmij.txt`.

    Raises
    ------
    ConfigError
        There is no key or it is too short, the configuration maps health data, or the table of municipalities cannot be read.
    OutputError
        The run has no register of schools, none of them names a centre, or no attendance is loaded.

    """
    (run,) = runs
    refuse_health_data(run.config)
    key = read_key(options.key_file)
    centres = _centres(run)
    followed = _followed(run, centres)
    missing = _missing(run, options)
    names = sorted({*centres.values(), *followed["clb"].dropna(), *missing["clb"].dropna()})
    folders = file_stems(names, "")
    written = []
    for name in names:
        (to / folders[name]).mkdir()
        own = _with_pseudonyms(followed, name, key).sort_values(["school", "pseudoniem"], na_position="last")
        written.append(write_csv(own[list(FOLLOW_UP)], to / folders[name] / "opvolging.csv"))
        if options.regions is not None:
            lost = _with_pseudonyms(missing, name, key).sort_values("pseudoniem")
            written.append(write_csv(lost[list(NOT_FOUND)], to / folders[name] / "niet-teruggevonden.csv"))
        written.append(_write_guide(name, run, to / folders[name] / "leesmij.txt", options))
    overview = _overview(followed, missing, pd.Series(folders), by_residence=options.regions is not None)
    return [write_csv(overview, to / "overzicht.csv"), *written]


def _centres(run: RunFolder) -> dict[str, str]:
    """Return the centre of every Dutch-language school that has one: its own, else that of the school that it became."""
    schools = run.schools(["community", "school", "clb", "current"]).astype(object)
    schools = schools[(schools["community"] == Community.NL.value).to_numpy(dtype=bool)]
    own = dict(zip(schools["school"], schools["clb"], strict=True))
    centre = schools["clb"].where(schools["clb"].notna(), schools["current"].map(own))
    found = centre.notna().to_numpy(dtype=bool)
    if not found.any():
        raise OutputError(f"{run.path}: no school has a guidance centre; map the column clb of the register of schools and run again")
    return dict(zip(schools["school"][found], centre[found], strict=True))


def _followed(run: RunFolder, centres: dict[str, str]) -> pd.DataFrame:
    """Return the pupils who may miss a threshold, or have missed it: `clb`, `identity`, `FOLLOW_UP` but for the pseudonym."""
    pupils = assess(run, counted_until(run))
    pupils = pupils[pupils["in_danger"].to_numpy(dtype=bool)]
    # A pupil without a birth record goes by its number in its school: it is the same from year to year as long as it stays there.
    in_school = "pupil/" + pupils["school"].fillna("").astype(str) + "/" + pupils["stamnummer"].astype(object)
    identity = ("birth/" + pupils["child_id"].astype(object)).fillna(in_school)
    return pupils.assign(clb=pupils["school"].map(centres), identity=identity)[["clb", "identity", *list(FOLLOW_UP)[1:]]]


def _missing(run: RunFolder, options: Options) -> pd.DataFrame:
    """Return the children who were not found, with the centre of their municipality; none where no table says whose it is."""
    children = run.children(["child_id", "status", "age", "compulsory", "municipality"])
    listed = (children["status"] == Status.NOT_FOUND.value).fillna(False).to_numpy(dtype=bool)
    children = children[listed & (options.regions is not None)]
    centre = read_regions(options.regions, run.as_of).of(children["municipality"]).astype(object)
    return pd.DataFrame(
        {
            "clb": centre.where(centre != UNKNOWN_REGION, None),
            "identity": "birth/" + children["child_id"].astype(object),
            "gemeente": children["municipality"],
            "leeftijd": children["age"],
            "leerplichtig": children["compulsory"].astype(object).map({True: "ja", False: "nee"}).fillna("onbekend"),
        }
    )


def _with_pseudonyms(children: pd.DataFrame, centre: str, key: bytes) -> pd.DataFrame:
    own = children[(children["clb"] == centre).to_numpy(dtype=bool)]
    return own.assign(pseudoniem=pseudonyms(own["identity"], centre, key))


def _overview(followed: pd.DataFrame, missing: pd.DataFrame, folders: pd.Series, *, by_residence: bool) -> pd.DataFrame:
    """Count every child that is followed or was not found, so that none is lost for want of a centre."""
    without = followed[followed["clb"].isna().to_numpy(dtype=bool)]
    of_centres = pd.DataFrame({"clb": folders.index, "map": folders.to_numpy()})
    of_schools = without.groupby("school", dropna=False, sort=True)["identity"].nunique().reset_index(name="opvolging")
    if (nowhere := int(missing["clb"].isna().sum())) and not of_schools["school"].isna().any():
        of_schools.loc[len(of_schools)] = [None, 0]
    rows = pd.concat([of_centres, of_schools], ignore_index=True).reindex(columns=list(OVERVIEW))
    counts = {"opvolging": followed.groupby("clb")["identity"].nunique(), "niet_teruggevonden": missing.groupby("clb")["identity"].nunique()}
    for name, of_centre in counts.items():
        rows[name] = rows[name].fillna(rows["clb"].map(of_centre)).fillna(0).astype("Int64")
    if nowhere:
        rows.loc[rows.index[-1], "niet_teruggevonden"] = nowhere
    if not by_residence:
        rows["niet_teruggevonden"] = pd.array([pd.NA] * len(rows), dtype="Int64")
    return rows


def _write_guide(centre: str, run: RunFolder, path: Path, options: Options) -> Path:
    columns = FOLLOW_UP if options.regions is None else {**FOLLOW_UP, **NOT_FOUND}
    files = ["opvolging.csv: kinderen die een drempel van voldoende halve dagen dreigen te missen, of gemist hebben"]
    if options.regions is not None:
        files.append("niet-teruggevonden.csv: kinderen uit de gemeenten van dit CLB die in geen enkele bron teruggevonden zijn")
    lines = [
        f"Voor {centre}",
        f"Schooljaar {run.school_year}; halve dagen geteld tot en met {date_in_words(counted_until(run).astype(dt.date))}.",
        "",
        *files,
        "",
        "Kolommen",
        *(f"  {column}: {meaning}" for column, meaning in columns.items()),
        "",
        "Oordelen",
        *(f"  {outlook}: {meaning}" for outlook, meaning in OUTLOOK_MEANINGS.items()),
        "",
        f"Een kind staat in opvolging met een oordeel {' of '.join(IN_DANGER)}. Een pseudoniem geldt alleen voor dit CLB: een ander CLB kent hetzelfde kind",
        "onder een ander. Er staan geen gezondheidsgegevens in.",
        f"Bewaar deze bestanden tot en met {date_in_words(options.keep_until)} en wis ze daarna.",
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return path
