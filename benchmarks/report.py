"""What a benchmark found: titled tables, and the machine and versions that it ran on."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("kleuterlink", "splink", "goldenmatch", "duckdb", "recordlinkage", "rapidfuzz", "pandas", "numpy", "pyspark")


@dataclass
class Report:
    """Tables with a title each, and notes that belong to them."""

    title: str
    tables: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, title: str, rows: Sequence[Mapping[str, object]]) -> None:
        self.tables[title] = [dict(row) for row in rows]

    def markdown(self) -> str:
        parts = [f"## {self.title}", ", ".join(f"{name} {value}" for name, value in environment().items())]
        for title, rows in self.tables.items():
            parts += [f"### {title}", _table(rows)]
        parts += [f"- {note}" for note in self.notes]
        return "\n\n".join(parts)

    def json(self) -> str:
        return json.dumps({"title": self.title, "environment": environment(), "tables": self.tables, "notes": self.notes}, indent=1, default=float)


def environment() -> dict[str, str]:
    """Return the machine and the versions that matter."""
    found = {"Python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return {"processor": _processor(), "cores": str(os.cpu_count()), "memory": f"{memory:.0f} GB", **found}


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    names = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model name")] if cpuinfo.exists() else []
    return names[0] if names else platform.machine()


def _table(rows: Sequence[Mapping[str, object]]) -> str:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    lines = ["| " + " | ".join(columns) + " |", "|" + "|".join(" --- " for _ in columns) + "|"]
    lines += ["| " + " | ".join(_cell(row.get(name, "")) for name in columns) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    match value:
        case bool() | str():
            return str(value)
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.1f}" if abs(value) >= 10 else f"{value:.4f}" if abs(value) <= 1 else f"{value:.2f}"
        case _:
            return str(value)
