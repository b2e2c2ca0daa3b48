"""Registers in comparable form: names, dates, national numbers, places and addresses.

Every step works on distinct values and keeps row order and length; `encode` then turns the text into codes that all registers share.
"""

from __future__ import annotations

from kleuterlink.normalise.encode import encode
from kleuterlink.normalise.register import normalise

__all__ = ["encode", "normalise"]
