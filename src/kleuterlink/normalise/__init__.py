"""Registers in comparable form: names, dates, national numbers, places and addresses.

Every step works on distinct values and keeps row order and length.
"""

from __future__ import annotations

from kleuterlink.normalise.register import normalise

__all__ = ["normalise"]
