"""Registers that several tests look at."""

from __future__ import annotations

import pytest

from kleuterlink.synthetic import Registers, make_registers


@pytest.fixture(scope="session")
def registers() -> Registers:
    return make_registers(20_000, seed=3, absences=True)
