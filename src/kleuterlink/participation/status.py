"""Where every child stands at the run's date, and the list of those who were found nowhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kleuterlink.coded import text_array
from kleuterlink.config import Community, Role, RunConfig
from kleuterlink.participation.calendar import entitled, first_calendar_year
from kleuterlink.participation.days import as_day
from kleuterlink.participation.evidence import Evidence, Flags, gather
from kleuterlink.participation.residence import in_brussels
from kleuterlink.participation.vocabulary import Reason, Status
from kleuterlink.results import LinkRows
from kleuterlink.schemas import NOT_FOUND
from kleuterlink.tables import STRING

Codes = npt.NDArray[np.int8]
"""Places in `STATUSES` or in `REASONS`; -1 where there is none."""

STATUSES, REASONS = tuple(Status), tuple(Reason)


@dataclass(frozen=True)
class _Children:
    """What is known of every child before the lists are looked at; one entry per birth, in order."""

    entitled: npt.NDArray[np.int8]
    undetermined: Codes
    listed: Flags


@dataclass(frozen=True)
class _Answers:
    """A status and a reason per child, filled in place."""

    status: Codes
    reason: Codes

    def say(self, where: Flags, status: Status, reason: Codes | Reason) -> None:
        self.status[where] = STATUSES.index(status)
        self.reason[where] = REASONS.index(reason) if isinstance(reason, Reason) else reason[where]


def as_of(config: RunConfig) -> dt.date:
    """Return the date that the statuses speak of: `run.as_of`, else 1 February of the school year, else today."""
    if config.run.as_of is not None:
        return config.run.as_of
    if config.run.school_year is None:
        return dt.datetime.now(tz=dt.UTC).date()
    return dt.date(first_calendar_year(config.run.school_year) + 1, 2, 1)


def statuses(
    births: pd.DataFrame,
    joined: LinkRows,
    p_found: pd.DataFrame,
    registers: Mapping[str, pd.DataFrame],
    config: RunConfig,
    *,
    p_not_found: npt.NDArray[np.float64],
) -> pd.DataFrame:
    """Say where each child stands.

    Parameters
    ----------
    births
        Normalised births (`record_id`; where known `birth_date`, `municipality`, `postcode`).
    joined
        The links and possible links of all lists; for reasons, possible links are read too.
    p_found
        `child_id` (the births in order) and a float64 column per list: the probability that the child is in it.
    registers
        Normalised records of each list by name (`record_id`; where known `enrolled_from`, `enrolled_until`, `education`).
    config
        The run's configuration: roles, Communities and reference dates of the lists, date, costs, `[participation]`.
    p_not_found
        float64 per child: probability that it is in none of the lists. Handed through as it is.

    Returns
    -------
    DataFrame
        `schemas.CHILDREN`, a row per birth in order: `child_id`, `status` (`Status`), `p_not_found`, `found_in` (lists with a
        probability of at least one half, joined with `;`, in the order of the configuration), `reason` (`Reason`). These three texts are
        pandas categories: of few values, for many children.

    Raises
    ------
    RuleError
        The entry dates that decide on a child are not known.
    ValueError
        The tables do not speak of the same children, or not of every list in the configuration.

    Notes
    -----
    One decision makes the list: a child whose `p_not_found` is at least `config.decision.cut` is not found, whatever links it has
    (reason `weak_link` where it has one), unless it is not yet entitled or undetermined; any other child is found, by an
    accepted link or not (reasons `probable_link`, `exchangeable`, `spread_over_lists`).

    """
    if len(p_found) != len(births) or len(p_not_found) != len(births):
        raise ValueError(f"{len(births):,} births, {len(p_found):,} rows of p_found and {len(p_not_found):,} of p_not_found: one of each per birth is needed")
    day = as_of(config)
    chances = np.asarray(p_not_found, dtype=np.float64)
    evidence = _evidence(births, joined, p_found, registers, config, as_day(day))
    listed = chances >= config.decision.cut
    within = _within(evidence, listed, config.decision.cut)
    if config.run.school_year is None:
        answers = _Answers(_codes(len(births), STATUSES.index(Status.FOUND)), _why_found(evidence, within, len(births)))
        answers.say(listed, Status.NOT_FOUND, _why_not_found(evidence, len(births)))
    else:
        answers = _decide(_children(births, config, day, listed), evidence, within)
    return pd.DataFrame(
        {
            "child_id": births["record_id"].astype(STRING).reset_index(drop=True),
            "status": _words(answers.status, STATUSES),
            "p_not_found": chances,
            "found_in": _names(evidence, len(births)),
            "reason": _words(answers.reason, REASONS),
        }
    )


def not_found_list(children: pd.DataFrame, config: RunConfig) -> pd.DataFrame:
    """Make the list of children who were found nowhere.

    Parameters
    ----------
    children
        What `statuses` returned.
    config
        The run's configuration.

    Returns
    -------
    DataFrame
        `schemas.NOT_FOUND`: the children with status `not_found`, by falling `p_not_found`, then `child_id`. `as_of` is the ISO date;
        `sources` names the lists that were looked through, each with the date it speaks of, joined with `;`.

    """
    day = as_of(config)
    sources = ";".join(f"{name}@{(register.reference_date or day).isoformat()}" for name, register in config.lists.items())
    listed = children.loc[(children["status"] == Status.NOT_FOUND.value).to_numpy(dtype=bool), ["child_id", "p_not_found", "reason"]]
    listed = listed.astype({"reason": STRING}).sort_values(["p_not_found", "child_id"], ascending=[False, True], ignore_index=True)
    texts = {name: pd.Series([text] * len(listed), dtype=STRING) for name, text in (("as_of", day.isoformat()), ("sources", sources))}
    return listed.assign(**texts)[list(NOT_FOUND)]


def _evidence(
    births: pd.DataFrame, joined: LinkRows, p_found: pd.DataFrame, registers: Mapping[str, pd.DataFrame], config: RunConfig, day: np.datetime64
) -> list[Evidence]:
    if not text_array(births["record_id"]).equals(text_array(p_found["child_id"])):
        raise ValueError("p_found must hold the births in their order")
    missing = [name for name in config.lists if name not in p_found]
    if missing:
        raise ValueError(f"p_found has no column for {', '.join(missing)}: the list would pass for one that was looked through")
    # Without a school year nobody asks when an enrolment began or ended.
    dated = config.run.school_year is not None
    records = {name: registers.get(name) if dated else None for name in config.lists}
    return [gather(name, config, joined.of(name), records[name], p_found[name].to_numpy(dtype=np.float64), day) for name in config.lists]


def _children(births: pd.DataFrame, config: RunConfig, day: dt.date, listed: Flags) -> _Children:
    dates = births["birth_date"].to_numpy(dtype=np.int32) if "birth_date" in births else np.zeros(len(births), np.int32)
    overrides = config.participation.entry_dates
    return _Children(
        entitled=entitled(dates, day, overrides),
        undetermined=_undetermined(births, dates, config, day),
        listed=listed,
    )


def _undetermined(births: pd.DataFrame, dates: npt.NDArray[np.int32], config: RunConfig, day: dt.date) -> Codes:
    """Return why not being found would mean nothing for each child; -1 where it does mean something."""
    why = _codes(len(births), -1)
    brussels = in_brussels(births)
    for community, concerned, missing in (
        (Community.FR, brussels, Reason.NO_FRENCH_LIST),
        (Community.NL, np.ones(len(births), np.bool_), Reason.NO_DUTCH_LIST),
    ):
        days = [register.reference_date or day for register in config.with_role(Role.ENROLMENTS).values() if register.system is community]
        if not days:
            why[concerned] = REASONS.index(missing)
        elif max(days) < day:
            too_early = entitled(dates, max(days), config.participation.entry_dates) == 0
            why[concerned & too_early & (why < 0)] = REASONS.index(Reason.LIST_TOO_EARLY)
    return why


def _within(evidence: list[Evidence], listed: Flags, cut: float) -> list[Flags]:
    """Tell per list which children count as being in it.

    A child that is not listed counts as being in the lists where it probably is or, where none is probable, in the most probable one.
    A register of departures or home education also counts where it makes the child found all by itself.
    """
    p = np.stack([each.p_found for each in evidence]) if evidence else np.zeros((0, len(listed)))
    probable = p >= 0.5
    if len(p):
        nowhere = ~probable.any(axis=0) & ~listed
        probable[p.argmax(axis=0)[nowhere], np.flatnonzero(nowhere)] = True
    alone = [(each.p_found > 1 - cut) & (each.role is not Role.ENROLMENTS) for each in evidence]
    return [(inside & ~listed) | surely for inside, surely in zip(probable, alone, strict=True)]


def _decide(children: _Children, evidence: list[Evidence], within: list[Flags]) -> _Answers:
    """Walk from the weakest claim on a child to the strongest; what comes later overrides."""
    listed, young = children.listed, children.entitled == 0
    none = np.zeros(len(listed), np.bool_)
    answers = _Answers(_codes(len(listed), STATUSES.index(Status.NOT_FOUND)), _why_not_found(evidence, len(listed)))
    answers.say(listed & (children.entitled < 0), Status.NOT_FOUND, Reason.BIRTH_DATE_UNKNOWN)
    answers.say(listed & (children.undetermined >= 0), Status.UNDETERMINED, children.undetermined)
    answers.say(listed & young, Status.NOT_YET_ENTITLED, Reason.UNDER_ENTRY_AGE)
    for role in Role.ENROLMENTS, Role.HOME_EDUCATION, Role.DEPARTURES:
        inside = [here for each, here in zip(evidence, within, strict=True) if each.role is role]
        where = np.logical_or.reduce([none, *inside])
        if role is Role.ENROLMENTS:
            answers.say(where, Status.LEFT, Reason.ENROLMENT_ENDED)
            starts = [here & each.later for each, here in zip(evidence, within, strict=True) if each.role is role]
            answers.say(np.logical_or.reduce([none, *starts]), Status.ENROLLED_NOT_STARTED, Reason.STARTS_LATER)
        elif role is Role.HOME_EDUCATION:
            answers.say(where, Status.HOME_EDUCATION, _why_found(evidence, within, len(listed)))
        else:
            answers.say(where, Status.LEFT, Reason.DEPARTED)
    _enrolled(answers, young, evidence, within)
    return answers


def _enrolled(answers: _Answers, young: Flags, evidence: list[Evidence], within: list[Flags]) -> None:
    """Let an enrolment on the date override every other claim but a later departure."""
    # A departure that is to come leaves the child where it is.
    gone = [(each.start, here & each.active) for each, here in zip(evidence, within, strict=True) if each.role is Role.DEPARTURES]
    here_now = []
    for each, here in zip(evidence, within, strict=True):
        now = here & each.active & (each.role is Role.ENROLMENTS)
        for since, left in gone:
            # An older enrolment was never closed; one that began after the departure is a return.
            now &= ~left | (each.start > since)
        here_now.append(now)
    none = np.zeros(len(young), np.bool_)
    dutch, french = (
        np.logical_or.reduce([none, *(now for each, now in zip(evidence, here_now, strict=True) if each.community is community)])
        for community in (Community.NL, Community.FR)
    )
    special = np.logical_or.reduce([none, *(now & each.special for each, now in zip(evidence, here_now, strict=True))])
    why = _why_found(evidence, here_now, len(young))
    why[special & (why == REASONS.index(Reason.LINKED))] = REASONS.index(Reason.LINKED_SPECIAL)
    answers.say(dutch & ~french, Status.ENROLLED_NL, why)
    answers.say(french & ~dutch, Status.ENROLLED_FR, why)
    answers.say(dutch & french, Status.ENROLLED_BOTH, why)
    # Special education takes children from 2 years and 6 months on any day.
    answers.say((dutch | french) & young & ~special, Status.ENROLLED_NOT_STARTED, Reason.UNDER_ENTRY_AGE)


def _why_found(evidence: list[Evidence], found: list[Flags], count: int) -> Codes:
    spread, probable_link, exchangeable, linked = map(REASONS.index, (Reason.SPREAD, Reason.PROBABLE_LINK, Reason.EXCHANGEABLE, Reason.LINKED))
    why = _codes(count, spread)
    for each, within in zip(evidence, found, strict=True):
        probable = within & (each.p_found >= 0.5) & ~each.linked
        why[probable & (why == spread)] = probable_link
        why[probable & (each.possible != 1)] = exchangeable
    for each, within in zip(evidence, found, strict=True):
        why[within & each.linked] = linked
    return why


def _why_not_found(evidence: list[Evidence], count: int) -> Codes:
    no_candidate, possible_link, weak_link = map(REASONS.index, (Reason.NO_CANDIDATE, Reason.POSSIBLE_LINK, Reason.WEAK_LINK))
    why = _codes(count, no_candidate)
    for each in evidence:
        why[(each.possible > 0) & (why == no_candidate)] = possible_link
        why[each.linked] = weak_link
    return why


def _names(evidence: list[Evidence], count: int) -> pd.Series:
    """Join the names of the lists that each child probably is in; there are few different answers."""
    inside = sum(((each.p_found >= 0.5).astype(np.int64) << bit for bit, each in enumerate(evidence)), np.zeros(count, np.int64))
    row, distinct = pd.factorize(inside, sort=True)
    return _words(row, [";".join(each.name for bit, each in enumerate(evidence) if bits >> bit & 1) for bits in distinct.tolist()])


def _words(codes: npt.NDArray[np.integer], words: Sequence[str]) -> pd.Series:
    return pd.Series(pd.Categorical.from_codes(codes, pd.Index([str(word) for word in words])))


def _codes(count: int, code: int) -> Codes:
    return np.full(count, code, np.int8)
