"""Numbers depend on dates: a number that differs says nothing new where the dates differ too."""

from __future__ import annotations

import numpy as np
import pytest

from kleuterlink.score.patterns import fit_classes, patterns_of, totals
from kleuterlink.tables import Comparison, Vectors

NUMBER = Comparison("national_number", ("two valid numbers that differ", "equal"))
DATE = Comparison("birth_date", tuple(f"level {level}" for level in range(10)))
SEX = Comparison("sex", ("different", "equal"))
BOTH = (NUMBER, DATE, SEX)


def encode(levels):
    code = np.zeros(len(levels), np.int64)
    for column, comparison in enumerate(BOTH):
        code = code * (len(comparison.labels) + 1) + levels[:, column] + 1
    return code


@pytest.fixture(scope="module")
def fitted():
    """Pairs of which one in ten has another date, and then always another number."""
    random = np.random.default_rng(5)
    other_date = random.random(20_000) < 0.1
    other_number = other_date | (random.random(20_000) < 0.02)
    levels = np.column_stack([np.where(other_number, 0, 1), np.where(other_date, 0, 9), random.random(20_000) < 0.95]).astype(np.int64)
    code = encode(levels)
    patterns = patterns_of(BOTH, code)
    counts = totals(patterns.index(code), np.ones(len(code)), len(patterns))
    return patterns, counts, fit_classes(patterns, counts, np.ones((len(patterns), 1)))


def test_one_class_is_enough_for_what_depends_by_nature(fitted):
    patterns, counts, classes = fitted
    assert classes.density(patterns) == pytest.approx(counts / counts.sum(), abs=0.002)


def test_the_rates_of_a_level_are_those_over_all_pairs(fitted):
    number, date, sex = fitted[2].marginals(BOTH)
    assert number[1:] == pytest.approx([0.118, 0.882], abs=0.01)
    assert date[1] == pytest.approx(0.1, abs=0.01)
    assert sex[1:] == pytest.approx([0.05, 0.95], abs=0.01)
    assert [rates.sum() for rates in (number, date, sex)] == pytest.approx([1, 1, 1])


def test_every_pattern_counts_in_one_block_of_each_comparison(fitted):
    patterns = fitted[0]
    assert [block.place for block in patterns.blocks] == [0, 0, 1, 2]
    assert (patterns.indicator.sum(axis=1) == len(BOTH)).all()
    for block in patterns.blocks:
        used = np.asarray(patterns.indicator[:, block.columns].sum(axis=1)).ravel() > 0
        assert (used == block.applies(patterns.levels)).all()


def test_without_dates_nothing_depends():
    patterns = patterns_of((NUMBER, SEX), np.unique(Vectors((NUMBER, SEX), np.arange(9)).code))
    assert [block.condition for block in patterns.blocks] == [None, None]
