"""Agreement patterns -> match weights and probabilities, without any truth."""

from kleuterlink.score.clusters import Clusters, cluster, components, membership, singletons
from kleuterlink.score.densities import Densities, given_densities
from kleuterlink.score.duplicates import duplicate_prior, further_records
from kleuterlink.score.known import births_as_list
from kleuterlink.score.marginals import Marginals, matching_marginals, possible
from kleuterlink.score.matches import Matches
from kleuterlink.score.mistaken import Mistaken
from kleuterlink.score.model import describe, restore, restricted
from kleuterlink.score.null import Null
from kleuterlink.score.patterns import LatentClasses, Patterns, distinct_patterns, patterns_of, totals
from kleuterlink.score.prior import groups, nested_rates, pair_odds
from kleuterlink.score.repeated import Repeated, births_testify, learn_repeated
from kleuterlink.score.second_look import Leftovers, Start, leftovers, look_again
from kleuterlink.score.settle import consistent_rates
from kleuterlink.score.training import FOUND, Edges, Trained, begin, first_marginals, first_odds, refine, within_a_matching
from kleuterlink.score.unseen import MOST_PER_FOUND, WITH_A_PAIR, add_unseen, factor_for
from kleuterlink.score.within import train_within

__all__ = [
    "FOUND",
    "MOST_PER_FOUND",
    "WITH_A_PAIR",
    "Clusters",
    "Densities",
    "Edges",
    "LatentClasses",
    "Leftovers",
    "Marginals",
    "Matches",
    "Mistaken",
    "Null",
    "Patterns",
    "Repeated",
    "Start",
    "Trained",
    "add_unseen",
    "begin",
    "births_as_list",
    "births_testify",
    "cluster",
    "components",
    "consistent_rates",
    "describe",
    "distinct_patterns",
    "duplicate_prior",
    "factor_for",
    "first_marginals",
    "first_odds",
    "further_records",
    "given_densities",
    "groups",
    "learn_repeated",
    "leftovers",
    "look_again",
    "matching_marginals",
    "membership",
    "nested_rates",
    "pair_odds",
    "patterns_of",
    "possible",
    "refine",
    "restore",
    "restricted",
    "singletons",
    "totals",
    "train_within",
    "within_a_matching",
]
