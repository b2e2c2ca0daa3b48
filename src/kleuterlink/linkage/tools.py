"""How pairs are made and compared, and what pairs carry on their way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from kleuterlink import block, compare, engines, score
from kleuterlink.config import BlockingRuleConfig, RegistersConfig
from kleuterlink.linkage.candidates import Candidates, PairsHere
from kleuterlink.tables import BoolArray, Encoded, FloatArray, IntArray, Pairs, PatternCounts, RuleReport, Vectors

MANY = 50_000
"""Records from which it is worth while to find out how many of them the pairs are about."""


@dataclass(frozen=True)
class Tools:
    """How pairs are made and compared: the engine's two functions, and what both need.

    Attributes
    ----------
    candidate_pairs, compare
        As `block.candidate_pairs` and `compare.compare`.
    pattern_counts
        As `SparkEngine.pattern_counts`, where an engine counts pairs where it makes them.
    held_pairs
        As `SparkEngine.held_pairs`, where an engine keeps pairs where it makes them.
    frequencies
        Frequency classes over all registers.
    extras
        Kind of each further column that is compared.
    rules
        Configured blocking rules; empty for the default.
    max_block
        Largest block.
    threads
        Threads; None for one per processor.
    models
        Part of an earlier `model.json` by list; empty where models are trained.
    untrained
        Lists that are trained all the same: no model fits them.

    """

    candidate_pairs: Callable[..., tuple[Pairs, list[RuleReport]]]
    compare: Callable[..., Vectors]
    frequencies: Any
    pattern_counts: Callable[..., PatternCounts] | None = field(default=None, kw_only=True)
    held_pairs: Callable[..., tuple[Candidates, list[RuleReport]]] | None = field(default=None, kw_only=True)
    extras: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[BlockingRuleConfig, ...] = ()
    max_block: int = 400
    threads: int | None = None
    models: Mapping[str, Any] = field(default_factory=dict)
    untrained: frozenset[str] = frozenset()

    def join(self, left: Encoded, right: Encoded, rules: list[block.Rule], *, same: bool = False) -> tuple[Pairs, list[RuleReport]]:
        """Make candidate pairs."""
        return self.candidate_pairs(left, right, rules, max_block=self.max_block, same=same, threads=self.threads)

    def vectors(self, left: Encoded, right: Encoded, pairs: Pairs) -> Vectors:
        """Compare pairs."""
        if not isinstance(pairs, engines.spark.ComparedPairs):
            (left, one), (right, other) = _concerned(left, pairs.left), _concerned(right, pairs.right)
            pairs = Pairs(one, other, pairs.rules)
        return self.compare(left, right, pairs, self.frequencies, extras=self.extras, threads=self.threads)

    def candidates(self, births: Encoded, records: Encoded, rules: list[block.Rule]) -> tuple[Candidates, list[RuleReport]]:
        """Make candidate pairs and compare them, here or where the engine keeps them."""
        if self.held_pairs is not None:
            return self.held_pairs(births, records, rules, max_block=self.max_block)
        pairs, reports = self.join(births, records, rules)
        return PairsHere(pairs, self.vectors(births, records, pairs), (births.size, records.size)), reports

    def tally(self, left: Encoded, right: Encoded, rules: list[block.Rule], others: IntArray) -> PatternCounts:
        """Make candidate pairs, compare them, and count how often they agree how; but for other pairs (sorted, left * right.size + right)."""
        if self.pattern_counts is not None:
            return self.pattern_counts(left, right, rules, others, max_block=self.max_block)
        return self.count(left, right, self.join(left, right, rules)[0], others)

    def count(self, left: Encoded, right: Encoded, pairs: Pairs, others: IntArray) -> PatternCounts:
        """Compare pairs that are made, and count; others as of `tally`."""
        return self.vectors(left, right, pairs.take(~pairs.among(others, right.size))).counted()

    def rules_for(self, left: Encoded, right: Encoded) -> list[block.Rule]:
        """Return the configured blocking rules, else the default ones."""
        if not self.rules:
            return block.default_rules(left, right, self.extras)
        fitting = [(given, rule) for given in self.rules for rule in block.rules_of([given.keys], left, right, self.extras)]
        return [replace(rule, name=given.name or rule.name) for given, rule in fitting]


def _concerned(register: Encoded, rows: IntArray) -> tuple[Encoded, IntArray]:
    """Leave out the records that no pair is about, where they are most; return also the rows of the pairs among what is left.

    What the comparisons derive from a register they derive from all of it.
    """
    if register.size > MANY:
        concerned = np.zeros(register.size, bool)
        concerned[rows] = True
        kept = np.flatnonzero(concerned)
        if 2 * len(kept) < register.size:
            return register.take(kept), (np.cumsum(concerned, dtype=np.int32) - np.int32(1))[rows]
    return register, rows


def make_tools(registers: Sequence[Encoded], config: RegistersConfig, models: Mapping[str, Any] | None = None) -> Tools:
    """Return the tools that a configuration asks for.

    Parameters
    ----------
    registers
        All registers, encoded together: frequencies are counted over them.
    config
        The configuration.
    models
        As of `Tools`.

    Returns
    -------
    Tools
        Those of the configured engine.

    """
    linkage, frequencies = config.linkage, compare.frequencies(registers)
    extras = {comparison.column: comparison.kind for comparison in linkage.comparisons}
    tools = Tools(block.candidate_pairs, compare.compare, frequencies, extras, linkage.blocking, linkage.max_block, config.engine.threads, models or {})
    if config.engine.name == "reference":
        return replace(tools, candidate_pairs=engines.reference.candidate_pairs, compare=engines.reference.compare)
    if config.engine.name == "spark":
        engine = engines.spark.open_engine(config.engine, registers, frequencies, extras)
        # Where memory is short, steps are files, and pairs are among them.
        held = engine.held_pairs if config.engine.memory_limit is None else None
        return replace(tools, candidate_pairs=engine.candidate_pairs, compare=engine.compare, pattern_counts=engine.pattern_counts, held_pairs=held)
    return tools


@dataclass(frozen=True)
class Scored:
    """Pairs with what was found of each.

    Attributes
    ----------
    pairs
        E pairs of births and records.
    pupil
        (E,) int32, the pupil (cluster of records) that the record belongs to.
    code
        (E,) int64 agreement pattern.
    ratio
        (E,) float64 match density over null density.

    """

    pairs: Pairs
    pupil: IntArray
    code: IntArray
    ratio: FloatArray

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.pupil)

    def take(self, rows: IntArray | BoolArray) -> Scored:
        """Return these pairs only."""
        return Scored(self.pairs.take(rows), self.pupil[rows], self.code[rows], self.ratio[rows])

    def edges(self) -> Pairs:
        """Return the pairs as births and pupils: what the matching is about."""
        return Pairs(self.pairs.left, self.pupil, self.pairs.rules)

    def best_of_pupil(self, clusters: score.Clusters) -> BoolArray:
        """Tell which pairs are those with the best record of each birth and pupil (ties: the first)."""
        # Few pupils have several records: only their pairs are put in order.
        rows = np.flatnonzero((np.bincount(clusters.of, minlength=len(clusters)) > 1)[self.pupil])
        key = self.pairs.left[rows].astype(np.int64) * len(clusters) + self.pupil[rows]
        order = np.lexsort((rows, -self.ratio[rows], key))
        again = np.zeros(len(rows), bool)
        again[1:] = key[order][1:] == key[order][:-1]
        kept = np.ones(len(self), bool)
        kept[rows[order[again]]] = False
        return kept


def concatenated(one: Scored, other: Scored) -> Scored:
    """Return the pairs of both, one after the other."""
    pairs = Pairs(*(np.concatenate([getattr(one.pairs, name), getattr(other.pairs, name)]) for name in ("left", "right", "rules")))
    return Scored(pairs, *(np.concatenate([getattr(one, name), getattr(other, name)]) for name in ("pupil", "code", "ratio")))
