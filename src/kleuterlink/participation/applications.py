"""Where applicants for a place were found."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from kleuterlink.config import Community, Role, RunConfig
from kleuterlink.participation.attendance import age_and_duty, dates_of
from kleuterlink.participation.vocabulary import Outcome
from kleuterlink.schemas import APPLICATIONS
from kleuterlink.tables import STRING

Found = Mapping[str, npt.NDArray[np.float64]]
"""By list, the probability that each applicant of a register is in it."""


def applications_table(applications: Mapping[str, tuple[pd.DataFrame, Found]], config: RunConfig) -> pd.DataFrame | None:
    """Say where each applicant was found.

    Parameters
    ----------
    applications
        By register with role `applications`: its normalised records (`record_id`; where known `birth_date`), and where they were found.
    config
        The run's configuration: the lists' Communities, costs, school year.

    Returns
    -------
    DataFrame or None
        `schemas.APPLICATIONS`, sorted by (register, record_id); None where there is no such register.

    Notes
    -----
    Lists are independent given the applicant: the probability of being in none of a Community's lists is the product over them. The cut is
    that of the births: an applicant is not found where `p_not_found` is at least `config.decision.cut`; any other is placed where it is
    with a probability of at least one half, or where it most probably is.

    """
    if not applications:
        return None
    tables = [_of_register(name, records, found, config) for name, (records, found) in applications.items()]
    return pd.concat(tables, ignore_index=True).sort_values(["register", "record_id"], ignore_index=True)


def _of_register(name: str, records: pd.DataFrame, found: Found, config: RunConfig) -> pd.DataFrame:
    count = len(records)
    in_community = {}
    for community in Community:
        lists = [each for each, register in config.with_role(Role.ENROLMENTS).items() if register.system is community]
        in_community[community] = 1 - np.prod([1 - found[each] for each in lists], axis=0) if lists else np.full(count, np.nan)
    dutch, french = in_community[Community.NL], in_community[Community.FR]
    p_not_found = (1 - np.nan_to_num(dutch)) * (1 - np.nan_to_num(french))
    table = {
        "register": pd.Series([name] * count, dtype=STRING),
        "record_id": records["record_id"].astype(STRING).reset_index(drop=True),
        "p_nl": dutch,
        "p_fr": french,
        "p_not_found": p_not_found,
        "outcome": pd.Series(_outcomes(dutch, french, p_not_found, config.decision.cut).astype(str), dtype=STRING),
    }
    table |= age_and_duty(dates_of(records), config.run.school_year) if config.run.school_year else _no_age(count)
    return pd.DataFrame(table)[list(APPLICATIONS)]


def _outcomes(dutch: npt.NDArray[np.float64], french: npt.NDArray[np.float64], p_not_found: npt.NDArray[np.float64], cut: float) -> npt.NDArray[np.object_]:
    in_dutch, in_french = dutch >= 0.5, french >= 0.5
    outcome = np.where(np.nan_to_num(dutch) >= np.nan_to_num(french), Outcome.PLACED_NL, Outcome.PLACED_FR).astype(object)
    outcome[in_dutch & in_french] = Outcome.PLACED_BOTH
    listed = p_not_found >= cut
    outcome[listed] = Outcome.NOT_FOUND
    outcome[listed & (np.isnan(dutch) | np.isnan(french))] = Outcome.UNDETERMINED
    return outcome


def _no_age(count: int) -> dict[str, pd.Series]:
    nothing = [pd.NA] * count
    return {"age": pd.Series(nothing, dtype="Int64"), "compulsory": pd.Series(nothing, dtype="boolean")}
