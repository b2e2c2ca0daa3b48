"""Our tables in the toolkit's vocabulary and back, and the toolkit's own index and classifiers on them."""

import numpy as np
import pandas as pd
import pytest
import recordlinkage
import strategies
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink import block, compare
from kleuterlink.engines import toolkit
from kleuterlink.errors import LinkageError
from kleuterlink.tables import Comparison, Pairs, Vectors

LEFT_IDS = np.array(["a", "b", "c"], dtype=object)
RIGHT_IDS = np.array(["x", "y"], dtype=object)
COLOUR, SIZE = Comparison("colour", ("different", "equal")), Comparison("size", ("different", "near", "closer", "equal"))


def pairs_of(*rows):
    left, right = np.array(sorted(rows), np.int32).reshape(-1, 2).T
    return Pairs(left, right, np.full(len(rows), 5, np.uint32))


def vectors_of(*levels):
    code = [(colour + 1) * 5 + size + 1 for colour, size in levels]
    return Vectors((COLOUR, SIZE), np.array(code, np.int64))


def test_pairs_are_ids_in_order():
    index = toolkit.to_multiindex(pairs_of((2, 0), (0, 1)), LEFT_IDS, RIGHT_IDS)
    assert index.tolist() == [("a", "y"), ("c", "x")]
    assert index.names == ["child_id", "record_id"]


@given(st.sets(st.tuples(st.integers(0, 2), st.integers(0, 1))))
def test_pairs_come_back(rows):
    pairs = pairs_of(*rows)
    back = toolkit.from_multiindex(toolkit.to_multiindex(pairs, LEFT_IDS, RIGHT_IDS), LEFT_IDS, RIGHT_IDS)
    assert list(zip(back.left, back.right, strict=True)) == sorted(rows)
    assert back.rules.tolist() == [0] * len(rows)
    assert (back.left.dtype, back.right.dtype, back.rules.dtype) == (np.int32, np.int32, np.uint32)


def test_repeated_links_in_any_order_become_distinct_sorted_pairs():
    back = toolkit.from_multiindex(pd.MultiIndex.from_tuples([("c", "x"), ("a", "y"), ("c", "x")]), LEFT_IDS, RIGHT_IDS)
    assert list(zip(back.left, back.right, strict=True)) == [(0, 1), (2, 0)]


def test_links_by_row_number_are_refused_without_naming_an_id():
    with pytest.raises(LinkageError, match=r"1 ids of level 1, the first at position 1.*set the record ids as the index") as error:
        toolkit.from_multiindex(pd.MultiIndex.from_tuples([("a", "x"), ("b", "secret")]), LEFT_IDS, RIGHT_IDS)
    assert "secret" not in str(error.value)


def test_features():
    vectors, pairs = vectors_of((1, 3), (0, -1), (-1, 1)), pairs_of((0, 0), (0, 1), (1, 0))
    scaled = toolkit.to_features(vectors, pairs, LEFT_IDS, RIGHT_IDS)
    assert scaled.index.equals(toolkit.to_multiindex(pairs, LEFT_IDS, RIGHT_IDS))
    pd.testing.assert_frame_equal(scaled.reset_index(drop=True), pd.DataFrame({"colour": [1, 0, np.nan], "size": [1, np.nan, 1 / 3]}))
    raw = toolkit.to_features(vectors, pairs, LEFT_IDS, RIGHT_IDS, scaled=False)
    pd.testing.assert_frame_equal(raw.reset_index(drop=True), pd.DataFrame({"colour": [1, 0, np.nan], "size": [3, np.nan, 1]}))


@given(st.lists(st.tuples(st.integers(-1, 1), st.integers(-1, 3)), max_size=6), st.booleans())
def test_vectors_come_back(levels, scaled):
    vectors, pairs = vectors_of(*levels), pairs_of(*((row // 2, row % 2) for row in range(len(levels))))
    back = toolkit.from_features(toolkit.to_features(vectors, pairs, LEFT_IDS, RIGHT_IDS, scaled=scaled), vectors.comparisons, scaled=scaled)
    assert back.comparisons == vectors.comparisons
    np.testing.assert_array_equal(back.code, vectors.code)


def test_a_feature_between_two_levels_is_the_nearest():
    frame = pd.DataFrame({"size": [0.4, 0.9, 0.1], "colour": [1.0, 0.2, np.nan], "other": [9, 9, 9]})
    assert toolkit.from_features(frame, (COLOUR, SIZE)).levels().tolist() == [[1, 1], [0, 3], [-1, 0]]


@pytest.mark.parametrize(
    ("frame", "scaled", "message"),
    [
        ({"colour": [1.0]}, True, "no column size; the frame has colour"),
        ({"colour": [1.0], "size": [2.0]}, True, "values of size are no levels; they lie from 0 to 1"),
        ({"colour": [-1.0], "size": [3.0]}, False, "values of colour are no levels; they lie from 0 to the highest level"),
    ],
)
def test_features_that_are_no_vectors(frame, scaled, message):
    with pytest.raises(LinkageError, match=message):
        toolkit.from_features(pd.DataFrame(frame), (COLOUR, SIZE), scaled=scaled)


# the toolkit on our tables


@pytest.fixture(scope="module")
def linkage():
    """Births and the enrolments of two thirds of them in another order, with some errors."""
    births = strategies.large_register(3, 120)
    births["surname"] = births["surname"].fillna("Wouters").replace("X", "Wouters")
    enrolments = births.iloc[::-1].iloc[:80].reset_index(drop=True)
    enrolments["id"] = births["id"].iloc[:80]
    enrolments.loc[::5, "street"] = None
    enrolments.loc[::7, "first_names"] = "Sara"
    left, right = strategies.encoded(births, enrolments)
    matches = pd.MultiIndex.from_arrays([births["id"].iloc[::-1].iloc[:80].to_numpy(object), enrolments["id"].to_numpy(object)])
    return left, right, matches


def test_a_classifier_of_the_toolkit_finds_the_matches_in_our_vectors(linkage):
    left, right, matches = linkage
    pairs, _ = block.candidate_pairs(left, right, block.default_rules(left, right))
    vectors = compare.compare(left, right, pairs, compare.frequencies([left, right]))
    features = toolkit.to_features(vectors, pairs, left.ids, right.ids).fillna(0)
    # It knows agreement and disagreement only: a comparison's highest levels are agreement.
    found = recordlinkage.ECMClassifier(binarize=0.6).fit_predict(features / features.max())
    assert recordlinkage.precision(matches, found) > 0.9
    assert recordlinkage.recall(matches, found) > 0.8
    assert len(pairs) > 3 * len(matches)


def test_the_kernel_compares_pairs_of_the_toolkit_s_index(linkage):
    left, right, matches = linkage
    frames = [pd.DataFrame({"sound": side.vocabulary.sound[side.columns["surname"][:, 0]]}, index=side.ids) for side in (left, right)]
    indexer = recordlinkage.Index()
    indexer.block("sound")
    index = indexer.index(*frames)
    pairs = toolkit.from_multiindex(index, left.ids, right.ids)
    assert set(toolkit.to_multiindex(pairs, left.ids, right.ids)) == set(index) >= set(matches)
    vectors = compare.compare(left, right, pairs, compare.frequencies([left, right]))
    features = toolkit.to_features(vectors, pairs, left.ids, right.ids, scaled=False)
    assert (features.loc[matches, "surname"] >= 11).all()
    assert features["surname"].min() < 9
