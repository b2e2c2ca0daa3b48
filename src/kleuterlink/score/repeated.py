"""Records of one pupil within a list, told from those of two: by what they have in common, and by whether each has a birth of its own.

Between births and a list, births beside births show what different children look like. Two records of a list are recorded alike and both carry the
list's errors: one pupil's differ less often than a birth and a record do, and two pupils' agree more often than two births do, as where
1 January stands for an unknown date. So the pairs of a list have a null and match rates of their own. Records of which each is matched with a birth
of its own are known to be different children's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from kleuterlink.score.densities import Densities
from kleuterlink.score.duplicates import duplicate_prior
from kleuterlink.score.null import as_before, fit_null
from kleuterlink.score.patterns import patterns_of, slices_of, totals
from kleuterlink.score.within import CLEAR, repeated_matches
from kleuterlink.tables import FloatArray, IntArray, Pairs

SETTLED = 0.9
"""Probability of having a birth of its own from which a record serves as a known non-match of others such."""

LEAST = 1e-12
"""Least probability of having no birth of one's own: beyond, sums of marginals are not exact."""

NEGLIGIBLE = 1e-6
"""Odds of being one pupil's, under the densities between births and list, below which a pair teaches nothing about one pupil's records."""

ROUNDS = 8
"""Rounds of match rates and prior; twenty give the same clusters."""


@dataclass(frozen=True)
class Repeated:
    """What tells the records of one pupil in a list.

    Attributes
    ----------
    densities
        Match and null density of pairs of the list's records.
    prior
        Prior odds that two records are one pupil's.
    matched
        (M,) probability that each record, were it a pupil of its own, has a birth.

    """

    densities: Densities
    prior: float
    matched: FloatArray

    def log_odds(self, pairs: Pairs, code: IntArray) -> FloatArray:
        """Return the (E,) natural log-odds that each pair of records is one pupil's, given its agreement pattern."""
        made: FloatArray = np.log(self.densities.ratio_of(code))
        made += np.log(self.prior * births_testify(self.matched, pairs))
        return made


def births_testify(matched: FloatArray, pairs: Pairs) -> FloatArray:
    """Return what the births say of pairs of records: how much more likely it is of one pupil's than of two's.

    Parameters
    ----------
    matched
        (M,) probability that each record has a birth, where every record is held to be a pupil of its own.
    pairs
        E pairs of records.

    Returns
    -------
    float64 array
        (E,) likelihood ratio; its mean over pairs of different pupils is one.

    Notes
    -----
    Let Z be the total weight of all matchings of births and records. If a and b are two pupils, each of these is possible. If they are one, they
    have one birth between them, and a pupil's best record speaks for it: with w_ia for the odds of birth i and record a, the birth's pair with
    the pupil weighs max(w_ia, w_ib). So the matchings of the list in which a and b are one node weigh at most, and at least half of, those in
    which a or b is left without a birth::

        Z_one / Z = P(a or b without a birth) = 1 - P(a and b with a birth),    P(a and b with a birth) = R_a R_b

    with R the marginals. The product is too large by sum_i w_ia w_ib / Z², which takes at most a quarter off 1 - P, where the records compete for one
    birth as one pupil's do. Two children who each have a birth lose as many bits as the weaker one of the two has for its birth. As a
    likelihood ratio it is divided by its mean among different pupils, 1 - r² for a mean R of r: where nearly every record has a birth,
    one without is more likely a second one of some pupil. Half a record is added to that mean's numerator and one to its denominator, as
    in the prior rates.

    """
    alone = np.clip(1 - matched, LEAST, 1.0)
    mean = 1 - (matched.sum() + 0.5) / (len(matched) + 1)
    made = np.empty(len(pairs))
    for part in slices_of(len(made)):
        one, other = alone[pairs.left[part]], alone[pairs.right[part]]
        made[part] = (one + other - one * other) / (mean * (2 - mean))
    return made


def learn_repeated(start: Densities, pairs: Pairs, code: IntArray, matched: FloatArray) -> Repeated:
    """Learn what one pupil's records in a list have in common, and what two pupils' have.

    Parameters
    ----------
    start
        Densities between births and list.
    pairs, code
        E candidate pairs of the list's records, left before right, and their agreement patterns.
    matched
        (M,) probability that each record, were it a pupil of its own, has a birth.

    Returns
    -------
    Repeated
        Densities, prior and what the births say.

    Notes
    -----
    The null is counted: pairs of two records with births of their own (`SETTLED`), less what is probably one pupil's. With s their share of all pairs, the
    other 1 - s are represented by these as far as they are common, and else by the null between births and list: count / s with weight s,
    and that null with weight 1 - s. Nothing else is known of a list that has little to do with the births. No pattern is held to be rarer than between
    births and list: what is counted are few pairs in a small list, and two records of a list are alike by chance at least as often.
    Then match rates and prior are learnt in turn, from clear pairs alone (`within.CLEAR`; classification EM: Celeux & Govaert 1992), since
    pairs of records without a birth are more often troubled ones than the null says; the usual rates are those between births and list.

    """
    size = len(matched)
    patterns = patterns_of(start.patterns.comparisons, pd.unique(code))
    pattern, everything = patterns.index(code), max(0.5 * size * (size - 1.0), 1.0)
    between, testimony, settled = start.null_of(patterns), births_testify(matched, pairs), matched > SETTLED
    known = np.bincount(pattern[settled[pairs.left] & settled[pairs.right]], minlength=len(patterns)).astype(np.float64)
    odds = (start.matches.classes.density(patterns) / between)[pattern] * testimony
    odds *= duplicate_prior(odds, size)
    # Few pairs are in question; the others are no more than counted.
    rows = np.flatnonzero(odds > NEGLIGIBLE)
    odds, pairs, pattern, testimony = odds[rows], pairs.take(rows), pattern[rows], testimony[rows]
    known -= totals(pattern, (settled[pairs.left] & settled[pairs.right]) * _probability(odds), len(patterns))
    others = 1 - float(settled.mean()) ** 2
    known += others * (known + others * everything * between)
    mistaken = replace(start.null.mistaken, number=start.null.mistaken.number * everything / start.pairs)
    null = fit_null(patterns, np.maximum(known, 0), mistaken, start=start.null.classes, prior=as_before(patterns, start.null.classes))
    null = replace(null, count=np.maximum(null.count, everything * between))
    usual = start.matches.classes.rates @ start.matches.classes.share
    densities = Densities(patterns, null, start.matches, everything)
    for step in range(ROUNDS):
        odds = densities.ratio[pattern] * testimony
        p = _probability(odds * duplicate_prior(odds, size))
        expected = totals(pattern, np.where(p >= CLEAR, p, 0.0), len(patterns))
        matches = repeated_matches(patterns, expected, usual, densities.matches.classes if step else None)
        densities = Densities(patterns, null, matches, everything)
    return Repeated(densities, duplicate_prior(densities.ratio[pattern] * testimony, size), matched)


def _probability(odds: FloatArray) -> FloatArray:
    made: FloatArray = odds / (1 + odds)
    return made
