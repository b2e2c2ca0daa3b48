"""What a blocking rule joins on, by the name of the key."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from kleuterlink.engines.reference.records import Parts, Record
from kleuterlink.tables import Encoded

Values = list[Hashable]
"""Values of a key in one record, in order; None for one that is not known."""

REFINEMENTS = {
    "birth_date": ("birth_date", "number_birth_date"),
    "sex": ("sex",),
    "municipality": ("municipality",),
    "initial": ("first_names",),
    "house_number": ("house_number",),
    "birth_year_month": ("birth_date", "number_birth_date"),
    "first_name": ("first_names",),
}
"""Keys that split an oversized block, in this order, and the columns of which a register needs one."""


def key_values(record: Record, key: str) -> Values:
    """Return the values of a key in a record.

    Parameters
    ----------
    record
        The record.
    key
        Name of the key: one of `block.KEYS`, or a further column.

    Returns
    -------
    list
        Values in order, without repeats; None where one is not known.

    """
    for column, value in (*record.values.items(), *record.dates.items()):
        if column == key:
            return [value or None]
    values = _sounds(record.words[key]) if key in record.words else _KEYS[key](record)
    return list(dict.fromkeys(values))


def refinements_for(used: list[str], left: Encoded, right: Encoded) -> list[str]:
    """Name the keys that can split an oversized block of a rule which uses these keys, in order."""
    fitting = [key for key, columns in REFINEMENTS.items() if all(any(side.has(column) for column in columns) for side in (left, right))]
    return [key for key in fitting if key not in used]


def _dates(record: Record, form: Callable[[int, int, int], Hashable]) -> Values:
    """Return a form of the stated date and of the number's; None where it needs a part that is unknown."""
    stated = [date for date in (record.birth_date, record.number_birth_date) if date is not None]
    return [form(date // 10000, date // 100 % 100, date % 100) for date in stated]


def _birth_date(year: int, month: int, day: int) -> Hashable:
    return (year, *sorted((month, day))) if month and day else None


def _year_month(year: int, month: int, _day: int) -> Hashable:
    return (year, month) if month else None


def _year_day(year: int, _month: int, day: int) -> Hashable:
    return (year, day) if day else None


def _month_day(_year: int, month: int, day: int) -> Hashable:
    return (month, day) if month and day else None


def _year(year: int, _month: int, _day: int) -> Hashable:
    return year or None


def _sounds(*names: Parts | None) -> Values:
    return [part.sound for parts in names for part in parts or ()]


def _whole(parts: Parts | None) -> Values:
    return [tuple(sorted(part.sound for part in parts))] if parts else [None]


def _initial(parts: Parts | None) -> Values:
    return [parts[0].text[0]] if parts else [None]


_KEYS: dict[str, Callable[[Record], Values]] = {
    "national_number": lambda record: [record.national_number or None],
    "birth_date": lambda record: _dates(record, _birth_date),
    "birth_year_month": lambda record: _dates(record, _year_month),
    "birth_year_day": lambda record: _dates(record, _year_day),
    "birth_month_day": lambda record: _dates(record, _month_day),
    "birth_year": lambda record: _dates(record, _year),
    "first_name": lambda record: _sounds(record.first_names),
    "surname": lambda record: _sounds(record.surname),
    "name": lambda record: _sounds(record.first_names, record.surname),
    "parent": lambda record: _sounds(record.parent),
    "parent_name": lambda record: _whole(record.parent),
    "initial": lambda record: _initial(record.first_names),
    "house_number": lambda record: [record.house_number],
    "street": lambda record: [record.street],
    "postcode": lambda record: [record.postcode],
    "municipality": lambda record: [record.municipality],
    "sex": lambda record: [record.sex or None],
}
