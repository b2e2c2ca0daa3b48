"""Thresholds against the table as AGODI prints it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink.config import Purpose, ThresholdConfig
from kleuterlink.errors import RuleError
from kleuterlink.participation import threshold
from kleuterlink.participation.thresholds import enough, sourced_thresholds

AT_FIVE = """
2016-2017 220 220 -
2017-2018 220 250 -
2018-2019 220 250 -
2019-2020 250 250 -
2020-2021 290 250/290 290
2021-2022 290 290 290
2022-2023 290 290 290
2025-2026 290 290 290
"""
"""School year, allowance, admission, compulsory schooling."""


@pytest.mark.parametrize("line", AT_FIVE.strip().split("\n"))
def test_at_five(line: str) -> None:
    year, *printed = line.split()
    for purpose, text in zip(Purpose, printed, strict=True):
        expected = () if text == "-" else tuple(map(int, text.split("/")))
        assert sourced_thresholds(year, 5, purpose) == expected
        if len(expected) < 2:
            assert threshold(year, 5, purpose) == (expected[0] if expected else None)


@pytest.mark.parametrize(("age", "half_days"), [(1, None), (2, 100), (3, 150), (4, 185), (6, None)])
@pytest.mark.parametrize("year", ["2016-2017", "2019-2020", "2024-2025"])
def test_younger_children_have_one_threshold(age: int, half_days: int | None, year: str) -> None:
    assert threshold(year, age, Purpose.ALLOWANCE) == half_days
    assert threshold(year, age, Purpose.ADMISSION) is None
    assert threshold(year, age, Purpose.COMPULSORY) is None


def test_disagreement_is_an_error_until_it_is_settled() -> None:
    with pytest.raises(RuleError, match=r"disagree \(250 or 290\)"):
        threshold("2020-2021", 5, Purpose.ADMISSION)
    own = ThresholdConfig(school_year="2020-2021", age=5, purpose=Purpose.ADMISSION, half_days=250)
    assert threshold("2020-2021", 5, Purpose.ADMISSION, [own]) == 250
    assert threshold("2021-2022", 5, Purpose.ADMISSION, [own]) == 290


def test_unknown_years_are_errors_until_they_are_given() -> None:
    with pytest.raises(RuleError, match="2015-2016"):
        threshold("2015-2016", 4, Purpose.ALLOWANCE)
    own = ThresholdConfig(school_year="2015-2016", age=4, purpose=Purpose.ALLOWANCE, half_days=180)
    assert threshold("2015-2016", 4, Purpose.ALLOWANCE, [own]) == 180


@given(st.lists(st.tuples(st.integers(0, 330), st.integers(0, 60), st.integers(1, 6)), min_size=1), st.sampled_from([*Purpose]))
def test_enough_agrees_with_the_table_child_by_child(children: list[tuple[int, int, int]], purpose: Purpose) -> None:
    half_days, left, ages = (np.array(column) for column in zip(*children, strict=True))
    for year in ("2018-2019", "2020-2021", "2023-2024"):
        needed, answers = enough(half_days.astype(float), left.astype(float), ages, year, purpose)
        for done, still, age, need, answer in zip(half_days, left, ages, needed, answers, strict=True):
            values = sourced_thresholds(year, int(age), purpose)
            assert np.isnan(need) == (len(values) != 1)
            verdicts = {True if done >= value else False if done + still < value else None for value in values}
            expected = verdicts.pop() if len(verdicts) == 1 else None
            assert (None if np.isnan(answer) else bool(answer)) == expected


def test_unknown_half_days_have_no_answer() -> None:
    needed, answers = enough(np.array([np.nan]), np.zeros(1), np.array([4]), "2023-2024", Purpose.ALLOWANCE)
    assert needed.tolist() == [185.0]
    assert np.isnan(answers).all()
