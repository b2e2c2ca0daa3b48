"""Candidate pairs with their marginals -> links: a whole-set optimum, ties left open."""

from kleuterlink.assign.links import DECISIONS, decide
from kleuterlink.assign.tables import Decided, link_tables

__all__ = ["DECISIONS", "Decided", "decide", "link_tables"]
