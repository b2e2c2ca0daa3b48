"""The public surface: exactly these names, nothing leaked, and fast to import."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

import kleuterlink
from kleuterlink import errors

PUBLIC = {
    "__version__",
    # the flow
    "link",
    "run",
    "Result",
    # deliveries
    "keep",
    "update",
    "Standing",
    # one register by itself
    "deduplicate",
    "Deduplicated",
    # the configuration
    "RunConfig",
    "load_config",
    "parse_config",
    # the errors
    "ConfigError",
    "DuplicateIdError",
    "InputError",
    "KleuterlinkError",
    "LinkageError",
    "MissingColumnError",
    "NothingLinkedError",
    "OutputError",
    "RuleError",
    "TrainingError",
}
SOURCE = Path(kleuterlink.__file__).parent
STAGES = sorted(path.parent.name for path in SOURCE.glob("*/__init__.py"))
HEAVY = ("duckdb", "jinja2", "numpy", "pandas", "pyarrow", "pydantic", "recordlinkage", "rich", "scipy", "sklearn", "vl_convert")


def leaked(module: ModuleType) -> set[str]:
    """Name what a module shows beside its `__all__`, its submodules and the language's own."""
    shown = {name for name, value in vars(module).items() if not name.startswith("_") and not inspect.ismodule(value)}
    return shown - set(module.__all__) - {"TYPE_CHECKING", "annotations"}


def fresh(code: str) -> str:
    """Run code in a Python of its own and return what it prints."""
    return subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def test_the_public_names_are_the_documented_ones():
    assert set(kleuterlink.__all__) == PUBLIC
    assert len(kleuterlink.__all__) == len(PUBLIC) <= 30
    assert dir(kleuterlink) == sorted(PUBLIC)


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_every_public_name_is_there_and_documented(name):
    assert getattr(kleuterlink, name).__doc__


def test_every_error_is_public():
    assert {name for name, value in vars(errors).items() if inspect.isclass(value)} == {name for name in PUBLIC if name.endswith("Error")}
    assert all(issubclass(getattr(kleuterlink, name), kleuterlink.KleuterlinkError) for name in PUBLIC if name.endswith("Error"))


def test_nothing_leaks():
    assert leaked(kleuterlink) == set()
    kleuterlink.stray = 1  # type: ignore[attr-defined]
    try:
        assert leaked(kleuterlink) == {"stray"}
    finally:
        del kleuterlink.stray  # type: ignore[attr-defined]


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_says_what_is_public(stage):
    module = importlib.import_module(f"kleuterlink.{stage}")
    assert module.__doc__
    assert list(module.__all__) == sorted(set(module.__all__), key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    assert leaked(module) == set()
    for name in module.__all__:
        value = getattr(module, name)
        assert not callable(value) or value.__doc__, name


def test_a_name_that_is_not_there_is_said_so():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = kleuterlink.nothing  # type: ignore[attr-defined]


def test_the_version_is_the_project_s():
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert kleuterlink.__version__ == project["version"]


def test_import_is_fast_and_loads_nothing_heavy():
    timed = "import time; start = time.perf_counter(); import kleuterlink; print(time.perf_counter() - start)"
    assert min(float(fresh(timed)) for _ in range(3)) < 0.5
    assert fresh(f"import kleuterlink, sys; print(sorted(set(sys.modules) & set({HEAVY})))") == "[]"


def test_a_public_name_is_kept_once_it_is_imported():
    assert fresh("import kleuterlink; kleuterlink.RunConfig; print('RunConfig' in vars(kleuterlink))") == "True"
