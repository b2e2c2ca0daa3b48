"""Compare two runs: who came on the list, who went off it, and why."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from kleuterlink.publish.reading import check_run, read_table

_FACTS = ("status", "p_not_found", "found_in", "reason")
DIFF = ("child_id", "change", "why", *(f"{fact}_{side}" for fact in _FACTS for side in ("before", "after")))
"""Columns of `diff`."""


def diff(out_a: str | Path, out_b: str | Path) -> pd.DataFrame:
    """Tell which children came on the not-found list between two runs, and which went off it.

    Parameters
    ----------
    out_a
        Folder of the earlier run.
    out_b
        Folder of the later run.

    Returns
    -------
    DataFrame
        A row per child that is on exactly one of the two lists, sorted by (`change`, `child_id`). Columns `DIFF`, text but
        for `p_not_found_before` and `p_not_found_after` (float64): `change` is `on` or `off`, `why` says in words what
        changed; the others are null where the child was not in that run's register of births.

    Raises
    ------
    OutputError
        A folder is not a run's, or a file in it is missing or damaged.

    """
    before, after = (_read(Path(out)) for out in (out_a, out_b))
    both = before.merge(after, on="child_id", how="outer", suffixes=("_before", "_after"), sort=True)
    listed_before, listed_after = (both[f"listed_{side}"].eq(True).fillna(False).to_numpy(dtype=bool) for side in ("before", "after"))
    both["change"] = np.where(listed_after, "on", "off")
    both["why"] = _why(both)
    changed = both.loc[listed_before != listed_after, list(DIFF)]
    in_order: pd.DataFrame = changed.sort_values(["change", "child_id"], ignore_index=True)
    return in_order


def _read(out: Path) -> pd.DataFrame:
    check_run(out)
    columns = ["child_id", *_FACTS]
    children: pd.DataFrame = read_table(out / "children.parquet", columns).select(columns).to_pandas()
    listed = read_table(out / "not_found.csv", ["child_id"])["child_id"].to_pandas()
    return children.assign(listed=children["child_id"].isin(listed))


def _why(both: pd.DataFrame) -> pd.Series:
    before, after = both["status_before"], both["status_after"]
    moved = "status " + before.fillna("").str.replace("_", " ") + " -> " + after.fillna("").str.replace("_", " ")
    words = moved.mask(before.eq(after), "same status; p_not_found crossed the cut")
    return words.mask(before.isna(), "new in the births").mask(after.isna(), "no longer in the births")
