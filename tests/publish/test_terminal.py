"""What is printed: ruled on a terminal, plain tab-separated lines anywhere else, and ids as they are."""

from __future__ import annotations

import io
import sys

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from kleuterlink.publish.terminal import Terminal, print_result, progress_on_stderr, shown


def printing(*, terminal: bool) -> tuple[Terminal, io.StringIO]:
    stream = io.StringIO()
    return Terminal(Console(file=stream, force_terminal=terminal, color_system=None, width=60, markup=False, highlight=False, emoji=False)), stream


def test_a_plain_table_is_a_line_per_row():
    terminal, stream = printing(terminal=False)
    terminal.table("Title", ("id", "n"), [("[b]x[/b]", 1234), (":smile:" + "y" * 90, None)])
    assert stream.getvalue() == f"Title\nid\tn\n[b]x[/b]\t1,234\n:smile:{'y' * 90}\t-\n\n"


def test_a_table_on_a_terminal_fits_its_width_and_loses_nothing():
    terminal, stream = printing(terminal=True)
    terminal.table("Title", ("id", "n"), [("[b]x[/b]", 1234), ("y" * 90, 5)])
    lines = stream.getvalue().splitlines()
    assert lines[0] == "Title"
    assert max(len(line) for line in lines) <= 60
    assert "[b]x[/b]" in stream.getvalue()
    assert stream.getvalue().count("y") == 90
    rows = [line.rstrip() for line in lines]
    assert next(row for row in rows if "1,234" in row).endswith("1,234")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (float("nan"), "-"),
        (pd.NA, "-"),
        (0.123456, "0.1235"),
        (1.0, "1"),
        (12345.6, "12,346"),
        (12345, "12,345"),
        (True, "True"),
        ("a", "a"),
        (np.float64(0.5), "0.5"),
    ],
)
def test_values_are_shown_as_people_read_them(value, text):
    assert shown(value) == text


def test_progress_is_a_line_per_stage_where_stderr_is_no_terminal(capsys):
    with progress_on_stderr(quiet=False) as progress:
        for stage, fraction in (("read", 0.1), ("read", 0.9), ("block", None)):
            progress(stage, fraction)
    assert capsys.readouterr() == ("", "read ...\nblock ...\n")


def test_quiet_progress_prints_nothing(capsys):
    with progress_on_stderr(quiet=True) as progress:
        progress("read", 0.5)
    assert capsys.readouterr() == ("", "")


def test_progress_on_a_terminal_draws_a_bar_per_stage(monkeypatch):
    class Tty(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Tty()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with progress_on_stderr(quiet=False) as progress:
        for stage, fraction in (("read", 0.5), ("[block]", None), ("score", 0.1)):
            progress(stage, fraction)
    last = stream.getvalue().rsplit("read", 1)[1]
    assert "[block]" in last
    assert "score" in last
    assert "\x1b[" in stream.getvalue()


def test_a_result_without_quality_still_prints_statuses_and_the_length_of_the_list(make_result):
    terminal, stream = printing(terminal=False)
    print_result(terminal, make_result(quality={}))
    lines = stream.getvalue().splitlines()
    assert {"found\t194", "not found\t6", "children on the list\t6"} <= set(lines)


def test_the_figures_of_the_list_are_printed_with_their_intervals(make_result):
    terminal, stream = printing(terminal=False)
    print_result(terminal, make_result())
    lines = stream.getvalue().splitlines()
    assert {"expected really not found\t6.4 (4 to 9)", "estimated PPV\t0.87 (0.667 to 1)", "estimated sensitivity\t0.83 (0.6 to 1)"} <= set(lines)
