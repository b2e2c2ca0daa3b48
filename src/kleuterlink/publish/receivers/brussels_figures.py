"""Participation in Brussels in figures: by municipality, age and school system, without those that would give children away."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from kleuterlink.config import Community, Role
from kleuterlink.normalise.municipalities import MUNICIPALITIES
from kleuterlink.participation import Reason, Status
from kleuterlink.participation.residence import in_brussels
from kleuterlink.publish.figures.counts import MEANINGS, NUMBERS, Dimension, part_of, tabulate
from kleuterlink.publish.receivers.run_folder import RunFolder

Floats = npt.NDArray[np.float64]

NL, FR, BOTH, OTHER, NOT_FOUND, UNDETERMINED = "nl", "fr", "beide", "andere", "niet_teruggevonden", "onbepaald"
ENROLLED, RESIDENTS = "ingeschreven", "bewoners"

GROUPS = {
    NL: "ingeschreven in het Nederlandstalig onderwijs, ook wie het in beide is",
    FR: "alleen ingeschreven in het Franstalig onderwijs",
    OTHER: "huisonderwijs, of een inschrijving die later begint of afgelopen is",
    NOT_FOUND: "niet teruggevonden in de bronnen",
    UNDETERMINED: "onbepaald: een bron ontbreekt, of spreekt over een vroegere dag",
    ENROLLED: "nl en fr samen",
    RESIDENTS: "instapgerechtigde kinderen die in Brussel wonen",
    BOTH: "ingeschreven in beide; alleen voor het hele gewest en alle leeftijden",
}
"""Groups of children: five that share none, those enrolled, all, and those enrolled twice."""

FIGURES = {
    "gemeente": "NIS-code, of 21000 voor het hele gewest",
    "naam": "naam van de gemeente",
    "leeftijd": "leeftijd op 31 december van het eerste jaar van het schooljaar, of alle",
    "groep": f"{', '.join(GROUPS)}",
    **{name: MEANINGS[name] for name in NUMBERS},
    "minstens": "aandeel ingeschreven als geen enkel onbepaald kind het is; alleen bij ingeschreven",
    "hoogstens": "aandeel ingeschreven als elk onbepaald kind het is; alleen bij ingeschreven",
    "verborgen": MEANINGS["verborgen"],
}
"""Columns of `deelname.csv`, a row per municipality, age and group."""

REGION, ALL_AGES, UNKNOWN_AGE = "21000", "alle", "onbekend"
PLACES = {place.nis: place.dutch for place in MUNICIPALITIES if place.nis.startswith("21")}
NAMES = {**PLACES, REGION: "Brussels Hoofdstedelijk Gewest"}
"""The municipalities of Brussels, and the region, by their code."""

_OF_COMMUNITY = {Community.NL: NL, Community.FR: FR}
_LEAVES = (NL, FR, OTHER, NOT_FOUND, UNDETERMINED)
_OF_STATUS = {
    Status.ENROLLED_NL: NL,
    Status.ENROLLED_BOTH: NL,
    Status.ENROLLED_FR: FR,
    Status.NOT_FOUND: NOT_FOUND,
    Status.UNDETERMINED: UNDETERMINED,
}


def brussels_figures(run: RunFolder, smallest: int) -> pd.DataFrame:
    """Tabulate participation in Brussels.

    Parameters
    ----------
    run
        The run.
    smallest
        Counts below it are hidden, and as many others as it takes to keep them hidden.

    Returns
    -------
    DataFrame
        `FIGURES`, a row per municipality (the region last), age (all last) and group.

    Raises
    ------
    OutputError
        The run's tables are missing or damaged.

    Notes
    -----
    Expected counts are sums of the children's probabilities, with the interval of `expected.interval`. Nothing is known of an undetermined
    child, so participation is only known to lie between two bounds, both of which the data allow (Manski 1989, Anatomy of the selection
    problem): none of them enrolled, or all.

    """
    children = _residents(run)
    ages = children["age"].astype(object).where(children["age"].notna(), UNKNOWN_AGE).astype(str)
    labels = sorted({"2", "3", "4", "5", *ages}, key=lambda age: (age == UNKNOWN_AGE, age))
    missing = missing_communities(run)
    chances = _chances(children, run, complete=not missing)
    figures = tabulate(
        Dimension.of(children["municipality"], list(PLACES), {REGION: list(PLACES)}),
        Dimension.of(ages, labels, {ALL_AGES: labels}),
        Dimension.of(_groups(children), _LEAVES, {ENROLLED: (NL, FR), RESIDENTS: _LEAVES}),
        chances,
        whole=RESIDENTS,
        smallest=smallest,
    )
    figures = _bounded(figures)
    # None in a list that was not loaded is not none.
    unknown = figures["group"].isin([_OF_COMMUNITY[community] for community in missing]).to_numpy(dtype=bool)
    figures.loc[unknown, list(NUMBERS)] = pd.NA
    if not missing:
        in_both = _in_both(children)
        both = part_of(chances[BOTH], in_both, int((_groups(children) == NL).sum()), smallest=smallest)
        figures = _appended(figures, {"area": REGION, "age": ALL_AGES, "group": BOTH, **both})
    figures.insert(1, "naam", figures["area"].map(NAMES))
    return figures.rename(columns={"area": "gemeente", "age": "leeftijd", "group": "groep"})[list(FIGURES)]


def missing_communities(run: RunFolder) -> list[Community]:
    """Name the Communities of which no list was loaded."""
    loaded = {register.system for register in run.config.with_role(Role.ENROLMENTS).values()}
    return [community for community in Community if community not in loaded]


def _bounded(figures: pd.DataFrame) -> pd.DataFrame:
    """Add the bounds of participation to those enrolled; null where one of the two shares that they are made of is hidden."""
    undetermined = figures[(figures["group"] == UNDETERMINED).to_numpy(dtype=bool)].set_index(["area", "age"])["aandeel"]
    enrolled = (figures["group"] == ENROLLED).to_numpy(dtype=bool)
    share = figures["aandeel"].astype(float).where(enrolled)
    open_ = undetermined.reindex(pd.MultiIndex.from_frame(figures[["area", "age"]])).to_numpy(dtype=float)
    return figures.assign(minstens=share.where(~np.isnan(open_)), hoogstens=(share + open_).clip(upper=1))


def _appended(figures: pd.DataFrame, row: Mapping[str, object]) -> pd.DataFrame:
    """Put a row at the end, in the dtypes that the others have."""
    return pd.concat([figures, pd.DataFrame([row]).reindex(columns=figures.columns).astype(figures.dtypes)], ignore_index=True)


def _residents(run: RunFolder) -> pd.DataFrame:
    """Return the entitled children who live in Brussels; who moved away or died does not."""
    children = run.children(["child_id", "status", "p_not_found", "reason", "age", "municipality"])
    status, reason = children["status"].astype(object), children["reason"].astype(object)
    gone = (status == Status.NOT_YET_ENTITLED) | ((status == Status.LEFT) & (reason == Reason.DEPARTED))
    return children[in_brussels(children) & ~gone.to_numpy(dtype=bool)].reset_index(drop=True)


def _chances(children: pd.DataFrame, run: RunFolder, *, complete: bool) -> dict[str, Floats]:
    """Return the probability of each child to belong to each group; `complete` where lists of both Communities were loaded.

    A child who is enrolled was mistaken for another with `p_not_found`; a child who is listed as not found is enrolled with the rest. Of one
    in both lists, either link may be wrong.
    """
    p, groups = children["p_not_found"].to_numpy(dtype=np.float64), _groups(children)
    dutch, french = (_best_link(children["child_id"], run, community, otherwise=1 - p) for community in (Community.NL, Community.FR))
    both = _in_both(children)
    chances = {
        NL: np.where(both, dutch, np.where(groups == NL, 1 - p, 0.0)),
        FR: np.where(both, french * (1 - dutch), np.where(groups == FR, 1 - p, 0.0)),
        BOTH: np.where(both, dutch * french, 0.0),
        OTHER: (groups == OTHER).astype(np.float64),
        RESIDENTS: np.ones(len(children)),
    }
    in_neither = (groups == NOT_FOUND) | (groups == UNDETERMINED)
    chances[ENROLLED] = chances[NL] + chances[FR] + np.where(in_neither, 1 - p, 0.0)
    rest = 1 - chances[ENROLLED] - chances[OTHER]
    # Whoever is in none of the lists may be in the one that is not there.
    chances[UNDETERMINED] = rest * ((groups == UNDETERMINED) | (not complete))
    chances[NOT_FOUND] = rest - chances[UNDETERMINED]
    return chances


def _in_both(children: pd.DataFrame) -> npt.NDArray[np.bool_]:
    return children["status"].eq(Status.ENROLLED_BOTH.value).fillna(False).to_numpy(dtype=bool)


def _groups(children: pd.DataFrame) -> npt.NDArray[np.object_]:
    known = {str(status): group for status, group in _OF_STATUS.items()}
    return children["status"].astype(object).map(known).fillna(OTHER).to_numpy(dtype=object)


def _best_link(child_ids: pd.Series, run: RunFolder, community: Community, *, otherwise: Floats) -> Floats:
    """Return the probability of each child's surest link to a Community's active enrolments; `otherwise` where no link was accepted."""
    enrolments = run.enrolments(["community", "child_id", "active", "match_probability"])
    active = enrolments["active"].fillna(False).to_numpy(dtype=bool) & (enrolments["community"] == community.value).fillna(False).to_numpy(dtype=bool)
    best = enrolments[active].groupby("child_id")["match_probability"].max()
    found = child_ids.map(best).to_numpy(dtype=np.float64)
    return np.where(np.isnan(found), otherwise, found)
