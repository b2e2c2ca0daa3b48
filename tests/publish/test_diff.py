"""Two runs compared: exactly the children whose place on the list changed, each with what changed."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kleuterlink.errors import OutputError
from kleuterlink.publish import diff, outputs, write_outputs
from kleuterlink.publish.diff import DIFF


@pytest.fixture
def runs(make_result, tmp_path):
    def write(name, changes, drop=(), add=()):
        result = make_result()
        children = pd.concat([result.children, pd.DataFrame(list(add))], ignore_index=True)
        children = children[~children["child_id"].isin(drop)].set_index("child_id", drop=False)
        for child_id, facts in changes.items():
            children.loc[child_id, list(facts)] = list(facts.values())
        children = children.reset_index(drop=True)
        listed = children[children["status"] == "not_found"].assign(as_of="2024-02-01", sources="pupils_nl")
        write_outputs(replace(result, children=children, not_found=listed[["child_id", "p_not_found", "as_of", "sources", "reason"]]), tmp_path / name)
        return tmp_path / name

    return write


def test_who_came_on_and_off_and_why(runs):
    before = runs("a", {})
    after = runs(
        "b",
        {
            "K000000": {"status": "found", "found_in": "pupils_nl", "p_not_found": 0.01, "reason": "linked"},
            "K000100": {"status": "not_found", "p_not_found": 0.8, "reason": "no_candidate"},
        },
        drop=["K000001"],
        add=[{"child_id": "K900000", "status": "not_found", "p_not_found": 0.97, "found_in": "", "reason": "no_candidate"}],
    )
    changes = diff(before, after)
    assert list(changes.columns) == list(DIFF)
    assert changes[["child_id", "change", "why"]].to_numpy().tolist() == [
        ["K000000", "off", "status not found -> found"],
        ["K000001", "off", "no longer in the births"],
        ["K000100", "on", "status found -> not found"],
        ["K900000", "on", "new in the births"],
    ]
    first = changes.iloc[0]
    assert (first["reason_before"], first["reason_after"], first["p_not_found_after"], first["found_in_after"]) == (
        "weak_candidate",
        "linked",
        0.01,
        "pupils_nl",
    )
    assert pd.isna(changes.loc[1, "status_after"])


def test_a_child_whose_status_stays_may_cross_the_cut(make_result, tmp_path):
    result = make_result()
    write_outputs(result, tmp_path / "a")
    write_outputs(replace(result, not_found=result.not_found.iloc[:-1]), tmp_path / "b")
    changes = diff(tmp_path / "a", tmp_path / "b")
    assert changes[["child_id", "change", "why"]].to_numpy().tolist() == [["K000005", "off", "same status; p_not_found crossed the cut"]]


def test_a_run_does_not_differ_from_itself(make_result, tmp_path):
    write_outputs(make_result(), tmp_path / "a")
    write_outputs(make_result(on_list=0), tmp_path / "none")
    assert diff(tmp_path / "a", tmp_path / "a").empty
    assert diff(tmp_path / "none", tmp_path / "none").empty
    assert diff(tmp_path / "a", tmp_path / "none")["change"].tolist() == ["off"] * 6


@settings(max_examples=40, deadline=None)
@given(before=st.sets(st.integers(0, 11)), after=st.sets(st.integers(0, 11)))
def test_on_and_off_are_the_two_differences_of_the_lists(make_result, tmp_path_factory, before, after):
    folder = tmp_path_factory.mktemp("runs")
    result = make_result(children=12, on_list=12)
    with pytest.MonkeyPatch.context() as patch:
        # The page has no part in a comparison, and takes most of the time.
        patch.setattr(outputs, "render_report", lambda _result, run_id: run_id)
        for name, kept in (("a", before), ("b", after)):
            write_outputs(replace(result, not_found=result.not_found.iloc[sorted(kept)]), folder / name)
    changes, back = diff(folder / "a", folder / "b"), diff(folder / "b", folder / "a")
    ids = {change: {int(child_id[1:]) for child_id in changes.loc[changes["change"] == change, "child_id"]} for change in ("on", "off")}
    assert ids == {"on": after - before, "off": before - after}
    assert set(back.loc[back["change"] == "on", "child_id"]) == set(changes.loc[changes["change"] == "off", "child_id"])


def test_ids_are_text_even_where_they_look_like_numbers(make_result, tmp_path):
    result = make_result(children=12, on_list=2)
    children = result.children.assign(child_id=[f"{number:03d}" for number in range(12)])
    listed = result.not_found.assign(child_id=["000", "001"])
    write_outputs(replace(result, children=children, not_found=listed), tmp_path / "a")
    write_outputs(replace(result, children=children, not_found=listed.iloc[:1]), tmp_path / "b")
    assert diff(tmp_path / "a", tmp_path / "b")["child_id"].tolist() == ["001"]


def test_a_folder_that_is_no_run_is_refused(make_result, tmp_path):
    write_outputs(make_result(), tmp_path / "a")
    with pytest.raises(OutputError, match="holds no outputs of kleuterlink"):
        diff(tmp_path / "a", tmp_path / "b")
