"""Registers that exist as agreement patterns only, with planted rates: what training is tried on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kleuterlink.score import Patterns, distinct_patterns
from kleuterlink.tables import Comparison, Pairs, Vectors

COMPARISONS = (
    Comparison("birth_date", ("different",) + ("close",) * 4 + ("swapped", "placeholder", "number", "heaped", "equal")),
    Comparison("first_names", ("different", "similar", "equal")),
    Comparison("surname", ("different", "similar", "equal")),
    Comparison("address", ("elsewhere", "near", "same")),
)
M = (
    np.array([0.01, 0.005, 0.005, 0.005, 0.005, 0.02, 0.0, 0.0, 0.0, 0.95]),
    np.array([0.03, 0.07, 0.90]),
    np.array([0.02, 0.06, 0.92]),
    np.array([0.25, 0.10, 0.65]),
)
U = (
    np.array([0.4, 0.1, 0.1, 0.1, 0.05, 0.05, 0.0, 0.0, 0.0, 0.2]),
    np.array([0.85, 0.1, 0.05]),
    np.array([0.65, 0.15, 0.2]),
    np.array([0.85, 0.1, 0.05]),
)


STRANGERS = (
    np.array([0.9, 0.02, 0.02, 0.02, 0.01, 0.01, 0.01, 0.0, 0.0, 0.01]),
    np.array([0.96, 0.03, 0.01]),
    np.array([0.97, 0.02, 0.01]),
    np.array([0.9, 0.09, 0.01]),
)


@dataclass(frozen=True)
class Planted:
    """Candidate pairs of N births and M records, known non-matches, and which pairs are matches."""

    patterns: Patterns
    pairs: Pairs
    pattern: np.ndarray
    known: np.ndarray
    sizes: tuple[int, int]
    match: np.ndarray


def encode(levels: np.ndarray) -> np.ndarray:
    code = np.zeros(len(levels), np.int64)
    for column, comparison in enumerate(COMPARISONS):
        code = code * (len(comparison.labels) + 1) + levels[:, column] + 1
    return code


def draw(rates, size, random) -> np.ndarray:
    return np.stack([random.choice(len(rate), size, p=rate) for rate in rates], axis=1)


def plant(births: int = 4_000, enrolled: float = 0.97, namesakes: float = 5.0, seed: int = 1) -> Planted:
    """Plant a list in which a share of the births is enrolled, and some pairs of strangers per birth."""
    random = np.random.default_rng(seed)
    enrolled_rows = np.flatnonzero(random.random(births) < enrolled)
    records = len(enrolled_rows) + births // 50
    matched = np.stack([enrolled_rows, random.permutation(records)[: len(enrolled_rows)]])
    strangers = np.stack([random.integers(0, births, int(namesakes * births)), random.integers(0, records, int(namesakes * births))])
    both = np.concatenate([matched, strangers], axis=1)
    key = both[0] * records + both[1]
    _, first = np.unique(key, return_index=True)
    match = first < matched.shape[1]
    levels = np.where(match[:, None], draw(M, len(first), random), draw(U, len(first), random))
    pairs = Pairs(both[0][first].astype(np.int32), both[1][first].astype(np.int32), np.ones(len(first), np.uint32))
    vectors = Vectors(COMPARISONS, encode(levels))
    within = Vectors(COMPARISONS, encode(draw(U, strangers.shape[1], random)))
    patterns = distinct_patterns([vectors, within])
    known = np.bincount(patterns.index(within.code), minlength=len(patterns)).astype(float)
    return Planted(patterns, pairs, patterns.index(vectors.code), known, (births, records), match)
