"""Any script -> capitals A-Z: accents, ligatures, other alphabets and broken encodings."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc
from anyascii import anyascii

# Letters that anyascii spells differently from how Belgian registers do. It turns ü into u and ß into ss, as they do, but
# the capital ẞ, Å and the digraph need care; the signs that it gives for ayn, hamza and soft sign are no letters.
_BELGIAN = str.maketrans(
    {
        "ĳ": "ij",
        "Ĳ": "IJ",
        "ẞ": "ss",
        "\u02bf": "'",  # modifier letters for ayn and hamza
        "\u02be": "'",
        "ع": "a",
        "ء": "",
        "ة": "a",
        "ى": "a",
        **dict.fromkeys("\u044c\u044a\u042c\u042a", ""),  # Cyrillic soft and hard signs
        "\ufffd": "",
    }
)

# Arabic script leaves short vowels out, so its common names are given as they are spelled in Latin letters.
_ARABIC = {
    "محمد": "Mohamed",
    "أحمد": "Ahmed",
    "احمد": "Ahmed",
    "محمود": "Mahmoud",
    "فاطمة": "Fatima",
    "فاطمه": "Fatima",
    "مريم": "Mariam",
    "علي": "Ali",
    "عمر": "Omar",
    "حسن": "Hassan",
    "حسين": "Hussein",
    "يوسف": "Youssef",
    "إبراهيم": "Ibrahim",
    "ابراهيم": "Ibrahim",
    "عائشة": "Aicha",
    "خديجة": "Khadija",
    "زينب": "Zainab",
    "خالد": "Khalid",
    "سعيد": "Said",
    "كريم": "Karim",
    "رشيد": "Rachid",
    "مصطفى": "Mustafa",
    "عبد": "Abd",
    "الله": "Allah",
    "بن": "Ben",
    "نور": "Nour",
    "ياسين": "Yassin",
    "آدم": "Adam",
    "ادم": "Adam",
    "أمين": "Amin",
    "سارة": "Sara",
    "ليلى": "Leila",
    "هدى": "Houda",
    "إسماعيل": "Ismail",
}
_GREEK_U = re.compile("[\u039f\u03bf][\u03a5\u03c5\u03cd]")
_ARABIC_WORD = re.compile(r"[\u0600-\u06ff]+")
_DOUBLE_ENCODED = re.compile("[\u00c2-\u00c5][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u2122]")
_NOT_LETTER_BY_LETTER = re.compile("|".join(pattern.pattern for pattern in (_DOUBLE_ENCODED, _ARABIC_WORD, _GREEK_U)))


def fold(values: pa.StringArray) -> pa.StringArray:
    """Write text in ASCII capitals.

    Parameters
    ----------
    values
        Distinct values, none null.

    Returns
    -------
    pa.StringArray
        One entry per value, in order: ASCII only, capitals, punctuation kept. Text that was encoded twice (`Ã©`) is repaired first.

    """
    plain = pc.string_is_ascii(values)
    if pc.all(plain, min_count=0).as_py():
        return pc.ascii_upper(values)
    foreign = values.filter(pc.invert(plain)).to_pylist()
    return pc.ascii_upper(pc.replace_with_mask(values, pc.invert(plain), pa.array([_to_ascii(value) for value in foreign], pa.string())))


def _to_ascii(value: str) -> str:
    if _NOT_LETTER_BY_LETTER.search(value):
        if _DOUBLE_ENCODED.search(value):
            value = _decode_again(value)
        value = _ARABIC_WORD.sub(lambda word: _ARABIC.get(word[0], word[0]), value)
        value = _GREEK_U.sub("ou", value)
    return value.translate(_LETTERS)


class _Letters(dict[int, str]):
    """What each letter is in ASCII, looked up once."""

    def __missing__(self, letter: int) -> str:
        made: str = anyascii(chr(letter).translate(_BELGIAN))
        self[letter] = made
        return made


_LETTERS = _Letters()


def _decode_again(value: str) -> str:
    for encoding in ("cp1252", "latin-1"):
        try:
            return value.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return value
