"""A register as it was read -> the columns that can be compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kleuterlink.config import PERSON_FIELDS
from kleuterlink.normalise.addresses import clean_house_numbers, split_addresses, street_stems
from kleuterlink.normalise.dates import placeholder_dates, read_dates
from kleuterlink.normalise.distinct import null_where_empty, on_distinct, series, text_array
from kleuterlink.normalise.folding import fold
from kleuterlink.normalise.names import clean_first_names, clean_surnames
from kleuterlink.normalise.national_number import read_numbers
from kleuterlink.normalise.places import clean_postcodes, municipality_codes
from kleuterlink.normalise.sexes import read_sexes

Columns = dict[str, pd.Series]

NO_EXTRAS: Mapping[str, str] = MappingProxyType({})
"""What `extras` is where a register has none."""


def normalise(records: pd.DataFrame, *, extras: Mapping[str, str] = NO_EXTRAS) -> pd.DataFrame:
    """Write a register's fields the way in which every register's fields are compared.

    Parameters
    ----------
    records
        `Register.records`: columns `row`, `id`, and any of the fields of `config.FIELDS`; not changed.
    extras
        Kind of each further column by name: `identifier` (A-Z0-9), `name` (A-Z tokens), `text` (A-Z0-9 tokens), `date` (int32 yyyymmdd, 0
        where missing or no date) or `exact` (capitals, trimmed).

    Returns
    -------
    pd.DataFrame
        The columns of `tables.NORMALISED` that the register's fields allow, in that order, then the other columns as they are. Rows are those
        of `records`, in their order, under a `RangeIndex`. An unusable or placeholder value is null (0 for codes and dates).

    """
    given = {name: text_array(records[name]) for name in PERSON_FIELDS if name in records and name != "birth_date"}
    columns: Columns = {"record_id": series(text_array(records["id"]))}
    columns |= _national_number(given)
    columns |= {name: series(on_distinct(given[name], clean)) for name, clean in _NAME_FIELDS.items() if name in given}
    if "sex" in given:
        columns["sex"] = pd.Series(_filled(on_distinct(given["sex"], read_sexes)))
    if "birth_date" in records:
        dates = records["birth_date"].to_numpy(dtype=np.int32)
        columns |= {"birth_date": pd.Series(dates), "placeholder_date": pd.Series(placeholder_dates(dates))}
    columns |= {**_address(given), **_place(given)}
    columns |= {name: _extra(text_array(records[name]), kind) for name, kind in extras.items() if name in records}
    consumed = {"id", *PERSON_FIELDS, *columns}
    columns |= {str(name): records[name].reset_index(drop=True) for name in records if name not in consumed}
    return pd.DataFrame(columns, index=pd.RangeIndex(len(records)))


_NAME_FIELDS: dict[str, Callable[[pa.StringArray], pa.StringArray]] = {"first_names": clean_first_names, "surname": clean_surnames, "parent": clean_surnames}


def _filled(codes: pa.Int8Array) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    filled: np.ndarray[tuple[int], np.dtype[np.int8]] = pc.fill_null(codes, pa.scalar(0, pa.int8())).to_numpy(zero_copy_only=False)
    return filled


def _national_number(given: Mapping[str, pa.StringArray]) -> Columns:
    if "national_number" not in given:
        return {}
    numbers = read_numbers(given["national_number"])
    return {
        "national_number": series(numbers.digits),
        "number_kind": pd.Series(numbers.kind),
        "number_birth_date": pd.Series(numbers.birth_date),
        "number_sex": pd.Series(numbers.sex),
    }


def _address(given: Mapping[str, pa.StringArray]) -> Columns:
    """Street and house number, from columns of their own and else from the address; a street column may hold the number as well."""
    sources = [split_addresses(given[name]) for name in ("street", "address") if name in given]
    streets = [address.street for address in sources]
    numbers = [address.house_number for address in sources]
    if "house_number" in given:
        numbers.insert(0, on_distinct(given["house_number"], clean_house_numbers))
    columns: Columns = {}
    if streets:
        columns["street"] = series(on_distinct(pc.coalesce(*streets), street_stems))
    if numbers:
        columns["house_number"] = series(pc.coalesce(*numbers))
    return columns


def _place(given: Mapping[str, pa.StringArray]) -> Columns:
    columns: Columns = {}
    postcodes = on_distinct(given["postcode"], clean_postcodes) if "postcode" in given else None
    if postcodes is not None:
        columns["postcode"] = series(postcodes)
    if "municipality" in given:
        columns["municipality"] = series(municipality_codes(given["municipality"], postcodes))
    return columns


def _extra(values: pa.StringArray, kind: str) -> pd.Series:
    if kind == "date":
        return pd.Series(read_dates(values))
    return series(on_distinct(values, _EXTRA_KINDS[kind]))


def _tokens(pattern: str, separator: str) -> Callable[[pa.StringArray], pa.StringArray]:
    def clean(values: pa.StringArray) -> pa.StringArray:
        return null_where_empty(pc.ascii_trim_whitespace(pc.replace_substring_regex(fold(values), pattern, separator)))

    return clean


_EXTRA_KINDS: dict[str, Callable[[pa.StringArray], pa.StringArray]] = {
    "identifier": _tokens("[^A-Z0-9]+", ""),
    "name": _tokens("[^A-Z]+", " "),
    "text": _tokens("[^A-Z0-9]+", " "),
    "exact": lambda values: null_where_empty(pc.utf8_upper(pc.utf8_trim_whitespace(values))),
}
