"""The pages: every example runs and prints what the page says, generated pages are up to date, placeholders stand in one place."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docs.pages import FENCE, ROOT, TERMINAL, Printed, agrees, commands, examples, rewrite

from kleuterlink.config import FIELDS

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
NOT_RUN = {"mermaid", "sh", "text"}
"""Languages of blocks that are shown only."""


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


WITH_EXAMPLES = [page for page in PAGES if any(block["language"] in {"python", "console"} for block in FENCE.finditer(page.read_text(encoding="utf-8")))]


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in an empty folder, at a terminal of a known width."""
    monkeypatch.chdir(tmp_path)
    for name, value in TERMINAL.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=name_of)
def test_the_examples_of_a_page_print_what_it_says(page: Path) -> None:
    made = examples(page)
    assert made
    for each in made:
        assert agrees(each.stated, each.actual), f"{each.page} says\n{each.stated}\nand it prints\n{each.actual}"


def test_the_pages_have_their_examples():
    assert {"README.md", "docs/tutorial.md"} < set(map(name_of, WITH_EXAMPLES))
    assert sum(name.startswith("docs/how-to/") for name in map(name_of, WITH_EXAMPLES)) >= 7


def test_every_fence_is_one_that_is_understood():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        blocks = list(FENCE.finditer(text))
        assert len(re.findall(r"^```", text, re.MULTILINE)) == 2 * len(blocks), name_of(page)
        strange = {block["language"] for block in blocks if not block["title"]} - NOT_RUN - {"python", "console"}
        assert strange == set(), name_of(page)


@pytest.mark.usefixtures("terminal")
def test_an_example_that_prints_something_else_is_seen(tmp_path: Path):
    page = tmp_path / "page.md"
    file, shown = '```csv title="in/a.csv"\nx\n1\n```\n', "```python\nprint(2.5)\n```\n```text\n2.6\n```\n"
    page.write_text(f"{file}{shown}```console\n$ cat in/a.csv\nx\n2\n```\n", encoding="utf-8")
    python, console = examples(page)
    assert (python.stated, python.actual) == ("2.6\n", "2.5\n")
    assert (console.stated, console.actual) == ("x\n2\n", "x\n1\n")
    assert not agrees(python.stated, python.actual)
    assert not agrees(console.stated, console.actual)
    rewrite(page, [python, console])
    assert all(agrees(each.stated, each.actual) for each in examples(page))


@pytest.mark.usefixtures("terminal")
def test_what_an_example_prints_must_be_stated(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text("```python\nprint('said')\n```\n\nText.\n", encoding="utf-8")
    (said,) = examples(page)
    assert isinstance(said, Printed)
    assert not agrees(said.stated, said.actual)


def test_agreement():
    assert agrees("a   0.981\n────\n", "a 0.990\n──\n")
    assert not agrees("a 0.95\n", "a 0.99\n")
    assert agrees("x +3.37\nw 12.16 bits", "x +4.01\nw 11.50 bits")
    assert not agrees("x +3.37", "x +4.87")
    assert agrees("x 1 (0.98 to 1.02)", "x 0.9931 (0.97 to 1.01)")
    assert not agrees("3 children", "4 children")
    assert not agrees("at 2024-02-01", "at 2024-02-02")
    assert not agrees("a\n", "a\nb\n")
    assert commands("$ one\nout\n$ two\n") == [("one", 6, 10), ("two", 16, 16)]


def generate() -> Any:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATE = generate()


@pytest.mark.parametrize(("name", "page"), GENERATE.PAGES.items())
def test_generated_pages_are_up_to_date(name: str, page: Callable[[], str]):
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == page(), "run `make docs`"


def test_every_field_is_described():
    assert list(GENERATE.FIELD_MEANINGS) == list(FIELDS)


@pytest.mark.usefixtures("terminal")
def test_the_keys_of_the_json_files_are_those_that_are_described():
    examples(ROOT / "docs" / "tutorial.md")
    for name, described in GENERATE.KEYS_OF.items():
        assert set(json.loads(Path("out", name).read_text(encoding="utf-8"))) == set(described), name


def test_pages_are_short():
    assert [name_of(page) for page in PAGES if len(page.read_text(encoding="utf-8").splitlines()) > 400] == []
