"""Records of one pupil are joined before the matching; children who are alike, and have births of their own, are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from kleuterlink.config import load_config
from kleuterlink.linkage import first_pass
from kleuterlink.linkage.lists import link_with
from kleuterlink.linkage.tools import make_tools
from kleuterlink.normalise import encode, normalise
from kleuterlink.read import read_register
from kleuterlink.synthetic import make_registers, write_sample

NAMESAKES = 12

SURE = 0.1
"""Probability from which records are joined here: by what they have in common alone, most of the namesakes would be."""


def with_namesakes(registers):
    """Give children the name and sex of another child born in the same year; in the list also its address, and both 1 January for a birth date."""
    births, enrolments = registers.births.set_index("kg_id"), registers.enrolments.set_index("stamnummer")
    matches = registers.matches[registers.matches["register"] == "pupils_nl"].drop_duplicates("child_id", keep=False)
    twins = set(registers.children.loc[registers.children["twin"], "child_id"])
    enrolled = matches[~matches["child_id"].isin(twins)].set_index("child_id")["record_id"]
    known = births.loc[enrolled.index]
    known = known[(known["insz"] != "").to_numpy() & (enrolments.loc[enrolled, "rijksregisternummer"] != "").to_numpy()]
    by_year = known.index.to_series().groupby(known["geboortedatum"].str[:4])
    pairs = pd.concat([pd.DataFrame({"one": ids.iloc[:40:2].to_numpy(), "other": ids.iloc[1:40:2].to_numpy()}) for _, ids in by_year if len(ids) > 40])
    pairs = pairs.iloc[:NAMESAKES]
    assert len(pairs) == NAMESAKES
    one, other = births.loc[pairs["one"]], pairs["other"]
    births.loc[other, ["voornaam", "achternaam", "geslacht"]] = one[["voornaam", "achternaam", "geslacht"]].to_numpy()
    written, record = enrolments.loc[enrolled[pairs["one"]]], enrolled[other]
    alike = ["voornaam", "achternaam", "geslacht", "adres", "postcode", "gemeente"]
    enrolments.loc[record, alike] = written[alike].to_numpy()
    for each in (enrolled[pairs["one"]], record):
        enrolments.loc[each, "geboortedatum"] = "01/01/" + births.loc[other, "geboortedatum"].str[:4].to_numpy()
    records = pd.DataFrame({"one": enrolled[pairs["one"]].to_numpy(), "other": record.to_numpy(), "child_id": other.to_numpy()})
    return replace(registers, births=births.reset_index(), enrolments=enrolments.reset_index()), records


@pytest.fixture(scope="module")
def linked(tmp_path_factory):
    registers, namesakes = with_namesakes(make_registers(6_000, seed=3))
    config = load_config(write_sample(tmp_path_factory.mktemp("namesakes"), registers))
    names = (config.births_name, *config.lists)
    births, *lists = encode([normalise(read_register(name, config.registers[name], base=config.base).records) for name in names])
    tools = make_tools([births, *lists], config)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(first_pass, "SURE", SURE)
        firsts, linked, _ = link_with(tools, births, dict(zip(config.lists, lists, strict=True)), lambda *_: None)
    first = firsts["pupils_nl"]
    pupil = pd.Series(first.clusters.of, index=first.records.ids.astype(str))
    missing = pd.Series(np.prod([1 - each.found for each in linked.values()], axis=0), index=first.births.ids.astype(str))
    return registers, namesakes, pupil, missing


def test_namesakes_with_births_and_numbers_of_their_own_are_two_pupils(linked):
    _, namesakes, pupil, _ = linked
    assert (pupil[namesakes["one"]].to_numpy() == pupil[namesakes["other"]].to_numpy()).sum() == 0


def test_and_both_are_found(linked):
    _, namesakes, _, missing = linked
    assert (missing[namesakes["child_id"]] < 0.5).all()


def test_a_child_s_own_records_are_one_pupil_s(linked):
    registers, _, pupil, _ = linked
    child = registers.matches[registers.matches["register"] == "pupils_nl"].set_index("record_id")["child_id"]
    several = child[child.duplicated(keep=False)]
    pupils = pupil[several.index].groupby(several.to_numpy()).nunique()
    assert len(pupils) > 60
    assert (pupils == 1).mean() > 0.95
    wrong = child.groupby(pupil[child.index].to_numpy()).nunique()
    assert (wrong > 1).sum() == 0
