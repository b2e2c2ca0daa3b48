"""What linkages are worth by the truth: lists of children not found, links, and matches missed of newcomers and of others."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from benchmarks import cuts
from kleuterlink.evaluate import OUT_OF_QUESTION, list_quality, pair_quality

WEAK = -10.0
"""Score below which no cut on links is the best."""

BEST = "best of each record"
OWN_LINKS = "kleuterlink, its own decisions"

Rows = list[dict[str, object]]


@dataclass(frozen=True)
class Truth:
    """What is true, and what kleuterlink made of it: the children judged, those not found, all matches, newcomers; our links and our list's figures."""

    scope: set[str]
    not_found: set[str]
    matches: pd.DataFrame
    newcomers: set[str]
    links: pd.DataFrame
    own: dict[str, float]

    @classmethod
    def read(cls, ours: Path, matches: Path, children: Path) -> Truth:
        """Read the truth of a sample and the outputs of kleuterlink's run on it."""
        statuses = pd.read_parquet(ours / "children.parquet", columns=["child_id", "status"])
        scope = set(statuses.loc[~statuses["status"].isin(OUT_OF_QUESTION), "child_id"])
        true = pd.read_parquet(children, columns=["child_id", "not_found", "newcomer"])
        not_found = set(true.loc[true["not_found"].astype(bool), "child_id"]) & scope
        listed = pd.read_csv(ours / "not_found.csv", dtype={"child_id": str})
        own = _figures(list_quality(listed, not_found, children=scope))
        links = pd.read_parquet(ours / "links.parquet", columns=[*cuts.PAIR, "decision"])
        return cls(scope, not_found, pd.read_parquet(matches), set(true.loc[true["newcomer"].astype(bool), "child_id"]), links, own)


@dataclass
class Tables:
    """Rows of the report: lists, links, gaps; and of each peer the list with the fewest errors."""

    lists: Rows
    links: Rows
    gaps: Rows
    best: dict[str, dict[str, float]]

    @classmethod
    def of_ours(cls, truth: Truth) -> Tables:
        """Begin with kleuterlink, which decides by itself."""
        return cls(
            [{"": "kleuterlink, its own cut", **truth.own}],
            [{"": OWN_LINKS, **pair_quality(truth.links, truth.matches)}],
            [{"": OWN_LINKS, **gap(truth.links.loc[truth.links["decision"] == "link", cuts.PAIR], truth)}],
            {},
        )

    def add(self, tool: str, pairs: pd.DataFrame, told: dict[str, object], truth: Truth) -> None:
        """Add a peer: all its pairs and the best pairs of each list record, at its own cut (`told`) and at those that the truth chooses."""
        own, own_name = float(str(told["cut"])), str(told["cut_name"])
        for name, kept in ((tool, pairs), (f"{tool}, {BEST}", cuts.best_of_each(pairs, [["register", "record_id"]]))):
            scores = cuts.child_scores(kept, truth.scope)
            fewest = cuts.fewest_errors(scores, truth.not_found)
            same = cuts.at_sensitivity(scores, truth.not_found, truth.own["sensitivity"])
            for how, cut in ((own_name, own), ("fewest errors by the truth", fewest), ("at kleuterlink's sensitivity", same)):
                self.lists.append({"": f"{name}; {how}", **_figures(cuts.list_at(scores, cut, truth.not_found)), "cut": cut})
            figures = _figures(cuts.list_at(scores, fewest, truth.not_found))
            self.best[tool] = min(self.best.get(tool, figures), figures, key=lambda each: each["errors"])
            for how, cut in ((own_name, own), ("best F1 by the truth", cuts.best_pair_cut(kept, truth.matches))):
                self.links.append({"": f"{name}; {how}", **cuts.pairs_at(kept, cut, truth.matches), "cut": cut})
                self.gaps.append({"": f"{name}; {how}", **gap(kept.loc[kept["score"] >= cut, cuts.PAIR], truth)})


def read_pairs(path: Path) -> pd.DataFrame:
    """Read the scored pairs of a peer (`cuts.PAIR` and `score`), less those that no figure needs: weak, and nobody's best."""
    return duckdb.sql(f"""
        select register, record_id, child_id, score from read_parquet('{path}')
        qualify score > {WEAK} or score = max(score) over (partition by child_id) or score = max(score) over (partition by register, record_id)
    """).df()


def gap(made: pd.DataFrame, truth: Truth) -> dict[str, float]:
    """Return the share of matches that are missed, of newcomers and of others, and the gap between the two."""
    of_newcomer = truth.matches["child_id"].isin(truth.newcomers).to_numpy()
    found = truth.matches[cuts.PAIR].astype(object).merge(made.astype(object).drop_duplicates(), on=cuts.PAIR, how="left", indicator=True)
    missed = (found["_merge"] == "left_only").to_numpy()
    newcomers, others = float(missed[of_newcomer].mean()), float(missed[~of_newcomer].mean())
    return {"newcomers": newcomers, "others": others, "gap": newcomers - others}


def _figures(quality: dict[str, float]) -> dict[str, float]:
    return {name: quality[name] for name in ("ppv", "sensitivity", "on_list", "false_alarms", "missed")} | {
        "errors": quality["false_alarms"] + quality["missed"]
    }
