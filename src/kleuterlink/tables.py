"""The schema of every table that passes between stages.

Stages never import one another; they meet here. Strings are Arrow-backed (`string[pyarrow]` through `pd.ArrowDtype`),
null means "not known". Every table has a `RangeIndex`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa

STRING = pd.ArrowDtype(pa.string())
"""Dtype of every text column."""


@dataclass(frozen=True)
class Register:
    """A register as it was read: `records` usable rows, `rejected` the others.

    Attributes
    ----------
    name
        Its name in the configuration.
    role
        `births`, `enrolments`, `absences` or `applications`.
    community
        `nl` or `fr`; meaningful for enrolments.
    records
        One row per usable input row, in input order. Columns: `row` (int64, 1-based row of the data in the source, the
        header not counted), `id` (text, unique, never null), and one text column per mapped field or extra, values as
        in the source with surrounding blanks removed and empty ones null. Date fields are int32 `yyyymmdd` instead, with
        00 for an unknown month or day and 0 for an unknown date.
    rejected
        `REJECTED` rows: what could not be used.
    rows_in
        Number of data rows in the source: `len(records)` + number of distinct rejected rows.

    """

    name: str
    role: str
    community: str
    records: pd.DataFrame
    rejected: pd.DataFrame
    rows_in: int
    source: str = ""
    notes: tuple[str, ...] = field(default=())


REJECTED = ("register", "row", "field", "problem")
"""Columns of `rejected.csv`: text, int64, text, text. Never the value."""

NORMALISED = {
    "record_id": "text; the register's id",
    "national_number": "text; the 11 digits; null where missing or a known placeholder",
    "number_kind": "int8; 0 missing, 1 valid national, 2 valid bis, 3 fails its check or has an impossible date",
    "number_birth_date": "int32 yyyymmdd; birth date that a valid number states, month and day 00 where it leaves them open; 0 unknown",
    "number_sex": "int8; 0 unknown, 1 male, 2 female; what a valid number states (never from a month + 20 bis number)",
    "first_names": "text; first names in order, A-Z tokens separated by one blank (a hyphen separates tokens too)",
    "surname": "text; ordered parts separated by one blank; particles are joined to the part they lead (VANDENBERG DECLERCQ)",
    "sex": "int8; 0 unknown, 1 male, 2 female",
    "birth_date": "int32 yyyymmdd; 00 for unknown month or day; 0 unknown",
    "placeholder_date": "bool; the birth date is a day on which this register heaps far more births than chance allows, or a part is unknown",
    "parent": "text; the parent's full name as surname-style parts (all tokens, particles joined)",
    "street": "text; street stem without its type word in Dutch or French, A-Z and blanks",
    "house_number": "text; digits only, leading zeros removed, box and letter dropped",
    "postcode": "text; as digits and capitals without blanks",
    "municipality": "text; NIS code where the table knows the name or postcode, else the name as A-Z",
}
"""Columns of a normalised register and what they hold. Fields that a register lacks are absent; extras follow under
their own names, as text. Row order and length are those of `Register.records`; the columns `row` and the enrolment
fields are carried over as they are."""
