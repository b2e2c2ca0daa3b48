"""The functions of an engine, in Spark: `candidate_pairs` and `compare`, and both in one for pairs that stay there (`held_pairs`, `pattern_counts`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from kleuterlink import block, compare
from kleuterlink.config_engine import EngineConfig
from kleuterlink.engines.spark.held import HeldPairs, fetched
from kleuterlink.engines.spark.pairs import Splits, join
from kleuterlink.engines.spark.records import Shared
from kleuterlink.engines.spark.session import open_session
from kleuterlink.engines.spark.vectors import counted, with_patterns
from kleuterlink.tables import BoolArray, Comparison, Encoded, IntArray, Pairs, PatternCounts, RuleReport, Vectors

FEW = 1 << 22
"""Pairs made on the driver up to which the driver compares them itself: it has the records, and takes a second or two."""


@dataclass(frozen=True)
class ComparedPairs(Pairs):
    """Pairs that were compared where they were made.

    Attributes
    ----------
    sides
        The registers.
    vectors
        How each pair agrees.

    """

    sides: tuple[Encoded, Encoded]
    vectors: Vectors

    def take(self, rows: IntArray | BoolArray | slice) -> ComparedPairs:
        """Return these pairs only."""
        vectors = Vectors(self.vectors.comparisons, self.vectors.code[rows])
        return ComparedPairs(self.left[rows], self.right[rows], self.rules[rows], self.sides, vectors)


@dataclass(frozen=True)
class SparkEngine:
    """Makes and compares pairs in Spark.

    Attributes
    ----------
    session
        The Spark session.
    shared
        What all records share.
    extras
        Kind of each further column that is compared.

    """

    session: Any
    shared: Shared
    extras: Mapping[str, str]

    @cached_property
    def broadcast(self) -> Any:
        """What all records share, as the executors have it."""
        return self.session.sparkContext.broadcast(self.shared)

    def candidate_pairs(
        self, left: Encoded, right: Encoded, rules: Sequence[block.Rule], *, max_block: int = 400, same: bool = False, threads: int | None = None
    ) -> tuple[ComparedPairs, list[RuleReport]]:
        """Join two registers under blocking rules, as `block.candidate_pairs` does, and compare the pairs before they leave the executors.

        Parameters
        ----------
        left, right
            The registers, encoded together.
        rules
            At most 32 rules.
        max_block
            Largest number of records of either side that a key value may have; larger blocks are split by further keys.
        same
            The two sides are one register in the same order: a record is not paired with itself.
        threads
            Not used: Spark's settings say how wide the work is spread.

        Returns
        -------
        pairs : ComparedPairs
            Distinct, sorted by (left, right).
        reports : list of RuleReport
            One per rule.

        Raises
        ------
        ConfigError
            There is no rule, or there are more than 32.

        """
        del threads
        block.check_number(rules)
        sides = left, right
        joined = join(self.session, self.broadcast, sides, rules, max_block)
        pairs = joined.pairs.where("left <> right") if same else joined.pairs
        made, code = fetched(with_patterns(self.session, self.broadcast, sides, pairs, self.extras), right.size)
        found = ComparedPairs(made.left, made.right, made.rules, sides, self._vectors(sides, code))
        return found, _reports(joined.splits, found.rules, np.ones(len(found), np.int64))

    def held_pairs(self, left: Encoded, right: Encoded, rules: Sequence[block.Rule], *, max_block: int = 400) -> tuple[HeldPairs, list[RuleReport]]:
        """Join two registers under blocking rules and compare the pairs, which stay in the executors.

        Parameters
        ----------
        left, right, rules, max_block
            As of `candidate_pairs`.

        Returns
        -------
        pairs : HeldPairs
            Those that `candidate_pairs` makes.
        reports : list of RuleReport
            One per rule.

        Raises
        ------
        ConfigError
            There is no rule, or there are more than 32.

        """
        block.check_number(rules)
        sides = left, right
        joined = join(self.session, self.broadcast, sides, rules, max_block)
        frame = with_patterns(self.session, self.broadcast, sides, joined.pairs, self.extras).persist()
        bits, number = _sums(frame.groupBy("rules").count())
        counts = PatternCounts(self._comparisons(sides), *_sums(frame.groupBy("code").count()))
        return HeldPairs(self.session, frame, counts, right.size), _reports(joined.splits, bits.view(np.uint32), number)

    def pattern_counts(self, left: Encoded, right: Encoded, rules: Sequence[block.Rule], others: IntArray, *, max_block: int = 400) -> PatternCounts:
        """Join two registers under blocking rules, compare the pairs, and count their patterns in the executors: no pair comes to the driver.

        Parameters
        ----------
        left, right, rules, max_block
            As of `candidate_pairs`.
        others
            Pairs that are left out, sorted and packed as left * right.size + right.

        Returns
        -------
        PatternCounts
            Of the distinct pairs.

        Raises
        ------
        ConfigError
            There is no rule, or there are more than 32.

        """
        block.check_number(rules)
        sides = left, right
        pairs = join(self.session, self.broadcast, sides, rules, max_block).pairs
        made = counted(self.session, self.broadcast, sides, pairs, self.extras, others)
        return PatternCounts(self._comparisons(sides), *_sums(made))

    def compare(
        self,
        left: Encoded,
        right: Encoded,
        pairs: Pairs,
        frequencies: compare.Frequencies,
        *,
        extras: Mapping[str, str] | None = None,
        threads: int | None = None,
    ) -> Vectors:
        """Compare pairs of records, as `compare.compare` does; of pairs that were compared already, return how they agree.

        Parameters
        ----------
        left, right
            The registers, encoded together.
        pairs
            Pairs of rows.
        frequencies
            Frequency classes over all registers.
        extras
            Kind of each further column to be compared, by name.
        threads
            Threads of the driver, which compares a few pairs by itself.

        Returns
        -------
        Vectors
            One agreement pattern per pair, in the order of the pairs.

        """
        if isinstance(pairs, ComparedPairs) and pairs.sides[0] is left and pairs.sides[1] is right:
            return pairs.vectors
        if len(pairs) <= FEW:
            return compare.compare(left, right, pairs, frequencies, extras=extras, threads=threads)
        sides = left, right
        rows = pa.table({"place": np.arange(len(pairs)), "left": pairs.left, "right": pairs.right})
        made = with_patterns(self.session, self.broadcast, sides, self.session.createDataFrame(rows), self.extras).select("place", "code").toArrow()
        code = np.empty(len(pairs), np.int64)
        code[made.column("place").to_numpy()] = made.column("code").to_numpy()
        return self._vectors(sides, code)

    def _vectors(self, sides: tuple[Encoded, Encoded], code: IntArray) -> Vectors:
        return Vectors(self._comparisons(sides), code)

    def _comparisons(self, sides: tuple[Encoded, Encoded]) -> tuple[Comparison, ...]:
        return tuple(comparison for comparison, _ in compare.comparisons_for(*sides, self.extras))


def _sums(frame: Any) -> tuple[IntArray, IntArray]:
    """Bring values and their counts, the two columns of a frame, to the driver, in the order of the values."""
    values, number = (column.to_numpy() for column in frame.toArrow().columns)
    order = np.argsort(values)
    return values[order], number[order]


def _reports(splits: Sequence[Splits], rules: IntArray, number: IntArray) -> list[RuleReport]:
    """Tell what each rule made, of numbers of pairs by the rules that made them."""
    return [
        RuleReport(
            each.rule.name,
            int(number[rules & bit > 0].sum()),
            int(number[(rules & bit > 0) & (rules & (bit - np.uint32(1)) == 0)].sum()),
            each.largest,
            len(each.oversized[0]) if each.oversized else 0,
        )
        for each, bit in zip(splits, np.left_shift(np.uint32(1), np.arange(len(splits), dtype=np.uint32)), strict=True)
    ]


def open_engine(config: EngineConfig, registers: Sequence[Encoded], frequencies: compare.Frequencies, extras: Mapping[str, str]) -> SparkEngine:
    """Return the engine that a configuration asks for.

    Parameters
    ----------
    config
        Its settings.
    registers
        All registers, encoded together.
    frequencies
        Frequency classes over them.
    extras
        Kind of each further column that is compared.

    Returns
    -------
    SparkEngine
        In the active session, where there is one.

    """
    values = {name: texts for register in registers for name, texts in register.values.items()}
    return SparkEngine(open_session(config), Shared(registers[0].vocabulary, values, frequencies), dict(extras))
