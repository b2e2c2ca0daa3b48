"""Registers of another make than `kleuterlink.synthetic`: few names, random typing errors, and numbers that belong to another child.

A model that was only ever tried on one generator learns that generator. This one is plain on purpose, and shares nothing with the other.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from faker.providers.person.nl_BE import Provider

LETTERS = np.array(list("abcdefghijklmnopqrstuvwxyz"))
STREETS = np.array(
    [f"{one}{other}" for one in ("Kerk", "School", "Molen", "Nieuw", "Veld", "Berg", "Bos", "Park") for other in ("straat", "laan", "weg", "plein")]
)
POSTCODES = np.array(["9000", "2000", "3000", "8000", "8500", "9300", "2800", "3500", "1800", "2300"])


def draw(weights: dict[str, float], size: int, random: np.random.Generator) -> np.ndarray:
    share = np.array(list(weights.values()))
    return random.choice(np.array(list(weights), object), size, p=share / share.sum())


def with_typing_errors(texts: pd.Series, rate: float, random: np.random.Generator) -> pd.Series:
    """Replace, drop, insert or swap a letter in a share of the texts."""
    changed = texts.to_numpy(dtype=object, copy=True)
    for row in np.flatnonzero(random.random(len(texts)) < rate):
        text, letter = changed[row], random.choice(LETTERS)
        at = int(random.integers(0, len(text)))
        swapped = text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]
        changed[row] = (text[:at] + letter + text[at + 1 :], text[:at] + text[at + 1 :], text[:at] + letter + text[at:], swapped)[random.integers(0, 4)]
    return pd.Series(changed, index=texts.index)


def national_numbers(days: pd.DatetimeIndex, sexes: np.ndarray) -> list[str]:
    given: dict[tuple[object, str], int] = {}
    numbers = []
    for day, sex in zip(days, sexes, strict=True):
        counter = given[day, sex] = given.get((day, sex), -1 if sex == "M" else 0) + 2
        base = f"{day:%y%m%d}{counter:03d}"
        numbers.append(f"{base}{97 - int('2' + base) % 97:02d}")
    return numbers


def make(size: int, seed: int, *, errors: float = 1.0, mistaken: float = 0.01) -> tuple[pd.DataFrame, pd.DataFrame, set[str]]:
    """Return births, one list of enrolments, and the ids of the births that are not in it; every rate of errors is multiplied."""
    random = np.random.default_rng(seed)
    family = np.maximum.accumulate(np.where(random.random(size) < 0.25, 0, np.arange(size)))
    sexes = random.choice(["M", "F"], size)
    days = pd.Timestamp("2018-01-01") + pd.to_timedelta(random.integers(0, 1_280, size), unit="D")
    first, second = (np.where(sexes == "F", draw(Provider.first_names_female, size, random), draw(Provider.first_names_male, size, random)) for _ in range(2))
    births = pd.DataFrame(
        {
            "id": [f"B{number}" for number in random.permutation(size)],
            "national_number": national_numbers(days, sexes),
            "first_names": first + " " + second,
            "surname": draw(Provider.last_names, size, random)[family],
            "sex": sexes,
            "birth_date": days.strftime("%Y-%m-%d"),
            "street": random.choice(STREETS, size)[family],
            "house_number": random.integers(1, 180, size)[family].astype(str),
            "postcode": random.choice(POSTCODES, size)[family],
        }
    )
    enrolled = random.random(size) >= 0.015
    pupils, count = births[enrolled].reset_index(drop=True), int(enrolled.sum())

    def some(rate: float) -> np.ndarray:
        return random.random(count) < rate * errors

    pupils["first_names"] = with_typing_errors(pd.Series(np.where(random.random(count) < 0.7, first[enrolled], pupils["first_names"])), 0.04 * errors, random)
    pupils["surname"] = with_typing_errors(pupils["surname"], 0.04 * errors, random)
    exchanged = some(0.01)
    pupils.loc[exchanged, ["first_names", "surname"]] = pupils.loc[exchanged, ["surname", "first_names"]].to_numpy()
    shifted = np.where(some(0.015), random.integers(-40, 40, count), 0)
    pupils["birth_date"] = (pd.to_datetime(pupils["birth_date"]) + pd.to_timedelta(shifted, unit="D")).dt.strftime("%Y-%m-%d")
    moved = random.random(count) < 0.2
    pupils.loc[moved, "street"] = random.choice(STREETS, int(moved.sum()))
    pupils.loc[moved, "house_number"] = random.integers(1, 180, int(moved.sum())).astype(str)
    pupils.loc[some(0.05), "national_number"] = ""
    of_another = random.random(count) < mistaken * errors
    pupils.loc[of_another, "national_number"] = random.permutation(births["national_number"].to_numpy())[: int(of_another.sum())]
    pupils["id"] = [f"P{number}" for number in random.permutation(count)]
    return births, pupils, set(births.loc[~enrolled, "id"])
