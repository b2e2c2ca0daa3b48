"""Pictures are the same wherever they are drawn."""

from __future__ import annotations

import pytest

from kleuterlink.publish import drawing
from kleuterlink.publish.drawing import draw, drawing_aside

BAR = {
    "data": {"values": [{"a": 1, "b": 2}]},
    "mark": "bar",
    "encoding": {axis: {"field": field, "type": "quantitative"} for axis, field in (("x", "a"), ("y", "b"))},
}


def test_a_picture_that_is_drawn_aside_is_the_same():
    here = draw(BAR)
    assert here.startswith("<svg")
    with drawing_aside():
        aside = drawing._drawer.get()
        assert draw(BAR) == here
        assert draw(BAR) == here
        assert aside.poll() is None
    assert aside.poll() is not None
    assert drawing._drawer.get() is None


def test_where_the_process_ends_it_is_drawn_here():
    with drawing_aside():
        drawing._drawer.get().kill()
        drawing._drawer.get().wait()
        assert draw(BAR).startswith("<svg")


def test_what_cannot_be_drawn_is_told_as_ever():
    with drawing_aside(), pytest.raises(ValueError, match="Vega"):
        draw({"mark": "no such mark"})


def test_where_no_process_can_be_started_it_is_drawn_here(monkeypatch, tmp_path):
    monkeypatch.setattr(drawing.sys, "executable", str(tmp_path / "nowhere"))
    with drawing_aside():
        assert draw(BAR).startswith("<svg")
