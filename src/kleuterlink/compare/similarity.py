"""Similarity of strings, once per distinct pair of values that can reach it at all."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from kleuterlink.tables import IntArray

CLOSE = 0.9
NEAR = 0.8
"""Bounds on Jaro-Winkler similarity (Winkler 1990); one typing error in a name of ordinary length stays above `CLOSE`."""

SHORTEST_INFIX = 3


class Texts(Protocol):
    """Distinct texts and the features that bound their similarity; see `tables.Vocabulary`."""

    @property
    def text(self) -> npt.NDArray[np.object_]:
        """The texts."""

    @property
    def length(self) -> IntArray:
        """Their lengths."""

    @property
    def letters(self) -> npt.NDArray[np.uint32]:
        """The bit sets of their letters."""

    @property
    def initial(self) -> IntArray:
        """Their first letters."""


def similar(texts: Texts, left: IntArray, right: IntArray) -> IntArray:
    """Grade the similarity of pairs of values.

    Parameters
    ----------
    texts
        The distinct values.
    left, right
        Codes into `texts`, aligned; -1 for none.

    Returns
    -------
    int8 array
        2 where Jaro-Winkler similarity is at least 0.9 or one value (of three letters or more) is contained in the other, 1 where it is
        at least 0.8, else 0.

    """
    grade = np.zeros(len(left), np.int8)
    hopeful = np.flatnonzero((left >= 0) & (right >= 0))
    hopeful = hopeful[_bound(texts, left[hopeful], right[hopeful]) >= NEAR]
    if not len(hopeful):
        return grade
    low = np.minimum(left[hopeful], right[hopeful]).astype(np.int64)
    high = np.maximum(left[hopeful], right[hopeful]).astype(np.int64)
    inverse, distinct = pd.factorize(low * len(texts.text) + high)
    first, second = np.divmod(distinct, len(texts.text))
    a, b = texts.text[first], texts.text[second]
    similarity = process.cpdist(a.tolist(), b.tolist(), scorer=JaroWinkler.similarity, dtype=np.float64)
    # The shorter value is looked for in the longer one only where its letters allow it.
    letters_a, letters_b = texts.letters[first], texts.letters[second]
    within = (letters_a & ~letters_b == 0) | (letters_b & ~letters_a == 0)
    shortest = np.minimum(texts.length[first], texts.length[second])
    infix = np.zeros(len(distinct), bool)
    maybe = np.flatnonzero(within & (shortest >= SHORTEST_INFIX) & (similarity < CLOSE))
    infix[maybe] = [x in y or y in x for x, y in zip(a[maybe], b[maybe], strict=True)]
    level = np.where((similarity >= CLOSE) | infix, 2, np.where(similarity >= NEAR, 1, 0)).astype(np.int8)
    grade[hopeful] = level[inverse]
    return grade


def _bound(texts: Texts, left: IntArray, right: IntArray) -> npt.NDArray[np.float64]:
    """Bound Jaro-Winkler similarity from above, from lengths, letters and initials alone; 1 where an infix is possible.

    A letter that does not occur in the other value cannot be matched, so at most |a| minus such letters match
    (Jaro 1989); the prefix adds at most 0.4 (1 - Jaro), and nothing where the initials differ (Winkler 1990).
    """
    length_a, length_b = texts.length[left], texts.length[right]
    letters_a, letters_b = texts.letters[left], texts.letters[right]
    only_a, only_b = np.bitwise_count(letters_a & ~letters_b), np.bitwise_count(letters_b & ~letters_a)
    place = (texts.initial[left] == texts.initial[right]).astype(np.int32)
    for size in (length_a, length_b, np.minimum(length_a - only_a, length_b - only_b)):
        place = place * LONG + np.minimum(size, LONG - 1)
    bound: npt.NDArray[np.float64] = _BOUNDS[place]
    bound[((only_a == 0) | (only_b == 0)) & (np.minimum(length_a, length_b) >= SHORTEST_INFIX)] = 1.0
    return bound


LONG = 32
"""Length from which a text is always looked at."""


def _bounds() -> npt.NDArray[np.float64]:
    """Tabulate the bound by: equal initials, the two lengths, letters that may match."""
    same, length_a, length_b, matched = np.indices((2, LONG, LONG, LONG)).reshape(4, -1)
    jaro = (matched / np.maximum(length_a, 1) + matched / np.maximum(length_b, 1) + 1) / 3
    bound = np.where(same == 1, jaro + 0.4 * (1 - jaro), jaro)
    bound[(length_a == LONG - 1) | (length_b == LONG - 1)] = 1.0
    return bound


_BOUNDS = _bounds()


def edits(text: npt.NDArray[np.object_], left: IntArray, right: IntArray, most: int = 2) -> IntArray:
    """Count edits between identifiers, at most `most` + 1 (optimal string alignment: Damerau 1964, restricted).

    Parameters
    ----------
    text
        The distinct values.
    left, right
        Codes into `text`, none missing.
    most
        Counts above it are cut off.

    Returns
    -------
    int8 array
        Number of insertions, deletions, substitutions and adjacent swaps.

    """
    distinct, inverse = np.unique(left.astype(np.int64) * len(text) + right, return_inverse=True)
    first, second = np.divmod(distinct, len(text))
    distance = process.cpdist(text[first].tolist(), text[second].tolist(), scorer=OSA.distance, score_cutoff=most, dtype=np.int32)
    counted: IntArray = np.asarray(distance).astype(np.int8)[inverse]
    return counted
