"""Statuses as properties: what must hold for any child, whatever the lists say."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from participation.flow import statuses

from kleuterlink.config import PRESET_COMMUNITIES, Community, RunConfig, parse_config
from kleuterlink.participation import REASON_MEANINGS, STATUS_MEANINGS, Reason, Status, as_of, derive, entitled, not_found_list
from kleuterlink.read.presets import PRESETS
from kleuterlink.results import Deferred
from kleuterlink.schemas import CHILDREN, NOT_FOUND
from kleuterlink.tables import STRING

LISTS = ("nl", "fr", "home", "gone")
CHANCES = st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.7, 0.95, 1.0])
DATES = st.sampled_from([0, 20220901, 20230901, 20231222, 20240201, 20240219])
BIRTHS = st.sampled_from([0, 20180101, 20200505, 20210000, 20210801, 20210802, 20220101, 20991231])
CHILD = st.tuples(BIRTHS, st.sampled_from(["9000", "1030", "1210", "1780", None]), st.tuples(CHANCES, CHANCES, CHANCES, CHANCES))
LINK = st.tuples(st.integers(0, 5), st.sampled_from(LISTS), st.sampled_from(["link", "possible_link"]), CHANCES, DATES, DATES)


def config_of(lists: tuple[str, ...] = LISTS, *, school_year: str | None = "2023-2024", **parts: Any) -> RunConfig:
    roles: dict[str, dict[str, str]] = {
        "nl": {"role": "enrolments"},
        "fr": {"role": "enrolments", "community": "fr"},
        "home": {"role": "home_education"},
        "gone": {"role": "departures"},
    }
    run = {"school_year": school_year} if school_year else {"as_of": "2024-02-01"}
    return parse_config({"run": run, "registers": {"births": {"role": "births"}, **{name: roles[name] for name in lists}}, **parts})


def texts(values: list[Any]) -> pd.Series:
    return pd.Series(values, dtype=STRING)


def births_of(children: list[Any]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "record_id": texts([f"c{child}" for child in range(len(children))]),
            "birth_date": np.array([child[0] for child in children], np.int32),
            "postcode": texts([child[1] for child in children]),
        }
    )


def links_of(links: list[Any], count: int) -> pd.DataFrame:
    kept = [(row, link) for row, link in enumerate(links) if link[0] < count]
    return pd.DataFrame(
        {
            "register": texts([link[1] for _, link in kept]),
            "record_id": texts([f"r{row}" for row, _ in kept]),
            "child_id": texts([f"c{link[0]}" for _, link in kept]),
            "match_weight": 1.0,
            "match_probability": np.array([link[3] for _, link in kept], np.float64),
            "decision": texts([link[2] for _, link in kept]),
        }
    )


def records_of(links: list[Any]) -> dict[str, pd.DataFrame]:
    return {
        name: pd.DataFrame(
            {
                "record_id": texts([f"r{row}" for row, link in enumerate(links) if link[1] == name]),
                "enrolled_from": np.array([link[4] for link in links if link[1] == name], np.int32),
                "enrolled_until": np.array([link[5] for link in links if link[1] == name], np.int32),
            }
        )
        for name in LISTS
    }


def p_found_of(children: list[Any], lists: tuple[str, ...] = LISTS) -> tuple[pd.DataFrame, np.ndarray]:
    chances = {name: np.array([child[2][LISTS.index(name)] for child in children], np.float64) for name in lists}
    table = pd.DataFrame({"child_id": births_of(children)["record_id"], **chances})
    return table, np.prod([1 - chance for chance in chances.values()], axis=0)


def run(children: list[Any], links: list[Any], config: RunConfig) -> pd.DataFrame:
    p_found, p_not_found = p_found_of(children, tuple(config.lists))
    return statuses(births_of(children), links_of(links, len(children)), p_found, records_of(links), config, p_not_found=p_not_found)


@settings(deadline=None)
@given(st.lists(CHILD, min_size=1, max_size=6), st.lists(LINK, max_size=10), st.sampled_from([0.1, 1.0, 4.0]))
def test_what_holds_for_every_child(children: list[Any], links: list[Any], cost: float) -> None:
    config = config_of(decision={"cost_false_alarm": cost})
    found = run(children, links, config)
    _, p_not_found = p_found_of(children)
    assert list(found.columns) == list(CHILDREN)
    assert found["child_id"].tolist() == [f"c{child}" for child in range(len(children))]
    assert (found["p_not_found"].to_numpy() == p_not_found).all()
    assert set(found["status"]) <= {*Status} - {Status.FOUND, Status.UNDETERMINED}
    assert set(found["reason"]) <= set(Reason)
    may_come = entitled(births_of(children)["birth_date"].to_numpy(), dt.date(2024, 2, 1))
    for row, child in zip(found.itertuples(), children, strict=True):
        listed = row.p_not_found >= config.decision.cut
        # The list is one decision: only age, departure and home education keep a child off it.
        if row.status == Status.NOT_FOUND:
            assert listed
            assert may_come[row.Index] != 0
        elif listed:
            assert row.status in (Status.NOT_YET_ENTITLED, Status.HOME_EDUCATION, Status.LEFT)
        assert (row.status == Status.NOT_YET_ENTITLED) <= (may_come[row.Index] == 0)
        assert row.found_in == ";".join(name for name, chance in zip(LISTS, child[2], strict=True) if chance >= 0.5)


@settings(deadline=None)
@given(st.lists(CHILD, min_size=2, max_size=6), st.lists(LINK, max_size=10), st.randoms(use_true_random=False))
def test_the_order_of_births_and_links_does_not_matter(children: list[Any], links: list[Any], chance: Any) -> None:
    config = config_of()
    found = run(children, links, config)
    order = list(range(len(children)))
    chance.shuffle(order)
    births, (p_found, p_not_found) = births_of(children), p_found_of(children)
    mixed = links_of(links, len(children)).sample(frac=1, random_state=chance.randrange(1000))
    again = statuses(
        births.iloc[order].reset_index(drop=True), mixed, p_found.iloc[order].reset_index(drop=True), records_of(links), config, p_not_found=p_not_found[order]
    )
    pd.testing.assert_frame_equal(again, found.iloc[order].reset_index(drop=True))


@settings(deadline=None)
@given(st.lists(CHILD, min_size=1, max_size=6), st.lists(LINK, max_size=10))
def test_without_a_school_year_a_child_is_found_or_not(children: list[Any], links: list[Any]) -> None:
    found = run(children, links, config_of(school_year=None))
    _, p_not_found = p_found_of(children)
    assert found["status"].tolist() == ["not_found" if p >= 0.5 else "found" for p in p_not_found]


@given(st.lists(CHILD, min_size=1, max_size=6))
def test_without_the_french_list_brussels_is_never_listed(children: list[Any]) -> None:
    found = run(children, [], config_of(("nl",)))
    for row, child in zip(found.itertuples(), children, strict=True):
        if child[1] in ("1030", "1210"):
            assert row.status != Status.NOT_FOUND
        else:
            assert row.status != Status.UNDETERMINED


def test_a_child_found_among_records_too_many_to_name_is_not_said_to_have_left() -> None:
    found = run([(20200505, "9000", (0.95, 0.0, 0.0, 0.0))], [], config_of())
    assert found[["status", "reason"]].to_numpy().tolist() == [["enrolled_nl", "exchangeable"]]


def test_the_municipality_comes_before_the_postcode() -> None:
    births = births_of([(20200505, "1030", (0,) * 4), (20200505, "9000", (0,) * 4), (20200505, "1040", (0,) * 4)]).assign(
        municipality=texts(["23088", "21004", "ETTERBEEK"])
    )
    p_found = pd.DataFrame({"child_id": births["record_id"], "nl": 0.0})
    found = statuses(births, links_of([], 0), p_found, {}, config_of(("nl",)), p_not_found=np.ones(3))
    assert found["status"].tolist() == ["not_found", "undetermined", "undetermined"]


@pytest.mark.parametrize(
    ("postcode", "status"),
    [("1000", "undetermined"), ("1210", "undetermined"), ("1211", "not_found"), ("999", "not_found"), (None, "not_found"), ("L-1000", "not_found")],
)
def test_postcodes_of_brussels(postcode: str | None, status: str) -> None:
    assert run([(20200505, postcode, (0.0,) * 4)], [], config_of(("nl",)))["status"].tolist() == [status]


def test_the_list_is_sorted_and_says_what_was_looked_through() -> None:
    config = parse_config(
        {
            "run": {"school_year": "2023-2024"},
            "registers": {
                "births": {"role": "births"},
                "pupils": {"role": "enrolments"},
                "eleves": {"role": "enrolments", "community": "fr", "reference_date": "2024-01-15"},
            },
        }
    )
    children = pd.DataFrame({"child_id": texts(["b", "a", "c", "d"]), "status": texts(["not_found", "not_found", "not_found", "enrolled_nl"])})
    children = children.assign(p_not_found=[0.8, 0.8, 0.9, 0.1], reason=texts(["no_candidate"] * 4), found_in=texts([""] * 4))
    listed = not_found_list(children, config)
    assert tuple(listed.columns) == NOT_FOUND
    assert listed["child_id"].tolist() == ["c", "a", "b"]
    assert set(listed["sources"]) == {"pupils@2024-02-01;eleves@2024-01-15"}
    assert set(listed["as_of"]) == {"2024-02-01"}
    assert listed.dtypes.drop("p_not_found").eq(STRING).all()


def test_empty_tables_keep_their_columns() -> None:
    for school_year in ("2023-2024", None):
        config = config_of(school_year=school_year)
        nobody = run([], [], config)
        assert list(nobody.columns) == list(CHILDREN)
        assert Deferred.of(nobody).whole()["status"].dtype == STRING
        assert list(not_found_list(nobody, config).columns) == list(NOT_FOUND)


def test_the_date_that_statuses_speak_of() -> None:
    assert as_of(config_of()) == dt.date(2024, 2, 1)
    stated = parse_config({"run": {"as_of": "2024-03-05"}, "registers": {"births": {"role": "births"}, "nl": {"role": "enrolments"}}})
    assert as_of(stated) == dt.date(2024, 3, 5)
    silent = parse_config({"registers": {"births": {"role": "births"}, "nl": {"role": "enrolments"}}})
    assert abs(as_of(silent) - dt.datetime.now(tz=dt.UTC).date()) <= dt.timedelta(days=1)


def test_tables_of_other_children_are_refused() -> None:
    children = [(20200505, "9000", (0.0,) * 4)] * 2
    p_found, p_not_found = p_found_of(children)
    with pytest.raises(ValueError, match="one of each per birth"):
        statuses(births_of(children), links_of([], 0), p_found.iloc[:1], {}, config_of(), p_not_found=p_not_found)
    with pytest.raises(ValueError, match="no column for gone"):
        statuses(births_of(children), links_of([], 0), p_found.drop(columns="gone"), {}, config_of(), p_not_found=p_not_found)
    with pytest.raises(ValueError, match="in their order"):
        statuses(births_of(children), links_of([], 0), p_found.iloc[::-1].reset_index(drop=True), {}, config_of(), p_not_found=p_not_found)


def test_the_half_days_that_count_are_those_of_the_purpose() -> None:
    children = [(20200505, "9000", (1.0, 0.0, 0.0, 0.0)), (20200505, "9000", (0.0, 0.0, 0.0, 0.0))]
    link = (0, "nl", "link", 0.99, 20230901, 0)
    p_found, p_not_found = p_found_of(children)
    registers = records_of([link])
    registers["nl"] = registers["nl"].assign(half_days_present=texts(["149"]), half_days_accepted=texts(["3"]))
    for purpose, answer in (("allowance", (152, 150, True)), ("admission", (149, pd.NA, pd.NA))):
        config = config_of(participation={"purpose": purpose})
        found = derive(births_of(children), links_of([link], 2), p_found, registers, config, p_not_found=p_not_found).children
        assert [str(value) for value in found.loc[0, ["half_days", "threshold", "attends_enough"]]] == [str(value) for value in answer]
        assert found.loc[0, "enough_allowance"]
        assert found.loc[1, ["half_days", "attends_enough"]].isna().all()


def test_every_code_has_a_meaning() -> None:
    assert list(STATUS_MEANINGS) == list(Status)
    assert list(REASON_MEANINGS) == list(Reason)


def test_a_preset_stands_for_the_system_that_it_reads() -> None:
    for name, preset in PRESETS.items():
        if preset.community is not None:
            assert PRESET_COMMUNITIES.get(name, Community.NL) == preset.community
    registers = {"births": {"role": "births"}, "nl": {"role": "enrolments"}, "siel": {"role": "enrolments", "preset": "siel"}}
    assert parse_config({"registers": registers}).registers["siel"].system is Community.FR
    registers["siel"]["community"] = "nl"
    assert parse_config({"registers": registers}).registers["siel"].system is Community.NL
