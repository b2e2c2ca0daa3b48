"""Similarity of texts: the bound that spares work, the grades, and the count of edits, against plain twins."""

import jellyfish
import numpy as np
import pytest
import strategies
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink.compare.addresses import _features, _Identity
from kleuterlink.compare.similarity import _bound, edits, similar
from kleuterlink.engines.reference.scales import typing_errors

WORDS = st.lists(strategies.names(), min_size=1, max_size=6, unique=True)


def vocabulary(words):
    (register,) = strategies.encoded([{"first_names": word} for word in words])
    return register.vocabulary


def street_texts(words):
    return _features(_Identity(np.array(sorted(words), dtype=object)))


def every_pair(texts):
    return np.indices((len(texts.text),) * 2).reshape(2, -1)


def plain_grade(a, b):
    shorter, longer = sorted((a, b), key=len)
    similarity = jellyfish.jaro_winkler_similarity(a, b)
    if similarity >= 0.9 or (len(shorter) >= 3 and shorter in longer):
        return 2
    return 1 if similarity >= 0.8 else 0


@pytest.mark.parametrize("make", [vocabulary, street_texts])
@given(WORDS)
def test_the_bound_is_never_below_the_similarity(make, words):
    texts = make(words)
    left, right = every_pair(texts)
    bound = _bound(texts, left, right)
    similarity = [jellyfish.jaro_winkler_similarity(texts.text[a], texts.text[b]) for a, b in zip(left, right, strict=True)]
    assert (bound >= np.array(similarity) - 1e-12).all()
    within = [texts.text[a] in texts.text[b] and len(texts.text[a]) >= 3 for a, b in zip(left, right, strict=True)]
    assert (bound[within] == 1).all()


def test_the_bound_spares_work():
    texts = vocabulary(["ANNA", "ZWIJN", "MOHAMED", "PEETERS"])
    left, right = np.array([0, 0, 1]), np.array([1, 3, 2])
    assert (_bound(texts, left, right) < 0.8).all()


@pytest.mark.parametrize("make", [vocabulary, street_texts])
@given(WORDS)
def test_grades(make, words):
    texts = make(words)
    left, right = every_pair(texts)
    assert similar(texts, left, right).tolist() == [plain_grade(texts.text[a], texts.text[b]) for a, b in zip(left, right, strict=True)]


def test_streets_of_several_words_are_graded_too():
    texts = street_texts(["GROTE MARKT", "GROTE MRAKT", "MARKT", "KERK"])
    assert similar(texts, np.array([0, 0, 0]), np.array([1, 3, 2])).tolist() == [2, 2, 0]  # sorted: GROTE MARKT, GROTE MRAKT, KERK, MARKT


def test_a_missing_value_is_similar_to_nothing():
    texts = vocabulary(["ANNA"])
    assert similar(texts, np.array([-1, 0, -1, 0]), np.array([0, -1, -1, 0])).tolist() == [0, 0, 0, 2]
    assert similar(texts, np.array([], int), np.array([], int)).tolist() == []


@given(st.lists(st.text("AB12", max_size=6), min_size=1, max_size=6, unique=True))
def test_edits_are_counted_up_to_two(texts):
    text = np.array(texts, dtype=object)
    left, right = np.indices((len(text),) * 2).reshape(2, -1)
    assert edits(text, left, right).tolist() == [min(typing_errors(text[a], text[b]), 3) for a, b in zip(left, right, strict=True)]


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        ("", "", 0),
        ("A1", "A1", 0),
        ("A1", "1A", 1),
        ("A1", "A12", 1),
        ("A12", "A1", 1),
        ("A1", "B1", 1),
        ("A1", "B2", 2),
        ("CA", "ABC", 3),
        ("ABCD", "BADC", 2),
    ],
)
def test_typing_errors(one, other, count):
    assert typing_errors(one, other) == typing_errors(other, one) == count


@given(st.text("ABC", max_size=5), st.text("ABC", max_size=5))
def test_typing_errors_lie_between_damerau_and_levenshtein(one, other):
    assert jellyfish.damerau_levenshtein_distance(one, other) <= typing_errors(one, other) <= jellyfish.levenshtein_distance(one, other)
