"""A delivery linked against a standing run gives what a run of everything gives."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import large_register

import kleuterlink
from kleuterlink import cli, synthetic
from kleuterlink.compare import columns
from kleuterlink.config import load_config, parse_config
from kleuterlink.errors import ConfigError, DuplicateIdError, InputError, NothingLinkedError, OutputError
from kleuterlink.standing import Candidates

TABLES = ("links", "candidates", "children", "not_found", "rejected", "enrolments", "applications")


def assert_same(one, other):
    """Everything that a run tells, to the last bit; but for notes on the reading, which speak of files."""
    for name in TABLES:
        first, second = getattr(one, name), getattr(other, name)
        if second is None:
            assert first is None
        else:
            pd.testing.assert_frame_equal(first, second, check_exact=True)
    assert one.model == other.model
    assert without_notes(one.quality) == without_notes(other.quality)
    counts = [
        {name: {key: value for key, value in entry.items() if key != "sha256"} for name, entry in each.manifest["inputs"].items()} for each in (one, other)
    ]
    assert counts[0] == counts[1]


def without_notes(quality):
    return {**quality, "registers": {name: {key: value for key, value in entry.items() if key != "notes"} for name, entry in quality["registers"].items()}}


# ---- small registers, any deliveries ----

FIELDS = ("national_number", "first_names", "surname", "sex", "birth_date", "parent", "street", "house_number", "postcode", "municipality")


def pool(size=60):
    """Rows as a source would write them, each with what may become of it in a list."""
    table = large_register(7, size)[list(FIELDS)].astype(object)
    date = table["birth_date"].astype(int)
    table["birth_date"] = [f"{each // 10_000}-{each // 100 % 100:02}-{each % 100:02}" for each in date]
    return table.where(table.notna(), None)


ROWS = pool()
ROLES = {"births": "births", "list_1": "enrolments", "list_2": "enrolments"}


@dataclass
class Registers:
    """The registers as they stand, kept the plain way."""

    tables: dict[str, pd.DataFrame]

    def deliver(self, name, delivered, removed):
        table = self.tables[name]
        gone = {*delivered["id"], *removed}
        self.tables[name] = pd.concat([table[~table["id"].isin(gone)], delivered], ignore_index=True)


def rows(ids):
    """Rows of the pool under some ids; an id is a person and how its record is spelt."""
    picked = ROWS.iloc[[number for number, _ in ids]].reset_index(drop=True)
    picked.insert(0, "id", [each for _, each in ids])
    return picked


@st.composite
def steps(draw):
    """Deliveries of one or several registers: new ids, known ids with another content, ids to remove."""
    made = []
    for _ in range(draw(st.integers(1, 3))):
        step = {}
        for name in draw(st.lists(st.sampled_from(list(ROLES)), min_size=1, max_size=3, unique=True)):
            ids = draw(st.lists(st.integers(0, 70), max_size=6, unique=True))
            delivered = [(draw(st.integers(0, len(ROWS) - 1)), f"{name[-1]}{number}") for number in ids]
            removed = [f"{name[-1]}{number}" for number in draw(st.lists(st.integers(0, 50), max_size=3, unique=True))]
            step[name] = (delivered, removed)
        made.append(step)
    return made


def configuration(**linkage):
    registers = {name: {"role": role, "columns": {each: each for each in ("id", *FIELDS)}} for name, role in ROLES.items()}
    registers["list_2"]["columns"].pop("postcode")
    return parse_config({"registers": registers, "linkage": linkage})


@pytest.fixture
def clear_frequencies(monkeypatch):
    """Bounds of the frequency classes that a few records cross."""
    monkeypatch.setattr(columns, "FREQUENCY_BOUNDS", (0.12, 0.09, 0.07, 0.05))
    monkeypatch.setattr(columns, "POSTCODE_BOUND", 0.17)


@pytest.mark.usefixtures("clear_frequencies")
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deliveries=steps(), max_block=st.sampled_from([2, 3, 400]))
def test_any_deliveries_give_what_a_run_of_everything_gives(deliveries, max_block, tmp_path):
    config = configuration(max_block=max_block)
    known = Registers({name: rows([(number, f"{name[-1]}{number}") for number in range(start, start + 30)]) for start, name in enumerate(ROLES)})
    folder = tmp_path / "standing"
    shutil.rmtree(folder, ignore_errors=True)
    assert_same(kleuterlink.keep(config, folder, frames=known.tables), kleuterlink.run(config, frames=known.tables))
    for step in deliveries:
        frames, removed = {}, {}
        for name, (delivered, wanted) in step.items():
            there = set(known.tables[name]["id"])
            gone = [each for each in wanted if each in there]
            known.deliver(name, rows(delivered), gone)
            if delivered:
                frames[name] = rows(delivered)
            removed[name] = gone
        try:
            expected = kleuterlink.run(config, frames=known.tables)
        except NothingLinkedError:
            with pytest.raises(NothingLinkedError):
                kleuterlink.update(folder, frames, removed=removed)
            return
        assert_same(kleuterlink.update(folder, frames, removed=removed), expected)


# ---- registers of 5,000 children, and what goes wrong ----


@pytest.fixture(scope="module")
def registers():
    return synthetic.make_registers(5_000, seed=11, applications=True)


@pytest.fixture(scope="module")
def config(registers, tmp_path_factory):
    return load_config(synthetic.write_sample(tmp_path_factory.mktemp("sample"), registers, applications=True))


@pytest.fixture(scope="module")
def parted(registers):
    """The enrolments without one in forty, which are delivered later."""
    later = np.arange(len(registers.enrolments)) % 40 == 7
    return registers.enrolments[~later].reset_index(drop=True), registers.enrolments[later].reset_index(drop=True)


@pytest.fixture(scope="module")
def kept(config, parted, tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept") / "standing"
    return folder, kleuterlink.keep(config, folder, frames={"pupils_nl": parted[0]})


@pytest.fixture
def standing(kept, tmp_path):
    shutil.copytree(kept[0], tmp_path / "standing")
    return tmp_path / "standing"


def without(table, ids):
    return table[~table.iloc[:, 0].isin(set(ids))]


def test_a_kept_run_is_a_run(config, parted, kept):
    assert_same(kept[1], kleuterlink.run(config, frames={"pupils_nl": parted[0]}))


def test_deliveries_of_every_kind_day_by_day(config, registers, parted, standing):
    old, later = parted
    respelt = old.iloc[:60].assign(voornaam=old["voornaam"].iloc[60:120].to_numpy())
    gone = old["stamnummer"].iloc[200:240].tolist()
    assert len(later) > 50
    day = pd.concat([later, respelt])
    enrolments = pd.concat([without(old, [*day["stamnummer"], *gone]), day])
    assert_same(kleuterlink.update(standing, {"pupils_nl": day}, removed={"pupils_nl": gone}), kleuterlink.run(config, frames={"pupils_nl": enrolments}))
    # The next day: some births move, some are new, applicants come, and nothing changes in the lists.
    births = registers.births
    moved = births.iloc[:40].assign(postcode=births["postcode"].iloc[40:80].to_numpy())
    born = births.iloc[80:100].assign(kg_id=[f"K9{number}" for number in range(20)])
    applied = registers.applications.iloc[:10].assign(aanvraagnummer=[f"A9{number}" for number in range(10)])
    later_births = pd.concat([without(births, moved["kg_id"]), moved, born])
    frames = {"births": later_births, "pupils_nl": enrolments, "applicants": pd.concat([registers.applications, applied])}
    again = kleuterlink.update(standing, {"births": pd.concat([moved, born]), "applicants": applied})
    assert_same(again, kleuterlink.run(config, frames=frames))


def test_a_delivery_that_makes_a_heap_of_birth_dates(config, parted, standing):
    old, later = parted
    heap = pd.concat([later] * 2).assign(geboortedatum="01/01/2020", rijksregisternummer="")
    heap["stamnummer"] = [f"9{number:07}" for number in range(len(heap))]
    assert (old["geboortedatum"] == "01/01/2020").any()
    updated = kleuterlink.update(standing, {"pupils_nl": heap})
    assert_same(updated, kleuterlink.run(config, frames={"pupils_nl": pd.concat([old, heap])}))


def test_a_row_that_cannot_be_used_is_set_aside_and_the_standing_one_stays(parted, kept, standing):
    row = parted[0].iloc[[5]]
    nothing = row.assign(voornaam="", achternaam="", geboortedatum="", rijksregisternummer="")
    updated = kleuterlink.update(standing, {"pupils_nl": pd.concat([nothing, parted[1].iloc[:3]])})
    assert updated.rejected["row"].max() == len(parted[0]) + 1
    assert row["stamnummer"].iloc[0] in set(updated.enrolments["record_id"])
    assert updated.manifest["inputs"]["pupils_nl"]["rows_in"] == len(parted[0]) + 4
    assert updated.manifest["inputs"]["pupils_nl"]["sha256"] != kept[1].manifest["inputs"]["pupils_nl"]["sha256"]
    assert updated.manifest["inputs"]["births"] == kept[1].manifest["inputs"]["births"]


def test_ids_that_are_not_there_are_counted(parted, standing, tmp_path):
    ids = tmp_path / "gone.csv"
    pd.DataFrame({"stamnummer": [parted[0]["stamnummer"].iloc[3], "none", "of these"]}).to_csv(ids, index=False)
    updated = kleuterlink.update(standing, {}, removed={"pupils_nl": ids})
    assert "pupils_nl: 2 of 3 records that were to go are not there" in updated.quality["warnings"]
    assert updated.quality["registers"]["pupils_nl"]["used"] == len(parted[0]) - 1


def state_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize(
    "case",
    [
        ({"pupils": None}, {}, ConfigError, "pupils: is no register that records can be delivered of; these are: births, pupils_nl"),
        ({"pupils_nl": "twice"}, {}, DuplicateIdError, "stands on more than one row"),
        ({"pupils_nl": "further"}, {}, InputError, "a column for education, which the standing register lacks"),
        ({"pupils_nl": "missing.csv"}, {}, InputError, "there is no such file"),
        ({}, {"applicants": "all"}, InputError, "no record would be left"),
        ({"pupils_nl": "strangers"}, {"pupils_nl": "pupils"}, NothingLinkedError, "births link with its 1 records"),
    ],
)
def test_what_cannot_be_done_leaves_the_folder_as_it_was(case, registers, parted, standing):
    delivered, removed, error, says = case
    row = parted[1].iloc[[0]]
    stranger = row.assign(voornaam="ZEBEDEUS", achternaam="QUACKELBEEN", geboortedatum="03/03/2019", rijksregisternummer="", postcode="8999", adres="")
    tables = {"twice": pd.concat([row, row]), "further": row.assign(hoofdstructuur="gewoon"), "strangers": stranger, None: row}
    ids = {"all": registers.applications["aanvraagnummer"].tolist(), "pupils": parted[0]["stamnummer"].tolist()}
    frames = {name: tables.get(each, each) for name, each in delivered.items()}
    before = state_of(standing)
    with pytest.raises(error, match=re.escape(says)):
        kleuterlink.update(standing, frames, removed={name: ids[each] for name, each in removed.items()})
    assert state_of(standing) == before


def test_a_later_date_may_be_asked_for_and_another_linkage_not(config, parted, standing):
    later = config.model_copy(update={"run": config.run.model_copy(update={"as_of": dt.date(2024, 3, 1)})})
    updated = kleuterlink.update(standing, {"pupils_nl": parted[1]}, config=later)
    assert set(updated.not_found["as_of"]) == {"2024-03-01"}
    other = config.model_copy(update={"linkage": config.linkage.model_copy(update={"max_block": 100})})
    with pytest.raises(ConfigError, match="differs from the standing run's in linkage; run and keep again"):
        kleuterlink.update(standing, {"pupils_nl": parted[1]}, config=other)


def test_what_another_version_kept_or_what_was_changed_is_refused(standing, tmp_path):
    index = json.loads((standing / "standing.json").read_text())
    with pytest.raises(InputError, match=r"holds no standing run; make one with `kleuterlink run CONFIG --keep"):
        kleuterlink.update(tmp_path / "nowhere", {})
    for changes, says in (({"kleuterlink": "0.0.1"}, "was kept by kleuterlink 0.0.1"), ({"hashes": {}}, "are not those that it was made of")):
        (standing / "standing.json").write_text(json.dumps(index | changes))
        with pytest.raises(InputError, match=says):
            kleuterlink.update(standing, {})


def test_what_cannot_be_kept_is_refused(config, tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(OutputError, match="holds files and no standing run"):
        kleuterlink.keep(config, tmp_path)
    for part, change, says in (
        ("linkage", {"model": "model.json"}, "trains its own model"),
        ("engine", {"name": "reference"}, "only the local engine"),
        ("engine", {"memory_limit": "8GB"}, "leave memory_limit out"),
    ):
        other = config.model_copy(update={part: getattr(config, part).model_copy(update=change)})
        with pytest.raises(ConfigError, match=says):
            kleuterlink.keep(other, tmp_path / "other")


def test_the_folder_holds_what_its_index_names_and_no_more(parted, standing):
    kleuterlink.update(standing, {"pupils_nl": parted[1].iloc[:5]})
    kleuterlink.update(standing, {"pupils_nl": parted[1].iloc[5:9]})
    index = json.loads((standing / "standing.json").read_text())
    assert index["generation"] == 3
    assert {path.name for path in standing.iterdir()} == {"standing.json", *index["files"].values()}


def test_of_two_updates_at_a_time_the_later_one_is_refused(parted, standing):
    def meanwhile(stage, _share):
        if stage == "evaluate":
            kleuterlink.update(standing, {"pupils_nl": parted[1].iloc[:5]})

    before = parted[0]["stamnummer"].count()
    with pytest.raises(OutputError, match="another run was kept in it meanwhile; repeat the delivery"):
        kleuterlink.update(standing, {"pupils_nl": parted[1].iloc[5:9]}, progress=meanwhile)
    index = json.loads((standing / "standing.json").read_text())
    assert index["registers"]["pupils_nl"]["rows_in"] == before + 5
    assert {path.name for path in standing.iterdir()} == {"standing.json", *index["files"].values()}


def test_the_commands_write_what_a_run_of_everything_writes(config, parted, tmp_path):
    old, later = parted
    base = tmp_path / "sample"
    shutil.copytree(config.base, base)
    form = {"sep": ";", "index": False, "encoding": "latin-1"}
    old.to_csv(base / "enrolments.csv", **form)
    later.to_csv(tmp_path / "new.csv", **form)
    assert cli.main(["run", str(base / "run.toml"), "--out", str(tmp_path / "first"), "--keep", str(tmp_path / "standing"), "--quiet"]) == 0
    command = ["update", str(tmp_path / "standing"), "--list", "pupils_nl", str(tmp_path / "new.csv"), "--out", str(tmp_path / "updated"), "--quiet"]
    assert cli.main(command) == 0
    pd.concat([old, later]).to_csv(base / "enrolments.csv", **form)
    assert cli.main(["run", str(base / "run.toml"), "--out", str(tmp_path / "whole"), "--quiet"]) == 0
    for name in ("not_found.csv", "links.parquet", "children.parquet", "candidates.parquet", "enrolments.parquet", "applications.parquet", "model.json"):
        assert (tmp_path / "updated" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name


# ---- one record ----


def fields_of(row):
    return {
        "first_names": row["voornaam"],
        "surname": row["achternaam"],
        "sex": row["geslacht"],
        "national_number": row["rijksregisternummer"],
        "birth_date": "-".join(reversed(row["geboortedatum"].split("/"))),
        "address": row["adres"],
        "postcode": row["postcode"],
        "municipality": row["gemeente"],
    }


@pytest.fixture(scope="module")
def asked(kept):
    return kleuterlink.Standing(kept[0])


def test_a_record_of_the_list_has_the_weight_that_it_has_in_the_run(asked, parted, kept):
    links = kept[1].links
    sure = links[(links["register"] == "pupils_nl") & (links["decision"] == "link") & ~links["blocking_rules"].str.contains("second_look|same_pupil")]
    rows = parted[0].set_index("stamnummer")
    levels = [name for name in sure if name.startswith("level_")]
    for link in sure.iloc[::60].to_dict("records"):
        best = asked.score(fields_of(rows.loc[link["record_id"]])).candidates[0]
        assert best.child_id == link["child_id"]
        assert best.match_weight == pytest.approx(link["match_weight"], abs=1e-9)
        assert ";".join(best.blocking_rules) == link["blocking_rules"]
        assert [best.levels[name.removeprefix("level_")] is None for name in levels if name.removeprefix("level_") in best.levels] == [
            link[name] < 0 for name in levels if name.removeprefix("level_") in best.levels
        ]


def test_new_records_find_their_child(asked, registers, parted):
    truth = registers.matches[registers.matches["register"] == "pupils_nl"].set_index("record_id")["child_id"]
    right = []
    for row in parted[1].to_dict("records"):
        found = asked.score(fields_of(row))
        assert found.p_none + sum(each.match_probability for each in found.candidates) <= 1 + 1e-9
        best = found.candidates[0].child_id if found.p_none < 0.5 else None
        right.append(best == truth.get(row["stamnummer"]))
    assert np.mean(right) > 0.95


def test_a_child_that_is_nobody_s_is_none_of_the_births(asked):
    nobody = asked.score({"first_names": "Zebedeus", "surname": "Quackelbeen", "birth_date": "2019-03-03", "sex": "M", "postcode": "8999"})
    assert nobody.p_none > 0.9
    lonely = asked.score({"first_names": "Zebedeus", "surname": "Quackelbeen"})
    assert lonely == Candidates((), 1.0)


def test_what_cannot_be_scored_is_refused(asked):
    for record, options, error, says in (
        ({"given_name": "x"}, {}, ConfigError, "unknown field given_name; known fields: national_number, first_names"),
        ({"postcode": "1000"}, {}, InputError, "the record has nothing to link on; give at least one of national_number"),
        ({"surname": "Maes"}, {"register": "births"}, ConfigError, "births: is no list of the standing run; its lists are pupils_nl, pupils_fr"),
    ):
        with pytest.raises(error, match=says):
            asked.score(record, **options)
