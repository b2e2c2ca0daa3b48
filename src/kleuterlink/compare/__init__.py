"""Candidate pairs -> agreement patterns."""

from kleuterlink.compare.columns import Frequencies, frequencies
from kleuterlink.compare.kernel import compare, comparisons_for

__all__ = ["Frequencies", "compare", "comparisons_for", "frequencies"]
