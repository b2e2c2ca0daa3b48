"""The words in which people read statuses, reasons and numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TypeGuard

from kleuterlink.participation import REASON_MEANINGS, STATUS_MEANINGS

_UNKNOWN = "\u2013"

STATUSES: dict[str, str] = {str(status): meaning for status, meaning in STATUS_MEANINGS.items()}
"""What each status means, in the order in which they are shown."""

REASONS: dict[str, str] = {str(reason): meaning for reason, meaning in REASON_MEANINGS.items()}
"""What each reason means."""

IMPLAUSIBLE = {
    "two_children_on_one_record": "records linked to two children. Each record may have one, so any number but 0 is a fault of the program",
    "school_before_two": "enrolments that start before the child is two, by the birth register",
    "one_number_on_two_children": "national numbers that stand on records of two different children",
    "other_sex": "links of a girl with a boy, by what the two registers state",
}
"""What each sign of an implausible link says, after its number."""


def in_words(code: object) -> str:
    """Return a code as words: underscores become blanks."""
    return str(code).replace("_", " ")


def count(number: object, places: int = 0) -> str:
    """Return a count with its thousands apart; a dash where it is not known."""
    return f"{number:,.{places}f}" if _known(number) else _UNKNOWN


def share(part: object, places: int = 1) -> str:
    """Return a share as a percentage; a dash where it is not known.

    Only a whole is called 100%, and only nothing is called 0%.
    """
    if not _known(part):
        return _UNKNOWN
    text = f"{part:.{places}%}"
    if part < 1 and text == f"{1:.{places}%}":
        return f"> {1 - 10 ** -(places + 2):.{places}%}"
    if part > 0 and text == f"{0:.{places}%}":
        return f"< {10 ** -(places + 2):.{places}%}"
    return text


def between(bounds: object, *, shares: bool = False, places: int = 0) -> str:
    """Return an interval as `a to b`, of counts or of shares; empty text where it is not known."""
    if not isinstance(bounds, list | tuple) or len(bounds) != 2 or not all(_known(bound) for bound in bounds):
        return ""
    low, high = (share(bound, places) if shares else count(bound, places) for bound in bounds)
    return f"{low} to {high}"


def probability(chance: float) -> str:
    """Return a probability with three decimals; only certainty is called 0 or 1."""
    if 0 < chance < 0.0005:
        return "< 0.001"
    return "> 0.999" if 0.9995 <= chance < 1 else f"{chance:.3f}"


def joined(names: Iterable[object]) -> str:
    """Return names as a phrase: `a`, `a and b`, `a, b and c`."""
    words = [str(name) for name in names]
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _known(number: object) -> TypeGuard[float]:
    return isinstance(number, int | float) and math.isfinite(number)
