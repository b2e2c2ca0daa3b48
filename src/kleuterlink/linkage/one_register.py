"""One register by itself: which of its records are one person's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kleuterlink import block, score
from kleuterlink.coded import text_order
from kleuterlink.config import RegistersConfig
from kleuterlink.errors import ConfigError
from kleuterlink.linkage.duplicates import MOST_MEMBERS, find_duplicates
from kleuterlink.linkage.tools import Tools, make_tools
from kleuterlink.tables import EVERY_PAIR, SAME_CLUSTER, Encoded, FloatArray, Ids, Pairs, RuleReport, Vectors

MOST_PAIRS = 3_000_000
"""Pairs of records up to which every one is compared."""

FEW_RECORDS = 30_000
"""Records up to which pairs under very loose rules are compared too; their number grows with the square."""

MOST_RULES = 31
"""The last bit of a pair's rules says that it was compared for the sake of its cluster."""

OUTSIDE = 1_000_000
"""Random pairs that no rule made, and records compared with themselves at most."""

SIBLING_YEARS = 2
"""Years between births from which siblings are common."""

SAME_DATE = "bis and other number of the same birth date"
"""Label of the level that repeats what the birth date says."""

FEWEST = 30
"""Expected pairs of one person below which usual error rates carry the model."""


@dataclass(frozen=True)
class OneRegister:
    """A register's pairs and clusters, its records in the order of their ids.

    Attributes
    ----------
    ids
        (N,) record ids, sorted.
    pairs, vectors
        E pairs, left before right, and what agrees in each.
    weight, probability
        (E,) match weight in bits, and the probability that the pair is one person's, given how all other records are joined.
    clusters
        The persons.
    certain
        (N,) probability that the record is with the others of its cluster; of a single one, that it is with no other.
    rule_names, reports
        Name of each bit of `pairs.rules`, and what each rule made.
    warnings
        What did not go as it should.

    """

    ids: Ids
    pairs: Pairs
    vectors: Vectors
    weight: FloatArray
    probability: FloatArray
    clusters: score.Clusters
    certain: FloatArray
    rule_names: tuple[str, ...]
    reports: list[RuleReport]
    warnings: tuple[str, ...]


def deduplicate_register(register: Encoded, config: RegistersConfig, sure: float) -> OneRegister:
    """Find the records of one person within a register.

    Parameters
    ----------
    register
        N records, encoded by themselves; any order of rows gives the same outcome.
    config
        The configuration.
    sure
        Probability from which two records by themselves are joined.

    Returns
    -------
    OneRegister
        Pairs and clusters.

    Raises
    ------
    ConfigError
        There is nothing to compare or to block on, or a blocking key is unknown.

    """
    register = register.take(text_order(register.ids))
    tools = make_tools([register], config)
    tools = replace(tools, compare=_dates_heard_once(tools.compare))
    pairs, reports = _candidates(register, tools)
    vectors = tools.vectors(register, register, pairs)
    if not vectors.comparisons:
        raise ConfigError("the register has no field to compare; map at least two of first_names, surname, birth_date, postcode, house_number")
    densities = _train(register, pairs, vectors, tools)
    prior = score.duplicate_prior(densities.ratio_of(vectors.code), register.size)
    found = find_duplicates(register, pairs, vectors.code, lambda _, code: np.log(prior * densities.ratio_of(code)), sure, tools)
    certain, probability = score.membership(found.pairs, found.log_odds, found.clusters)
    names = {bit: report.rule for bit, report in enumerate(reports)} | {MOST_RULES: SAME_CLUSTER}
    return OneRegister(
        register.ids,
        found.pairs,
        Vectors(vectors.comparisons, found.code),
        np.log2(densities.ratio_of(found.code)),
        probability,
        found.clusters,
        certain,
        tuple(names.get(bit, "") for bit in range(MOST_RULES + 1)),
        reports,
        _warnings(found.clusters, float(probability.sum())),
    )


def _candidates(register: Encoded, tools: Tools) -> tuple[Pairs, list[RuleReport]]:
    """Return every pair of a small register; of a larger one those that share a key."""
    size = register.size
    if size * (size - 1) // 2 <= MOST_PAIRS and not tools.rules:
        left, right = np.triu_indices(size, 1)
        return Pairs(left.astype(np.int32), right.astype(np.int32), np.ones(len(left), np.uint32)), [RuleReport(EVERY_PAIR, len(left), len(left), size, 0)]
    rules = tools.rules_for(register, register)
    if not tools.rules:
        loose = (*block.LOOSE_RULES, *block.STREET_RULES) if size <= FEW_RECORDS else ()
        further = [*block.DUPLICATE_RULES, *loose]
        rules += block.rules_of([keys for keys in further if keys not in {rule.key_names for rule in rules}], register, register, tools.extras)
    pairs, reports = tools.join(register, register, rules[:MOST_RULES], same=True)
    # Every pair is made from either side.
    reports = [RuleReport(report.rule, report.pairs // 2, report.new_pairs // 2, report.largest_block, report.refined) for report in reports]
    return pairs.take(pairs.left < pairs.right), reports


def _train(register: Encoded, pairs: Pairs, vectors: Vectors, tools: Tools) -> score.Densities:
    """Estimate the densities, from candidates, a sample of all other pairs, and records compared with themselves."""
    size = register.size
    outside = _outside(pairs, size)
    others = tools.vectors(register, register, outside)
    weight = max(0.5 * size * (size - 1) - len(pairs), 0.0) / max(len(outside), 1)
    rows = np.unique(np.linspace(0, size - 1, min(size, OUTSIDE)).astype(np.int32))
    selves = tools.vectors(register, register, Pairs(rows, rows, np.zeros(len(rows), np.uint32)))
    patterns = score.distinct_patterns([vectors, others, selves])
    candidates, rest = (patterns.tally(each) for each in (vectors, others))
    return score.train_within(patterns, candidates, rest * weight, selves, size, several_years=_born_in_several_years(register))


def _born_in_several_years(register: Encoded) -> bool:
    """Tell whether the middle four fifths of the birth dates reach over three calendar years."""
    dates = register.columns["birth_date"] if register.has("birth_date") else np.zeros(0, np.int64)
    years = dates[dates > 0] // 10_000
    return bool(len(years)) and bool(np.subtract(*np.quantile(years, (0.9, 0.1), method="nearest")) >= SIBLING_YEARS)


def _outside(pairs: Pairs, size: int) -> Pairs:
    """Draw pairs that are no candidates."""
    if len(pairs) >= 0.5 * size * (size - 1):
        return pairs.take(np.zeros(0, np.int64))
    random = np.random.default_rng(20240201)
    one, other = random.integers(0, size, (2, OUTSIDE))
    drawn = np.unique(np.minimum(one, other) * size + np.maximum(one, other))
    drawn = drawn[~np.isin(drawn, pairs.left.astype(np.int64) * size + pairs.right, assume_unique=True)]
    left, right = np.divmod(drawn, size)
    apart = left != right
    return Pairs(left[apart].astype(np.int32), right[apart].astype(np.int32), np.zeros(int(apart.sum()), np.uint32))


def _dates_heard_once(compare: Callable[..., Vectors]) -> Callable[..., Vectors]:
    """Leave to the birth date what two numbers say of it: of two children born the same day it is no news that their numbers say so."""

    def compared(*arguments: Any, **options: Any) -> Vectors:
        vectors = compare(*arguments, **options)
        names = [comparison.name for comparison in vectors.comparisons]
        if not {"national_number", "birth_date"} <= set(names):
            return vectors
        place = names.index("national_number")
        levels = [len(comparison.labels) + 1 for comparison in vectors.comparisons]
        step = int(np.prod(levels[place + 1 :], dtype=np.int64))
        same_date = 1 + vectors.comparisons[place].labels.index(SAME_DATE)
        return Vectors(vectors.comparisons, vectors.code - step * (vectors.code // step % levels[place] == same_date))

    return compared


def _warnings(clusters: score.Clusters, expected: float) -> tuple[str, ...]:
    warnings = []
    if expected < FEWEST:
        warnings.append(f"fewer than {FEWEST} pairs of one person's records expected: usual error rates carry the model more than the data do")
    largest = int(np.bincount(clusters.of).max(initial=0))
    if largest > MOST_MEMBERS:
        warnings.append(f"a cluster has {largest:,} records: the fields that are mapped do not tell people apart")
    return tuple(warnings)
