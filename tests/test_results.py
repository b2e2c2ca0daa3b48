"""What a run makes: large tables only when they are asked for, and in slices as they are whole."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kleuterlink import results
from kleuterlink.results import Deferred, Result, unmade
from kleuterlink.tables import STRING

NOTHING = pd.DataFrame()
CHILDREN = pd.DataFrame(
    {
        "child_id": pd.Series(["K1", "K2", "K3"], dtype=STRING),
        "status": pd.Categorical(["found", "not_found", None], categories=["not_found", "other", "found"]),
    }
)


def numbers(first: int, last: int) -> pd.DataFrame:
    return pd.DataFrame({"number": np.arange(first, last)})


@pytest.fixture
def result():
    return Result(links=NOTHING, candidates=NOTHING, children=Deferred.of(CHILDREN), not_found=NOTHING, rejected=NOTHING, quality={}, manifest={}, model={})


def test_a_deferred_table_is_made_when_it_is_asked_for_and_then_kept(result):
    asked = []
    result = replace(result, links=Deferred(5, lambda first, last: asked.append((first, last)) or numbers(first, last)))
    assert asked == []
    assert result.links["number"].tolist() == [0, 1, 2, 3, 4]
    assert result.links is result.links
    assert asked == [(0, 5)]


def test_slices_do_not_make_the_table_whole(result, monkeypatch):
    monkeypatch.setattr(results, "SLICE", 2)
    result = replace(result, links=Deferred(5, numbers))
    assert [part["number"].tolist() for part in result.slices("links")] == [[0, 1], [2, 3], [4]]
    assert isinstance(unmade(result, "links"), Deferred)
    # Those of one that is there are the same, and one that is not has none.
    assert [part["number"].tolist() for part in replace(result, links=numbers(0, 5)).slices("links")] == [[0, 1], [2, 3], [4]]
    assert list(result.slices("enrolments")) == []


@given(rows=st.integers(0, 40), size=st.integers(1, 12))
def test_the_slices_are_the_table(rows, size):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(results, "SLICE", size)
        parts = list(Deferred(rows, numbers).slices())
    assert all(len(part) <= size for part in parts)
    assert len(parts) == max(-(-rows // size), 1)
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), numbers(0, rows))


def test_categories_become_text(result):
    assert result.children["status"].dtype == STRING
    assert result.children["status"].tolist() == ["found", "not_found", pd.NA]
    assert Deferred.of(CHILDREN).make(1, 3).index.tolist() == [0, 1]
    # What works on text works on it.
    assert result.children.groupby("status").size().to_dict() == {"found": 1, "not_found": 1}
    assert result.children.loc[result.children["status"] == "not_found", "child_id"].tolist() == ["K2"]
    assert pa.array(result.children["child_id"]).type == pa.string()


def test_a_result_can_be_pickled(result):
    again = pickle.loads(pickle.dumps(result))
    pd.testing.assert_frame_equal(again.children, result.children)


def test_every_table_but_the_optional_ones_must_be_handed_over():
    with pytest.raises(TypeError, match="links"):
        Result(candidates=NOTHING, children=NOTHING, not_found=NOTHING, rejected=NOTHING, quality={}, manifest={}, model={})
