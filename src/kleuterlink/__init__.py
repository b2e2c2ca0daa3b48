"""Find the young children who are enrolled nowhere.

kleuterlink links a register of births with lists of enrolments. Its product is the *non-link*: the children found in none
of the lists, each with a probability, a reason and a reference date. The package reads like its flow::

    read -> normalise -> block -> compare -> score -> assign -> participation -> publish

Each word is a subpackage, and each stage a function from tables to a table; `kleuterlink.tables` describes the tables,
`kleuterlink.config` the configuration, and `kleuterlink.pipeline` is the line above as code.

>>> import kleuterlink
>>> result = kleuterlink.run("run.toml")  # doctest: +SKIP
>>> result.not_found  # doctest: +SKIP

The names below are the whole public surface; each is imported when it is first used, so that `import kleuterlink` is fast.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kleuterlink.config import RunConfig, load_config, parse_config
    from kleuterlink.duplicates import deduplicate
    from kleuterlink.errors import (
        ConfigError,
        DuplicateIdError,
        InputError,
        KleuterlinkError,
        LinkageError,
        MissingColumnError,
        NothingLinkedError,
        OutputError,
        RuleError,
        TrainingError,
    )
    from kleuterlink.pipeline import link, run
    from kleuterlink.results import Deduplicated, Result
    from kleuterlink.standing import Standing, keep, update

    __version__: str

__all__ = [
    "ConfigError",
    "Deduplicated",
    "DuplicateIdError",
    "InputError",
    "KleuterlinkError",
    "LinkageError",
    "MissingColumnError",
    "NothingLinkedError",
    "OutputError",
    "Result",
    "RuleError",
    "RunConfig",
    "Standing",
    "TrainingError",
    "__version__",
    "deduplicate",
    "keep",
    "link",
    "load_config",
    "parse_config",
    "run",
    "update",
]

_HOMES = {
    "config": ("RunConfig", "load_config", "parse_config"),
    "duplicates": ("deduplicate",),
    "errors": tuple(name for name in __all__ if name.endswith("Error")),
    "pipeline": ("link", "run"),
    "results": ("Deduplicated", "Result"),
    "standing": ("Standing", "keep", "update"),
}
_HOME = {name: f"kleuterlink.{module}" for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used (PEP 562)."""
    if name == "__version__":
        from importlib.metadata import version

        value: object = version("kleuterlink")
    elif name in _HOME:
        from importlib import import_module

        value = getattr(import_module(_HOME[name]), name)
    else:
        raise AttributeError(f"module 'kleuterlink' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, without importing them."""
    return __all__
