"""The model of one register by itself: planted duplicates are found, and where none is planted none is."""

from __future__ import annotations

import numpy as np
import planted
import pytest

from kleuterlink.score import Patterns, distinct_patterns, duplicate_prior, train_within
from kleuterlink.tables import Vectors

SIZE = 3_000
SAME = (np.array([0.0] * 9 + [1.0]), *(np.array([0.0] * (len(rates) - 1) + [1.0]) for rates in planted.U[1:]))


def pairs(rates, count, random):
    return planted.encode(planted.draw(rates, count, random))


def with_shared(rates, **shared):
    """Return the rates of strangers, but for fields that are mostly equal."""
    made = dict(zip((comparison.name for comparison in planted.COMPARISONS), rates, strict=True))
    for name, equal in shared.items():
        rate = np.full(len(made[name]), (1 - equal) / (len(made[name]) - 1))
        rate[-1] = equal
        made[name] = rate
    return tuple(made.values())


FAMILIES = 600
OF_SIBLINGS = with_shared(planted.STRANGERS, surname=0.95, address=0.9)
OF_TWINS = with_shared(OF_SIBLINGS, birth_date=0.99)


def register(duplicates: int, twins: int = 0, seed: int = 1):
    """Make all pairs of a register as patterns: candidates are the close ones, the others a sample; return the candidates' truth too."""
    random = np.random.default_rng(seed)
    parts = [(planted.M, duplicates), (OF_TWINS, twins), (OF_SIBLINGS, FAMILIES), (planted.STRANGERS, 20_000)]
    codes = np.concatenate([pairs(rates, count, random) for rates, count in parts])
    match = np.arange(len(codes)) < duplicates
    outside = pairs(planted.STRANGERS, 100_000, random)
    selves = Vectors(planted.COMPARISONS, pairs(SAME, SIZE, random))
    patterns = distinct_patterns([Vectors(planted.COMPARISONS, codes), Vectors(planted.COMPARISONS, outside), selves])
    candidates, rest = (np.bincount(patterns.index(each), minlength=len(patterns)).astype(float) for each in (codes, outside))
    weight = (SIZE * (SIZE - 1) / 2 - len(codes)) / len(outside)
    return patterns, candidates, rest * weight, selves, (patterns.index(codes), match)


def probability(patterns: Patterns, candidates, outside, selves):
    densities = train_within(patterns, candidates, outside, selves, SIZE)
    odds = duplicate_prior(densities.ratio, SIZE, candidates) * densities.ratio
    return odds / (1 + odds), densities


def known_probability(patterns: Patterns, duplicates: int, twins: int) -> np.ndarray:
    """Return what somebody who knew every rate would think of each pattern."""

    def count(rates, number):
        return number * np.prod([rate[column] for rate, column in zip(rates, patterns.levels.T, strict=True)], axis=0)

    match = count(planted.M, duplicates)
    others = count(OF_TWINS, twins) + count(OF_SIBLINGS, FAMILIES) + count(planted.STRANGERS, SIZE * (SIZE - 1) / 2)
    return match / (match + others)


@pytest.mark.parametrize(("duplicates", "seed"), [(300, 2), (1_500, 3)])
def test_planted_duplicates_are_found(duplicates, seed):
    *made, (pattern, match) = register(duplicates, twins=30, seed=seed)
    p, densities = probability(*made)
    found, knowable = p[pattern] >= 0.5, known_probability(made[0], duplicates, 30)[pattern] >= 0.5
    wrong, unavoidable = (found != match).sum(), (knowable != match).sum()
    assert wrong <= unavoidable + 0.05 * duplicates
    assert p[pattern].sum() == pytest.approx(duplicates, rel=0.25)
    m = densities.matches.classes.marginals(densities.patterns.comparisons)[0][-1]
    assert m == pytest.approx(planted.M[0][-1], abs=0.06)


def test_few_duplicates_are_found_with_reserve():
    *made, (pattern, match) = register(60, twins=30)
    p, _ = probability(*made)
    found = p[pattern] >= 0.5
    assert (found & match).sum() >= 30
    assert (found & ~match).sum() <= 2


@pytest.mark.parametrize("twins", [0, 30, 150])
def test_where_nobody_stands_twice_nobody_is_found(twins):
    *made, (pattern, _) = register(0, twins=twins, seed=4)
    p, _ = probability(*made)
    assert p[pattern].sum() < 3
    assert (p[pattern] >= 0.5).sum() <= 1 + 0.03 * twins


def test_twins_stay_apart_where_others_stand_twice():
    *made, (pattern, match) = register(200, twins=60, seed=5)
    p, _ = probability(*made)
    twins = slice(200, 260)
    assert not match[twins].any()
    assert (p[pattern[twins]] >= 0.5).sum() <= 6


def test_a_sample_of_other_pairs_teaches_no_matches():
    patterns, candidates, outside, selves, _ = register(0, seed=6)
    best = np.flatnonzero((patterns.levels == [9, 2, 2, 2]).all(axis=1))
    assert len(best) == 1
    outside[best] += 1_000
    _, densities = probability(patterns, candidates, outside, selves)
    assert densities.matches.number < 3
