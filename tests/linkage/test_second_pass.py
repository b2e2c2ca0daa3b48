"""The second look's pairs: unrecognised matches make them likelier, and no more of them are expected than there are."""

from __future__ import annotations

import numpy as np
import pytest

from kleuterlink import score
from kleuterlink.config import load_config
from kleuterlink.linkage import link_lists
from kleuterlink.normalise import encode, normalise
from kleuterlink.read import read_register
from kleuterlink.synthetic import ERROR_MODELS, make_registers, write_sample


@pytest.fixture(scope="module")
def registers(tmp_path_factory):
    config = load_config(write_sample(tmp_path_factory.mktemp("doubled"), make_registers(5_000, seed=8, rates=ERROR_MODELS["doubled"])))
    names = (config.births_name, *config.lists)
    births, *lists = encode([normalise(read_register(name, config.registers[name], base=config.base).records) for name in names])
    return births, dict(zip(config.lists, lists, strict=True)), config


def missing(linked) -> np.ndarray:
    return np.prod([1 - each.found for each in linked.values()], axis=0)


def test_unrecognised_matches_make_pairs_of_leftovers_likelier(registers, monkeypatch):
    linked = link_lists(*registers, lambda *_: None)
    monkeypatch.setattr(score, "WITH_A_PAIR", 0.0)
    evenly = link_lists(*registers, lambda *_: None)
    for name, each in linked.items():
        look, plain = each.second_look, evenly[name].second_look
        assert look["expected_unseen"] == plain["expected_unseen"] == plain["expected_unpaired"] > 0
        assert 0 <= look["expected_unpaired"] < 0.75 * look["expected_unseen"]
        more = each.probability - evenly[name].probability
        second = (each.rules >> np.uint32(each.rule_names.index("second_look"))) & 1 == 1
        assert more[second].max() > 0.01
        assert more.sum() == pytest.approx(look["expected_unseen"] - look["expected_unpaired"], rel=0.05)
    assert missing(linked).sum() == pytest.approx(missing(evenly).sum(), abs=0.1)
    assert np.abs(missing(linked) - missing(evenly)).max() > 0.02
