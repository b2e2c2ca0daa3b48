"""The first pass: block, compare, train, and join the records that are one pupil's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kleuterlink import block, score
from kleuterlink.linkage.duplicates import find_duplicates
from kleuterlink.linkage.tools import Scored, Tools
from kleuterlink.tables import Comparison, Encoded, FloatArray, Pairs, RuleReport, Vectors

RANDOM_PAIRS = 20_000
"""Random pairs that show what strangers look like."""

SURE = 0.9
"""Probability from which two records of a list are held to be one pupil's: two pupils made one would hide a child."""


@dataclass(frozen=True)
class FirstPass:
    """One list after the first pass: candidate pairs, the model, and which records are one pupil's.

    Attributes
    ----------
    births, records
        The registers.
    clusters
        The pupils behind the records: in the matching, a pupil is what a birth is matched with.
    scored
        One pair per birth and pupil: the one with the pupil's best record.
    strangers
        Random pairs, compared.
    trained
        The model.
    rules, reports
        Names of the rules, and what each made.
    pairs_made
        Number of candidate pairs before a pupil's records were joined.
    warnings
        What did not go as it should.

    """

    births: Encoded
    records: Encoded
    clusters: score.Clusters
    scored: Scored
    strangers: Vectors
    trained: score.Trained
    rules: tuple[str, ...]
    reports: list[RuleReport]
    pairs_made: int
    warnings: tuple[str, ...]

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """What was compared."""
        return self.strangers.comparisons

    @property
    def sizes(self) -> tuple[int, int]:
        """Number of births and of pupils."""
        return self.births.size, len(self.clusters)


def first_pass(name: str, births: Encoded, records: Encoded, tools: Tools) -> FirstPass:
    """Block, compare, train, and join the records that are one pupil's.

    Parameters
    ----------
    name
        The list's name.
    births, records
        The registers, encoded together, in an order that does not depend on the files' (sorted by id).
    tools
        How pairs are made and compared.

    Returns
    -------
    FirstPass
        The candidate pairs and the model.

    Raises
    ------
    ConfigError
        The registers share no field to link on.

    """
    rules = tools.rules_for(births, records)
    pairs, reports = tools.join(births, records, rules)
    vectors = tools.vectors(births, records, pairs)
    strangers = _random_pairs(births, records, tools)
    densities, known, warnings = _begin(name, births, records, (vectors, strangers), (rules, tools))
    pattern, birth_groups = densities.patterns.index(vectors.code), score.groups(births)
    if known is not None:
        densities = score.within_a_matching(densities, pairs, pattern, (births.size, records.size), (birth_groups, score.groups(records)))
    clusters = _clusters(records, births, densities, tools)
    every = Scored(pairs, clusters.of[pairs.right], vectors.code, densities.ratio[pattern])
    best = every.best_of_pupil(len(clusters))
    scored, pattern, sizes = every.take(best), pattern[best], (births.size, len(clusters))
    chains = birth_groups, score.groups(records.take(clusters.representative))
    known = None if known is None else known * (len(clusters) / records.size)
    trained = score.refine(densities, scored.edges(), pattern, known, sizes, chains)
    scored = Scored(scored.pairs, scored.pupil, scored.code, trained.densities.ratio[pattern])
    names = tuple(rule.name for rule in rules)
    return FirstPass(births, records, clusters, scored, strangers, trained, names, reports, len(pairs), warnings)


def _begin(
    name: str, births: Encoded, records: Encoded, compared: tuple[Vectors, Vectors], how: tuple[list[block.Rule], Tools]
) -> tuple[score.Densities, FloatArray | None, tuple[str, ...]]:
    """Estimate first densities from the pairs and from known non-matches, or take those of a model that was trained before."""
    (vectors, strangers), (rules, tools) = compared, how
    sizes = births.size, records.size
    if tools.models:
        model = score.restore(tools.models.get(name, {}), vectors.comparisons, name)
        return score.given_densities(score.distinct_patterns([vectors]), model, sizes), None, ()
    stand_ins, rows = score.births_as_list(births, records)
    known_pairs, _ = tools.join(births, stand_ins, rules)
    known_vectors = tools.vectors(births, stand_ins, known_pairs.take(known_pairs.left != rows[known_pairs.right]))
    patterns = score.distinct_patterns([vectors, known_vectors])
    known, counts = (np.bincount(patterns.index(each.code), minlength=len(patterns)).astype(np.float64) for each in (known_vectors, vectors))
    known *= records.size / max(stand_ins.size, 1)
    return score.begin(patterns, counts, known, strangers, sizes)


def _random_pairs(births: Encoded, records: Encoded, tools: Tools) -> Vectors:
    """Compare random pairs of a birth and a record: strangers."""
    random = np.random.default_rng(20240201)
    left, right = (random.integers(0, register.size, RANDOM_PAIRS).astype(np.int32) for register in (births, records))
    return tools.vectors(births, records, Pairs(left, right, np.zeros(RANDOM_PAIRS, np.uint32)))


def _clusters(records: Encoded, births: Encoded, densities: score.Densities, tools: Tools) -> score.Clusters:
    """Find records of one pupil: compared with each other as births are with the list."""
    shared = {name: column for name, column in records.columns.items() if name in births.columns}
    within = Encoded(records.size, records.ids, shared, records.vocabulary, records.values)
    rules = block.rules_of(block.DUPLICATE_RULES, within, within, tools.extras)
    if not rules:
        return score.singletons(records.size)
    pairs, _ = tools.join(within, within, rules, same=True)
    pairs = pairs.take(pairs.left < pairs.right)
    vectors = tools.vectors(within, within, pairs)
    if vectors.comparisons != densities.patterns.comparisons:
        return score.singletons(records.size)
    return find_duplicates(within, pairs, vectors.code, densities, SURE, tools).clusters


def marginals_given(first: FirstPass, elsewhere: FloatArray) -> tuple[score.Marginals, FloatArray]:
    """Solve the marginals once it is known which births are in other lists.

    Parameters
    ----------
    first
        The list after the first pass.
    elsewhere
        (N,) probability that each birth is in another list.

    Returns
    -------
    marginals : score.Marginals
        In the order of `first.scored`; `right` per pupil.
    odds : float64 array
        (E,) prior odds times density ratio.

    """
    representative = first.clusters.representative
    chains = (score.groups(first.births, elsewhere), score.groups(first.records.take(representative)))
    rates = first.trained.left_rate, first.trained.right_rate
    edges = first.scored.edges()
    marginals, left_rate, right_rate = score.consistent_rates(edges, first.scored.ratio, first.sizes, chains, rates)
    return marginals, score.pair_odds(left_rate, right_rate, edges.left, edges.right) * first.scored.ratio
