"""The repository as a whole: what no linter looks at. Every check is shown to find what it looks for."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
MEGABYTE = 1_000_000
MOST_LINES = 400
SOURCES = {".css", ".j2", ".py"}

# In two parts, so that this file does not hold what it looks for.
MACHINE = re.compile(
    r"(?<![\w.~>-])/(?:" + "|".join(["ho" + "me", "mn" + "t", "op" + "t", "roo" + "t", "scr" + "atch", "tm" + "p", "Us" + "ers", "wo" + "rk"]) + r")/\w"
)
REGISTRY = re.compile(
    "|".join(["py" + r"pi\.", "python" + "hosted", "anaconda" + r"\.org", "npm" + r"js\.", "--(?:extra-)?index" + "-url", "--find" + "-links"])
)
SKIPPED = re.compile(r"pytest\.(?:mark\.)?(?:skip|xfail|importorskip)|unittest\.skip|SkipTest")
ROW_WISE = re.compile(r"\.(?:iterrows|itertuples)\(|\.apply\([^\n]*axis=(?:1|\"columns\")")
VAGUE = re.compile(r"(?:^|/)(?:utils?|helpers?|misc|common|manager)(?:\.py|/)")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
MAKE = re.compile(r"\bmake ([a-z][a-z-]*)(?=[`\s])")


def tracked() -> dict[str, bytes]:
    """Read every file that git tracks, by its path."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return {name: (ROOT / name).read_bytes() for name in names if name and (ROOT / name).is_file()}


FILES = tracked()
TEXTS = {name: content.decode("utf-8") for name, content in FILES.items() if b"\0" not in content[:1024]}


def holding(pattern: re.Pattern[str], files: Mapping[str, str]) -> list[str]:
    """Name the lines that hold a pattern, as `file:line`."""
    return [f"{name}:{number}" for name, text in files.items() for number, line in enumerate(text.splitlines(), 1) if pattern.search(line)]


def python(folder: str) -> dict[str, str]:
    return {name: text for name, text in TEXTS.items() if name.startswith(folder) and name.endswith(".py") and name != "tests/test_repository.py"}


def large(files: Mapping[str, bytes]) -> list[str]:
    return [name for name, content in files.items() if len(content) > MEGABYTE]


def long(files: Mapping[str, str]) -> list[str]:
    return [name for name, text in files.items() if Path(name).suffix in SOURCES and len(text.splitlines()) > MOST_LINES]


def untested(files: Iterable[str]) -> list[str]:
    """Name the stages without a test of their own."""
    names = set(files)
    stages = {name.split("/")[2] for name in names if re.fullmatch(r"src/kleuterlink/\w+/__init__\.py", name)}
    return sorted(stage for stage in stages if not any(re.fullmatch(rf"tests/{stage}/test_\w+\.py", name) for name in names))


def without_a_test(files: Mapping[str, str]) -> list[str]:
    return [
        name
        for name, text in files.items()
        if Path(name).name.startswith("test_") and not re.search(r"^ *(?:async )?def test_|^class Test", text, re.MULTILINE)
    ]


def anchors(text: str) -> set[str]:
    """Return the fragments of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ +(.*?) *#*$", FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings} | set(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", text))


def dead_links(pages: Mapping[str, str], exists: Callable[[str], bool]) -> list[str]:
    """Name the links within the project that lead nowhere, as `page -> target`."""
    dead = []
    for name, text in pages.items():
        for target in (first or second for first, second in LINK.findall(FENCED.sub("", text))):
            path, _, fragment = target.partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            full = (ROOT / name).parent.joinpath(path).resolve().relative_to(ROOT).as_posix() if path else name
            if not exists(full) or (fragment and full in pages and fragment not in anchors(pages[full])):
                dead.append(f"{name} -> {target}")
    return dead


def unknown_targets(pages: Mapping[str, str], makefile: str) -> list[str]:
    """Name the `make TARGET` in code of the pages that the Makefile does not have."""
    known = set(re.findall(r"^\.PHONY: ([\w-]+)$", makefile, re.MULTILINE))
    code = {name: " ".join(re.findall(r"`[^`\n]+`", text)) + " ".join(FENCED.findall(text)) for name, text in pages.items()}
    return [f"{name}: make {target}" for name, text in code.items() for target in MAKE.findall(text) if target not in known]


def pins(text: str) -> dict[str, str]:
    """Read `name==version` lines; the names as they are compared."""
    lines = [line.split("==") for line in text.splitlines() if line and not line.startswith("#")]
    return {name.lower().replace("_", "-"): version for name, version in lines}


def requirements(*extras: str) -> list[Requirement]:
    project = tomllib.loads(TEXTS["pyproject.toml"])["project"]
    listed = [*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])]
    return [requirement for requirement in map(Requirement, listed) if requirement.name != "kleuterlink"]


PAGES = {name: text for name, text in TEXTS.items() if name.endswith(".md")}


def test_no_file_names_a_machine_s_folders_or_a_registry():
    assert holding(MACHINE, TEXTS) == []
    assert holding(REGISTRY, TEXTS) == []
    for folder in ("ho" + "me", "tm" + "p", "wo" + "rk"):
        assert holding(MACHINE, {"a": f"ok\nsee /{folder}/x"}) == ["a:2"]
    assert holding(MACHINE, {"a": "https://site/" + "work/x and out/" + "tmp/y"}) == []
    assert holding(REGISTRY, {"a": "https://py" + "pi.org/simple"}) == ["a:1"]


def test_files_are_small_and_sources_short():
    assert large(FILES) == []
    assert large({"a": b"." * (MEGABYTE + 1), "b": b"."}) == ["a"]
    assert long(TEXTS) == []
    assert long({"a.py": "x\n" * (MOST_LINES + 1), "b.py": "x\n" * MOST_LINES, "c.csv": "x\n" * 9_999}) == ["a.py"]


def test_every_stage_has_tests():
    assert untested(FILES) == []
    assert untested(["src/kleuterlink/read/__init__.py", "src/kleuterlink/score/__init__.py", "tests/read/test_read.py", "tests/score/made.py"]) == ["score"]


def test_every_test_file_tests_and_nothing_is_skipped():
    assert without_a_test(python("tests/")) == []
    assert without_a_test({"tests/test_a.py": "def check(): ...", "tests/test_b.py": "def test_b(): ..."}) == ["tests/test_a.py"]
    assert holding(SKIPPED, python("tests/")) == []
    assert holding(SKIPPED, {"a": "@pytest.mark.xfail", "b": "pytest.importorskip('faker')"}) == ["a:1", "b:1"]


def test_no_code_goes_row_by_row_and_no_module_is_named_vaguely():
    assert holding(ROW_WISE, python("src/")) == []
    assert holding(ROW_WISE, {"a": "for _, row in frame.iterrows():", "b": "frame.apply(f, axis=1)", "c": "np.stack(rows, axis=1)"}) == ["a:1", "b:1"]
    assert [name for name in FILES if VAGUE.search(name)] == []
    assert VAGUE.search("src/kleuterlink/utils.py")


def test_links_within_the_project_lead_somewhere():
    assert dead_links(PAGES, lambda path: (ROOT / path).exists()) == []
    pages = {
        "docs/a.md": "[x](b.md#a-heading) [y](b.md#none) [z](../none.md) ![p](b.md) [w](https://example.org) [s](#here)\n# Here",
        "docs/b.md": "## A `heading`",
    }
    assert dead_links(pages, {"docs/a.md", "docs/b.md"}.__contains__) == ["docs/a.md -> b.md#none", "docs/a.md -> ../none.md"]


def test_the_pages_name_only_targets_that_the_makefile_has():
    assert unknown_targets(PAGES, TEXTS["Makefile"]) == []
    assert unknown_targets({"a.md": "`make test` or `make tea`; make sure\n```\nmake coffee\n```"}, ".PHONY: test\ntest:") == [
        "a.md: make tea",
        "a.md: make coffee",
    ]


def test_the_lowest_versions_are_those_that_the_project_allows():
    lowest = pins(TEXTS["constraints-lowest.txt"])
    for requirement in requirements("synthetic", "test"):
        (floor,) = [part.version for part in requirement.specifier if part.operator == ">="]
        pinned = lowest[requirement.name.lower()]
        assert requirement.specifier.contains(pinned), requirement.name
        assert [*map(int, pinned.split("."))][: len(floor.split("."))] == [*map(int, floor.split("."))], requirement.name
        assert set(pinned.split(".")[len(floor.split(".")) :]) <= {"0"}, requirement.name


def test_the_pins_are_within_what_the_project_allows():
    pinned = pins(TEXTS["constraints.txt"])
    for requirement in requirements("synthetic", "test", "check", "bench", "peers"):
        assert requirement.specifier.contains(pinned[requirement.name.lower()]), requirement.name


def test_the_tests_have_no_network():
    with socket.socket() as reached, pytest.raises(RuntimeError, match="reached for the network"):
        reached.connect(("192.0.2.1", 80))


def test_where_there_is_no_java_the_tests_of_spark_are_left_out_aloud(tmp_path):
    bare = {name: value for name, value in os.environ.items() if name != "JAVA_HOME"} | {"PATH": str(tmp_path)}
    command = [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider", ROOT / "tests" / "engines"]
    told = subprocess.run(command, cwd=ROOT, env=bare, capture_output=True, text=True, check=True).stdout
    assert "spark: tests/engines/test_spark*.py are LEFT OUT: there is no Java, and Spark needs 17" in told
    assert "test_toolkit.py" in told
    assert "test_spark.py" not in told
