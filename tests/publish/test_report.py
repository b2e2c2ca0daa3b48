"""The page: self-contained, without names, complete when everything is reported and whole when little is."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kleuterlink.publish import render_report
from kleuterlink.publish.words import count, joined, probability, share

VOID = {"meta", "br", "hr", "img", "input", "link"}
SECTIONS = {
    "registers": "What the registers know",
    "blocking": "Which pairs were compared",
    "linkage": "lost to blocking",
    "second_look": "Second look",
    "statuses": "What became of the children",
    "cut_curve": "A lower cut makes a longer list",
    "groups": "By group",
    "warnings": "Read this first",
    "not_found": "(PPV)",
    "flow": "From the registers to the list",
    "implausible": "Links that can hardly be right",
    "candidate_pairs": "candidate pairs",
}


class Page(HTMLParser):
    """Collects a page's elements, attributes and text, and refuses tags that do not close in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        # Cells and small print stand apart on the page, without a blank between them.
        self.text += " " if tag in {"td", "th", "small"} else ""
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open):
            self.text += data


@pytest.fixture(scope="module")
def html(make_result):
    return render_report(make_result(), run_id="0123456789abcdef")


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def test_nothing_is_fetched_from_anywhere(html, page):
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    attributes = {name for _, attrs in page.elements for name in attrs}
    assert not {name for name in attributes if name.startswith("on") or name in {"src", "srcset", "action", "xlink:href"}}
    assert all((attrs.get("href") or "#").startswith("#") for _, attrs in page.elements)
    assert not re.search(r"https?:|//\w|@import|url\((?!#)", html)


def test_every_picture_has_a_text_alternative(html, page):
    pictures = [attrs for tag, attrs in page.elements if tag == "svg"]
    assert len(pictures) == 2
    assert all(attrs["role"] == "img" for attrs in pictures)
    titles = re.findall(r"<svg[^>]*><title>([^<]+)</title>", html)
    assert titles[0].startswith("Histogram of 200 children by probability of being in none of the lists")
    assert titles[1] == (
        "From a cut of 0.1 to one of 0.9: children on the list from 14 to 3; expected false alarms from 8 to 0; expected missed children from 0 to 4."
    )


def test_the_page_has_a_language_one_heading_and_headed_tables(page):
    assert ("html", {"lang": "en"}) in page.elements
    tags = [tag for tag, _ in page.elements]
    assert tags.count("h1") == 1
    assert tags.count("caption") == tags.count("table") > 5
    assert all("scope" in attrs for tag, attrs in page.elements if tag == "th")
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {attrs["aria-labelledby"] for _, attrs in page.elements if "aria-labelledby" in attrs} <= set(ids)


def test_the_headline_says_what_was_found_and_never_more(page):
    text = " ".join(page.text.split())
    assert "not found in those sources at 2024-02-01" in text
    assert "not in school" not in text.lower()
    for part in (
        "6 children on the list",
        "4 to 9",
        "87.0%",
        "66.7% to 100.0%",
        "83.0%",
        "60.0% to 100.0%",
        "probability of 0.5",
        "school year 2023-2024",
        "Run 0123456789abcdef",
    ):
        assert part in text or part.replace(" children on the list", "") in text


def test_every_reported_figure_is_shown(page):
    text = " ".join(page.text.split())
    for part in (
        "207 rows read 7 rejected 200 used 180 with a link 5 with possible links only 15 without any",
        "182 found 6 not found: the list 4 undetermined 8 not yet entitled",
        "151 rows read 1 rejected 150 used 162 pairs compared with births 143 linked to a child 3 with possible links only 4 not linked",
        "1.50% 0.40% to 4.50%",
        "0.40% 0.00% to 1.20%",
        "missing 14 78.0% 2 1.9 1 to 3 2",
        "missing 97.00% 90.00% to 100.00% 7.00% 0.00% to 14.00%",
        "Sint-Jans-Molenbeek (21012) 80 91.0% 5 4.2 4",
        "2 enrolments that start before the child is two",
        "0.5 expected, between 0 and 0.9",
        "At the cut in force, 0.5, the list holds 6 children; at 0.1 it would hold 14 and at 0.9 it would hold 3.",
        "not yet entitled",
        "birth_date + surname",
        "41.0%",
        "99.80%",
        "57 births and 7 records",
        "21012",
        "K000000",
    ):
        assert part in text, part


@pytest.mark.parametrize("key", SECTIONS)
def test_what_a_run_does_not_report_is_left_out(make_result, page, key):
    quality = make_result().quality
    assert SECTIONS[key] in page.text
    without = Page(render_report(make_result(quality={name: value for name, value in quality.items() if name != key}), run_id="x"))
    assert SECTIONS[key] not in without.text
    others = [
        name
        for name in SECTIONS
        if name != key and {key, name} != {"candidate_pairs", "blocking"} and not {key, name} <= {"registers", "linkage", "second_look"}
    ]
    assert all(SECTIONS[name] in without.text for name in others)


def test_a_run_that_reports_nothing_still_has_a_page(make_result):
    result = make_result(quality={})
    empty = replace(result, manifest={}, not_found=result.not_found.iloc[:0], children=result.children.iloc[:0])
    text = Page(render_report(empty, run_id="x")).text
    assert "Children not found in the lists" in text
    assert "What this page does not know" in text
    assert not any(words in text for words in SECTIONS.values())


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_entries_may_lack_any_key_and_be_null_anywhere(make_result, data):
    def thinned(value):
        match value:
            case dict():
                return {key: thinned(entry) for key, entry in value.items() if data.draw(st.booleans())}
            case list() if value and isinstance(value[0], dict):
                return [thinned(entry) for entry in value]
        return value

    Page(render_report(make_result(children=12, quality=thinned(make_result().quality)), run_id="x"))


def test_figures_may_be_numpy_or_missing(make_result):
    quality = {
        **make_result().quality,
        "not_found": {
            "on_list": np.int64(6),
            "expected": np.float64(6.4),
            "interval": (np.float32(4.0), np.float32(9.0)),
            "ppv": float("nan"),
            "sensitivity": None,
        },
    }
    text = " ".join(Page(render_report(make_result(quality=quality), run_id="x")).text.split())
    assert "4 to 9, listed or not" in text
    assert "nan" not in text.lower().split()


def test_what_comes_from_the_registers_is_escaped(make_result):
    result = make_result(quality={"warnings": ["<script>alert(1)</script>"], "registers": {"<b>x": {"role": "births", "notes": ["a & b"]}}})
    listed = result.not_found.assign(child_id='"><img src=x onerror=alert(1)>')
    page = Page(render_report(replace(result, not_found=listed), run_id="<i>"))
    assert not {"script", "img"} & {tag for tag, _ in page.elements}
    assert "<script>alert(1)</script>" in page.text


def test_no_column_but_the_known_ones_reaches_the_page(make_result):
    result = make_result()
    listed = result.not_found.assign(first_names="GRIETJE", birth_date="20200229")
    children = result.children.assign(surname="VANDENBERG")
    html = render_report(replace(result, not_found=listed, children=children), run_id="x")
    assert not any(word in html for word in ("GRIETJE", "20200229", "VANDENBERG"))


def test_a_long_list_shows_its_first_rows_only(make_result):
    text = Page(render_report(make_result(children=300, on_list=60), run_id="x")).text
    assert "The list, first 25" in text
    assert "K000024" in text
    assert "K000025" not in text


def test_a_probability_that_is_not_known_does_not_stop_the_page(make_result):
    result = make_result()
    children = result.children.assign(p_not_found=result.children["p_not_found"].mask(result.children.index > 150))
    assert "Histogram of 151 children" in render_report(replace(result, children=children), run_id="x")


@pytest.mark.parametrize(
    ("part", "shown"),
    [(0, "0.0%"), (1, "100.0%"), (0.5, "50.0%"), (0.9999, "> 99.9%"), (0.00001, "< 0.1%"), (0.9949, "99.5%"), (None, "\u2013"), (float("nan"), "\u2013")],
)
def test_only_a_whole_is_called_a_whole(part, shown):
    assert share(part) == shown


@pytest.mark.parametrize(
    ("chance", "shown"), [(0.0, "0.000"), (1e-9, "< 0.001"), (0.0005, "0.001"), (0.97, "0.970"), (0.9994, "0.999"), (0.99999, "> 0.999"), (1.0, "1.000")]
)
def test_only_certainty_is_called_certain(chance, shown):
    assert probability(chance) == shown


def test_counts_and_lists_read_well():
    assert [count(1234567), count(6.44, 1), count(None), count(pd.NA)] == ["1,234,567", "6.4", "\u2013", "\u2013"]
    assert [joined([]), joined(["a"]), joined(["a", "b"]), joined("abc")] == ["", "a", "a and b", "a, b and c"]
