"""Run the examples in the pages: what a reader would type, in the order of the page, in a folder of its own.

What a fenced block does:

- with `title="FILE"`: it is that file;
- `python`: it runs, all blocks of a page in one namespace; what it prints stands in the `text` block that follows;
- `console`: every `$ command` runs; what it prints on a terminal of 100 columns follows, progress on stderr left out;
- anything else, such as `sh`, is shown only.

`<!-- files of PAGE -->` starts a page with the files of another one. `python tests/docs/pages.py PAGE ...` writes what is
printed into the pages, for a reader of the difference to judge.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from kleuterlink import cli

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r'^```(?P<language>\w+)(?: title="(?P<title>[^"]+)")?\n(?P<body>.*?)^```$', re.MULTILINE | re.DOTALL)
STARTS_WITH = re.compile(r"<!-- files of (\S+) -->")
ANSI = re.compile(r"\x1b\[[0-9;]*m")
TERMINAL = {"FORCE_COLOR": "1", "TERM": "dumb", "COLUMNS": "100", "LINES": "50"}

FIGURE = re.compile(r"[+-]?\d+\.\d+(?: bits)?|(?<![\w.@-])\d+(?![\w/.-])")
BITS_APART, DECIMALS_APART = 1.0, 0.02
"""How far figures of the model may have moved since a page was written: weights in bits, and other decimal fractions."""


@dataclass
class Printed:
    """What a page says that an example prints, and what it does print; `start` and `stop` are places in the page's text."""

    page: str
    start: int
    stop: int
    stated: str
    actual: str


def examples(page: Path) -> list[Printed]:
    """Run a page's examples in the current folder."""
    text = page.read_text(encoding="utf-8")
    for other in STARTS_WITH.findall(text):
        write_files((page.parent / other).read_text(encoding="utf-8"))
    names: dict[str, Any] = {"__name__": "__page__"}
    made: list[Printed] = []
    blocks = list(FENCE.finditer(text))
    for place, block in enumerate(blocks):
        language, body, start = block["language"], block["body"], block.start("body")
        if block["title"]:
            write_file(block["title"], body)
        elif language == "python":
            output = run_python(body, names, f"{page.name}:{text[:start].count(chr(10)) + 1}")
            following = blocks[place + 1] if place + 1 < len(blocks) else None
            beside = following is not None and following["language"] == "text" and not text[block.end() : following.start()].strip()
            stated = (following.start("body"), following.end("body")) if following is not None and beside else (block.end(), block.end())
            made.append(Printed(page.name, *stated, text[slice(*stated)], output))
        elif language == "console":
            made += [Printed(page.name, start + a, start + b, body[a:b], run_command(command)) for command, a, b in commands(body)]
    return made


def write_files(text: str) -> None:
    """Write the files that a page holds."""
    for block in FENCE.finditer(text):
        if block["title"]:
            write_file(block["title"], block["body"])


def write_file(name: str, body: str) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(body, encoding="utf-8")


def commands(body: str) -> list[tuple[str, int, int]]:
    """Return each command of a console block, and where its output starts and stops."""
    lines = list(re.finditer(r"^\$ (.*)\n", body, re.MULTILINE))
    stops = [line.start() for line in lines[1:]] + [len(body)]
    return [(line[1], line.end(), stop) for line, stop in zip(lines, stops, strict=True)]


def run_python(body: str, names: dict[str, Any], label: str) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), pd.option_context("display.width", 120, "display.max_columns", 12):
        exec(compile(body, label, "exec"), names)
    return tidy(out.getvalue())


def run_command(command: str) -> str:
    """Run a command; the lines in which kleuterlink says what is wrong follow what it prints."""
    program, *arguments = shlex.split(command)
    if program != "kleuterlink":
        return tidy(subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout)
    out, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        code = cli.main(arguments)
    wrong = [line for line in errors.getvalue().splitlines() if line.startswith("kleuterlink: ")]
    assert code == (2 if wrong else 0), f"{command} ended with {code}: {errors.getvalue()}"
    return tidy(out.getvalue() + "\n".join(wrong))


def tidy(text: str) -> str:
    """Drop colours, blanks at the ends of lines, and empty lines at either end."""
    lines = [line.rstrip() for line in ANSI.sub("", text).splitlines()]
    joined = "\n".join(lines).strip("\n")
    return f"{joined}\n" if joined else ""


def agrees(stated: str, actual: str) -> bool:
    """Tell whether two outputs say the same: widths of columns do not count, and figures of the model may have moved a little."""
    (one, figures), (other, actual_figures) = shape(stated), shape(actual)
    return one == other and all(same_figure(a, b) for a, b in zip(figures, actual_figures, strict=True))


def same_figure(stated: str, actual: str) -> bool:
    """Compare two figures: whole numbers are counts and equal, unless the other one is a fraction."""
    if "." not in stated + actual:
        return stated == actual
    bits = stated.startswith(("+", "-")) or stated.endswith("bits")
    return abs(float(stated.removesuffix(" bits")) - float(actual.removesuffix(" bits"))) <= (BITS_APART if bits else DECIMALS_APART)


def shape(text: str) -> tuple[str, list[str]]:
    """Return a text without its figures and its widths; and the figures."""
    plain = re.sub(r"─+", "─", text)
    lines = [" ".join(line.split()) for line in FIGURE.sub("<figure>", plain).splitlines()]
    return "\n".join(line for line in lines if line), FIGURE.findall(plain)


def rewrite(page: Path, made: list[Printed]) -> None:
    """Write what was printed into the page, where there is a place for it."""
    text = page.read_text(encoding="utf-8")
    for each in reversed(made):
        if each.stop > each.start or text[: each.start].endswith("\n"):
            text = text[: each.start] + each.actual + text[each.stop :]
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    import os
    import tempfile

    os.environ.update(TERMINAL)
    for name in sys.argv[1:]:
        written = Path(name).resolve()
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            rewrite(written, examples(written))
