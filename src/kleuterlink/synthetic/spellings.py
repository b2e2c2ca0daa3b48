"""How people write names down wrongly or otherwise: one name in, another spelling out.

Every function takes a name and a number from 0 to 1 that settles what happens to it, so that equal draws give equal errors.
Own compilation, kept apart from what `normalise` knows: a linkage that has read the answers proves nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
from anyascii import anyascii

from kleuterlink.synthetic.pools import Texts, read_table

_LETTERS = "eaoinrtslumdkcgbvphjfwzy"
_NEIGHBOURS = {
    letter: row[max(place - 1, 0) : place] + row[place + 1 : place + 2] for row in ("azertyuiop", "qsdfghjklm", "wxcvbn") for place, letter in enumerate(row)
}
_HEARD = (
    ("ei", "ij"),
    ("y", "ij"),
    ("ck", "k"),
    ("c", "k"),
    ("ae", "aa"),
    ("ph", "f"),
    ("th", "t"),
    ("gh", "g"),
    ("ss", "s"),
    ("ll", "l"),
    ("tt", "t"),
    ("nn", "n"),
)
# What no transliteration makes: letters in threes, doubled at either end, and the like.
_UNHEARD_OF = re.compile(
    r"oou|ouu|uu|ooe|oeu|[aeio]ou[aeio]ou|yy|ww|wu|(.)\1\1|^(.)\2|(?:ss|mm)$|(?<![aeiouy])(?:ss|mm)|(?:ss|mm)(?![aeiouy])|djj|jdj|ddj|kk|cck|kz|djh|w[bcdfghjklmnpqrstvxz]"
)
_PARTICLE = re.compile(r"^((?:van|de|den|der|d'|la|le|du|des|el|ben|ait|bel|bou|al|abu|abou|oulad|di|lo|da|'t)[ -]|d')+(?=.{3})", re.IGNORECASE)
_JOINED = re.compile(r"^(vanden|vander|vande|van|ver|dela|de|le|el|ben)(?!(.)\2)(?=[a-zà-ÿ]{4})", re.IGNORECASE)


class _Choices:
    """Several choices out of one number from 0 to 1."""

    def __init__(self, draw: float) -> None:
        self._rest = int(draw * 2**53)

    def below(self, bound: int) -> int:
        self._rest, choice = divmod(self._rest, bound)
        return choice


def mistype(name: str, draw: float) -> str:
    """Return the name with a letter left out, doubled, swapped, hit beside, or written as it sounds."""
    choices = _Choices(draw)
    places = [place for place, letter in enumerate(name) if letter.isalpha()]
    if len(places) < 3:
        return name + _LETTERS[choices.below(len(_LETTERS))]
    at = places[choices.below(len(places) - 1) + 1]  # the first letter is seldom wrong
    kind = choices.below(10)
    letter = name[at].lower()
    if kind < 2:
        heard = [(old, new) for pair in _HEARD for old, new in (pair, pair[::-1]) if old in name[1:]]
        if heard:
            old, new = heard[choices.below(len(heard))]
            return name[0] + name[1:].replace(old, new, 1)
    if kind < 4:
        return name[:at] + name[at + 1 :]
    if kind < 6:
        return name[:at] + letter + name[at:] if choices.below(2) else name[:at] + _LETTERS[choices.below(len(_LETTERS))] + name[at:]
    if kind < 8 and name[at - 1].isalpha() and name[at - 1].lower() != letter:
        first, second = name[at - 1], name[at]
        swapped = second.upper() + first.lower() if first.isupper() else second + first
        return name[: at - 1] + swapped + name[at + 1 :]
    near = _NEIGHBOURS.get(letter, _LETTERS)
    return name[:at] + near[choices.below(len(near))] + name[at + 1 :]


def transliterate(name: str, draw: float) -> str:
    """Return another spelling of a name from another alphabet or language."""
    choices = _Choices(draw)
    listed = _variants("spelling").get(name)
    if listed and choices.below(4):
        return listed[choices.below(len(listed))]
    small = name.lower()
    changed = [small[:at] + new + small[at + len(old) :] for old, new in _letter_pairs() if old in small for at in {small.find(old), small.rfind(old)}]
    possible = sorted(spelling for spelling in changed if len(spelling) > 2 and not _UNHEARD_OF.search(spelling))
    if not possible:
        return mistype(name, choices.below(1 << 20) / (1 << 20))
    return capitalise(possible[choices.below(len(possible))], name)


def capitalise(small: str, like: str) -> str:
    """Give a name in small letters the capitals that names have, where `like` has them."""
    return re.sub(r"(?:^|(?<=[ -]))\w", lambda match: match.group().upper(), small) if like[:1].isupper() else small


def call_name(name: str, draw: float) -> str:
    """Return a call name of those that have one, else the name."""
    calls = _variants("call").get(name)
    return calls[_Choices(draw).below(len(calls))] if calls else name


def named_otherwise(names: Iterable[str]) -> set[str]:
    """Return which of the names have a call name."""
    return set(names) & _variants("call").keys()


def rewrite_particle(surname: str, draw: float) -> str:
    """Return the surname with its particle joined, split or dropped; the surname itself where it has none."""
    choices = _Choices(draw)
    split = _PARTICLE.match(surname)
    if split:
        particle, rest = surname[: split.end()], surname[split.end() :]
        kind = choices.below(10)
        if kind < 5:
            joined = re.sub(r"[ -]", "", particle) + rest.lower()
            return joined[:1].upper() + joined[1:]
        if kind < 7:
            words = re.split(r"(?<=[ -])", particle.strip())
            return f"{words[0].strip()} {''.join(words[1:])}{rest.lower()}" if len(words) > 1 else f"{particle.strip()}{rest.lower()}"
        return rest if kind < 9 else f"{rest} {particle.strip()}"
    one_word = _JOINED.match(surname)
    if one_word:
        rest = surname[one_word.end() :]
        particle = {"vanden": "Van den", "vander": "Van der", "vande": "Van de", "dela": "De la"}.get(one_word.group().lower(), one_word.group())
        return f"{particle} {rest.capitalize() if choices.below(2) else rest}"
    return surname


def has_particle(surname: str) -> bool:
    """Tell whether the surname begins with a particle, in one word or not."""
    return bool(_PARTICLE.match(surname) or _JOINED.match(surname))


def initials(names: str, _draw: float) -> str:
    """Return the initials of first names."""
    return " ".join(f"{part[0]}." for part in names.replace("-", " ").split())


def turn(names: str, draw: float) -> str:
    """Return first names in another order."""
    parts = names.split()
    at = 1 + _Choices(draw).below(max(len(parts) - 1, 1))
    return " ".join(parts[at:] + parts[:at])


def strip_accents(name: str, _draw: float = 0.0) -> str:
    """Return the name without accents; letters that are none of Latin-1's are written with those that are."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    return plain if plain.isascii() else anyascii(plain)


def mistype_number(number: str, draw: float) -> str:
    """Return the number with a wrong digit, two swapped ones, or one left out."""
    choices = _Choices(draw)
    kind, at = choices.below(10), choices.below(len(number))
    digit = number[at]
    if kind < 7:
        return number[:at] + str((int(digit) + 1 + choices.below(9)) % 10) + number[at + 1 :]
    if kind < 9 and number[at - 1] != digit and at:
        return number[: at - 1] + digit + number[at - 1] + number[at + 1 :]
    return number[:at] + number[at + 1 :] if kind == 9 else number[:at] + str((int(digit) + 5) % 10) + number[at + 1 :]


def mistype_digit(number: str, draw: float) -> str:
    """Return a postcode or house number with one wrong digit, never the first of several."""
    choices = _Choices(draw)
    if len(number) == 1:
        return str(1 + (int(number) + choices.below(8)) % 9)
    at = choices.below(len(number) - 1) + 1
    return number[:at] + str((int(number[at]) + 1 + choices.below(9)) % 10) + number[at + 1 :]


@cache
def _letter_pairs() -> list[tuple[str, str]]:
    """Return what the transliterations of Arabic, Turkish, Cyrillic, Polish and Romanian disagree on: old letters and new ones."""
    rows = [(row["kind"], *row["names"].split("|")) for row in read_table("variants.csv")]
    both, one_way = ([(row[1], row[2]) for row in rows if row[0] == kind] for kind in ("letters", "oneway"))
    return [*both, *((new, old) for old, new in both), *one_way]


@cache
def _variants(kind: str) -> dict[str, Sequence[str]]:
    groups = [row["names"].split("|") for row in read_table("variants.csv") if row["kind"] == kind]
    if kind == "call":
        return {group[0]: group[1:] for group in groups}
    return {name: [other for other in group if other != name] for group in groups for name in group}


def in_latin_1(texts: Texts) -> Texts:
    """Write letters that Windows' Latin-1 lacks with those that it has, as many programs do; one entry per text, in order."""
    letters = set().union(*texts.tolist()) if len(texts) else set()
    lacking = {ord(letter): anyascii(letter) for letter in letters if not letter.encode("cp1252", "ignore")}
    return np.array([text.translate(lacking) for text in texts], dtype=object) if lacking else texts
