"""The first pass: block, compare, train, and join the records that are one pupil's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kleuterlink import block, score
from kleuterlink.linkage.candidates import Candidates, united
from kleuterlink.linkage.duplicates import find_duplicates
from kleuterlink.linkage.tools import Scored, Tools
from kleuterlink.tables import BoolArray, Comparison, Encoded, FloatArray, IntArray, Pairs, PatternCounts, RuleReport, Vectors

RANDOM_PAIRS = 20_000
"""Random pairs that show what strangers look like."""

SURE = 0.9
"""Probability from which two records of a list are held to be one pupil's: two pupils made one would hide a child."""

MOSTLY_FOUND, NEGLIGIBLE, NOTABLE = 0.9, 1e-6, 1e3
"""Probability from which a birth is found, below which a pair of it is no match, and density ratio from which a pair is kept all the same: the
record may be a further one of that child. Two in three pairs are not kept: siblings and namesakes of children who are found."""


@dataclass(frozen=True)
class Compared:
    """One list, blocked and compared: all that training needs.

    Attributes
    ----------
    births, records
        The registers.
    rules, reports
        Names of the blocking rules, and what each made.
    candidates
        Candidate pairs, compared.
    strangers
        Random pairs, compared.
    known, stand_ins
        How pairs of different births agree, and the number of births that stood in for the list in them. None where nothing is trained.
    within
        The list with the fields that the births have, pairs of its records, and how they agree. None where no rule fits.

    """

    births: Encoded
    records: Encoded
    rules: tuple[str, ...]
    reports: list[RuleReport]
    candidates: Candidates
    strangers: Vectors
    known: PatternCounts | None
    stand_ins: int
    within: tuple[Encoded, Pairs, Vectors] | None


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
        One pair per birth and pupil, the one with the pupil's best record; those that cannot matter left out.
    strangers
        Random pairs, compared.
    trained
        The model; its marginals of pairs are those of the pairs that were in question.
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


def compare_list(name: str, births: Encoded, records: Encoded, tools: Tools) -> Compared:
    """Block and compare: the births with the list, and each with itself for pairs of which something is known.

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
    Compared
        The pairs.

    Raises
    ------
    ConfigError
        The registers share no field to link on.

    """
    rules = tools.rules_for(births, records)
    candidates, reports = tools.candidates(births, records, rules)
    known, stand_ins = (None, 0) if tools.models and name not in tools.untrained else different_births(births, records, rules, tools)
    within = _within(records, births, tools)
    strangers = random_pairs(births, records, tools)
    records.forget()
    return Compared(births, records, tuple(rule.name for rule in rules), reports, candidates, strangers, known, stand_ins, within)


def different_births(births: Encoded, records: Encoded, rules: list[block.Rule], tools: Tools) -> tuple[PatternCounts, int]:
    """Compare births with births that stand in for the list, themselves left out: known non-matches."""
    stand_ins, rows = score.births_as_list(births, records)
    return tools.tally(births, stand_ins, rules, rows * stand_ins.size + np.arange(stand_ins.size)), stand_ins.size


def random_pairs(births: Encoded, records: Encoded, tools: Tools) -> Vectors:
    """Compare random pairs of a birth and a record: strangers."""
    random = np.random.default_rng(20240201)
    left, right = (random.integers(0, register.size, RANDOM_PAIRS).astype(np.int32) for register in (births, records))
    return tools.vectors(births, records, Pairs(left, right, np.zeros(RANDOM_PAIRS, np.uint32)))


def _within(records: Encoded, births: Encoded, tools: Tools) -> tuple[Encoded, Pairs, Vectors] | None:
    """Compare the records of a list with each other as births are with the list."""
    own = with_fields_of(births, records)
    rules = block.rules_of(block.sharpened(block.DUPLICATE_RULES, own, own), own, own, tools.extras)
    if not rules:
        return None
    pairs, _ = tools.join(own, own, rules, same=True)
    pairs = pairs.take(pairs.left < pairs.right)
    vectors = tools.vectors(own, own, pairs)
    own.forget()
    return own, pairs, vectors


def with_fields_of(births: Encoded, records: Encoded) -> Encoded:
    """Return the records of a list with the fields that the births have."""
    shared = {name: column for name, column in records.columns.items() if name in births.columns}
    if len(shared) == len(records.columns):
        return records
    return Encoded(records.size, records.ids, shared, records.vocabulary, records.values)


def first_pass(name: str, compared: Compared, tools: Tools) -> FirstPass:
    """Train, and join the records that are one pupil's.

    Parameters
    ----------
    name
        The list's name.
    compared
        Its pairs.
    tools
        An earlier model, where one is given.

    Returns
    -------
    FirstPass
        The candidate pairs and the model.

    """
    births, records, size = compared.births, compared.records, compared.records.size
    candidates = compared.candidates
    densities, known, warnings = _begin(name, compared, tools)
    patterns, birth_groups = densities.patterns, score.groups(births)
    place = patterns.index(candidates.counts.code)
    sifted = candidates.sift(score.first_odds(densities, (births.size, size))[place])
    possible, code = sifted.possible
    pattern = patterns.index(code)
    alone = score.first_marginals(densities, possible, pattern, (births.size, size), (birth_groups, score.groups(records)))
    if known is not None:
        densities = score.within_a_matching(densities, pattern, alone)
    clusters = _clusters(compared, densities, alone.right, tools)
    # Of a pupil with several records all pairs are needed, to know the best one.
    several = (np.bincount(clusters.of) > 1)[clusters.of]
    unfound = alone.left < score.FOUND
    others = sifted.others(unfound, (alone.right < score.FOUND) | several, np.zeros(len(place), bool))
    pairs, code = united(sifted.possible, others, size)
    pattern, pupil, sizes = patterns.index(code), clusters.of.astype(np.int32), (births.size, len(clusters))
    every = Scored(pairs, pupil[pairs.right], code, densities.ratio[pattern])
    best = every.best_of_pupil(clusters)
    apart = patterns.tally(candidates.counts) - np.bincount(pattern, minlength=len(patterns))
    chains = birth_groups, score.groups(records.take(clusters.representative))
    known = None if known is None else known * (len(clusters) / size)
    edges = every.take(best)
    trained = score.refine(densities, score.Edges(edges.edges(), pattern[best], apart), known, sizes, chains)
    kept = edges.take(_worth_keeping(edges.pairs.left, trained, pattern[best]))
    # Pairs that were out of question may be worth keeping too, now that all is known.
    late, code = sifted.others((trained.marginals.left < MOSTLY_FOUND) & ~unfound, np.zeros(size, bool), (trained.densities.ratio >= NOTABLE)[place])
    fresh = ~several[late.right]
    pairs, code = united((kept.pairs, kept.code), (late.take(fresh), code[fresh]), size)
    scored = Scored(pairs, pupil[pairs.right], code, trained.densities.ratio[patterns.index(code)])
    made = int(candidates.counts.pairs.sum())
    return FirstPass(births, records, clusters, scored, compared.strangers, trained, compared.rules, compared.reports, made, warnings)


def _worth_keeping(births: IntArray, trained: score.Trained, pattern: IntArray) -> BoolArray:
    """Tell which pairs may still matter: neither is the birth surely found by another pair, nor do they agree well, nor are they possible."""
    marginals = trained.marginals
    return (marginals.left < MOSTLY_FOUND)[births] | (marginals.pair > NEGLIGIBLE) | (trained.densities.ratio >= NOTABLE)[pattern]


def _begin(name: str, compared: Compared, tools: Tools) -> tuple[score.Densities, FloatArray | None, tuple[str, ...]]:
    """Estimate first densities from the pairs and from known non-matches, or take those of a model that was trained before."""
    candidates, sizes = compared.candidates.counts, (compared.births.size, compared.records.size)
    if compared.known is None:
        model = score.restore(tools.models.get(name, {}), candidates.comparisons, name)
        return score.given_densities(score.distinct_patterns([candidates]), model, sizes), None, ()
    patterns = score.distinct_patterns([candidates, compared.known])
    known, counts = (patterns.tally(each) for each in (compared.known, candidates))
    known *= sizes[1] / max(compared.stand_ins, 1)
    return score.begin(patterns, counts, known, compared.strangers, sizes)


def _clusters(compared: Compared, densities: score.Densities, matched: FloatArray, tools: Tools) -> score.Clusters:
    """Find records of one pupil; `matched` is how probably each record has a birth of its own."""
    size = compared.records.size
    if compared.within is None or compared.within[2].comparisons != densities.patterns.comparisons:
        return score.singletons(size)
    register, pairs, vectors = compared.within
    repeated = score.learn_repeated(densities, pairs, vectors.code, matched)
    return find_duplicates(register, pairs, vectors.code, repeated.log_odds, SURE, tools).clusters


@dataclass(frozen=True)
class Settled:
    """A list's marginals, once it is known which births are in other lists.

    Attributes
    ----------
    marginals
        In the order of `FirstPass.scored`; `right` per pupil.
    odds
        (E,) prior odds times density ratio.
    left_rate, right_rate
        Prior rates of being matched, per birth and per pupil.

    """

    marginals: score.Marginals
    odds: FloatArray
    left_rate: FloatArray
    right_rate: FloatArray


def marginals_given(first: FirstPass, elsewhere: FloatArray) -> Settled:
    """Solve the marginals once it is known which births are in other lists.

    Parameters
    ----------
    first
        The list after the first pass.
    elsewhere
        (N,) probability that each birth is in another list.

    Returns
    -------
    Settled
        Marginals, and the rates that lead to them.

    """
    representative = first.clusters.representative
    chains = (score.groups(first.births, elsewhere), score.groups(first.records.take(representative)))
    rates = first.trained.left_rate, first.trained.right_rate
    edges = first.scored.edges()
    marginals, rates = score.consistent_rates(edges, first.scored.ratio, first.sizes, chains, rates)
    return Settled(marginals, score.pair_odds(*rates, edges.left, edges.right) * first.scored.ratio, *rates)
