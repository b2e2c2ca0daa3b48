"""The tables that a run writes of every enrolment, and what is added to the children with a school year."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from kleuterlink.config import RunConfig, parse_config
from kleuterlink.participation import Derived, derive, join_links
from kleuterlink.results import Deferred, LinkRows
from kleuterlink.schemas import ATTENDANCE, CHILDREN, CHILDREN_OF_YEAR, ENROLMENTS
from kleuterlink.tables import STRING

DTYPES = {"text": "string", "float64": "double", "bool": "bool", "boolean": "boolean", "Int64": "Int64", "date32": "date32[day]"}


def texts(values: list[Any]) -> pd.Series:
    return pd.Series(values, dtype=STRING)


BIRTHS = pd.DataFrame(
    {
        "record_id": texts(["c0", "c1", "c2"]),
        "birth_date": np.array([20200505, 20180000, 0], np.int32),
        "municipality": texts(["21015", "GENT", None]),
    }
)
RECORDS = pd.DataFrame(
    {
        "row": np.array([1, 2, 3, 4], np.int64),
        "record_id": texts(["r3", "r1", "r2", "r0"]),
        "birth_date": np.array([20210101, 20190101, 20190606, 0], np.int32),
        "municipality": texts([None, "21004", "MECHELEN", None]),
        "school": texts(["A", "B", None, "A"]),
        "education": texts([None, "buitengewoon onderwijs", "gewoon", None]),
        "enrolled_from": np.array([20230901, 20240202, 0, 20220901], np.int32),
        "enrolled_until": np.array([0, 0, 20240201, 20240131], np.int32),
    }
)
LINKS = pd.DataFrame(
    {
        "register": texts(["nl", "nl", "nl"]),
        "record_id": texts(["r3", "r1", "r0"]),
        "child_id": texts(["c0", "c1", "c2"]),
        "match_probability": [0.9, 0.8, 0.4],
        "decision": texts(["link", "link", "possible_link"]),
    }
)


def config_of(*, school_year: str | None = "2023-2024", absences: bool = True) -> RunConfig:
    registers = {"births": {"role": "births"}, "nl": {"role": "enrolments"}, "fr": {"role": "enrolments", "community": "fr"}}
    if absences:
        registers["warehouse"] = {"role": "absences"}
    return parse_config({"run": {"school_year": school_year, "as_of": "2024-02-01"}, "registers": registers})


def derived(*, records: pd.DataFrame = RECORDS, links: pd.DataFrame | LinkRows = LINKS, **how: Any) -> Derived:
    config = config_of(**how)
    french = pd.DataFrame({"record_id": texts(["f0"]), "birth_date": np.array([20200505], np.int32)})
    registers = {"nl": records, "fr": french}
    if "warehouse" in config.registers:
        registers["warehouse"] = pd.DataFrame({"record_id": texts(["r3", "r3", "no"]), "date": np.array([20231002, 20231003, 20231002], np.int32)})
    p_found = pd.DataFrame({"child_id": BIRTHS["record_id"], "nl": [0.9, 0.8, 0.4], "fr": 0.0})
    return derive(BIRTHS, links, p_found, registers, config, p_not_found=np.array([0.1, 0.2, 0.6]))


def test_the_tables_have_the_columns_and_types_that_are_documented() -> None:
    tables = derived()
    assert tables.enrolments is not None
    for table, columns in ((tables.enrolments, ENROLMENTS), (Deferred.of(tables.children).whole(), {**CHILDREN, **CHILDREN_OF_YEAR, **ATTENDANCE})):
        assert list(table) == list(columns)
        for name, meaning in columns.items():
            assert str(table[name].dtype).removesuffix("[pyarrow]") in (DTYPES[meaning.split(";")[0]], meaning.split(";")[0]), name


def test_links_as_rows_say_the_same_as_their_table() -> None:
    config = config_of()
    registers = {"nl": RECORDS, "fr": pd.DataFrame({"record_id": texts(["f0"])})}
    rows = join_links(BIRTHS, LINKS.iloc[::-1], registers, config)
    assert [rows.child.tolist(), rows.record.tolist(), rows.accepted.tolist()] == [[0, 1, 2], [0, 1, 3], [True, True, False]]
    told, shown = derived(links=rows), derived()
    pd.testing.assert_frame_equal(told.children, shown.children)
    pd.testing.assert_frame_equal(told.enrolments, shown.enrolments)


def test_every_record_has_its_row() -> None:
    table = derived().enrolments
    assert table is not None
    assert table[["register", "community", "record_id"]].to_numpy().tolist() == [["fr", "fr", "f0"], *(["nl", "nl", f"r{row}"] for row in range(4))]
    assert table["child_id"].fillna("").tolist() == ["", "", "c1", "", "c0"]
    assert table["match_probability"].fillna(-1).tolist() == [-1, -1, 0.8, -1, 0.9]
    # On 1 February 2024: ended the day before; starts the day after; its last day; goes on.
    assert table["active"].tolist() == [True, False, False, True, True]
    assert table["special"].tolist() == [False, False, True, False, False]


def test_age_and_residence_come_from_the_better_witness() -> None:
    table = derived().enrolments
    assert table is not None
    # The linked birth's year where it is known (c1: 2018, not the 2019 of its record), else the record's own.
    assert table["age"].fillna(-1).tolist() == [3, -1, 5, 4, 3]
    assert table["compulsory"].fillna(False).tolist() == [False, False, True, False, False]
    assert table["threshold_allowance"].fillna(0).tolist() == [150, 0, 290, 185, 150]
    assert table["municipality"].fillna("").tolist() == ["", "", "21004", "MECHELEN", "21015"]


def test_half_days_are_those_of_the_days_of_the_enrolment() -> None:
    tables = derived()
    assert tables.enrolments is not None
    present = tables.enrolments["half_days_present"]
    # The French list has no absences loaded: nothing is known, which is not zero.
    assert present.isna().tolist() == [True, False, False, False, False]
    assert present[4] == 328 - 2
    assert tables.children["half_days"].fillna(-1).tolist() == [326, present[2], -1]
    assert tables.quality["absence_rows"] == {
        "warehouse": dict.fromkeys(["unusable_half_days", "unknown_code", "unknown_date", "counted_present", "outside_enrolment", "no_school"], 0)
        | {"counted": 2, "no_enrolment": 1}
    }


def test_without_attendance_the_rest_is_there() -> None:
    tables = derived(absences=False)
    assert list(tables.children) == [*CHILDREN, *CHILDREN_OF_YEAR]
    assert tables.enrolments is not None
    assert tables.enrolments.filter(regex="half_days|threshold").isna().all(axis=None)
    assert tables.enrolments["age"].notna().sum() == 4


def test_without_a_school_year_there_are_no_enrolments() -> None:
    tables = derived(school_year=None)
    assert tables.enrolments is None
    assert tables.flagged.empty
    assert list(tables.children) == list(CHILDREN)


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_records_does_not_matter(seed: int) -> None:
    shuffled = derived(records=RECORDS.sample(frac=1, random_state=seed).reset_index(drop=True), links=LINKS.sample(frac=1, random_state=seed))
    plain = derived()
    assert shuffled.enrolments is not None
    assert plain.enrolments is not None
    pd.testing.assert_frame_equal(shuffled.enrolments, plain.enrolments)
    pd.testing.assert_frame_equal(shuffled.children, plain.children)
    pd.testing.assert_frame_equal(shuffled.flagged, plain.flagged)


@pytest.mark.parametrize(
    ("departures", "halves", "active"),
    [
        ([], 328, True),
        # Left on Tuesday 10 October: a Friday, five weeks and a Monday.
        ([20231010], 2 + 5 * 9 + 2, False),
        # Left before the enrolment began, and came back.
        ([20230801], 328, True),
        ([20230801, 20231010], 49, False),
        ([20231010, 20240301], 49, False),
        # Leaves the day after the date that the statuses speak of; then, nobody knows when, so by that date.
        ([20240202], 171, True),
        ([0], 171 - 2, False),
    ],
)
def test_a_departure_ends_an_enrolment_that_nobody_closed(departures: list[int], halves: int, active: bool) -> None:
    registers = {"births": {"role": "births"}, "nl": {"role": "enrolments"}, "gone": {"role": "departures"}, "warehouse": {"role": "absences"}}
    config = parse_config({"run": {"school_year": "2023-2024"}, "registers": registers})
    count = len(departures)
    gone = pd.DataFrame({"record_id": texts([f"g{row}" for row in range(count)]), "enrolled_from": np.array(departures, np.int32)})
    links = pd.DataFrame(
        {"register": texts(["nl", *["gone"] * count]), "record_id": texts(["r0", *gone["record_id"]]), "child_id": texts(["c0"] * (1 + count))}
    )
    links = links.assign(match_probability=1.0, decision=texts(["link"] * len(links)))
    tables = derive(
        BIRTHS.head(1),
        links,
        pd.DataFrame({"child_id": texts(["c0"]), "nl": [1.0], "gone": [float(count > 0)]}),
        {
            "nl": pd.DataFrame({"record_id": texts(["r0"]), "enrolled_from": np.array([20230901], np.int32)}),
            "gone": gone,
            "warehouse": pd.DataFrame({"record_id": texts([]), "date": np.zeros(0, np.int32)}),
        },
        config,
        p_not_found=np.zeros(1),
    )
    assert tables.enrolments is not None
    assert tables.enrolments["half_days_present"].tolist() == [halves]
    assert tables.children["half_days"].tolist() == [halves]
    assert tables.enrolments["active"].tolist() == [active]
    assert (tables.children["status"][0] == "left") == (not active)


@pytest.mark.parametrize(
    ("dates", "until", "told"),
    [
        ([20231002, 20240628], None, None),
        ([20231002, 20240603], None, None),
        ([20231002, 20240131], None, "warehouse: the last row is of 2024-01-31, and half-days are counted until 2024-06-30"),
        ([20231002, 20240131], "2024-02-02", None),
        ([0, 0], "2024-02-02", "warehouse: there are no rows with a date, and half-days are counted until 2024-02-02"),
    ],
)
def test_absences_that_end_before_what_is_counted_are_told(dates: list[int], until: str | None, told: str | None) -> None:
    participation = {} if until is None else {"counted_until": until}
    registers = {"births": {"role": "births"}, "nl": {"role": "enrolments"}, "warehouse": {"role": "absences"}}
    config = parse_config({"run": {"school_year": "2023-2024"}, "registers": registers, "participation": participation})
    tables = {"nl": RECORDS, "warehouse": pd.DataFrame({"record_id": texts(["r3", "r3"]), "date": np.array(dates, np.int32)})}
    p_found = pd.DataFrame({"child_id": BIRTHS["record_id"], "nl": 1.0})
    warnings = derive(BIRTHS, LINKS, p_found, tables, config, p_not_found=np.zeros(3)).warnings
    stale = [warning for warning in warnings if "half-days are counted until" in warning]
    assert [warning.partition(";")[0] for warning in stale] == ([told] if told else [])


def test_rows_that_are_not_counted_are_told() -> None:
    (warning,) = [warning for warning in derived().warnings if "were not counted" in warning]
    assert warning == "warehouse: 1 of 3 rows were not counted (1 no enrolment)"
