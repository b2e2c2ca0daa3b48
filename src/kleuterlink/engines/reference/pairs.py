"""Blocking rules -> candidate pairs, with the toolkit's index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pandas as pd

from kleuterlink.engines.reference.keys import key_values, refinements_for
from kleuterlink.engines.reference.records import Record, records_of
from kleuterlink.errors import ConfigError
from kleuterlink.tables import Encoded, Pairs, RuleReport

FURTHER = "further"
"""Column that holds the values by which a block was split."""

MOST_RULES = 32
"""Rules that have a bit in `Pairs.rules`."""


class NamedRule(Protocol):
    """A blocking rule, told by the names of its keys; `block.Rule` is one."""

    @property
    def name(self) -> str:
        """What the outputs call it."""

    @property
    def key_names(self) -> tuple[str, ...]:
        """Names of the keys that must agree."""


def candidate_pairs(
    left: Encoded, right: Encoded, rules: Sequence[NamedRule], *, max_block: int = 400, same: bool = False, threads: int | None = None
) -> tuple[Pairs, list[RuleReport]]:
    """Join two registers under blocking rules, as `block.candidate_pairs` does.

    Parameters
    ----------
    left, right
        The registers, encoded together.
    rules
        1 to 32 rules.
    max_block
        Largest number of records of either side that a key value may have; larger blocks are split by further keys.
    same
        The two sides are one register in the same order: a record is not paired with itself.
    threads
        Not used: one rule after the other.

    Returns
    -------
    pairs : Pairs
        Distinct, sorted by (left, right).
    reports : list of RuleReport
        One per rule.

    Raises
    ------
    ConfigError
        There is no rule, or there are more than 32.

    """
    del threads
    if not 0 < len(rules) <= MOST_RULES:
        raise ConfigError(f"linkage.blocking: {len(rules)} rules fit these registers; there must be 1 to {MOST_RULES}")
    records = records_of(left), records_of(right)
    bits: dict[tuple[int, int], int] = {}
    reports = []
    for index, rule in enumerate(rules):
        keys = list(rule.key_names)
        blocks = _Blocks(records, keys, refinements_for(keys, left, right), max_block)
        made = {(a, b) for a, b in blocks.pairs() if not (same and a == b)}
        reports.append(RuleReport(rule.name, len(made), len(made - set(bits)), blocks.largest, blocks.refined))
        for pair in made:
            bits[pair] = bits.get(pair, 0) | 1 << index
    pairs = sorted(bits)
    rows = np.array(pairs, np.int32).reshape(-1, 2)
    return Pairs(rows[:, 0].copy(), rows[:, 1].copy(), np.array([bits[pair] for pair in pairs], np.uint32)), reports


class _Blocks:
    """The records of either side under the keys of one rule, a row for each combination of key values."""

    def __init__(self, records: tuple[list[Record], list[Record]], keys: list[str], refinements: list[str], max_block: int) -> None:
        self.records = records
        self.on = [*keys, FURTHER]
        self.sides = [self._entries(side, keys) for side in records]
        self.refined = 0
        for refinement in refinements:
            sizes = self._sizes()
            oversized = set(sizes.index[(sizes > max_block).any(axis=1)])
            if not oversized:
                break
            self.refined = self.refined or len(oversized)
            self.sides = [self._split(side, of, oversized, refinement) for side, of in zip(self.sides, records, strict=True)]
        self.largest = int(self._sizes()["right"].max()) if len(self._sizes()) else 0

    def _entries(self, records: list[Record], keys: list[str]) -> pd.DataFrame:
        frame = pd.DataFrame({"row": range(len(records))})
        for key in keys:
            frame[key] = pd.Series([[value for value in key_values(record, key) if value is not None] for record in records], dtype=object)
        for key in keys:
            frame = frame.explode(key)
        frame = frame.dropna().reset_index(drop=True)
        frame[FURTHER] = pd.Series([()] * len(frame), dtype=object)
        return frame

    def _sizes(self) -> pd.DataFrame:
        """Count the records of each block that both sides have: columns `left` and `right`."""
        left, right = (side.groupby(self.on).size() for side in self.sides)
        return pd.concat([left.rename("left"), right.rename("right")], axis=1, join="inner")

    def _split(self, side: pd.DataFrame, records: list[Record], oversized: set[tuple[object, ...]], refinement: str) -> pd.DataFrame:
        """Put a further key value to the oversized blocks; a record whose first value is not known stays with the others that lack it."""
        large = np.array([block in oversized for block in zip(*(side[column] for column in self.on), strict=True)], bool)
        split = side[large].copy()
        values = [key_values(records[row], refinement) or [None] for row in split["row"]]
        kept = [[value for at, value in enumerate(known) if value is not None or at == 0] for known in values]
        split[FURTHER] = pd.Series(
            [[(*further, value) for value in of] for further, of in zip(split[FURTHER], kept, strict=True)], index=split.index, dtype=object
        )
        return pd.concat([side[~large], split.explode(FURTHER)], ignore_index=True)

    def pairs(self) -> set[tuple[int, int]]:
        """Return the distinct pairs of rows that share a block."""
        import recordlinkage

        left, right = self.sides
        if left.empty or right.empty:
            return set()
        indexer = recordlinkage.Index()
        indexer.block(self.on, self.on)
        entries = indexer.index(left, right)
        return set(zip(left["row"][entries.get_level_values(0)].tolist(), right["row"][entries.get_level_values(1)].tolist(), strict=True))
