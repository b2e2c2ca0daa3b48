"""What the quality statement is made of: order, names and sums."""

from __future__ import annotations

import pytest

from kleuterlink.publish.statement import errors_of, flow_steps, groups, municipalities, other_cuts, reference_dates, unrecognised
from kleuterlink.publish.words import between


def rows_of(expected):
    return [
        {"group": "municipality", "value": value, "children": 10, "expected_not_found": number, "on_list": 1, "without_link": 2, "linked_share": 0.9}
        for value, number in expected.items()
    ]


def test_municipalities_stand_by_expected_number_and_the_others_are_added_up():
    expected = {f"PLAATS{number:02}": float(number) for number in range(30)} | {"21012": 100.0}
    shown, others = municipalities({"groups": rows_of(expected)})
    assert [row["value"] for row in shown[:3]] == ["Sint-Jans-Molenbeek (21012)", "Plaats29", "Plaats28"]
    assert len(shown) == 25
    assert others == {"number": 6, "children": 60, "without_link": 12, "on_list": 6, "expected_not_found": 15.0, "linked_share": pytest.approx(0.9)}


def test_few_municipalities_leave_no_others():
    shown, others = municipalities({"groups": rows_of({"unknown": 1.0, "73042": 2.0, "44083": 3.0})})
    assert ([row["value"] for row in shown], others) == (["Deinze (44083)", "73042", "unknown"], None)
    assert groups({"groups": rows_of({"AALST": 1.0})}) == {}


def test_what_recall_leaves_is_missed_with_its_bounds_turned_round():
    errors = errors_of({"precision": 0.99, "recall": 0.75, "recall_interval": [0.5, 1.0]})
    assert errors == {"precision": 0.99, "precision_interval": None, "missed": 0.25, "missed_interval": [0.0, 0.5]}
    assert set(errors_of({"recall": None, "recall_interval": [None, 1.0]}).values()) == {None}


def test_a_step_that_is_not_reported_has_no_box():
    assert flow_steps({"flow": {"pupils": {"rows_in": 3, "linked": 2}, "empty": {}}}) == {"pupils": [[(3, "rows read")], [(2, "linked to a child")]]}


def test_other_cuts_are_told_where_the_own_one_is_known():
    points = [{"cut": cut, "on_list": length} for cut, length in ((0.1, 9), (0.5, 6), (0.9, 4))]
    assert other_cuts(points, 0.5) == "At the cut in force, 0.5, the list holds 6 children; at 0.1 it would hold 9 and at 0.9 it would hold 4."
    assert other_cuts(points, 0.1) == "At the cut in force, 0.1, the list holds 9 children; at 0.9 it would hold 4."
    assert other_cuts(points, None) == other_cuts(points[1:2], 0.5) == ""


def test_each_list_has_the_day_that_it_speaks_of():
    registers = {"births": {"role": "births"}, "nl": {"role": "enrolments", "reference_date": "2024-01-15"}, "home": {"role": "home_education"}}
    manifest = {"configuration": {"registers": registers}}
    assert reference_dates(manifest, "2024-02-01") == {"nl": "2024-01-15", "home": "2024-02-01"}
    assert reference_dates(manifest, None) == {"nl": "2024-01-15"}


def test_unrecognised_matches_are_added_over_the_lists():
    assert unrecognised({"second_look": {"nl": {"expected_unseen": 1.5}, "fr": {"expected_unseen": 0.5}, "home": {}}}) == 2
    assert unrecognised({"second_look": {"nl": {"links": 3}}}) is None


@pytest.mark.parametrize(
    ("bounds", "how", "words"),
    [
        ([4.0, 9.0], {}, "4 to 9"),
        ((0.0, 0.00001), {"shares": True, "places": 2}, "0.00% to < 0.01%"),
        ([1, 1], {}, "1 to 1"),
        ([None, 3], {}, ""),
        ([1], {}, ""),
        (None, {}, ""),
    ],
)
def test_an_interval_is_written_out(bounds, how, words):
    assert between(bounds, **how) == words
