"""The reference engine: candidate pairs and agreement patterns, record by record.

It shares no code with `block` and `compare`. Keys and levels are written out here a second time, from their definitions,
and as plainly as they can be; where the two disagree, one of them is wrong.
"""

from __future__ import annotations

from kleuterlink.engines.reference.pairs import candidate_pairs
from kleuterlink.engines.reference.vectors import compare

__all__ = ["candidate_pairs", "compare"]
