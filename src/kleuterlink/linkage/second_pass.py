"""The second pass: what is left over on both sides is compared again, and all pairs get their final marginals."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kleuterlink import block, score
from kleuterlink.linkage.first_pass import FirstPass, Settled
from kleuterlink.linkage.tools import Scored, Tools, concatenated
from kleuterlink.ordering import first_rows, sorted_rows
from kleuterlink.tables import SAME_PUPIL, SECOND_LOOK, BoolArray, FloatArray, IntArray, Pairs, PatternCounts, Vectors

MOST_PAIRS = 3_000_000
"""Pairs of leftovers up to which every one is compared; beyond, those that share a very loose key."""

KNOWN = 500_000
"""Known non-matches of either side that are compared: half as many, or four times the leftovers' own pairs, are enough; but never fewer than these."""

USUAL_LEFTOVERS = 20_000
"""Leftover births up to which blocks have the usual bound: the more there are, the less a pair that agrees on little can be told from chance."""

SMALLEST_BLOCK = 20
"""Least bound of the blocks of leftovers."""

POSSIBLE = 0.01
"""Probability from which all records of a pupil are shown, and from which a pair is no known non-match."""


@dataclass(frozen=True)
class Linked:
    """One list, linked.

    Attributes
    ----------
    scored
        Pairs of either look, sorted; all records of a pupil that is possibly a birth's are there.
    probability
        (E,) marginal of the matching of each pair's birth and pupil.
    found, matched
        Probability that each birth, each record has a match.
    rule_names
        Name of each bit of `scored.pairs.rules`.
    leftovers
        Which births and pupils were left over after the first pass.
    second_matches, lost
        Expected matches among the leftovers, and those of them that no blocking rule had made.
    unseen, unpaired
        Matches that neither look recognises, and those of them that no pair stands for.

    """

    scored: Scored
    probability: FloatArray
    found: FloatArray
    matched: FloatArray
    rule_names: tuple[str, ...]
    leftovers: score.Leftovers
    second_matches: float
    lost: float
    unseen: float
    unpaired: float


def second_pass(first: FirstPass, settled: Settled, elsewhere: FloatArray, tools: Tools) -> Linked:
    """Look at the leftovers again, and settle the marginals of all pairs.

    Parameters
    ----------
    first
        The list after the first pass.
    settled
        What `marginals_given` returned.
    elsewhere
        (N,) probability that each birth is in another list.
    tools
        How pairs are made and compared.

    Returns
    -------
    Linked
        Pairs of both looks with weight and probability.

    """
    marginals, odds = settled.marginals, settled.odds
    left = score.leftovers(marginals.left, elsewhere, marginals.right)
    scored, weights, second = first.scored, odds, np.zeros(len(odds), bool)
    if all(map(len, (left.births, left.records, left.settled_births, left.settled_records))):
        open_birth, open_pupil = _flags(left.births, first.sizes[0]), _flags(left.records, first.sizes[1])
        again = open_birth[scored.pairs.left] & open_pupil[scored.pupil]
        looked = _look(first, left, again, settled, tools)
        scored = concatenated(scored.take(~again), looked)
        weights = np.concatenate([odds[~again], score.pair_odds(settled.left_rate, settled.right_rate, looked.pairs.left, looked.pupil) * looked.ratio])
        second = np.arange(len(scored)) >= len(scored) - len(looked)
    recognised = score.matching_marginals(scored.pairs.left, scored.pupil, weights, first.sizes)
    # The prior rates are the means of the marginals, and those of the second look are among them now.
    births, pupils = score.groups(first.births, elsewhere), score.groups(first.records.take(first.clusters.representative))
    left_rate, right_rate = score.nested_rates(recognised.left, births), score.nested_rates(recognised.right, pupils)
    weights = score.pair_odds(left_rate, right_rate, scored.pairs.left, scored.pupil) * scored.ratio
    recognised = score.matching_marginals(scored.pairs.left, scored.pupil, weights, first.sizes)
    new = second & (scored.pairs.rules == np.uint32(1 << len(first.rules)))
    second_matches = float(recognised.pair[second].sum())
    unseen = 0.5 * score.MOST_PER_FOUND * second_matches
    final = _with_unseen(scored, weights, second, recognised, unseen) if unseen else recognised
    unpaired, lost = max(unseen - float(final.left.sum() - recognised.left.sum()), 0.0), float(recognised.pair[new].sum())
    del weights, recognised, second, new  # what is as long as the pairs goes as soon as it is not needed: there may be many
    further = score.further_records(scored.edges(), scored.ratio, final)
    found, matched = score.add_unseen(final.left, elsewhere, unpaired), further.matched[first.clusters.of]
    partner, probability = further.partner, np.maximum(final.pair, further.probability)
    del final, further
    every, row = _all_records(first, scored, probability, tools)
    del scored
    order, _ = sorted_rows(every.pairs.left.astype(np.int64) * first.records.size + every.pairs.right)
    row = row[order]
    partner, probability = partner[row], probability[row]
    del row
    in_order = replace(every.take(order), pupil=partner)
    names = (*first.rules, SECOND_LOOK, SAME_PUPIL)
    return Linked(in_order, probability, found, matched, names, left, second_matches, lost, unseen, unpaired)


def _look(first: FirstPass, left: score.Leftovers, again: BoolArray, settled: Settled, tools: Tools) -> Scored:
    """Compare the leftovers, whose pairs in the first pass are `again`; return their pairs."""
    representative = first.clusters.representative
    records = representative[left.records]
    births_only, records_only = first.births.take(left.births), first.records.take(records)
    loose = block.rules_of(block.LOOSE_RULES, births_only, records_only, tools.extras)
    tools = replace(tools, max_block=min(tools.max_block, max(SMALLEST_BLOCK, tools.max_block * USUAL_LEFTOVERS // len(left.births))))
    exhaustive = len(left.births) * len(records) <= MOST_PAIRS or not loose
    made = _every_pair(len(left.births), len(records)) if exhaustive else tools.join(births_only, records_only, loose)[0]
    pairs = _with_old(Pairs(left.births[made.left], records[made.right], made.rules), first.scored.pairs.take(again), 1 << len(first.rules))
    vectors = tools.vectors(first.births, first.records, pairs)
    known_pairs = max(len(made), KNOWN // 2, min(KNOWN, 4 * len(made)))
    taken = tuple(
        _some(settled_rows, known_pairs * number // max(len(made), 1))
        for settled_rows, number in ((left.settled_births, len(left.births)), (left.settled_records, len(records)))
    )
    known: list[tuple[PatternCounts, float]] = []
    for rows, others, scale in (
        (left.births, taken[1], len(records) / len(taken[1])),
        (taken[0], left.records, len(left.births) / len(taken[0])),
    ):
        sides = first.births.take(rows), first.records.take(representative[others])
        possible = _possible(rows, others, first, settled.marginals)
        counts = tools.count(*sides, _every_pair(len(rows), len(others)), possible) if exhaustive else tools.tally(*sides, loose, possible)
        known.append((counts, scale / 2))
    before = Vectors(vectors.comparisons, first.scored.code)
    patterns = score.distinct_patterns([vectors, before, *(each for each, _ in known)])
    apart = np.sum([patterns.tally(each) * scale for each, scale in known], axis=0)
    pattern, pupil = patterns.index(vectors.code), first.clusters.of[pairs.right].astype(np.int32)
    local = Pairs(_place(left.births, first.sizes[0])[pairs.left], _place(left.records, first.sizes[1])[pupil], pairs.rules)
    mistaken = first.trained.densities.null.mistaken
    # How many of the first pass's there are among so few pairs is seen from the known non-matches; none is taken for granted.
    expected = score.totals(patterns.index(first.scored.code), np.where(again, 0, settled.marginals.pair), len(patterns))
    model, sizes = first.trained.densities, (len(left.births), len(records))
    start = score.Start(model.matches.classes, model.null.classes, model.null_of(patterns), expected, replace(mistaken, number=0.0), sizes)
    prior = score.pair_odds(settled.left_rate, settled.right_rate, pairs.left, pupil)
    look = score.look_again(patterns, local, pattern, apart, prior, start)
    scored = Scored(pairs, pupil, vectors.code, look.ratio[pattern])
    return scored.take(scored.best_of_pupil(first.clusters))


def _with_unseen(scored: Scored, weights: FloatArray, second: BoolArray, recognised: score.Marginals, unseen: float) -> score.Marginals:
    """Raise the odds of the second look's pairs, all by one factor, until some of the unrecognised matches are among them."""
    left, pupil = scored.pairs.left, scored.pupil
    sizes = len(recognised.left), len(recognised.right)
    among_them = np.minimum(np.bincount(left[second], recognised.pair[second], minlength=sizes[0]), 1.0)
    factor = score.factor_for(among_them, score.WITH_A_PAIR * unseen)
    return score.matching_marginals(left, pupil, np.where(second, factor * weights, weights), sizes)


def _every_pair(births: int, records: int) -> Pairs:
    left = np.repeat(np.arange(births, dtype=np.int32), records)
    return Pairs(left, np.tile(np.arange(records, dtype=np.int32), births), np.zeros(len(left), np.uint32))


def _some(rows: IntArray, most: int) -> IntArray:
    """Return at most so many of the rows, spread evenly."""
    return rows if len(rows) <= most else rows[np.linspace(0, len(rows) - 1, max(most, 1)).astype(np.int64)]


def _possible(births: IntArray, pupils: IntArray, first: FirstPass, marginals: score.Marginals) -> IntArray:
    """Return the pairs of some births and some pupils that the first pass holds possible matches, by their places, sorted and packed."""
    possible, pairs = marginals.pair > POSSIBLE, first.scored.edges()
    left, right = (_place(rows, size)[of[possible]] for rows, size, of in zip((births, pupils), first.sizes, (pairs.left, pairs.right), strict=True))
    both = (left >= 0) & (right >= 0)
    return np.sort(left[both] * np.int64(len(pupils)) + right[both])


def _with_old(made: Pairs, old: Pairs, bit: int) -> Pairs:
    """Join pairs of leftovers with those that the blocking rules had made, which keep their rules; sorted."""
    left, right = np.concatenate([old.left, made.left]), np.concatenate([old.right, made.right])
    rules = np.concatenate([old.rules, np.full(len(made), bit, np.uint32)])
    kept = first_rows(left.astype(np.int64) << 32 | right)
    return Pairs(left[kept].astype(np.int32), right[kept].astype(np.int32), rules[kept])


def _all_records(first: FirstPass, scored: Scored, probability: FloatArray, tools: Tools) -> tuple[Scored, IntArray]:
    """Add the other records of pupils that are possibly a birth's; return all pairs, and the scored pair behind each."""
    clusters = first.clusters
    members = np.bincount(clusters.of, minlength=len(clusters))
    several = np.flatnonzero((probability > POSSIBLE) & (members[scored.pupil] > 1))
    rows = np.arange(len(scored))
    if not len(several):
        return scored, rows
    by_pupil = np.argsort(clusters.of, kind="stable")
    start = np.cumsum(members) - members
    count = members[scored.pupil[several]]
    behind = np.repeat(several, count)
    offset = np.arange(len(behind)) - np.repeat(np.cumsum(count) - count, count)
    record = by_pupil[start[scored.pupil[behind]] + offset]
    other = record != scored.pairs.right[behind]
    behind, record = behind[other], record[other].astype(np.int32)
    pairs = Pairs(scored.pairs.left[behind], record, np.full(len(record), 1 << (len(first.rules) + 1), np.uint32))
    vectors = tools.vectors(first.births, first.records, pairs)
    added = Scored(pairs, scored.pupil[behind], vectors.code, first.trained.densities.ratio_of(vectors.code))
    return concatenated(scored, added), np.concatenate([rows, behind])


def _flags(rows: IntArray, size: int) -> BoolArray:
    flags = np.zeros(size, bool)
    flags[rows] = True
    return flags


def _place(rows: IntArray, size: int) -> IntArray:
    """Return the place of each record among some rows, -1 where it is not among them."""
    place = np.full(size, -1, np.int32)
    place[rows] = np.arange(len(rows), dtype=np.int32)
    return place
