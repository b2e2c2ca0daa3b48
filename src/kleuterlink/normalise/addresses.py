"""Addresses in one column -> street and house number, and streets -> stems that both languages share."""

from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from kleuterlink.normalise.distinct import null_where_empty
from kleuterlink.normalise.folding import fold
from kleuterlink.normalise.street_words import ARTICLES, DUTCH_TYPES, FRENCH_TYPES, STEMS


class Address(NamedTuple):
    """Street as written and house number; one entry per value, in order."""

    street: pa.StringArray
    house_number: pa.StringArray


_PLAIN = r"^(?P<s>[^0-9,]*[^0-9, ])[ ,]+(?P<n>[0-9]+)[ ]?[A-Za-z]?$"

_MONTHS = (
    "(?:januari|janvier|februari|f[eé]vrier|maart|mars|april|avril|mei|mai|juni|juin|juli|juillet|augustus|ao[uû]t"
    "|septemb(?:er|re)|o[ck]tob(?:er|re)|novemb(?:er|re)|d[eé]cemb(?:er|re))"
)
_BOX = r"(?:bus|bte|bt|bo[iî]te|box|app?t?|appartement|[eé]tage|verd(?:ieping)?|postbus)"
_SUBNUMBER = r"(?:\s?(?:[A-Za-z]|bis|ter|quater))?(?:\s*[-/+&_]\s*\w{1,5})*"
_CLEANING = (
    (r"\s+", " "),
    # A postcode with its place, at the end.
    (r"(?i)(?:[,;]|\s[-\x{2013}])\s?(?:BE?[ -]?)?[1-9]\d{3}\s[^0-9]+$", ""),
    (r"(?i)(\d[a-z]?) (?:BE?-)?[1-9]\d{3} [^0-9]{3,}$", r"\1"),
    # The year and the day of a street name are no house numbers.
    (rf"(?i)\b({_MONTHS}) (?:1[89]|20)\d\d\b", r"\1"),
    (rf"(?i)\b\d{{1,2}}(?:e|er|ste|de)? ?({_MONTHS}(?:straat|laan|plein|\b))", r"\1"),
    (rf"(?i)[\s,/-]+{_BOX}\b[ .:°]*\d*\w{{0,4}}", ""),
    (r"(?i)(\d) ?b ?\d{1,4}$", r"\1"),
)
_FRENCH_ORDER = rf"(?i)^ ?(?:n[°ro]*\.? ?)?(?P<n>\d+){_SUBNUMBER}(?: ?, ?| (?:{FRENCH_TYPES.lower()}|all[eé]e|chauss[eé]e|dr[eè]ve|cit[eé])[ .])(?P<s>.*)$"
_DUTCH_ORDER = rf"(?i)^(?P<s>.*[^0-9 ,/+&_-])[ ,]*(?P<n>\d+){_SUBNUMBER}(?:[ ,]+\d\w{{0,4}})?(?: ?,[^0-9]*)?[ .]*$"
_LEADING = r"^ ?(?P<n>\d+)[A-Za-z]?[ ,]+(?P<s>[^0-9]+)$"
_NUMBER_SIGN = r"(?i)[ ,]+(?:n[°ro]|num|nummer|numero|huisnr|huisnummer)[.:]? ?[0-9]*$"
_NUMBER_ONLY = rf"(?i)^ ?(?P<n>\d+){_SUBNUMBER}(?P<s>) ?$"


def split_addresses(values: pa.StringArray) -> Address:
    """Split addresses into street and house number.

    Parameters
    ----------
    values
        Distinct addresses, none null: street and number in one text, in Dutch (`Kerkstraat 12 bus 3`) or French order (`12, Rue de l'Eglise bte 3`).

    Returns
    -------
    Address
        `street`: as written, without number and box; null where there is none. `house_number`: digits without leading zeros, the first of
        `54-56`; null where there is none.

    """
    plain = pc.extract_regex(values, _PLAIN)
    rest = plain.is_null()
    others = values.filter(rest)
    for pattern, replacement in _CLEANING:
        others = pc.replace_substring_regex(others, pattern, replacement)
    readings = [pc.extract_regex(others, pattern) for pattern in (_FRENCH_ORDER, _DUTCH_ORDER, _LEADING, _NUMBER_ONLY)]
    street = pc.replace_with_mask(pc.struct_field(plain, "s"), rest, pc.coalesce(*(pc.struct_field(reading, "s") for reading in readings), others))
    number = pc.replace_with_mask(pc.struct_field(plain, "n"), rest, pc.coalesce(*(pc.struct_field(reading, "n") for reading in readings)))
    return Address(null_where_empty(pc.utf8_trim_whitespace(street)), clean_house_numbers(number))


def clean_house_numbers(values: pa.StringArray) -> pa.StringArray:
    """Keep the digits of the first number of each text, without leading zeros; null where there is none. Row order is kept."""
    return pc.struct_field(pc.extract_regex(values, r"^[^0-9]*?0*(?P<n>[1-9][0-9]{0,8})"), "n")


def street_stems(values: pa.StringArray) -> pa.StringArray:
    """Reduce street names to stems that Dutch and French share.

    Parameters
    ----------
    values
        Distinct street names, none null.

    Returns
    -------
    pa.StringArray
        One entry per value, in order: A-Z and blanks, without the type word, articles and numbers, translated where `street_words.STEMS` knows the word
        (`Kerkstraat`, `Rue de l'Eglise` -> `KERK`); null where nothing is left.

    """
    text = pc.replace_substring_regex(values, _NUMBER_SIGN, "")
    text = pc.replace_substring_regex(fold(text), r"\(.*\)|\b[0-9]+(?:E|ER|STE|DE|IEME)?\b", " ")
    text = pc.ascii_trim_whitespace(pc.replace_substring_regex(text, "[^A-Z]+", " "))
    stem = pc.replace_substring_regex(text, rf"^(?:{FRENCH_TYPES}) (.)", r"\1")
    stem = pc.replace_substring_regex(stem, rf"^(.*?[A-Z]{{3}}|.+? )(?:{DUTCH_TYPES})$", r"\1")
    return null_where_empty(pa.array([_translate(words.split()) for words in stem.to_pylist()], pa.string()))


def _translate(words: list[str]) -> str:
    kept = [word for word in words if word not in ARTICLES] or words
    return " ".join(dict.fromkeys(STEMS.get(word, word) for word in kept))
