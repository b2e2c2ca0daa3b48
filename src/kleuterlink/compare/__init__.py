"""Candidate pairs -> agreement patterns."""

from kleuterlink.compare.columns import FREQUENCY_BOUNDS, Frequencies, frequencies
from kleuterlink.compare.kernel import compare, comparisons_for

__all__ = ["FREQUENCY_BOUNDS", "Frequencies", "compare", "comparisons_for", "frequencies"]
