"""Training recovers what was planted, and says so where it cannot."""

from __future__ import annotations

import json

import numpy as np
import pytest
from planted import COMPARISONS, STRANGERS, M, draw, encode, plant

from kleuterlink.errors import ConfigError
from kleuterlink.score import (
    FOUND,
    Edges,
    begin,
    describe,
    distinct_patterns,
    first_marginals,
    first_odds,
    given_densities,
    possible,
    refine,
    restore,
)
from kleuterlink.score.matches import CLASSES, EXCHANGED, TROUBLED, split_classes
from kleuterlink.score.prior import nested
from kleuterlink.tables import Comparison, Vectors


def trained_on(planted, known=None):
    counts = np.bincount(planted.pattern, minlength=len(planted.patterns)).astype(float)
    start, known, warnings = begin(planted.patterns, counts, planted.known if known is None else known, strangers(), planted.sizes)
    return refine(start, edges(planted), known, planted.sizes, chains(planted)), warnings


def strangers():
    return Vectors(COMPARISONS, encode(draw(STRANGERS, 5_000, np.random.default_rng(9))))


def edges(planted):
    return Edges(planted.pairs, planted.pattern, np.zeros(len(planted.patterns)))


def chains(planted):
    return tuple(nested([], size) for size in planted.sizes)


@pytest.fixture(scope="module")
def planted():
    return plant()


@pytest.fixture(scope="module")
def trained(planted):
    return trained_on(planted)[0]


def test_it_recovers_the_number_of_matches(planted, trained):
    assert trained.densities.matches.number == pytest.approx(planted.match.sum(), rel=0.01)
    assert trained.densities.matches.converged


def test_it_recovers_the_match_rates(trained):
    fitted = trained.densities.matches.classes.marginals(trained.densities.patterns.comparisons)
    for rates, planted_rates in zip(fitted, M, strict=True):
        assert rates[1:] == pytest.approx(planted_rates, abs=0.015)


def test_it_recovers_the_null(planted, trained):
    truly = np.bincount(planted.pattern[~planted.match], minlength=len(planted.patterns))
    assert trained.densities.null.count.sum() == pytest.approx(truly.sum(), rel=0.02)
    common = truly > 200
    assert common.sum() >= 10
    assert trained.densities.null.count[common] == pytest.approx(truly[common], rel=0.15)


def test_probabilities_are_calibrated():
    planted = plant(births=15_000, seed=2)
    p = trained_on(planted)[0].marginals.pair
    for low, high in ((0.02, 0.3), (0.3, 0.7), (0.7, 0.98)):
        within = (p > low) & (p < high)
        assert within.sum() >= 10
        spread = np.sqrt((p[within] * (1 - p[within])).sum())
        assert abs(planted.match[within].sum() - p[within].sum()) < 4 * spread


def test_the_expected_number_not_found_is_right(planted, trained):
    truly = planted.sizes[0] - planted.match.sum()
    assert (1 - trained.marginals.left).sum() == pytest.approx(truly, rel=0.1)


@pytest.mark.slow
def test_the_number_of_matches_is_right_over_seeds():
    errors = []
    for seed in range(20):
        planted = plant(births=2_000, seed=seed)
        errors.append(trained_on(planted)[0].densities.matches.number / planted.match.sum() - 1)
    assert abs(np.mean(errors)) < 0.003
    assert np.max(np.abs(errors)) < 0.02


def test_a_list_without_matches_has_none():
    planted = plant(enrolled=0.0)
    trained, warnings = trained_on(planted)
    assert trained.densities.matches.number < 0.005 * planted.sizes[0]
    assert any("fewer than" in warning for warning in warnings)


def test_a_null_that_predicts_more_pairs_than_there_are_is_said_and_scaled_down(planted):
    trained, warnings = trained_on(planted, known=planted.known * 3)
    assert any("scaled down" in warning for warning in warnings)
    assert trained.densities.matches.number == pytest.approx(planted.match.sum(), rel=0.05)


def test_a_few_records_are_linked_by_the_usual_rates():
    planted = plant(births=12, namesakes=2.0, enrolled=0.8, seed=4)
    trained, warnings = trained_on(planted)
    assert any("fewer than" in warning for warning in warnings)
    agreeing = (planted.patterns.levels[planted.pattern] == [9, 2, 2, 2]).all(axis=1) & planted.match
    assert agreeing.sum() >= 3
    assert (trained.marginals.pair[agreeing] > 0.9).all()


def test_pairs_out_of_question_change_nothing(planted):
    counts = np.bincount(planted.pattern, minlength=len(planted.patterns)).astype(float)
    start, known, _ = begin(planted.patterns, counts, planted.known, strangers(), planted.sizes)
    odds = first_odds(start, planted.sizes)
    asked = possible(planted.pairs, lambda part: odds[planted.pattern[part]], planted.sizes)
    alone = first_marginals(start, planted.pairs.take(asked), planted.pattern[asked], planted.sizes, chains(planted))
    asked |= (alone.left < FOUND)[planted.pairs.left] | (alone.right < FOUND)[planted.pairs.right]
    every, pattern = edges(planted), planted.pattern[asked]
    apart = counts - np.bincount(pattern, minlength=len(counts))
    assert 0 < apart.sum() < counts.sum()
    some, all_ = (refine(start, each, known, planted.sizes, chains(planted)) for each in (Edges(planted.pairs.take(asked), pattern, apart), every))
    assert all_.marginals.pair[~asked].max() < 1e-6
    assert some.marginals.pair == pytest.approx(all_.marginals.pair[asked], abs=1e-5)


def test_a_pattern_that_no_candidate_has_gets_a_ratio_too(planted, trained):
    code = encode(np.array([[9, 2, 2, 2], [0, 0, 0, 0]]))
    everywhere = distinct_patterns([Vectors(COMPARISONS, code)])
    ratio = trained.densities.ratio_of(everywhere.code)
    assert ratio.max() > 1e3
    assert ratio.min() < 1
    seen = planted.patterns.code[:5]
    assert trained.densities.ratio_of(seen) == pytest.approx(trained.densities.ratio[:5])


def test_a_model_goes_through_json_and_scores_alike(planted, trained):
    sample = Vectors(COMPARISONS, planted.patterns.code)
    model = json.loads(json.dumps(describe(trained.densities, sample)))
    given = given_densities(planted.patterns, restore(model, COMPARISONS, "pupils"), planted.sizes)
    again = refine(given, edges(planted), None, planted.sizes, chains(planted))
    assert np.corrcoef(again.marginals.pair, trained.marginals.pair)[0, 1] > 0.99
    assert again.densities.matches.number == pytest.approx(trained.densities.matches.number, rel=0.02)


def test_a_described_model_tells_rates_that_sum_to_one(planted, trained):
    model = describe(trained.densities, Vectors(COMPARISONS, planted.patterns.code))
    assert [entry["name"] for entry in model["comparisons"]] == [comparison.name for comparison in COMPARISONS]
    for entry, comparison in zip(model["comparisons"], COMPARISONS, strict=True):
        assert [level["label"] for level in entry["levels"]] == list(comparison.labels)
        for rate in ("m", "u"):
            assert sum(level[rate] for level in entry["levels"]) == pytest.approx(1)
        for level in entry["levels"]:
            assert level["weight"] == pytest.approx(np.log2(level["m"] / level["u"]))


def test_a_model_of_other_comparisons_is_refused(planted, trained):
    model = describe(trained.densities, Vectors(COMPARISONS, planted.patterns.code))
    with pytest.raises(ConfigError, match="other comparisons"):
        restore(model, COMPARISONS[:2], "pupils")
    with pytest.raises(ConfigError, match="no model"):
        restore({}, COMPARISONS, "pupils")


def test_exchanged_names_have_a_class_of_their_own_and_leave_the_troubled_one_alone():
    names = Comparison("first_names", ("different", EXCHANGED, "equal")), Comparison("surname", ("different", EXCHANGED, "equal"))
    comparisons = (COMPARISONS[0], *names, COMPARISONS[3])
    random = np.random.default_rng(6)
    clean = np.column_stack([random.choice(10, 5_000, p=M[0]), *(random.choice([0, 2], 5_000, p=[0.03, 0.97]) for _ in range(2)), random.integers(0, 3, 5_000)])
    clean[:100, 1:3] = 1
    code = np.zeros(len(clean), np.int64)
    for column, comparison in enumerate(comparisons):
        code = code * (len(comparison.labels) + 1) + clean[:, column] + 1
    patterns = distinct_patterns([Vectors(comparisons, code)])
    classes = split_classes(patterns, np.bincount(patterns.index(code), minlength=len(patterns)).astype(float))
    exchanged = [classes.rates[block.columns][2] for block in patterns.blocks if block.place in {1, 2}]
    assert classes.share[CLASSES.index("exchanged")] == pytest.approx(0.02, abs=0.005)
    assert all(rates[CLASSES.index("exchanged")] > 0.9 and rates[TROUBLED] < 0.1 for rates in exchanged)
