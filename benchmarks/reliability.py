"""The reliability diagram of `p_not_found`: how often what was said to be so probable came out, over many runs."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
import vl_convert
from scipy.special import logit
from scipy.stats import beta

STEPS = (1e-5, 1e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.25)
EDGES = (0.0, *STEPS, 0.5, *(1 - step for step in reversed(STEPS)), 1.0)
"""Bounds of the bins: fine near 0 and 1, where nearly all children are."""

SHOWN = 1e-6
"""Smallest probability, and distance from 1, that the axes reach; what lies beyond is drawn at their ends."""

TICKS = (1e-5, 1e-3, 0.1, 0.5, 0.9, 0.999, 1 - 1e-5)
INK, GRID, POINT, BAR = "#1c2733", "#e3e6ea", "#1d4e79", "#8fa5b8"


def reliability_bins(p: pd.Series, happened: pd.Series) -> pd.DataFrame:
    """Set probabilities beside what happened, per bin between two `EDGES` (the lower one included, and 1 in the last).

    Parameters
    ----------
    p
        float64 probabilities.
    happened
        bool, aligned: whether it came out.

    Returns
    -------
    DataFrame
        A row per bin that holds something, in order: `from`, `to`, `children`, `mean_p`, `happened` (their number), `observed` (their share),
        `low` and `high`: its 95% interval (Clopper & Pearson 1934).

    """
    place = np.minimum(np.searchsorted(EDGES, p, "right") - 1, len(EDGES) - 2)
    made = pd.DataFrame({"bin": place, "p": p.to_numpy(), "happened": happened.to_numpy(bool)}).groupby("bin")
    bins = made.agg(children=("p", "size"), mean_p=("p", "mean"), happened=("happened", "sum")).reset_index()
    count, number = bins["happened"], bins["children"]
    return bins.drop(columns="bin").assign(
        **{"from": np.array(EDGES)[bins["bin"]], "to": np.array(EDGES)[bins["bin"] + 1]},
        observed=count / number,
        low=np.where(count == 0, 0.0, beta.ppf(0.025, count, number - count + 1)),
        high=np.where(count == number, 1.0, beta.ppf(0.975, count + 1, number - count)),
    )[["from", "to", "children", "mean_p", "happened", "observed", "low", "high"]]


def reliability_picture(bins: pd.DataFrame, title: str) -> str:
    """Draw what `reliability_bins` returned as SVG, on axes of log odds: on the diagonal, what was said came out.

    Hollow points are bins in which nobody, or everybody, was not found: only one end of their interval says something.
    """
    frame = pd.DataFrame({name: logit(bins[name].clip(SHOWN, 1 - SHOWN)) for name in ("mean_p", "observed", "low", "high")})
    frame["children"] = [f"{number:,}" for number in bins["children"]]
    frame["fill"] = np.where(bins["happened"].between(1, bins["children"] - 1), POINT, "#ffffff")
    # Counts stand in two rows, so that those of neighbours do not run into each other.
    frame["row"] = np.where(np.arange(len(frame)) % 2, -8, -22)
    ends = [float(logit(SHOWN)), float(logit(1 - SHOWN))]
    words = {str(round(1000 * logit(tick))): f"{tick:.5f}".rstrip("0") for tick in TICKS}
    axis = alt.Axis(values=[logit(tick) for tick in TICKS], labelExpr=f"{words}[round(1000 * datum.value)]", grid=True)
    scale = alt.Scale(domain=ends, nice=False)
    x = alt.X("mean_p:Q", scale=scale, axis=axis, title="mean probability of being in none of the lists, as the run said it")
    y_title = "share that truly is in none of the lists"
    base = alt.Chart(frame)
    diagonal = alt.Chart(pd.DataFrame({"mean_p": ends, "observed": ends})).mark_line(color=INK, strokeDash=[4, 3], strokeWidth=1)
    layers = [
        diagonal.encode(x=x, y=alt.Y("observed:Q", scale=scale, axis=axis, title=y_title)),
        base.mark_rule(color=BAR, strokeWidth=2.5).encode(x=x, y=alt.Y("low:Q", scale=scale, title=y_title), y2="high:Q"),
        base.mark_point(filled=False, stroke=POINT, strokeWidth=1.6, size=52, opacity=1).encode(x=x, y="observed:Q", fill=alt.Fill("fill:N", scale=None)),
        *(
            alt.Chart(rows).mark_text(color=INK, fontSize=10, dy=int(height)).encode(x=x, y=alt.value(0), text="children:N")
            for height, rows in frame.groupby("row")
        ),
    ]
    chart = alt.layer(*layers).properties(width=560, height=460, title=alt.TitleParams(title, anchor="start", fontWeight="normal", fontSize=13, offset=30))
    style = {"gridColor": GRID, "titleFontWeight": "normal", "labelFontSize": 12, "titleFontSize": 13, "domain": False}
    return vl_convert.vegalite_to_svg(chart.configure(background="#ffffff", font="sans-serif", view={"stroke": None}, axis=style).to_dict())
