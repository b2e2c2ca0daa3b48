"""Candidate pairs with their marginals -> links: a whole-set optimum, ties left open."""

from kleuterlink.assign.links import DECISIONS, components_of_pairs, decide
from kleuterlink.assign.tables import Decided, link_tables

__all__ = ["DECISIONS", "Decided", "components_of_pairs", "decide", "link_tables"]
