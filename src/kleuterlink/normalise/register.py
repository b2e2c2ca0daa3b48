"""A register as it was read -> the columns that can be compared."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from types import MappingProxyType

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kleuterlink.coded import coded, in_use, on_distinct, places, recoded, series, text_array
from kleuterlink.config import PERSON_FIELDS
from kleuterlink.normalise.addresses import clean_house_numbers, split_addresses, street_stems
from kleuterlink.normalise.dates import placeholder_dates, read_dates
from kleuterlink.normalise.distinct import first_known, null_where_empty
from kleuterlink.normalise.folding import fold
from kleuterlink.normalise.names import clean_first_names, clean_surnames
from kleuterlink.normalise.national_number import read_numbers
from kleuterlink.normalise.places import clean_postcodes, municipality_codes
from kleuterlink.normalise.sexes import UNKNOWN, read_sexes
from kleuterlink.tables import NORMALISED

Columns = dict[str, pd.Series]

NO_EXTRAS: Mapping[str, str] = MappingProxyType({})
"""What `extras` is where a register has none."""


def normalise(records: pd.DataFrame, *, extras: Mapping[str, str] = NO_EXTRAS, threads: int | None = None) -> pd.DataFrame:
    """Write a register's fields the way in which every register's fields are compared.

    Parameters
    ----------
    records
        `Register.records`: columns `row`, `id`, and any of the fields of `config.FIELDS`; not changed.
    extras
        Kind of each further column by name: `identifier` (A-Z0-9), `name` (A-Z tokens), `text` (A-Z0-9 tokens), `date` (int32 yyyymmdd, 0
        where missing or no date) or `exact` (capitals, trimmed).
    threads
        Threads; one per processor where not given. The outcome does not depend on it.

    Returns
    -------
    pd.DataFrame
        The columns of `tables.NORMALISED` that the register's fields allow, in that order, then the other columns as they are. Rows are those
        of `records`, in their order, under a `RangeIndex`. An unusable or placeholder value is null (0 for codes and dates).

    """
    texts = {name: records[name] for name in (*PERSON_FIELDS, *extras) if name in records and name != "birth_date"}
    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        # Names take longest, so they come first.
        begun: list[Future[Columns]] = [pool.submit(_name, name, texts[name]) for name in _NAME_FIELDS if name in texts]
        begun += [pool.submit(part, texts) for part in (_address, _national_number, _place, _sex)]
        begun.append(pool.submit(_birth_date, records))
        begun += [pool.submit(_extra, name, texts[name], kind) for name, kind in extras.items() if name in texts]
        made = {name: column for each in begun for name, column in each.result().items()}
    columns: Columns = {"record_id": series(text_array(records["id"]))}
    columns |= {name: made[name] for name in (*NORMALISED, *extras) if name in made}
    consumed = {"id", *PERSON_FIELDS, *columns}
    columns |= {str(name): records[name].reset_index(drop=True) for name in records if name not in consumed}
    return pd.DataFrame(columns, index=pd.RangeIndex(len(records)), copy=False)


_NAME_FIELDS: dict[str, Callable[[pa.StringArray], pa.StringArray]] = {"first_names": clean_first_names, "surname": clean_surnames, "parent": clean_surnames}


def _coded(column: pd.Series) -> pa.DictionaryArray:
    return in_use(coded(column))


def _name(name: str, column: pd.Series) -> Columns:
    return {name: series(on_distinct(_coded(column), _NAME_FIELDS[name]))}


def _national_number(given: Columns) -> Columns:
    if "national_number" not in given:
        return {}
    numbers = read_numbers(text_array(given["national_number"]))
    return {
        "national_number": series(numbers.digits),
        "number_kind": pd.Series(numbers.kind),
        "number_birth_date": pd.Series(numbers.birth_date),
        "number_sex": pd.Series(numbers.sex),
    }


def _sex(given: Columns) -> Columns:
    if "sex" not in given:
        return {}
    sexes = _coded(given["sex"])
    return {"sex": pd.Series(np.append(read_sexes(sexes.dictionary).to_numpy(), np.int8(UNKNOWN))[places(sexes)])}


def _birth_date(records: pd.DataFrame) -> Columns:
    if "birth_date" not in records:
        return {}
    dates = records["birth_date"].to_numpy(dtype=np.int32)
    return {"birth_date": pd.Series(dates), "placeholder_date": pd.Series(placeholder_dates(dates))}


def _address(given: Columns) -> Columns:
    """Street and house number, from columns of their own and else from the address; a street column may hold the number as well."""
    sources = [_coded(given[name]) for name in ("street", "address") if name in given]
    split = [(places(source), split_addresses(source.dictionary)) for source in sources]
    streets = [recoded(rows, address.street) for rows, address in split]
    numbers = [recoded(rows, address.house_number) for rows, address in split]
    if "house_number" in given:
        numbers.insert(0, on_distinct(_coded(given["house_number"]), clean_house_numbers))
    columns: Columns = {}
    if streets:
        columns["street"] = series(on_distinct(first_known(streets), street_stems))
    if numbers:
        columns["house_number"] = series(first_known(numbers))
    return columns


def _place(given: Columns) -> Columns:
    columns: Columns = {}
    postcodes = on_distinct(_coded(given["postcode"]), clean_postcodes) if "postcode" in given else None
    if postcodes is not None:
        columns["postcode"] = series(postcodes)
    if "municipality" in given:
        columns["municipality"] = series(_municipality(_coded(given["municipality"]), postcodes))
    return columns


def _municipality(names: pa.DictionaryArray, postcodes: pa.DictionaryArray | None) -> pa.DictionaryArray:
    """Look up the municipality once per name and postcode."""
    if postcodes is None:
        return on_distinct(names, municipality_codes)
    width = len(postcodes.dictionary) + 1
    rows, pairs = pd.factorize((places(names) + 1) * np.int64(width) + places(postcodes) + 1)
    distinct = (texts.dictionary.take(pa.array(of - 1, mask=of == 0)) for texts, of in zip((names, postcodes), np.divmod(pairs, width), strict=True))
    return recoded(rows, municipality_codes(*distinct))


def _extra(name: str, column: pd.Series, kind: str) -> Columns:
    values = _coded(column)
    if kind == "date":
        return {name: pd.Series(np.append(read_dates(values.dictionary), np.int32(0))[places(values)])}
    return {name: series(on_distinct(values, _EXTRA_KINDS[kind]))}


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
