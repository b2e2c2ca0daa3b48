"""Registers taken in together or one after the other are the same, and what nothing reads is let go."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kleuterlink import intake, synthetic
from kleuterlink.config import load_config
from kleuterlink.normalise import normalise
from kleuterlink.read import read_register
from kleuterlink.tables import NORMALISED


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    registers = synthetic.make_registers(500, seed=5)
    return load_config(synthetic.write_sample(tmp_path_factory.mktemp("sample"), registers))


def taken_in(config, **settings):
    told = []
    config = config.model_copy(update={"engine": config.engine.model_copy(update=settings)})
    return *intake.take_in(config, {}, lambda stage, share: told.append(stage)), told


def test_large_registers_are_taken_in_one_after_the_other(config, monkeypatch):
    together = taken_in(config)
    assert together[3] == ["read", "normalise"]
    limited = taken_in(config, memory_limit="1GB")
    monkeypatch.setattr(intake, "LARGE", 1)
    for one_by_one in (limited, taken_in(config)):
        assert one_by_one[3] == ["read", "normalise"] * len(config.registers)
        for name, frame in together[1].items():
            pd.testing.assert_frame_equal(one_by_one[1][name], frame)
        for name, register in together[2].items():
            assert list(register.ids) == list(one_by_one[2][name].ids)
            for column, values in register.columns.items():
                np.testing.assert_array_equal(one_by_one[2][name].columns[column], values)
        for name, register in together[0].items():
            assert (register.notes, register.completeness, len(register.records)) == (
                one_by_one[0][name].notes, one_by_one[0][name].completeness, len(one_by_one[0][name].records),
            )  # fmt: skip


def test_what_was_read_is_let_go_and_what_is_read_later_is_kept(config):
    registers, normalised, encoded, _ = taken_in(config)
    for name, register in registers.items():
        read = read_register(name, config.registers[name], base=config.base)
        assert list(register.records) == []
        assert len(register.records) == len(read.records) == len(normalised[name]) == encoded[name].size
        assert register.completeness == read.completeness
        whole = normalise(read.records)
        kept = [column for column in whole if column not in intake.ONLY_COMPARED]
        assert {"record_id", "birth_date", "municipality", "row"} <= set(kept)
        pd.testing.assert_frame_equal(normalised[name], whole[kept])
    assert set(intake.ONLY_COMPARED) < set(NORMALISED)


def test_the_registers_that_are_kept_share_their_columns_with_the_codes(config):
    _, normalised, encoded, _ = taken_in(config)
    for column in ("birth_date", "sex", "number_kind"):
        assert np.shares_memory(normalised[config.births_name][column].to_numpy(), encoded[config.births_name].columns[column])
