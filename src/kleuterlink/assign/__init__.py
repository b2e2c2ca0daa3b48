"""Candidate pairs with their marginals -> links: a whole-set optimum, ties left open."""

from kleuterlink.assign.links import decide
from kleuterlink.assign.tables import link_tables

__all__ = ["decide", "link_tables"]
