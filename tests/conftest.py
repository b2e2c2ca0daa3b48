"""What holds for every test: the same examples each time, and no network."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from typing import Any

import java
import pytest
from hypothesis import settings

# Equal code gives equal outcomes, on slow machines too. `pytest --hypothesis-profile=explore` looks for new examples; few suffice to see that
# another version of a library works at all.
settings.register_profile("kleuterlink", deadline=None, derandomize=True, max_examples=50)
settings.register_profile("many", parent=settings.get_profile("kleuterlink"), max_examples=100)
settings.register_profile("few", parent=settings.get_profile("kleuterlink"), max_examples=15)
settings.register_profile("explore", deadline=None, max_examples=1_000)
settings.load_profile("kleuterlink")

# The tests' JVMs live for seconds: they compile soon, not well.
os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")

JAVA = java.java_version()
collect_ignore_glob = [] if JAVA is not None and JAVA >= java.NEEDED else ["engines/test_spark*.py"]


def pytest_report_header() -> str:
    """Say whether the tests of the Spark engine are among those that run."""
    found = "there is no Java" if JAVA is None else f"Java is of version {JAVA}"
    return f"spark: tests/engines/test_spark*.py are LEFT OUT: {found}, and Spark needs {java.NEEDED}" if collect_ignore_glob else f"spark: {found}"


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Refuse every connection that leaves this machine: kleuterlink needs none."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _local_only(getattr(socket.socket, name)))
        yield


def _local_only(connect: Callable[[socket.socket, Any], Any]) -> Callable[[socket.socket, Any], Any]:
    def checked(self: socket.socket, address: Any) -> Any:
        if self.family != getattr(socket, "AF_UNIX", None) and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            raise RuntimeError("a test reached for the network")
        return connect(self, address)

    return checked
