"""Samples that are written population by population."""

from __future__ import annotations

import pandas as pd
import pytest

from kleuterlink import run
from kleuterlink.config import load_config
from kleuterlink.evaluate import list_quality, pair_quality
from kleuterlink.read import read_register
from kleuterlink.synthetic import RATES, make_registers, write_large_sample, write_sample
from kleuterlink.synthetic.files import FILES
from kleuterlink.synthetic.large import CHILDREN, TRUTH


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """A sample of four populations."""
    return load_config(write_large_sample(tmp_path_factory.mktemp("large"), 6_000, seed=4, largest=1_500))


def test_every_row_of_every_population_is_read(sample):
    assert sample.run.school_year is None
    sizes = {}
    for name, register in sample.registers.items():
        read = read_register(name, register, base=sample.base)
        assert read.rejected.empty
        assert read.records["id"].is_unique
        sizes[name] = len(read.records)
    assert sizes["births"] == 6_000
    matches, children = (pd.read_parquet(sample.base / name) for name in (TRUTH, CHILDREN))
    assert sizes["pupils_nl"] + sizes["pupils_fr"] > len(matches) > 6_000 * 0.97
    assert children["child_id"].tolist() == pd.read_csv(sample.base / "births.csv", dtype=str)["kg_id"].tolist()
    assert set(children["child_id"]) - set(matches["child_id"]) == set(children.loc[children["not_found"], "child_id"])
    assert not matches.duplicated(["register", "record_id"]).any()


def test_numbers_are_given_once(tmp_path):
    write_large_sample(tmp_path, 2_000, rates=RATES.errors_scaled(0), largest=500)
    numbers = pd.read_csv(tmp_path / "births.csv", dtype=str)["insz"]
    assert numbers.notna().all()
    assert numbers.is_unique


def test_equal_seeds_give_equal_files_and_others_do_not(tmp_path):
    for folder, seed in (("one", 5), ("again", 5), ("other", 6)):
        write_large_sample(tmp_path / folder, 900, seed=seed, largest=300)
    for name in (*FILES.values(), TRUTH, CHILDREN, "run.toml"):
        one, again, other = ((tmp_path / folder / name).read_bytes() for folder in ("one", "again", "other"))
        assert one == again
        assert (one == other) == (name == "run.toml")


def test_one_population_is_the_usual_sample(tmp_path):
    write_large_sample(tmp_path / "large", 800, seed=3)
    write_sample(tmp_path / "usual", make_registers(800, seed=3))
    for name in FILES.values():
        assert (tmp_path / "large" / name).read_bytes() == (tmp_path / "usual" / name).read_bytes()
    assert load_config(tmp_path / "large" / "run.toml").run.school_year == "2023-2024"


def test_several_populations_link_as_well_as_one(sample):
    result = run(sample)
    matches, children = (pd.read_parquet(sample.base / name) for name in (TRUTH, CHILDREN))
    assert pair_quality(result.links, matches)["f1"] > 0.998
    listed = list_quality(result.not_found, set(children.loc[children["not_found"], "child_id"]), children=set(children["child_id"]))
    assert listed["ppv"] > 0.9
    assert listed["sensitivity"] > 0.95


@pytest.mark.parametrize(("children", "largest"), [(0, 500), (10, 0)])
def test_nothing_is_refused(tmp_path, children, largest):
    with pytest.raises(ValueError, match="at least 1"):
        write_large_sample(tmp_path, children, largest=largest)
