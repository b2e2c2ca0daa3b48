"""National and bis numbers: strict for cohorts born from 2000."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.be import ssn

from kleuterlink.normalise.national_number import BIS, FAULTY, MISSING, NATIONAL, read_numbers


def number(year: int, month: int, day: int, counter: int) -> str:
    body = f"{year % 100:02}{month:02}{day:02}{counter:03}"
    return f"{body}{97 - (2_000_000_000 + int(body)) % 97:02}"


BIRTHS = st.dates(dt.date(2000, 1, 1), dt.date(2025, 12, 31))
COUNTERS = st.integers(1, 998)
VALID = st.builds(lambda day, counter, offset: number(day.year, day.month + offset, day.day, counter), BIRTHS, COUNTERS, st.sampled_from([0, 20, 40]))


def read_one(value: str | None) -> tuple[str | None, int, int, int]:
    numbers = read_numbers(pa.array([value], pa.string()))
    return numbers.digits[0].as_py(), int(numbers.kind[0]), int(numbers.birth_date[0]), int(numbers.sex[0])


@given(BIRTHS, COUNTERS)
def test_a_national_number_states_date_and_sex(day, counter):
    digits = number(day.year, day.month, day.day, counter)
    assert read_one(digits) == (digits, NATIONAL, int(day.strftime("%Y%m%d")), 1 if counter % 2 else 2)


@given(BIRTHS, COUNTERS, st.sampled_from([20, 40]))
def test_a_bis_number_states_the_sex_only_with_month_plus_40(day, counter, offset):
    digits = number(day.year, day.month + offset, day.day, counter)
    sex = (1 if counter % 2 else 2) if offset == 40 else 0
    assert read_one(digits) == (digits, BIS, int(day.strftime("%Y%m%d")), sex)


@given(VALID)
def test_every_wrong_digit_is_caught(digits):
    wrong = [digits[:at] + digit + digits[at + 1 :] for at in range(11) for digit in "0123456789" if digit != digits[at]]
    assert not np.isin(read_numbers(pa.array(wrong)).kind, (NATIONAL, BIS)).any()


@given(VALID)
def test_every_swap_of_neighbours_is_caught(digits):
    swapped = [digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :] for at in range(10) if digits[at] != digits[at + 1]]
    assert not np.isin(read_numbers(pa.array(swapped)).kind, (NATIONAL, BIS)).any()


@given(VALID)
def test_what_is_valid_here_is_valid_for_python_stdnum(digits):
    assert read_one(digits)[1] in (NATIONAL, BIS)
    assert ssn.is_valid(digits)


@given(st.integers(0, 10**11 - 1))
def test_what_python_stdnum_refuses_is_refused_here(value):
    digits = f"{value:011}"
    if not ssn.is_valid(digits):
        assert read_one(digits)[1] in (FAULTY, MISSING)


@pytest.mark.parametrize("counter", [0, 999])
def test_counters_that_are_never_given_out(counter):
    assert read_one(number(2020, 5, 17, counter))[1] == FAULTY


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [(2021, 2, 29), (2021, 2, 31), (2021, 4, 31), (2021, 13, 1), (2021, 19, 1), (2021, 33, 1), (2021, 53, 1), (2021, 99, 1), (2021, 5, 32), (2021, 0, 32)],
)
def test_impossible_dates_fail(year, month, day):
    assert read_one(number(year, month, day, 17))[1:] == (FAULTY, 0, 0)


@pytest.mark.parametrize(
    ("year", "month", "day", "kind", "date"),
    [
        (2021, 0, 0, NATIONAL, 20210000),
        (2021, 5, 0, NATIONAL, 20210500),
        (2021, 0, 7, NATIONAL, 20210000),
        (2021, 40, 0, BIS, 20210000),
        (2021, 20, 0, BIS, 20210000),
        (2020, 2, 29, NATIONAL, 20200229),
    ],
)
def test_what_the_number_leaves_open_is_00(year, month, day, kind, date):
    assert read_one(number(year, month, day, 17))[1:3] == (kind, date)


@given(VALID)
def test_punctuation_does_not_matter(digits):
    written = f" {digits[:2]}.{digits[2:4]}.{digits[4:6]}-{digits[6:9]}.{digits[9:]} "
    assert read_one(written) == read_one(digits)


@given(VALID)
def test_zeros_that_a_spreadsheet_dropped_come_back(digits):
    as_number = str(int(digits))
    if len(as_number) >= 9:
        assert read_one(as_number) == read_one(digits)
        assert read_one(as_number + ".0") == read_one(digits)


@pytest.mark.parametrize("value", [None, "", "0", "00000000000", "99999999999", "11111111111", "12345678901", "000000000-97", "123", "230101001011", "n.v.t."])
def test_placeholders_and_fragments_are_missing(value):
    assert read_one(value) == (None, MISSING, 0, 0)


def test_a_number_of_the_last_century_fails():
    assert ssn.is_valid("85073003328")
    assert read_one("85073003328")[1] == FAULTY


def test_rows_keep_their_order():
    good = number(2021, 5, 17, 123)
    numbers = read_numbers(pa.array([good, None, "21051712300", good]))
    assert numbers.digits.to_pylist() == [good, None, "21051712300", good]
    assert numbers.kind.tolist() == [NATIONAL, MISSING, FAULTY, NATIONAL]
