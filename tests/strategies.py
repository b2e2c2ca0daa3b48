"""Made-up registers for the tests: names, dates, numbers and addresses that go wrong the way real ones do.

The pools are small on purpose, so that records of two registers often agree in something and seldom in everything.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from kleuterlink.compare import Frequencies
from kleuterlink.normalise import normalise
from kleuterlink.normalise.encode import encode
from kleuterlink.tables import STRING, Encoded

FIRST_NAMES = (
    "Mohamed", "Mohammed", "Mehmet", "Émilie", "Emily", "Jean-Pierre", "Jean Pierre Luc", "Jean", "Pierre", "Elisabeth", "Lies", "Liesbeth", "Nour El Houda",
    "Nour", "J.", "E", "Şeyma", "Seyma", "Jan Karel Lode Piet Wout", "Karel", "Karolien", "Karolina", "Berg", "Baby", "Anna Anna",
)  # fmt: skip
SURNAMES = (
    "van den Berg", "Vandenberg", "Berg", "De Clercq", "Declercq", "Declerck", "El Amrani", "Amrani", "Peeters", "Peters", "Pieters", "Peeters-Janssens",
    "Janssens Peeters", "Janssens", "D'Hondt", "Dhondt", "Y\u0131lmaz", "Yilmas", "Mohamed", "Jean", "Garcia Garcia Lopez", "Kowalski", "Kowalska",
    "X", "Berg Janssens", "Peeters El Amrani",
)  # fmt: skip
PARENTS = (
    "An Peeters", "Peeters An", "Mevr. An Peeters-Janssens", "Fatima El Amrani", "Amrani Fatima", "Garcia Garcia Maria", "Maria Garcia Lopez", "Berg", "Jan",
    "Jan van den Berg", "Mme Sofie Declercq", "Sophie De Clercq", "Onbekend",
)  # fmt: skip
STREETS = ("Kerkstraat", "Kerkstraatje", "Rue de l'Eglise", "Grote Markt", "Hoogstraat", "Rue Haute", "Nieuwstraat", "Nieuwestraat", "Laan")
POSTCODES = ("1000", "1030", "1040", "1080", "B-1080", "9000")
MUNICIPALITIES = ("Brussel", "Bruxelles", "Schaarbeek", "Etterbeek", "Sint-Jans-Molenbeek", "Gent")
EXTRAS = {"code": "identifier", "given": "name", "note": "text", "seen": "date", "group": "exact"}
"""Further columns that the registers may have, with their kinds."""

NUMBERED_DATES = ((2018, 3, 14), (2018, 4, 3), (2019, 12, 11), (2019, 11, 12), (2018, 0, 0))

TEXT_FIELDS: dict[str, tuple[str, ...]] = {
    "first_names": FIRST_NAMES,
    "surname": SURNAMES,
    "sex": ("M", "V", "?"),
    "parent": PARENTS,
    "street": STREETS,
    "house_number": ("1", "2", "2 bus 3", "12"),
    "postcode": POSTCODES,
    "municipality": MUNICIPALITIES,
    "code": ("A1234", "A1243", "A124", "B9", "a-1234"),
    "given": ("Anna", "Ana", "Anna Maria", "Maria", "Bob"),
    "note": ("room 3 left", "room 3", "left room 3", "roof 4"),
    "seen": ("2020-03-14", "2020-04-13", "2020-03-04", "2020-03-00", "never"),
    "group": ("x", "X", "y"),
}
"""Pool of each text field, as a source may write it."""


def number(year: int, month: int, day: int, counter: int, *, offset: int = 0) -> str:
    """Return the national number of a birth date and a counter; a bis number with an offset of 20 or 40."""
    body = year % 100 * 10_000_000 + (month + offset) * 100_000 + day * 1000 + counter
    return f"{body:09}{97 - (2_000_000_000 + body) % 97:02}"


def names() -> st.SearchStrategy[str]:
    """Words of a few letters, near to one another; many begin alike."""
    return st.builds(str.__add__, st.sampled_from(["", "A", "LISA", "LISA"]), st.text("ABELST", min_size=1, max_size=6))


def dates() -> st.SearchStrategy[int]:
    """Birth dates as yyyymmdd: whole ones, 1 January, with unknown parts, unknown altogether."""
    whole = st.builds(
        lambda y, m, d: y * 10_000 + m * 100 + d, st.sampled_from([2018, 2019]), st.sampled_from([3, 4, 11, 12]), st.sampled_from([3, 4, 11, 12, 14])
    )
    return whole | st.sampled_from([20180101, 20190101, 20180300, 20190300, 20180000, 20190000, 0])


def numbers() -> st.SearchStrategy[str | None]:
    """National numbers, bis numbers of either kind, numbers with one typing error, placeholders, none."""
    valid = st.builds(
        lambda date, counter, offset: number(*date, counter, offset=offset),
        st.sampled_from(NUMBERED_DATES),
        st.sampled_from([1, 2, 3]),
        st.sampled_from([0, 0, 20, 40]),
    )
    return valid | st.builds(mistyped, valid, st.integers(0, 9), st.sampled_from(["swap", *"123456789"])) | st.sampled_from([None, "99999999999", "12"])


def mistyped(digits: str, at: int, error: str) -> str:
    """Swap the digits at and after a place, or else add the error to the digit there."""
    if error == "swap":
        return digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
    return digits[:at] + str((int(digits[at]) + int(error)) % 10) + digits[at + 1 :]


@st.composite
def records(draw: st.DrawFn, most: int = 7) -> pd.DataFrame:
    """A register as `Register.records` holds it, with some of the fields."""
    size = draw(st.integers(0, most))
    lacking = draw(st.sets(st.sampled_from([*TEXT_FIELDS, "birth_date", "national_number"]), max_size=8))
    columns: dict[str, Sequence[object]] = {}
    for name, pool in TEXT_FIELDS.items():
        columns[name] = draw(st.lists(st.sampled_from([None, *pool]), min_size=size, max_size=size))
    columns["national_number"] = draw(st.lists(numbers(), min_size=size, max_size=size))
    columns["birth_date"] = draw(st.lists(dates(), min_size=size, max_size=size))
    return raw([dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)], [name for name in columns if name not in lacking])


def raw(rows: Sequence[Mapping[str, object]], fields: Sequence[str] | None = None) -> pd.DataFrame:
    """Return rows as `Register.records`; the fields are those of any row, unless they are given."""
    fields = list(dict.fromkeys(name for row in rows for name in row)) if fields is None else fields
    frame = pd.DataFrame({"row": np.arange(1, len(rows) + 1), "id": pd.array([f"r{at}" for at in range(len(rows))], dtype=STRING)})
    for name in fields:
        values = [row.get(name) for row in rows]
        frame[name] = np.array([value or 0 for value in values], np.int32) if name == "birth_date" else pd.array(values, dtype=STRING)
    return frame


def encoded(*registers: pd.DataFrame | Sequence[Mapping[str, object]], extras: Mapping[str, str] = EXTRAS) -> list[Encoded]:
    """Normalise and encode registers together."""
    frames = [register if isinstance(register, pd.DataFrame) else raw(register) for register in registers]
    return encode([normalise(frame, extras=extras) for frame in frames], extras=extras)


def registers() -> st.SearchStrategy[list[Encoded]]:
    """Two registers, encoded together."""
    return st.builds(encoded, records(), records())


@st.composite
def frequency_classes(draw: st.DrawFn, registers: Sequence[Encoded]) -> Frequencies:
    """Any frequency classes: small registers have common values only."""
    tokens = len(registers[0].vocabulary.text)
    first, second, third = (draw(st.lists(st.integers(0, 4), min_size=tokens, max_size=tokens)) for _ in range(3))
    postcodes = max((int(register.columns["postcode"].max(initial=-1)) + 1 for register in registers if register.has("postcode")), default=0)
    rare = draw(st.lists(st.integers(0, 1), min_size=postcodes, max_size=postcodes))
    return Frequencies(*(np.array(classes, np.int8) for classes in (first, second, third, rare)))


def large_register(seed: int, size: int) -> pd.DataFrame:
    """A register of every field with values of the pools, some missing; the same for the same seed."""
    chance = random.Random(seed)
    rows: list[dict[str, object]] = []
    for _ in range(size):
        date = chance.choice(NUMBERED_DATES)
        row: dict[str, object] = {name: chance.choice(pool) for name, pool in TEXT_FIELDS.items() if chance.random() > 0.1}
        row["birth_date"] = date[0] * 10_000 + date[1] * 100 + date[2]
        row["national_number"] = number(*date, chance.randrange(1, 40)) if chance.random() > 0.3 else None
        rows.append(row)
    return raw(rows, [*TEXT_FIELDS, "birth_date", "national_number"])
