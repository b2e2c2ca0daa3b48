"""Registers in comparable form: names, dates, national numbers, places and addresses.

Every step works on distinct values and keeps row order and length; `encode` then turns the text into codes that all registers share.
"""

from __future__ import annotations

from kleuterlink.normalise.dates import placeholder_dates, read_dates
from kleuterlink.normalise.encode import encode
from kleuterlink.normalise.more import Codes, codes_of, encode_more, index_of
from kleuterlink.normalise.register import normalise

__all__ = ["Codes", "codes_of", "encode", "encode_more", "index_of", "normalise", "placeholder_dates", "read_dates"]
