"""Comparisons of further columns, by their kind."""

from __future__ import annotations

from collections.abc import Callable

from kleuterlink.engines.reference.identity import DATE_LEVELS
from kleuterlink.engines.reference.records import Record
from kleuterlink.engines.reference.scales import CLOSE, NEAR, Scale, Test, any_similar, otherwise, share, share_sound, texts, typing_errors


def _identifier(column: str) -> Scale:
    def errors(left: Record, right: Record) -> int:
        return typing_errors(left.values[column] or "", right.values[column] or "")

    return Scale(
        column,
        lambda left, right: None not in {left.values[column], right.values[column]},
        (
            ("different", otherwise),
            ("two typing errors apart", lambda left, right: errors(left, right) <= 2),
            ("one typing error apart", lambda left, right: errors(left, right) <= 1),
            ("equal", lambda left, right: errors(left, right) == 0),
        ),
    )


def _exact(column: str) -> Scale:
    return Scale(
        column,
        lambda left, right: None not in {left.values[column], right.values[column]},
        (("different", otherwise), ("equal", lambda left, right: left.values[column] == right.values[column])),
    )


def _date(column: str) -> Scale:
    def stated(test: Callable[[int, int], bool]) -> Test:
        return lambda left, right: test(left.dates[column], right.dates[column])

    return Scale(
        column,
        lambda left, right: left.dates[column] > 0 and right.dates[column] > 0,
        (*((label, stated(test)) for label, test in DATE_LEVELS), ("equal", lambda left, right: left.dates[column] == right.dates[column])),
    )


def _words(column: str) -> Scale:
    def within(left: Record, right: Record) -> bool:
        one, other = {*texts(left.words[column])}, {*texts(right.words[column])}
        return one <= other or other <= one

    return Scale(
        column,
        lambda left, right: bool(left.words[column] and right.words[column]),
        (
            ("different", otherwise),
            ("distantly similar", lambda left, right: any_similar(left.words[column], right.words[column], NEAR)),
            (
                "similar or other spelling",
                lambda left, right: share_sound(left.words[column], right.words[column]) or any_similar(left.words[column], right.words[column], CLOSE),
            ),
            ("a word agrees", lambda left, right: share(texts(left.words[column]), texts(right.words[column]))),
            ("all words of the shorter agree", within),
            ("agrees", lambda left, right: {*texts(left.words[column])} == {*texts(right.words[column])}),
        ),
    )


FURTHER: dict[str, Callable[[str], Scale]] = {"identifier": _identifier, "exact": _exact, "date": _date, "name": _words, "text": _words}
"""Scale of a further column, by kind."""
