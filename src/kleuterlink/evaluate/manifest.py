"""What lets a run be repeated and its conclusions be explained: the content of `manifest.json`."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import version

from kleuterlink.config import RegistersConfig
from kleuterlink.tables import Register

LIBRARIES = ("numpy", "pandas", "pyarrow", "rapidfuzz", "scipy")
"""Libraries whose version may matter to an outcome."""


def manifest(config: RegistersConfig, registers: Mapping[str, Register], hashes: Mapping[str, str], timings: Mapping[str, float]) -> dict[str, object]:
    """Gather what a run was made from.

    Parameters
    ----------
    config
        The configuration, defaults included.
    registers
        The registers as they were read.
    hashes
        SHA-256 of every input, by register.
    timings
        Seconds per stage.

    Returns
    -------
    dict
        `versions`, `configuration`, `inputs` (per register `sha256` and counts that reconcile: `rows_in` = `used` + `rejected`), `timings`.

    """
    counts = {name: {"rows_in": each.rows_in, "used": len(each.records), "rejected": int(each.rejected["row"].nunique())} for name, each in registers.items()}
    return {
        "versions": {"kleuterlink": version("kleuterlink"), "python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
        "configuration": config.model_dump(mode="json"),
        "inputs": {name: {"sha256": hashes[name], **counts[name]} for name in registers},
        "timings": {stage: round(seconds, 3) for stage, seconds in timings.items()},
    }
