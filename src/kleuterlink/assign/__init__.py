"""Candidate pairs with their marginals -> links: a whole-set optimum, ties left open."""

from kleuterlink.assign.links import DECISIONS, decide
from kleuterlink.assign.tables import link_tables

__all__ = ["DECISIONS", "decide", "link_tables"]
