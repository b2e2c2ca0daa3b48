"""Links, as rows of the tables that they join: looked up once for all that is derived from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kleuterlink.config import RunConfig
from kleuterlink.participation.columns import rows_of, text_array


@dataclass(frozen=True)
class Joined:
    """The links and possible links of one list; one entry per link, in the order of the links' table.

    Attributes
    ----------
    child, record
        int64, rows of the birth and of the list's record; the record is -1 where the list's records are not there.
    record_id
        Text.
    probability
        float64, match probability.
    accepted
        bool, a link; otherwise a possible one.

    """

    child: npt.NDArray[np.int64]
    record: npt.NDArray[np.int64]
    record_id: pa.StringArray
    probability: npt.NDArray[np.float64]
    accepted: npt.NDArray[np.bool_]


def join_links(births: pd.DataFrame, links: pd.DataFrame, registers: Mapping[str, pd.DataFrame], config: RunConfig) -> dict[str, Joined]:
    """Look up the births and records that the links join.

    Parameters
    ----------
    births
        Normalised births (`record_id`).
    links
        `schemas.LINKS` rows; a link whose birth is not there is left out.
    registers
        Normalised records of the lists by name (`record_id`).
    config
        The run's configuration.

    Returns
    -------
    dict of Joined
        By list, in the order of the configuration.

    """
    register, decision, record_id = (text_array(links[name]) for name in ("register", "decision", "record_id"))
    child = rows_of(links["child_id"], births["record_id"])
    probability = links["match_probability"].to_numpy(dtype=np.float64)
    accepted, possible = (pc.fill_null(pc.equal(decision, word), False).to_numpy(zero_copy_only=False) for word in ("link", "possible_link"))
    joined = {}
    for name in config.lists:
        own = np.flatnonzero(pc.fill_null(pc.equal(register, name), False).to_numpy(zero_copy_only=False) & (accepted | possible) & (child >= 0))
        ids = record_id.take(pa.array(own))
        record = rows_of(ids, registers[name]["record_id"]) if name in registers else np.full(len(own), -1, np.int64)
        joined[name] = Joined(child[own], record, ids, probability[own], accepted[own])
    return joined
