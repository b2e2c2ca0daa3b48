"""Every enrolment in a Dutch-language school, with what becomes of each threshold at the pace so far."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from kleuterlink.config import Community, Purpose
from kleuterlink.errors import OutputError
from kleuterlink.participation.days import as_day
from kleuterlink.participation.school_days import SchoolDays
from kleuterlink.participation.thresholds import ACCEPTED_COUNT
from kleuterlink.publish.receivers.dutch import PURPOSES
from kleuterlink.publish.receivers.pace import IN_DANGER, Outlook, project
from kleuterlink.publish.receivers.run_folder import RunFolder

SHORT = {Purpose.ALLOWANCE: "toeslag", Purpose.ADMISSION: "lager", Purpose.COMPULSORY: "leerplicht"}
"""What the columns of a purpose are called."""

PUPILS = {
    "stamnummer": "het nummer van de leerling in deze school",
    "leeftijd": "leeftijd op 31 december van het eerste jaar van het schooljaar",
    "toestand": "ingeschreven of uitgeschreven op de dag tot en met welke geteld is",
    "mogelijk": "halve dagen school tijdens deze inschrijving",
    "aanwezig": "daarvan aanwezig",
    "gewettigd": "daarvan gewettigd afwezig",
    "aanwezigheid": "aanwezig gedeeld door mogelijk",
    "ook_elders": "ja waar ook halve dagen van een andere inschrijving van dit schooljaar meetellen voor de verwachting",
    **{f"verwacht_{word}": f"halve dagen die op 30 juni meetellen voor {PURPOSES[purpose]}, aan het tempo tot nu toe" for purpose, word in SHORT.items()},
    **{f"drempel_{word}": f"halve dagen die genoeg zijn voor {PURPOSES[purpose]}" for purpose, word in SHORT.items()},
    **{f"oordeel_{word}": f"wat er van die drempel komt: {', '.join(Outlook)}; leeg na uitschrijving" for word in SHORT.values()},
}
"""Columns of a school's pupils, sorted by falling age, then `stamnummer`. No other field leaves the run: no name, no number but the school's own."""

STATES = HERE, LEFT, LATER, EARLIER = ("ingeschreven", "uitgeschreven", "begint_later", "vroeger")
"""Where an enrolment stands on the last day that is counted."""

_HALF_DAYS = {"half_days_possible": "mogelijk", "half_days_present": "aanwezig", "half_days_accepted": "gewettigd"}


def counted_until(run: RunFolder) -> np.datetime64:
    """Return the last day whose half-days are counted.

    Parameters
    ----------
    run
        The run.

    Returns
    -------
    datetime64
        What the configuration states, else the last day of a school year that is over.

    Raises
    ------
    OutputError
        The run speaks of a day within the school year and states none: presence is implied, and every day to come would count.

    """
    last = SchoolDays(run.school_year, run.config.participation.entry_dates).last
    stated = run.config.participation.counted_until
    if stated is None and as_day(run.as_of) < last:
        raise OutputError(
            f"{run.path}: the run speaks of {run.as_of} and does not say up to which day attendance is counted: "
            f"every day to come would count as present; state participation.counted_until and run again"
        )
    return last if stated is None else min(last, as_day(stated))


def require_whole_year(run: RunFolder) -> None:
    """Refuse a run that does not count the half-days of the whole school year.

    Parameters
    ----------
    run
        The run.

    Raises
    ------
    OutputError
        Half-days are counted until a day before the end of the school year, or it is not said until when.

    """
    if (last := counted_until(run)) < (end := SchoolDays(run.school_year, run.config.participation.entry_dates).last):
        raise OutputError(f"{run.path}: half-days are counted until {last}, and these figures are of a whole school year; run again with counts until {end}")


def assess(run: RunFolder, last: np.datetime64) -> pd.DataFrame:
    """Tell what becomes of the thresholds of every pupil.

    Parameters
    ----------
    run
        The run.
    last
        Last day whose half-days are counted.

    Returns
    -------
    DataFrame
        A row per enrolment in a Dutch-language school: `school` (null where not known), `register` and `child_id` (null where no birth record
        is linked), the columns of `PUPILS`, and `in_danger` (bool: a pupil that is there and may miss a threshold). `toestand` is one of
        `STATES`.

    Raises
    ------
    OutputError
        The run has no enrolments, or no attendance was loaded.

    """
    thresholds = [f"threshold_{purpose}" for purpose in Purpose]
    columns = ["community", "register", "record_id", "child_id", "school", "enrolled_from", "enrolled_until", "age", *_HALF_DAYS, *thresholds]
    # Enrolments have columns of half-days in any run; children only where attendance was loaded.
    run.children(["half_days"])
    enrolments = run.enrolments(columns)
    so_far = _of_child(enrolments)
    own = (enrolments["community"] == Community.NL.value).fillna(False).to_numpy(dtype=bool)
    enrolments, so_far = enrolments[own].reset_index(drop=True), so_far[own].reset_index(drop=True)
    pupils = enrolments[["register", "child_id"]].assign(
        school=enrolments["school"].astype(object), stamnummer=enrolments["record_id"], leeftijd=enrolments["age"]
    )
    pupils["toestand"] = _states(enrolments, run, last)
    pupils = pupils.assign(**{word: enrolments[column] for column, word in _HALF_DAYS.items()})
    pupils["aanwezigheid"] = (enrolments["half_days_present"].astype(float) / enrolments["half_days_possible"].astype(float)).round(4)
    pupils["ook_elders"] = np.where(so_far["possible"] > enrolments["half_days_possible"].astype(float).fillna(0), "ja", "nee")
    here = (pupils["toestand"] == HERE).to_numpy(dtype=bool)
    remaining = _remaining(enrolments, run, last)
    possible, present, accepted = (so_far[name].to_numpy() for name in ("possible", "present", "accepted"))
    for purpose, word in SHORT.items():
        counted = present + (accepted if purpose in ACCEPTED_COUNT else 0)
        needed = enrolments[f"threshold_{purpose}"].to_numpy(dtype=np.float64, na_value=np.nan)
        expected, outlook = project(counted, possible, remaining, needed)
        # Of whoever left, another school has the rest of the year.
        pupils[f"verwacht_{word}"] = pd.Series(np.where(here & ~np.isnan(needed), expected, np.nan)).astype("Int64")
        pupils[f"drempel_{word}"] = enrolments[f"threshold_{purpose}"]
        pupils[f"oordeel_{word}"] = pd.Series(outlook).where(here, None)
    return pupils.assign(in_danger=pupils[[f"oordeel_{word}" for word in SHORT.values()]].isin(IN_DANGER).any(axis=1))


def _of_child(enrolments: pd.DataFrame) -> pd.DataFrame:
    """Return `possible`, `present`, `accepted` of each enrolment's child over all its enrolments; those of the enrolment where no child is linked."""
    half_days = pd.DataFrame({column.removeprefix("half_days_"): enrolments[column].astype(float) for column in _HALF_DAYS})
    # An enrolment without a child stands for itself.
    child = enrolments["child_id"].astype(object).where(enrolments["child_id"].notna(), pd.Series(range(len(enrolments)), dtype=object))
    totals: pd.DataFrame = half_days.groupby(child).transform("sum", min_count=1)
    return totals


def _states(enrolments: pd.DataFrame, run: RunFolder, last: np.datetime64) -> npt.NDArray[np.object_]:
    since, until = (_days(enrolments[column]) for column in ("enrolled_from", "enrolled_until"))
    first = SchoolDays(run.school_year, run.config.participation.entry_dates).first
    return np.select([until < first, since > last, until < last], [EARLIER, LATER, LEFT], HERE).astype(object)


def _remaining(enrolments: pd.DataFrame, run: RunFolder, last: np.datetime64) -> npt.NDArray[np.float64]:
    """Half-days of school that each enrolment still has, by the school's number of half-days a year."""
    rules = run.config.participation
    calendar = SchoolDays(run.school_year, rules.entry_dates)
    until = _days(enrolments["enrolled_until"])
    still = calendar.between(np.full(len(enrolments), last + 1), np.where(np.isnat(until), calendar.last, until))
    of_year = enrolments["school"].astype(object).map(rules.possible_half_days_by_school.get(run.school_year, {})).astype(float)
    return still * of_year.fillna(rules.possible_half_days.get(run.school_year, calendar.total)).to_numpy() / calendar.total


def _days(dates: pd.Series) -> npt.NDArray[np.datetime64]:
    return dates.astype("datetime64[s]").to_numpy().astype("datetime64[D]")
