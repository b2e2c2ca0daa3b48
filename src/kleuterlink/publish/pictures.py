"""The report's pictures: inline SVG without any request, each with its text alternative."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np
import numpy.typing as npt
import pandas as pd
import vl_convert

from kleuterlink.publish.receivers.dutch import percentage

INK = "#1c2733"
MUTED = "#5b6773"
GRID = "#e3e6ea"
CALM = "#8fa5b8"
ACCENT = "#9a3412"
BLUE = "#1d4e79"
GREEN = "#0f6b5c"

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


def distribution(p_not_found: pd.Series, cut: float | None) -> Picture:
    """Draw how many children have which probability of being in none of the lists.

    Parameters
    ----------
    p_not_found
        float, a probability per child; null ones are left out.
    cut
        Where the list begins, or None where that is not known: bars from there on are marked.

    Returns
    -------
    Picture
        A histogram of 20 bins; counts on a symmetric log scale, so that one child is seen beside a hundred thousand.

    """
    values = p_not_found.dropna().to_numpy(dtype=float)
    counts, edges = np.histogram(values, bins=_BINS, range=(0.0, 1.0))
    # A bar that the cut runs through is marked too: with a high cut it holds the whole list.
    listed = edges[1:] > cut + 1e-9 if cut is not None else np.zeros(_BINS, dtype=bool)
    frame = pd.DataFrame({"low": edges[:-1] + 0.004, "high": edges[1:] - 0.004, "children": counts, "zero": 0, "colour": np.where(listed, ACCENT, CALM)})
    bars = (
        alt.Chart(frame)
        .mark_rect()
        .encode(
            x=alt.X("low:Q", title="probability of being in none of the lists", scale=alt.Scale(domain=[0, 1], nice=False), axis=alt.Axis(grid=False)),
            x2="high:Q",
            y=alt.Y("zero:Q", title="children", scale=_symlog(counts), axis=alt.Axis(values=_decades(counts), format=",d")),
            y2="children:Q",
            color=alt.Color("colour:N", scale=None),
        )
    )
    low, high = int((values < 0.05).sum()), int((values >= 0.95).sum())
    shares = f"{low:,} below 0.05, {high:,} at 0.95 or above, {len(values) - low - high:,} between"
    text = f"Histogram of {len(values):,} children by probability of being in none of the lists: {shares}."
    return Picture(_svg(bars if cut is None else bars + _rule(cut), text), text)


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
    top = wide[kept].to_numpy()
    lines = (
        alt.Chart(frame)
        .mark_line(strokeWidth=2.2)
        .encode(
            x=alt.X(
                "cut:Q", title="cut: smallest probability that puts a child on the list", scale=alt.Scale(domain=[0, 1], nice=False), axis=alt.Axis(grid=False)
            ),
            y=alt.Y("children:Q", title="children", scale=_symlog(top), axis=alt.Axis(values=_decades(top), format=",d")),
            color=alt.Color(
                "kind:N",
                sort=order,
                scale=alt.Scale(domain=order, range=[BLUE, ACCENT, GREEN][: len(order)]),
                legend=alt.Legend(title=None, orient="top", columns=1, symbolSize=320),
            ),
            strokeDash=alt.StrokeDash("kind:N", sort=order, scale=alt.Scale(domain=order, range=[[1, 0], [6, 3], [2, 3]][: len(order)]), legend=None),
        )
    )
    first, last = wide.iloc[0], wide.iloc[-1]
    changes = "; ".join(f"{names[name]} from {first[name]:,.0f} to {last[name]:,.0f}" for name in kept)
    text = f"From a cut of {first['cut']:.2g} to one of {last['cut']:.2g}: {changes}."
    return Picture(_svg(lines if cut is None else lines + _rule(cut), text), text)


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
    bars = (
        alt.Chart(long)
        .mark_bar()
        .encode(
            x=alt.X("share:Q", title=None, stack="zero", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format=".0%", tickCount=5)),
            y=alt.Y("bar:N", title=None, sort=list(shares.index)),
            color=alt.Color(
                "part:N",
                sort=parts,
                scale=alt.Scale(domain=parts, range=[colours[part] for part in parts]),
                legend=alt.Legend(title=None, orient="top", columns=1, labelLimit=400),
            ),
            order=alt.Order("place:Q"),
        )
    )
    return Picture(_svg(bars, text), text)


def _rule(cut: float) -> alt.LayerChart:
    frame = pd.DataFrame({"cut": [cut], "words": [f"cut {cut:.3g}"]})
    rule = alt.Chart(frame).mark_rule(color=INK, strokeDash=[3, 3]).encode(x="cut:Q")
    # Above the plot, where no line runs through it.
    label = alt.Chart(frame).mark_text(align="left" if cut < 0.1 else "right" if cut > 0.9 else "center", dy=-7, y=0, color=INK)
    marked: alt.LayerChart = rule + label.encode(x="cut:Q", text="words:N")
    return marked


def _symlog(counts: npt.NDArray[np.generic]) -> alt.Scale:
    return alt.Scale(type="symlog", constant=1, domain=[0, max(1.0, float(counts.max(initial=1)) * 1.15)], nice=False)


def _decades(counts: npt.NDArray[np.generic]) -> list[int]:
    top = float(counts.max(initial=1))
    return [0, *(10**power for power in range(9) if 10**power <= top * 1.15)]


def _svg(chart: alt.Chart | alt.LayerChart, text: str) -> str:
    axis = {"labelColor": MUTED, "titleColor": MUTED, "domainColor": MUTED, "tickColor": MUTED, "gridColor": GRID}
    sizes = {"titleFontWeight": "normal", "labelFontSize": 13, "titleFontSize": 13}
    sized = chart.properties(width=_WIDTH, height=_HEIGHT)
    styled = sized.configure(background="transparent", font="sans-serif", view={"stroke": None}, axis={**axis, **sizes}, text={"fontSize": 13})
    spec = styled.configure_legend(labelFontSize=13, labelColor=INK).to_dict()
    drawn = vl_convert.vegalite_to_svg(spec)
    # Inside a page neither name space nor fixed size is wanted: the box scales, and no address stands in the file.
    drawn = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", drawn)
    drawn = re.sub(r'^<svg([^>]*?)\swidth="[^"]*"\sheight="[^"]*"', r"<svg\1", drawn)
    return drawn.replace("<svg", '<svg role="img"', 1).replace(">", f"><title>{text}</title>", 1)
