"""How many records there are at each step from a register to an outcome: the flow diagram that linkage guidance asks for."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from kleuterlink.results import LinkRows
from kleuterlink.tables import IntArray, ListLinks, Register

ASIDE = ("not_found", "undetermined", "not_yet_entitled")
"""Statuses that are steps of their own; any other one counts as found."""


def flow(registers: Mapping[str, Register], linked: Mapping[str, ListLinks], children: pd.DataFrame, links: LinkRows, births: str) -> dict[str, object]:
    """Count the records of the births and of each list at every step.

    Parameters
    ----------
    registers
        All registers as read, by name.
    linked
        The lists, scored.
    children
        `schemas.CHILDREN`.
    links
        The links and possible links.
    births
        Name of the register of births.

    Returns
    -------
    dict
        By register, births first: `rows_in` = `rejected` + `used`, and `used` = `linked` (an accepted link) + `possible` (possible links only) + `unlinked`.
        Of a list also `candidate_pairs`; of the births also the outcomes, `used` = `found` + `not_found` + `undetermined` + `not_yet_entitled`.

    Notes
    -----
    After RECORD, items 6.3 and 13.1 (Benchimol et al. 2015). Links do not decide on the outcome, `p_not_found` does: a child without a link may be found,
    and one with a weak link not found.

    """
    status = children["status"]
    outcome = {name: int((status == name).sum()) for name in ASIDE}
    steps: dict[str, object] = {
        births: {**_read(registers[births]), **_decided(links.child, links, len(children)), "found": len(children) - sum(outcome.values()), **outcome}
    }
    for name, scored in linked.items():
        own = links.of(name)
        steps[name] = {**_read(registers[name]), "candidate_pairs": scored.candidate_pairs, **_decided(own.record, own, len(registers[name].records))}
    return steps


def _read(register: Register) -> dict[str, int]:
    used = len(register.records)
    return {"rows_in": register.rows_in, "rejected": register.rows_in - used, "used": used}


def _decided(side: IntArray, links: LinkRows, count: int) -> dict[str, int]:
    mentioned, linked = (int(np.count_nonzero(np.bincount(rows, minlength=count))) for rows in (side, side[links.accepted]))
    return {"linked": linked, "possible": mentioned - linked, "unlinked": count - mentioned}
