"""A register by itself: match and null density without any pair that is known to be a non-match.

Between births and a list, known non-matches show the null. Within one register nothing does. So all pairs of the register are a
mixture of what pairs of people can be: strangers, namesakes, siblings, twins, or one person twice (mixtures for linkage: Larsen &
Rubin 2001). Free classes would be taken by the commonest errors of one person's records. So each class has in common what its
people share, and in all else its people are strangers: siblings have no more in common of first name and birth date than
chance allows. Pairs that no blocking rule made are part of the mixture, by a random sample: they show what chance does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kleuterlink.score.densities import Densities
from kleuterlink.score.duplicates import duplicate_prior
from kleuterlink.score.matches import EXCHANGED, PSEUDO_MATCHES, USUAL, Matches, split_classes
from kleuterlink.score.mistaken import EXPECTED, Mistaken
from kleuterlink.score.null import Null
from kleuterlink.score.patterns import LatentClasses, Patterns, agreement_from, fit_classes, level_counts
from kleuterlink.tables import BoolArray, Comparison, FloatArray, Vectors

TWINS = 0.009
"""Pairs of twins per record: 1.6 to 1.9% of births are twins (published)."""

STARTING = {"strangers": 0.0, "namesakes": 0.05, "cross-named": 0.05, "siblings": 0.3, "twins": TWINS, "matches": 0.02}
"""Latent classes of a register's pairs, and how many of each per record to start from; strangers are all others."""

CLASSES = tuple(STARTING)
MATCHES = len(CLASSES) - 1
SIBLINGS, TWIN = CLASSES.index("siblings"), CLASSES.index("twins")
FAMILY = [SIBLINGS, TWIN]
"""The last classes of different people: between records of one household."""

MOST_TWINS, TWINS_OF_SIBLINGS = 1.5, 0.08
"""Twins are never fewer than the usual, and never more than so many times the usual or than this share of siblings, whichever is more: one
person under two first names looks like twins, and only what is known of families tells how often to believe which. Where siblings would show
and hardly any do, the register is of people without families, and the usual number is this share of the siblings too (of children born within
three years every tenth has a sibling among them, and a tenth of that many have a twin)."""

HOUSEHOLD = ("address", "parent")
"""Comparisons that show who lives together."""

PERSONAL = frozenset({"first_names", "birth_date", "sex"})
"""What siblings do not share, beside identifiers."""

AGREES = USUAL["agrees"] / (USUAL["agrees"] + USUAL["different"])
"""Share of what people share that agrees where both records know it, before data are seen."""

LOOSELY = 0.1
"""Share of what agrees that does so at any level of agreement, before data are seen; the rest is as rare as the register's values are."""

CHANCE = 0.005
"""Share of pairs of strangers that agree on a field, before data are seen."""

PSEUDO_PAIRS = 1_000.0
"""Pairs of strangers for which that share counts: it carries a register of a few records, and nothing in one of hundreds."""

REPEATED_MATCHES = 30.0
"""Matches for which the usual error rates count: a register without any must not learn from its closest strangers what matches are."""

CLEAR = 0.5
"""Probability from which pairs teach the match rates. Lesser shares of many twins would make their first names an error of one person's."""

ROUNDS = 10
FIRST_ROUNDS, LATER_ROUNDS = 30, 8
"""Rounds of learning from clear pairs; of EM over the classes at first, and in each of those rounds."""


@dataclass(frozen=True)
class _Before:
    """What is held of a register's families and of usual errors while its pairs are fitted.

    Attributes
    ----------
    usual
        (L,) usual match rates.
    prior
        (L, K) pseudo-pairs per level and class.
    siblings_show
        Whether siblings would show.
    like_siblings
        Pairs of one person's records whose first names and birth dates both differ, by chance: they look like siblings.

    """

    usual: FloatArray
    prior: FloatArray
    siblings_show: bool
    like_siblings: float = 0.0


def train_within(patterns: Patterns, candidates: FloatArray, outside: FloatArray, selves: Vectors, size: int, *, several_years: bool = False) -> Densities:
    """Estimate match and null density of a register's pairs.

    Parameters
    ----------
    patterns
        P patterns.
    candidates
        (P,) candidate pairs per pattern.
    outside
        (P,) the register's other pairs per pattern: a sample, scaled up.
    selves
        Records compared with themselves: what agreement looks like here.
    size
        N records.
    several_years
        Whether the people were born in several years, so that siblings may be among them.

    Returns
    -------
    Densities
        Over the N (N - 1) / 2 pairs.

    Notes
    -----
    First the classes of different people are fitted beside matches with the usual error rates. Then the match rates are learnt from the pairs
    that are clearly one person's, and the other classes from all others, in turn (classification EM: Celeux & Govaert 1992); what matches
    tell of errors then holds of families too.

    """
    missing = _missing(patterns, selves)
    usual = _repeated(patterns, selves, missing)
    before = _Before(usual, _prior(patterns, missing, usual), several_years and _households_known(patterns, selves))
    strangers = _rates(patterns, patterns.count(candidates + outside) + before.prior[:, 0])
    classes = _fit(patterns, candidates, outside, _start(patterns, strangers, usual, size), before, FIRST_ROUNDS)
    joint = classes.joint(patterns)
    expected = candidates * joint[:, MATCHES] / joint.sum(axis=1)
    different = LatentClasses(classes.share[:MATCHES] / classes.share[:MATCHES].sum(), classes.rates[:, :MATCHES])
    matches = repeated_matches(patterns, expected, usual)
    everything, mistaken = max(float(candidates.sum() + outside.sum()), 1.0), Mistaken(EXPECTED * size, strangers)
    densities = _densities(patterns, matches, different, everything, mistaken)
    for _ in range(ROUNDS):
        odds = duplicate_prior(densities.ratio, size, candidates) * densities.ratio
        probability = odds / (1 + odds)
        expected = candidates * np.where(probability >= CLEAR, probability, 0.0)
        if abs(expected.sum() - matches.number) < 1e-3 * max(matches.number, 1.0):
            break
        matches = repeated_matches(patterns, expected, usual, matches.classes)
        before = _seen_of_matches(patterns, matches, before)
        different = _fit(patterns, candidates - expected, outside, different, before, LATER_ROUNDS)
        densities = _densities(patterns, matches, different, everything, mistaken)
    return densities


def _seen_of_matches(patterns: Patterns, matches: Matches, before: _Before) -> _Before:
    """Hold of families what matches tell: what a household's records share has one person's errors, and errors can look like siblings."""
    classes, prior = matches.classes, before.prior.copy()
    as_matches = REPEATED_MATCHES * (classes.rates @ classes.share)
    prior[:, FAMILY] = np.where(_shared(patterns)[:, FAMILY], as_matches[:, None], prior[:, FAMILY])
    both_differ = classes.share
    for comparison, block in patterns.by_comparison():
        if comparison.name in {"first_names", "birth_date"}:
            both_differ = both_differ * classes.rates[block][1 : 1 + agreement_from(comparison)].sum(axis=0)
    return replace(before, prior=prior, like_siblings=matches.number * float(both_differ.sum()))


def _start(patterns: Patterns, strangers: FloatArray, usual: FloatArray, size: int) -> LatentClasses:
    """Return classes that share what their people share, as one person's records do."""
    rates = np.where(_shared(patterns), usual[:, None], strangers[:, None])
    # Pairs per record, as a share of all N (N - 1) / 2 pairs.
    share = np.minimum(np.array(list(STARTING.values())) * 2 / max(size - 1, 1), 0.1)
    share[0] = 1 - share.sum()
    return LatentClasses(share, _cross_named(patterns, rates, [CLASSES.index("cross-named")]))


def _fit(patterns: Patterns, candidates: FloatArray, outside: FloatArray, classes: LatentClasses, before: _Before, rounds: int) -> LatentClasses:
    """Fit the classes of different people by EM; the rates of matches stay, and of pairs outside the candidates none is one or a family's."""
    places = np.arange(len(classes.share))
    prior, shared = before.prior[:, places], _shared(patterns)[:, places]
    records = np.sqrt(2 * float(candidates.sum() + outside.sum()))
    usual_twins = TWINS * records
    # No class is ever gone: what it starts from stays, up to one pair.
    least_mass = np.minimum(np.array(list(STARTING.values()))[places] * records, 1.0)
    least_mass[0] = 1.0
    for _ in range(rounds):
        joint = classes.joint(patterns)
        expected = joint * (candidates / joint.sum(axis=1))[:, None]
        apart = joint[:, :SIBLINGS]
        expected[:, :SIBLINGS] += apart * (outside / apart.sum(axis=1))[:, None]
        counts = patterns.indicator.T @ expected + prior
        rates = _rates(patterns, np.where(shared, counts, (counts * ~shared).sum(axis=1, keepdims=True)))
        rates[:, MATCHES:] = classes.rates[:, MATCHES:]
        mass = expected.sum(axis=0) + least_mass
        of_siblings = TWINS_OF_SIBLINGS * max(mass[SIBLINGS] - before.like_siblings, 0.0)
        least = min(usual_twins, of_siblings) if before.siblings_show else usual_twins
        mass[TWIN] = np.clip(mass[TWIN], least, max(MOST_TWINS * least, of_siblings))
        classes = LatentClasses(mass / mass.sum(), _cross_named(patterns, rates, [CLASSES.index("cross-named")]))
    return classes


def repeated_matches(patterns: Patterns, expected: FloatArray, usual: FloatArray, start: LatentClasses | None = None) -> Matches:
    """Fit the classes of one person's records within a register; what one class shows too seldom to tell is as in all.

    Parameters
    ----------
    patterns
        P patterns.
    expected
        (P,) expected pairs of one person's records per pattern.
    usual
        (L,) usual rates of the levels, which count for `REPEATED_MATCHES` pairs.
    start
        Classes to go on from.

    Returns
    -------
    Matches
        Their number is the sum of `expected`.

    """
    pooled = fit_classes(patterns, expected, np.ones((len(patterns), 1)), prior=REPEATED_MATCHES * usual[:, None], rounds=2)
    return Matches(float(expected.sum()), split_classes(patterns, expected, start, prior=PSEUDO_MATCHES * pooled.rates), converged=True)


def _densities(patterns: Patterns, matches: Matches, different: LatentClasses, everything: float, mistaken: Mistaken) -> Densities:
    classes = _with_slips(patterns, different, matches.classes, everything, mistaken.number)
    count = classes.density(patterns) * (everything - matches.number + 1)
    return Densities(patterns, Null(np.maximum(count, mistaken.count(patterns)), classes, mistaken), matches, everything)


def _with_slips(patterns: Patterns, different: LatentClasses, matches: LatentClasses, everything: float, mistaken: float) -> LatentClasses:
    """Let siblings and twins suffer what one person's records do: names exchanged on one, and one's identifier on the other's record."""
    rates = different.rates.copy()
    equal = min(0.5 * mistaken / max(different.share[FAMILY].sum() * everything, 1.0), 0.5)
    for comparison, block in patterns.by_comparison():
        if comparison.identifying:
            rates[block.stop - 1, FAMILY] = np.maximum(rates[block.stop - 1, FAMILY], equal)
            rates[block] /= rates[block].sum(axis=0)
    share = np.concatenate([different.share, different.share[FAMILY] * matches.share[-1]])
    return LatentClasses(share / share.sum(), np.column_stack([rates, _cross_named(patterns, rates[:, FAMILY], [0, 1])]))


def _cross_named(patterns: Patterns, rates: FloatArray, places: list[int]) -> FloatArray:
    """Let first name and surname of some classes stand in each other's place."""
    rates = rates.copy()
    for comparison, block in patterns.by_comparison():
        if EXCHANGED in comparison.labels:
            rates[block, places] = 0.01 / (block.stop - block.start)
            rates[block.start + 1 + comparison.labels.index(EXCHANGED), places] += 0.99
    return rates


def _missing(patterns: Patterns, selves: Vectors) -> FloatArray:
    """Return, per comparison, the share of pairs in which it is missing on either side, where that tells nothing: in whomever's records."""
    counts, made = level_counts(selves), np.empty(len(patterns.comparisons))
    for place in range(len(made)):
        columns = [block.columns for block in patterns.blocks if block.place == place]
        lacking, known = (sum(float(counts[part].sum()) for part in parts) + 0.5 for parts in _apart(columns))
        made[place] = 1 - (known / (lacking + known)) ** 2
    return made


def _households_known(patterns: Patterns, selves: Vectors) -> bool:
    """Tell whether half of the records say where or with whom the person lives, as exactly as siblings share it."""
    counts = level_counts(selves)
    exact = [float(counts[columns][1 + agreement_from(comparison) :].sum()) for comparison, columns in patterns.by_comparison() if comparison.name in HOUSEHOLD]
    return max(exact, default=0.0) >= 0.5 * len(selves.code)


def _apart(blocks: list[slice]) -> tuple[list[slice], list[slice]]:
    """Part blocks of levels into the missing one and all others."""
    return [slice(block.start, block.start + 1) for block in blocks], [slice(block.start + 1, block.stop) for block in blocks]


def _repeated(patterns: Patterns, selves: Vectors, missing: FloatArray) -> FloatArray:
    """Return usual rates of matches: as rare as the register's values are, and as often different as is usual."""
    made = level_counts(selves) + _spread(patterns, missing, AGREES)
    for block in patterns.blocks:
        comparison, columns = patterns.comparisons[block.place], block.columns
        level = np.arange(-1, len(comparison.labels))
        agrees = level >= agreement_from(comparison)
        different = (level >= 0) & ~agrees
        known = 1 - missing[block.place]
        to_the_letter = made[columns] * agrees / made[columns][agrees].sum()
        rates = ((1 - LOOSELY) * to_the_letter + LOOSELY * agrees / agrees.sum()) * known * AGREES
        rates[different] = known * (1 - AGREES) / different.sum()
        rates[0] = missing[block.place]
        made[columns] = rates
    return made


def _spread(patterns: Patterns, missing: FloatArray, agrees: float) -> FloatArray:
    """Spread shares of missing, agreeing and different evenly over the levels concerned."""
    made = np.zeros(patterns.indicator.shape[1])
    for block in patterns.blocks:
        comparison, known = patterns.comparisons[block.place], 1 - missing[block.place]
        level = np.arange(-1, len(comparison.labels))
        agreeing = level >= agreement_from(comparison)
        # What is equal or not, such as the sex, has few values: chance makes it equal half the time.
        alike = max(agrees, 0.5) if len(comparison.labels) == 2 else agrees
        for share, where in ((1 - known, level < 0), (known * alike, agreeing), (known * (1 - alike), (level >= 0) & ~agreeing)):
            made[block.columns][where] = share / where.sum()
    return made


def _prior(patterns: Patterns, missing: FloatArray, usual: FloatArray) -> FloatArray:
    """Return pseudo-pairs per level and class; rates that are those of strangers have theirs once."""
    prior = np.where(_shared(patterns), PSEUDO_MATCHES * usual[:, None], 1e-6)
    prior[:, 0] = PSEUDO_PAIRS * _spread(patterns, missing, CHANCE)
    return prior


def _rates(patterns: Patterns, counts: FloatArray) -> FloatArray:
    """Divide the counts of a block's levels by their sum."""
    rates = counts.copy()
    for block in patterns.blocks:
        rates[block.columns] /= rates[block.columns].sum(axis=0)
    return rates


def _shared(patterns: Patterns) -> BoolArray:
    """Tell, per level and class, which rates are the class's own; the others are those of strangers."""
    shared = np.zeros((patterns.indicator.shape[1], len(CLASSES)), bool)
    for comparison, block in patterns.by_comparison():
        shared[block] = [_have_in_common(name, comparison) for name in CLASSES]
    return shared


def _have_in_common(name: str, comparison: Comparison) -> bool:
    """Tell whether the people of a class share a field."""
    personal = comparison.name in PERSONAL or comparison.identifying
    match name:
        case "matches":
            return True
        case "twins":
            return not personal or comparison.name == "birth_date"
        case "siblings":
            return not personal
        case "strangers":
            return False
        case _:
            return comparison.name in {"first_names", "surname"}
