"""Identities that were rewritten between birth and school: what the lists rightly say is no longer what the birth register says."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from kleuterlink.synthetic.numbers import make_numbers
from kleuterlink.synthetic.populations import NURSERY, Population
from kleuterlink.synthetic.rates import Rates
from kleuterlink.synthetic.spellings import transliterate

_KINDS = ("number", "date", "surname", "spelling")
# What changes of an identity that is rewritten, several at once or nothing; assumed. A foreign certificate that turns up later
# brings another spelling and another date, which nobody expects of the settled.
_SETTLED, _FROM_ELSEWHERE = (0.3, 0.05, 0.7, 0.0), (0.4, 0.15, 0.35, 0.6)


def rewrite_identities(people: pd.DataFrame, rng: np.random.Generator, rates: Rates, population: Population = NURSERY) -> pd.DataFrame:
    """Give some children the identity that a recognition, an adoption or a foreign certificate gave them after birth.

    Parameters
    ----------
    people
        Children; columns as `families.make_people` returns them.
    rng
        Source of chance.
    rates
        How many identities are rewritten.
    population
        When the children are born; a corrected date is one of these days.

    Returns
    -------
    pandas.DataFrame
        The children as they are on the lists' day: `first`, `surname`, `surname_2`, `birth` and `number` differ for some. Same rows;
        numbers are distinct, and none is the earlier number of another child.

    """
    chance = np.where(people["newcomer"], rates.identity_rewritten_newcomers, rates.identity_rewritten)
    rows = np.flatnonzero(rng.random(len(people)) < chance)
    elsewhere = people["foreign"].to_numpy()[rows]
    changes = rng.random((len(_KINDS), len(rows))) < np.where(elsewhere, *(np.array(shares)[:, np.newaxis] for shares in (_FROM_ELSEWHERE, _SETTLED)))
    number, date, surname, spelling = (rows[change] for change in changes)
    texts = {column: people[column].to_numpy(dtype=object).copy() for column in ("first", "surname", "surname_2")}
    father, mother = people["surname_father"].to_numpy(), people["surname_mother"].to_numpy()
    texts["surname"][surname] = np.where(texts["surname"] == father, mother, father)[surname]
    texts["surname_2"][surname] = ""
    for column in ("first", "surname"):
        draws = rng.random(len(spelling)).tolist()
        texts[column][spelling] = [transliterate(name, draw) for name, draw in zip(texts[column][spelling].tolist(), draws, strict=True)]
    birth = people["birth"].to_numpy().astype("datetime64[D]")
    birth[date] = np.clip(birth[date] + rng.integers(-60, 61, len(date)), population.first, population.last)
    # A corrected date brings a number of its own.
    renumbered = np.union1d(number, date)
    return people.assign(**texts, birth=birth, number=_renumber(people, birth, renumbered, rng))


def _renumber(people: pd.DataFrame, birth: npt.NDArray[np.datetime64], rows: npt.NDArray[np.int64], rng: np.random.Generator) -> npt.NDArray[np.object_]:
    number: npt.NDArray[np.object_] = people["number"].to_numpy(dtype=object).copy()
    given = set(number.tolist())
    sex = people["sex"].to_numpy()
    for _ in range(20):
        if not len(rows):
            break
        drawn = make_numbers(birth[rows], sex[rows], np.arange(len(rows)), rng)
        free = np.array([candidate not in given for candidate in drawn], np.bool_)
        number[rows[free]] = drawn[free]
        given.update(drawn[free].tolist())
        rows = rows[~free]
    return number
