"""Frequency classes: their bounds, and what is counted."""

import numpy as np
import pytest
import strategies

from kleuterlink.compare import frequencies
from kleuterlink.compare.columns import FREQUENCY_BOUNDS, POSTCODE_BOUND


def classes_of(register, column, classes):
    return dict(zip(register.vocabulary.text, getattr(classes, column).tolist(), strict=True))


@pytest.mark.parametrize(("count", "expected"), [(1, 4), (15, 4), (16, 3), (79, 3), (80, 2), (399, 2), (400, 1), (1_999, 1), (2_000, 0), (9_000, 0)])
def test_a_class_begins_at_its_bound(count, expected):
    (register,) = strategies.encoded([{"surname": "Peeters"}, {"surname": None}])
    some, others = register.take(np.zeros(count, int)), register.take(np.ones(1_000_000 - count, int))
    assert classes_of(register, "surname", frequencies([some, others])) == {"PEETERS": expected}


def test_bounds_fall():
    assert list(FREQUENCY_BOUNDS) == sorted(FREQUENCY_BOUNDS, reverse=True)


def test_every_name_field_is_counted_by_itself_over_all_registers_and_slots():
    births, pupils = strategies.encoded(
        [{"first_names": "Anna Berg", "surname": "Berg"}] * 2 + [{"first_names": "Anna", "surname": "Peeters Berg"}] + [{}] * 997,
        [{"first_names": "Berg", "parent": "Anna Berg"}] + [{"first_names": "Anna"}] * 4,
    )
    classes = frequencies([births, pupils])
    # Of 1005 records: ANNA 7 and BERG 3 as first names, BERG 3 and PEETERS 1 as surnames, each 1 as a parent's name.
    assert classes_of(births, "first_names", classes) == {"ANNA": 0, "BERG": 0, "PEETERS": 4}
    assert classes_of(births, "surname", classes) == {"ANNA": 4, "BERG": 0, "PEETERS": 1}
    assert classes_of(births, "parent", classes) == {"ANNA": 1, "BERG": 1, "PEETERS": 4}


def test_a_postcode_is_rare_below_its_bound():
    crowd = [{"postcode": "1000"}] * 995 + [{"postcode": "1030"}] * 3 + [{"postcode": "1040"}] * 2
    (register,) = strategies.encoded(crowd)
    assert 2e-3 < POSTCODE_BOUND < 3e-3
    assert frequencies([register]).postcode.tolist() == [0, 0, 1]
    assert frequencies([register]).postcode.dtype == np.int8


def test_registers_without_a_field_or_a_record_have_classes_too():
    births, pupils = strategies.encoded([], [{"surname": "Peeters"}])
    classes = frequencies([births, pupils])
    assert (classes.first_names.tolist(), classes.surname.tolist(), classes.postcode.tolist()) == ([4], [0], [])
    (empty,) = strategies.encoded([])
    assert frequencies([empty]).surname.tolist() == []
