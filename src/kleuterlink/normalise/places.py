"""Municipalities and postcodes: one place, two names."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from kleuterlink.normalise.distinct import null_where_empty
from kleuterlink.normalise.folding import fold
from kleuterlink.normalise.municipalities import BRUSSELS, MERGERS, MUNICIPALITIES, SHARED_POSTCODES, Merger

# What a municipality's name is reduced to before it is looked up, so that St.-Jans-Molenbeek, SINT JANS MOLENBEEK and
# Schaarbeek, Schaerbeek agree.
_SPELLINGS = ((r"\b(SINT|SAINTE?|STE?)\b", "S"), (r"[^A-Z]+", ""), ("AE|AA", "A"), ("OE|OO", "O"), ("UE|UU", "U"), ("IJ|Y", "I"), ("CK|C", "K"), ("GH", "G"))


def clean_postcodes(values: pa.StringArray) -> pa.StringArray:
    """Write postcodes alike.

    Parameters
    ----------
    values
        Distinct values, none null.

    Returns
    -------
    pa.StringArray
        One entry per value, in order: digits and capitals without blanks. The country (`B-1080`) and a place name after a Belgian postcode
        are dropped; null where nothing is left.

    """
    text = pc.replace_substring_regex(fold(values), r"\.0+$", "")
    text = pc.replace_substring_regex(text, r"^\s*((?:BE?)?[^A-Z0-9]*\d{4})[\s,-]+[A-Z][A-Z\s'().-]{2,}$", r"\1")
    text = pc.replace_substring_regex(text, "[^A-Z0-9]+", "")
    return null_where_empty(pc.replace_substring_regex(text, r"^(?:BE?)?0+$|^BE?(\d{4})$", r"\1"))


def municipality_codes(names: pa.StringArray, postcodes: pa.StringArray | None = None, *, mergers: Sequence[Merger] = MERGERS) -> pa.StringArray:
    """Find the municipality.

    Parameters
    ----------
    names
        Names as the source writes them, in either language, or NIS codes; null where missing. A postcode in front of the name is understood.
    postcodes
        Clean postcodes of the same rows.
    mergers
        Municipalities that were made out of others.

    Returns
    -------
    pa.StringArray
        One entry per row, in row order: the NIS code where the source writes it or the table knows the name, else where the table knows
        the postcode and that belongs to one municipality, else the name as A-Z without blanks; null where nothing is known. "Brussels"
        with the postcode of another Brussels municipality is that municipality.

    """
    named = names.dictionary_encode()
    distinct = named.dictionary
    stated = pc.struct_field(pc.extract_regex(distinct, r"^\s*(?P<code>[1-9]\d{4})(?:\.0+)?\s*$"), "code")
    codes = pc.coalesce(stated, _look_up(_spelling(distinct), _codes_by_name(mergers))).take(named.indices)
    written = null_where_empty(pc.replace_substring_regex(fold(distinct), r"\(.*\)|[^A-Z]+", "")).take(named.indices)
    in_front = pc.struct_field(pc.extract_regex(distinct, r"^\s*(?:[Bb][Ee]?-?)?(?P<code>\d{4})\b"), "code").take(named.indices)
    by_postcode = _look_up(pc.coalesce(postcodes, in_front) if postcodes is not None else in_front, _codes_by_postcode())
    region_named = pc.fill_null(pc.and_(pc.equal(codes, BRUSSELS), pc.starts_with(by_postcode, "21")), False)
    return pc.if_else(region_named, by_postcode, pc.coalesce(codes, by_postcode, written))


def _spelling(names: pa.StringArray) -> pa.StringArray:
    text = pc.replace_substring_regex(fold(names), r"\(.*\)", "")
    for pattern, replacement in _SPELLINGS:
        text = pc.replace_substring_regex(text, pattern, replacement)
    return text


def _look_up(keys: pa.StringArray, table: dict[str, str]) -> pa.StringArray:
    """Return the table's value of each key; null where it has none."""
    return pa.array(table.values(), pa.string()).take(pc.index_in(keys, pa.array(table, pa.string())))


def _codes_by_name(mergers: Sequence[Merger]) -> dict[str, str]:
    known = {name: place.nis for place in MUNICIPALITIES for name in (place.dutch, place.french, *place.other_names)}
    known |= {name: merger.nis for merger in sorted(mergers) for name in (merger.name, *merger.predecessors)}
    return dict(zip(_spelling(pa.array(known)).to_pylist(), known.values(), strict=True))


def _codes_by_postcode() -> dict[str, str]:
    return {postcode: place.nis for place in MUNICIPALITIES for postcode in place.postcodes if postcode not in SHARED_POSTCODES}
