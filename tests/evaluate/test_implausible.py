"""Implausible links, counted on handmade tables."""

from __future__ import annotations

import pandas as pd
import pytest
from links import link_rows

from kleuterlink.config import parse_config
from kleuterlink.evaluate.implausible import implausible_links

CONFIG = parse_config(
    {
        "registers": {
            "births": {"role": "births", "columns": {"id": "id"}},
            "pupils": {"role": "enrolments", "columns": {"id": "id"}},
            "moved": {"role": "departures", "columns": {"id": "id"}},
        }
    }
)
BIRTHS = pd.DataFrame({"record_id": ["K1", "K2", "K3"], "birth_date": [20190301, 20200105, 0], "sex": [1, 2, 0]})
PUPILS = pd.DataFrame(
    {
        "record_id": ["P1", "P2", "P3"],
        "enrolled_from": [20210901, 20210901, 20190101],
        "sex": [1, 1, 2],
        "national_number": ["19030110125", "19030110125", "12345678901"],
        "number_kind": [1, 1, 3],
    }
)


def count(*links, **more):
    tables = {"births": BIRTHS, "pupils": PUPILS, "moved": pd.DataFrame({"record_id": ["D1"]})}
    rows = [("pupils", record, child, decision) for child, record, decision in links] + more.get("others", [])
    places = {record: place for table in tables.values() for place, record in enumerate(table["record_id"])}
    made = link_rows(["moved", "pupils"], [(name, places[record], places[child], decision == "link") for name, record, child, decision in rows])
    return implausible_links(BIRTHS, tables, made, CONFIG)


def test_good_links_are_no_cause_for_concern():
    counted = count(("K1", "P1", "link"), ("K3", "P3", "link"), others=[("moved", "D1", "K1", "link")])
    assert counted == {"linked": 3, "two_children_on_one_record": 0, "school_before_two": 0, "one_number_on_two_children": 0, "other_sex": 0}


@pytest.mark.parametrize(
    ("links", "sign"),
    [
        ([("K1", "P1", "link"), ("K3", "P1", "link")], "two_children_on_one_record"),
        ([("K2", "P1", "link")], "school_before_two"),
        ([("K1", "P1", "link"), ("K3", "P2", "link")], "one_number_on_two_children"),
        ([("K2", "P1", "link")], "other_sex"),
    ],
)
def test_each_sign_is_counted(links, sign):
    assert count(*links)[sign] == 1


def test_possible_links_do_not_count():
    assert set(count(("K2", "P1", "possible_link")).values()) == {0}
