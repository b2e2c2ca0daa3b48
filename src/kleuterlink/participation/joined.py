"""Links, as rows of the tables that they join: looked up once for all that is derived from them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kleuterlink.coded import text_array
from kleuterlink.config import RunConfig
from kleuterlink.participation.columns import rows_of
from kleuterlink.results import LinkRows
from kleuterlink.tables import SECOND_LOOK

_SORTED_BY = ("child_id", "register", "record_id")


def join_links(births: pd.DataFrame, links: pd.DataFrame, registers: Mapping[str, pd.DataFrame], config: RunConfig) -> LinkRows:
    """Look up the births and records that the links join.

    Parameters
    ----------
    births
        Normalised births (`record_id`).
    links
        `schemas.LINKS` rows; a link whose birth is not there, or of another list than the configuration's, is left out.
    registers
        Normalised records of the lists by name (`record_id`).
    config
        The run's configuration.

    Returns
    -------
    LinkRows
        The links and possible links of the lists in the configuration.

    """
    names = tuple(config.lists)
    columns = {name: text_array(links[name]) for name in (*_SORTED_BY, "decision")}
    register = pc.fill_null(pc.index_in(columns["register"], value_set=pa.array(names, pa.string())), -1).to_numpy(zero_copy_only=False)
    child = rows_of(columns["child_id"], births["record_id"])
    accepted, possible = (pc.fill_null(pc.equal(columns["decision"], word), False).to_numpy(zero_copy_only=False) for word in ("link", "possible_link"))
    order = pc.sort_indices(pa.table({name: columns[name] for name in _SORTED_BY}), sort_keys=[(name, "ascending") for name in _SORTED_BY]).to_numpy()
    order = order[((register >= 0) & (child >= 0) & (accepted | possible))[order]]
    record = np.full(len(child), -1, np.int64)
    for place, name in enumerate(names):
        if name in registers:
            own = np.flatnonzero(register == place)
            record[own] = rows_of(columns["record_id"].take(pa.array(own)), registers[name]["record_id"])
    rules = text_array(links["blocking_rules"]) if "blocking_rules" in links else pa.nulls(len(links), pa.string())
    second_look = pc.fill_null(pc.match_substring(rules, SECOND_LOOK), False).to_numpy(zero_copy_only=False)
    probability = links["match_probability"].to_numpy(dtype=np.float64)
    rows = register.astype(np.int8), child.astype(np.int32), record.astype(np.int32)
    return LinkRows(names, *rows, probability, accepted, second_look).take(order)
