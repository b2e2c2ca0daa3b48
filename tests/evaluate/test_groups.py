"""The figures by group: against plain arithmetic on a handmade table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from links import link_rows

from kleuterlink.evaluate.groups import figures_by_group
from kleuterlink.evaluate.intervals import Outcomes

BIRTHS = pd.DataFrame(
    {
        "municipality": ["21004", "21004", None, "AALST", "AALST"],
        "birth_date": [20190301, 20190000, 0, 20200101, 20200202],
        "sex": [1, 2, 0, 1, 2],
        "number_kind": [1, 3, 0, 2, 1],
    }
)
CHILDREN = pd.DataFrame(
    {
        "child_id": ["K1", "K2", "K3", "K4", "K5"],
        "status": ["found", "not_found", "found", "undetermined", "found"],
        "p_not_found": [0.001, 0.9, 0.3, 0.99, 0.0],
        "found_in": ["pupils", "", "", "", "pupils"],
    }
)
LINKS = link_rows(["pupils"], [("pupils", 0, 0, True), ("pupils", 1, 3, True), ("pupils", 2, 4, True)], [0.98, 0.6, 1.0])
ASKED = (CHILDREN["status"] != "undetermined").to_numpy()


def missing(children):
    return Outcomes(children["p_not_found"].to_numpy())


@pytest.fixture
def rows():
    made = figures_by_group(BIRTHS, CHILDREN, LINKS, ASKED, missing(CHILDREN[ASKED]))
    return {(row["group"], row["value"]): row for row in made}


def test_every_value_of_every_field_has_a_row(rows):
    assert list(rows) == [
        *(("municipality", value) for value in ("21004", "AALST", "unknown")),
        *(("year of birth", value) for value in ("2019", "2020", "unknown")),
        *(("sex", value) for value in ("female", "male", "unknown")),
        *(("national number", value) for value in ("known", "missing")),
    ]
    for group in ("municipality", "year of birth", "sex", "national number"):
        own = [row for (name, _), row in rows.items() if name == group]
        assert sum(row["children"] for row in own) == ASKED.sum() == 4
        assert sum(row["expected_not_found"] for row in own) == pytest.approx(1.201)
        assert sum(row["without_link"] for row in own) == 2


def test_the_figures_of_a_group_are_those_of_its_children(rows):
    brussels = rows["municipality", "21004"]
    assert {name: brussels[name] for name in ("children", "on_list", "without_link", "linked_share")} == {
        "children": 2,
        "on_list": 1,
        "without_link": 1,
        "linked_share": 0.5,
    }
    assert brussels["precision"] == pytest.approx(0.98)
    assert brussels["recall"] == pytest.approx(0.999 / (0.999 + 0.1))
    # 0, 1 and 2 of the two with probabilities 0.0999, 0.8992 and 0.0009.
    assert brussels["interval"] == [0, 1]
    assert rows["municipality", "AALST"]["precision"] == rows["municipality", "AALST"]["recall"] == 1


def test_a_group_without_links_has_no_precision(rows):
    unknown = rows["municipality", "unknown"]
    assert (unknown["precision"], unknown["precision_interval"]) == (None, None)
    assert unknown["recall"] == 0
    assert unknown["interval"] == [0, 1]


def test_recall_has_an_interval_around_the_missed_children():
    count = 400
    births = pd.DataFrame({"sex": np.ones(count, np.int8)})
    children = pd.DataFrame(
        {
            "child_id": [f"K{place}" for place in range(count)],
            "status": "found",
            "p_not_found": np.r_[np.zeros(count - 20), np.full(20, 0.5)],
            "found_in": "pupils",
        }
    )
    links = link_rows(["pupils"], [("pupils", child, child, True) for child in range(count - 20)])
    (row,) = figures_by_group(births, children, links, np.ones(count, bool), missing(children))
    assert row["recall"] == pytest.approx(380 / 390)
    low, high = row["recall_interval"]
    # 10 of 20 are missed on average; 95% of the binomial numbers lie between 6 and 14.
    assert (low, high) == (pytest.approx(380 / 394, abs=1 / 390), pytest.approx(380 / 386, abs=1 / 390))


def test_children_who_cannot_be_on_the_list_count_nowhere():
    nobody = figures_by_group(BIRTHS, CHILDREN, LINKS, np.zeros(5, bool), missing(CHILDREN[:0]))
    assert nobody == []
