"""First names and surnames -> tokens A-Z; particles joined to the part that they lead."""

from __future__ import annotations

import re
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from kleuterlink.normalise.distinct import null_where_empty
from kleuterlink.normalise.folding import fold
from kleuterlink.normalise.nicknames import nickname_group
from kleuterlink.normalise.sounds import consonant_keys, sound_keys
from kleuterlink.normalise.whole_names import WHOLE_NAMES

__all__ = ["clean_first_names", "clean_surnames", "consonant_keys", "core_part", "nickname_group", "sound_keys"]

_PARTICLES = (
    "VANDEN|VANDER|VANDE|VAN|VON|ZU|ZUM|ZUR|DE|DEN|DER|DES|DU|DI|DA|DO|DOS|DAS|DEL|DELA|DELLA|DELLE|DALLA|DELLO|DALL|DELL|LA|LE|LES|LO|LOS|LAS|"
    "OP|UIT|UYT|IN|TEN|TER|TE|TOT|EL|AL|ET|BEN|BENT|BIN|BINT|IBN|BOU|ABOU|ABU|BNI|BENI|OULD|OULED|AIT|ID|ABD|ABDEL|ABDUL|ABDOUL|ABDAL|ABDES|"
    "ABDER|MAC|MC|SAN|SANTA|SANTO|SAINT|SAINTE|ST|STE|SINT"
)
_ARABIC_PARTICLES = "EL|AL|ABD|ABDEL|ABDUL|ABDOUL|ABDAL|ABDES|ABDER|BEN|IBN|SIDI|LALLA"
_TITLES = "MR|MRS|MS|MEVR|MEVROUW|MW|MEJ|DHR|HEER|DE HEER|MME|MLLE|MADAME|MADEMOISELLE|MONSIEUR|DR|PROF"
_UNKNOWN = (
    "ONBEKENDE?|ONGEKEND|INCONNUE?|UNKNOWN|UNBEKANNT|NAAMLOOS|NIHIL|NEANT|GEEN|GEEN NAAM|NVT|N V T|N A|NULL|NONE|NAN|NN|N N|N|X+|X X|ZONDER NAAM|"
    "ZONDER VOORNAAM|ZONDER FAMILIENAAM|SANS NOM|SANS PRENOM|BABY|BEBE"
)
_MARKS = "EPOUSE|EPSE|ECHTGENOTE|ECHTG|WEDUWE|VEUVE|GEBOREN|GEB|NEE"
_UNTIDY = "^$|^ | $|  |[^A-Z ]"
_BABY = "BABY|BEBE|PASGEBORENE|NOUVEAU ?NE|KIND VAN|ENFANT DE|DOCHTER VAN|ZOON VAN|JONGEN|MEISJE"


# One look tells which names have anything to be cleaned: most have nothing.
_ODD_FIRST_NAMES = rf"{_UNTIDY}|\b(?:{_ARABIC_PARTICLES}) |^(?:{_UNKNOWN}|(?:{_BABY})(?: .*)?)$"
_ODD_SURNAMES = rf"{_UNTIDY}|\b(?:[DTSLO]|{_PARTICLES}) |^(?:{_TITLES}) |^(?:{_UNKNOWN})$| (?:{_MARKS}) "


def clean_first_names(values: pa.StringArray) -> pa.StringArray:
    """Write first names as tokens.

    Parameters
    ----------
    values
        Distinct values, none null.

    Returns
    -------
    pa.StringArray
        One entry per value, in order: A-Z tokens separated by one blank, in the order in which they were given; a hyphen separates.
        The Arabic article and ABD are joined to what follows (`NOUR EL HOUDA` -> `NOUR ELHOUDA`). Null for a placeholder.

    """
    return _where(_ODD_FIRST_NAMES, fold(values), _cleaned_first_names)


def _cleaned_first_names(text: pa.StringArray) -> pa.StringArray:
    tokens = pc.replace_substring_regex(_tokens(text), rf"\b({_ARABIC_PARTICLES}) ", r"\1")
    return null_where_empty(pc.replace_substring_regex(tokens, rf"^({_UNKNOWN}|({_BABY})( .*)?)$", ""))


def clean_surnames(values: pa.StringArray) -> pa.StringArray:
    """Write surnames, or a person's full name, as ordered parts.

    Parameters
    ----------
    values
        Distinct values, none null.

    Returns
    -------
    pa.StringArray
        One entry per value, in order: A-Z parts separated by one blank, in the order in which they were given. Particles are joined to
        the part they lead (`van den Berg-De Clercq` -> `VANDENBERG DECLERCQ`). Titles and marks of marriage are dropped. Null for a placeholder.

    """
    return _where(_ODD_SURNAMES, fold(values), _cleaned_surnames)


def _cleaned_surnames(text: pa.StringArray) -> pa.StringArray:
    text = pc.replace_substring_regex(text, r"\b([DTSLO])(['`] *| )([A-Z])", r"\1\3")
    tokens = _tokens(text)
    tokens = pc.replace_substring_regex(tokens, rf"^(({_TITLES}) )+", "")
    tokens = pc.replace_substring_regex(tokens, rf"^({_UNKNOWN})$", "")
    tokens = pc.replace_substring_regex(tokens, rf" (({_MARKS}) )+", " ")
    return null_where_empty(pc.replace_substring_regex(tokens, rf"\b({_PARTICLES}) ", r"\1"))


def _where(pattern: str, values: pa.StringArray, clean: Callable[[pa.StringArray], pa.StringArray]) -> pa.StringArray:
    """Clean the values that match a pattern."""
    odd = pc.match_substring_regex(values, pattern)
    return pc.replace_with_mask(values, odd, clean(values.filter(odd)))


def _tokens(text: pa.StringArray) -> pa.StringArray:
    return _where(_UNTIDY, text, _tidied)


def _tidied(text: pa.StringArray) -> pa.StringArray:
    without_apostrophes = pc.replace_substring_regex(text, "['`]", "")
    return pc.ascii_trim_whitespace(pc.replace_substring_regex(without_apostrophes, "[^A-Z]+", " "))


_LEADING = re.compile(
    r"""^(?:
    (?:VAN|OP|UIT|UYT|IN|AAN|ZU|VON)(?:DEN|DER|DE|TER|TEN)(?=..[A-Z])
    | VAN(?:HET|T)?(?=[B-DF-HJ-NP-TV-Z]..)
    | VAN(?=[AEIOU]...)
    | DELA(?=[B-DF-HJ-NP-TV-Z]{2}.) | DELA(?=[BCDFGHJKMNPQSTVWXZ].{3})
    | DEL(?=[BCDFGHJKMNPQSTVWXZ]..)
    | DE(?=[B-DF-HJ-NP-TV-Z].{2}) | D(?=H[AEOUY]..)
    | ABD(?:EL|UL|OUL|AL)(?=.{4}) | ABD[EU]R(?=R.{3}) | ABD[EU]S(?=S.{3}) | ABD[EU]N(?=N.{3})
    | (?:BEN|BIN|IBN)(?=.{3})
    | AIT(?=.{3})
    | [EA]L(?=[A-Z]{4})
    )""",
    re.VERBOSE,
)


def core_part(token: str) -> str:
    """Return a name without the particles that lead it.

    Parameters
    ----------
    token
        One name, A-Z, particles joined.

    Returns
    -------
    str
        `VANDENBERG` -> `BERG`, `DECLERCQ` -> `CLERCQ`, `ELAMRANI` -> `AMRANI`; at least three letters. A name that only begins like a
        particle (`VANESSA`, `DENIS`, `ELISE`: `whole_names`) stays whole.

    """
    if token in WHOLE_NAMES:
        return token
    led = _LEADING.match(token)
    return token[led.end() :] if led else token
