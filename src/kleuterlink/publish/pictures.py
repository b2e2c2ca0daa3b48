"""The report's pictures: inline SVG without any request, each with its text alternative."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from kleuterlink.publish.drawing import draw
from kleuterlink.publish.receivers.dutch import percentage

INK = "#1c2733"
MUTED = "#5b6773"
GRID = "#e3e6ea"
CALM = "#8fa5b8"
ACCENT = "#9a3412"
BLUE = "#1d4e79"
GREEN = "#0f6b5c"

Spec: TypeAlias = dict[str, object]
"""A part of a Vega-Lite specification."""

_BINS = 20
_WIDTH, _HEIGHT = 430, 240


@dataclass(frozen=True)
class Picture:
    """A picture and what it says in words.

    Attributes
    ----------
    svg
        Inline SVG, scaled to the width it is given.
    text
        Text alternative.

    """

    svg: str
    text: str


def distribution(p_not_found: npt.NDArray[np.float64], cut: float | None) -> Picture:
    """Draw how many children have which probability of being in none of the lists.

    Parameters
    ----------
    p_not_found
        float, a probability per child; NaN ones are left out.
    cut
        Where the list begins, or None where that is not known: bars from there on are marked.

    Returns
    -------
    Picture
        A histogram of 20 bins; counts on a symmetric log scale, so that one child is seen beside a hundred thousand.

    """
    values = p_not_found[~np.isnan(p_not_found)]
    counts, edges = np.histogram(values, bins=_BINS, range=(0.0, 1.0))
    # A bar that the cut runs through is marked too: with a high cut it holds the whole list.
    listed = edges[1:] > cut + 1e-9 if cut is not None else np.zeros(_BINS, dtype=bool)
    bars = {"low": edges[:-1] + 0.004, "high": edges[1:] - 0.004, "children": counts, "zero": np.zeros(_BINS), "colour": np.where(listed, ACCENT, CALM)}
    encoding: Spec = {
        "x": _probability("low", "probability of being in none of the lists"),
        "x2": {"field": "high"},
        "y": _symlog("zero", counts),
        "y2": {"field": "children"},
        "color": {"field": "colour", "type": "nominal", "scale": None},
    }
    layer = {"data": {"values": pd.DataFrame(bars).to_dict("records")}, "mark": {"type": "rect"}, "encoding": encoding}
    low, high = int((values < 0.05).sum()), int((values >= 0.95).sum())
    shares = f"{low:,} below 0.05, {high:,} at 0.95 or above, {len(values) - low - high:,} between"
    text = f"Histogram of {len(values):,} children by probability of being in none of the lists: {shares}."
    return Picture(_svg(layer, cut, text), text)


def cut_curve(points: Sequence[Mapping[str, object]], cut: float | None) -> Picture:
    """Draw how the list's length and its two kinds of error change with the cut.

    Parameters
    ----------
    points
        Entries with `cut`, `on_list`, `expected_false_alarms`, `expected_missed`.
    cut
        The cut in force, or None where that is not known.

    Returns
    -------
    Picture
        Three lines over the cut.

    """
    names = {"on_list": "children on the list", "expected_false_alarms": "expected false alarms", "expected_missed": "expected missed children"}
    wide = pd.DataFrame([dict(point) for point in points]).astype(float).sort_values("cut")
    kept = [name for name in names if name in wide and wide[name].notna().all()]
    frame = wide.melt("cut", kept, "kind", "children").replace({"kind": names})
    order = [names[name] for name in kept]
    encoding: Spec = {
        "x": _probability("cut", "cut: smallest probability that puts a child on the list"),
        "y": _symlog("children", wide[kept].to_numpy()),
        "color": {
            "field": "kind",
            "type": "nominal",
            "sort": order,
            "scale": {"domain": order, "range": [BLUE, ACCENT, GREEN][: len(order)]},
            "legend": {"title": None, "orient": "top", "columns": 1, "symbolSize": 320},
        },
        "strokeDash": {
            "field": "kind",
            "type": "nominal",
            "sort": order,
            "scale": {"domain": order, "range": [[1, 0], [6, 3], [2, 3]][: len(order)]},
            "legend": None,
        },
    }
    layer = {"data": {"values": frame.to_dict("records")}, "mark": {"type": "line", "strokeWidth": 2.2}, "encoding": encoding}
    first, last = wide.iloc[0], wide.iloc[-1]
    changes = "; ".join(f"{names[name]} from {first[name]:,.0f} to {last[name]:,.0f}" for name in kept)
    text = f"From a cut of {first['cut']:.2g} to one of {last['cut']:.2g}: {changes}."
    return Picture(_svg(layer, cut, text), text)


def stacked_shares(shares: pd.DataFrame, colours: Mapping[str, str]) -> Picture:
    """Draw how a whole divides, a bar per row; in Dutch.

    Parameters
    ----------
    shares
        float, a column per part and a row per bar, named by its index, from top to bottom; null ones are left out.
    colours
        Colour of each part, in the order in which they stand; those without a share anywhere get no place in the legend.

    Returns
    -------
    Picture
        Horizontal bars over shares from 0 to 100%.

    """
    parts = [part for part in colours if shares[part].fillna(0).gt(0).any()]
    told = [
        f"{bar}: " + ", ".join(f"{part} {percentage(row[part])}" for part in parts if row[part] > 0)
        for bar, row in zip(shares.index, shares.to_dict("records"), strict=True)
    ]
    text = "; ".join(told) + "."
    long = shares[parts].rename_axis("bar").reset_index().melt("bar", parts, "part", "share").dropna()
    long["place"] = long["part"].map(parts.index)
    encoding: Spec = {
        "x": {
            "field": "share",
            "type": "quantitative",
            "title": None,
            "stack": "zero",
            "scale": {"domain": [0, 1]},
            "axis": {"format": ".0%", "tickCount": 5},
        },
        "y": {"field": "bar", "type": "nominal", "title": None, "sort": list(shares.index)},
        "color": {
            "field": "part",
            "type": "nominal",
            "sort": parts,
            "scale": {"domain": parts, "range": [colours[part] for part in parts]},
            "legend": {"title": None, "orient": "top", "columns": 1, "labelLimit": 400},
        },
        "order": {"field": "place", "type": "quantitative"},
    }
    return Picture(_svg({"data": {"values": long.to_dict("records")}, "mark": {"type": "bar"}, "encoding": encoding}, None, text), text)


def _rule(cut: float) -> Spec:
    """Return a rule at the cut, with its label above the plot, where no line runs through it."""
    x = {"field": "cut", "type": "quantitative"}
    label = {"type": "text", "align": "left" if cut < 0.1 else "right" if cut > 0.9 else "center", "dy": -7, "y": 0, "color": INK}
    return {
        "data": {"values": [{"cut": cut, "words": f"cut {cut:.3g}"}]},
        "layer": [
            {"mark": {"type": "rule", "color": INK, "strokeDash": [3, 3]}, "encoding": {"x": x}},
            {"mark": label, "encoding": {"x": x, "text": {"field": "words", "type": "nominal"}}},
        ],
    }


def _probability(field: str, title: str) -> Spec:
    """Return an axis from 0 to 1."""
    return {"field": field, "type": "quantitative", "title": title, "scale": {"domain": [0, 1], "nice": False}, "axis": {"grid": False}}


def _symlog(field: str, counts: npt.NDArray[np.generic]) -> Spec:
    """Return an axis of children on which both one and a hundred thousand are seen."""
    top = 1.15 * max(1.0, float(counts.max(initial=1)))
    scale = {"type": "symlog", "constant": 1, "domain": [0, top], "nice": False}
    decades = [0, *(10**power for power in range(9) if 10**power <= top)]
    return {"field": field, "type": "quantitative", "title": "children", "scale": scale, "axis": {"values": decades, "format": ",d"}}


def _svg(layer: Spec, cut: float | None, text: str) -> str:
    axis = {"labelColor": MUTED, "titleColor": MUTED, "domainColor": MUTED, "tickColor": MUTED, "gridColor": GRID}
    sizes = {"titleFontWeight": "normal", "labelFontSize": 13, "titleFontSize": 13}
    spec = {
        "width": _WIDTH,
        "height": _HEIGHT,
        **(layer if cut is None else {"layer": [layer, _rule(cut)]}),
        "config": {
            "background": "transparent",
            "font": "sans-serif",
            "view": {"stroke": None},
            "axis": {**axis, **sizes},
            "text": {"fontSize": 13},
            "legend": {"labelFontSize": 13, "labelColor": INK},
        },
    }
    drawn = draw(spec)
    # Inside a page neither name space nor fixed size is wanted: the box scales, and no address stands in the file.
    drawn = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", drawn)
    drawn = re.sub(r'^<svg([^>]*?)\swidth="[^"]*"\sheight="[^"]*"', r"<svg\1", drawn)
    return drawn.replace("<svg", '<svg role="img"', 1).replace(">", f"><title>{text}</title>", 1)
