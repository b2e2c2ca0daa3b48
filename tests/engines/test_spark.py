"""The Spark engine against the local one: the same pairs, rules, reports, levels and files. Spark runs in this process's own JVM."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import strategies
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import functions

import kleuterlink
from kleuterlink import assign, block, compare, synthetic
from kleuterlink.config import EngineConfig, load_config, parse_config
from kleuterlink.engines import spark
from kleuterlink.engines.spark import engine
from kleuterlink.engines.spark.pairs import Crowds, join, meetings
from kleuterlink.errors import ConfigError, InputError, MissingColumnError
from kleuterlink.linkage.candidates import PairsHere
from kleuterlink.publish import write_outputs
from kleuterlink.tables import Pairs

pytestmark = pytest.mark.xdist_group("spark")  # one JVM for all of them

RULES = [*block.DEFAULT_RULES, *block.LOOSE_RULES, *((name,) for name in strategies.EXTRAS)]
SETTINGS = {"spark.sql.shuffle.partitions": "2", "spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
"""Few partitions, as there are few records; no address but this machine's own."""

NO_COLUMNS = {"columns": {"id": "id"}}

TABLES = ("links.parquet", "candidates.parquet", "children.parquet", "enrolments.parquet", "not_found.csv", "rejected.csv", "quality.json", "model.json")


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spark")
    session = spark.open_session(EngineConfig(name="spark", master="local[2]", spark=SETTINGS | {"spark.sql.warehouse.dir": str(folder)}))
    yield session
    session.stop()


def on_spark(config, **further):
    return config.model_copy(update={"engine": EngineConfig(name="spark", master="local[2]", **further)})


def assert_same(left, right, keys, *, max_block, same=False):
    rules = block.rules_of(keys, left, right, strategies.EXTRAS)
    if not rules:
        return
    frequencies = compare.frequencies([left, right])
    tools = spark.open_engine(EngineConfig(name="spark"), [left, right], frequencies, strategies.EXTRAS)
    made, reports = tools.candidate_pairs(left, right, rules, max_block=max_block, same=same)
    expected, expected_reports = block.candidate_pairs(left, right, rules, max_block=max_block, same=same)
    for name in ("left", "right", "rules"):
        np.testing.assert_array_equal(getattr(made, name), getattr(expected, name))
        assert getattr(made, name).dtype == getattr(expected, name).dtype
    assert reports == expected_reports
    rows = np.flatnonzero(np.arange(len(made)) % 3 > 0)
    compared = tools.compare(left, right, made.take(rows), frequencies, extras=strategies.EXTRAS)
    plain = compare.compare(left, right, expected.take(rows), frequencies, extras=strategies.EXTRAS)
    assert compared.comparisons == plain.comparisons
    np.testing.assert_array_equal(compared.code, plain.code)
    assert compared.code.dtype == plain.code.dtype


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(registers=strategies.registers(), keys=st.lists(st.sampled_from(RULES), min_size=1, max_size=5, unique=True), max_block=st.sampled_from([2, 3, 400]))
def test_the_same_pairs_and_levels(session, registers, keys, max_block):
    assert_same(*registers, keys, max_block=max_block)


@pytest.mark.parametrize("max_block", [3, 400])
def test_the_same_pairs_and_levels_of_larger_registers(session, max_block):
    left, right = strategies.encoded(strategies.large_register(1, 90), strategies.large_register(2, 70))
    assert_same(left, right, RULES, max_block=max_block)


def test_the_same_pairs_and_levels_within_a_register(session):
    (register,) = strategies.encoded(strategies.large_register(3, 80))
    assert_same(register, register, RULES, max_block=3, same=True)


def test_one_value_that_everybody_has_is_split_as_it_is_locally(session):
    crowd = [{"surname": "Peeters", "sex": "M", "birth_date": 20190301 + at % 3, "house_number": str(at % 4)} for at in range(60)]
    left, right = strategies.encoded(crowd, crowd)
    assert_same(left, right, [("surname",), ("sex",)], max_block=5)


@pytest.fixture
def as_a_cluster_joins(session):
    """Have Spark shuffle what it would broadcast, and count the pairs of each of eight tasks."""
    stated = {"spark.sql.autoBroadcastJoinThreshold": "-1", "spark.sql.adaptive.coalescePartitions.enabled": "false", "spark.sql.shuffle.partitions": "8"}
    before = {name: session.conf.get(name) for name in stated}
    for name, value in stated.items():
        session.conf.set(name, value)
    yield
    for name, value in before.items():
        session.conf.set(name, value)


@pytest.mark.usefixtures("as_a_cluster_joins")
def test_a_block_that_no_key_splits_is_spread_over_the_tasks_of_a_join(session):
    chance = np.random.default_rng(5)
    few = [{"surname": surname} for surname in chance.choice(["Maes", "Claes", "Jacobs", "Mertens"], 60)]
    crowd = [{"surname": "Peeters"}]
    left, right = strategies.encoded([*crowd * 300, *few], [*few, *crowd * 250])
    rules = block.rules_of([("surname",)], left, right)
    tools = spark.open_engine(EngineConfig(name="spark"), [left, right], compare.frequencies([left, right]), {})
    (splits,) = join(session, tools.broadcast, (left, right), rules, 20).splits
    tasks = [tasks_of(session, tools, (left, right), each) for each in (replace(splits, crowds=Crowds()), splits)]
    assert sum(tasks[0]) == sum(tasks[1]) > 300 * 250
    assert max(tasks[0]) >= 300 * 250, "one task has it all"
    assert max(tasks[1]) < 2 * np.median(tasks[1]), "no task has much more than another"
    assert_same(left, right, [("surname",)], max_block=2)  # more parts than a side may have


def tasks_of(session, tools, sides, splits):
    """Return how many pairs each task of a join makes."""
    counted = meetings(session, tools.broadcast, sides, [splits]).groupBy(functions.spark_partition_id()).count()
    return counted.toArrow().column("count").to_pylist()


def test_a_register_without_records(session):
    left, right = strategies.encoded(strategies.large_register(1, 5), strategies.large_register(2, 0))
    assert_same(left, right, RULES, max_block=400)


@pytest.mark.parametrize("sizes", [(60, 50), (5, 0)])
def test_patterns_are_counted_without_the_pairs_that_are_left_out(session, sizes):
    left, right = strategies.encoded(*(strategies.large_register(seed, size) for seed, size in enumerate(sizes, 1)))
    rules, frequencies = block.rules_of(RULES, left, right, strategies.EXTRAS), compare.frequencies([left, right])
    pairs, _ = block.candidate_pairs(left, right, rules, max_block=3)
    others = np.arange(len(pairs)) % 3 == 0
    expected = compare.compare(left, right, pairs.take(~others), frequencies, extras=strategies.EXTRAS).counted()
    tools = spark.open_engine(EngineConfig(name="spark"), [left, right], frequencies, strategies.EXTRAS)
    made = tools.pattern_counts(left, right, rules, (pairs.left * np.int64(right.size) + pairs.right)[others], max_block=3)
    assert made.comparisons == expected.comparisons
    np.testing.assert_array_equal(made.code, expected.code)
    np.testing.assert_array_equal(made.pairs, expected.pairs)
    assert made.pairs.sum() == len(pairs) - others.sum()
    with pytest.raises(ConfigError, match="there must be 1 to 32"):
        tools.pattern_counts(left, right, [], np.zeros(0, np.int64))


@pytest.mark.parametrize("sizes", [(90, 70), (5, 0)])
def test_pairs_that_stay_in_the_executors_are_counted_and_sifted_as_pairs_here_are(session, sizes):
    left, right = strategies.encoded(*(strategies.large_register(seed, size) for seed, size in enumerate(sizes, 1)))
    rules, frequencies = block.rules_of(RULES, left, right, strategies.EXTRAS), compare.frequencies([left, right])
    pairs, expected_reports = block.candidate_pairs(left, right, rules, max_block=20)
    here = PairsHere(pairs, compare.compare(left, right, pairs, frequencies, extras=strategies.EXTRAS), sizes)
    tools = spark.open_engine(EngineConfig(name="spark"), [left, right], frequencies, strategies.EXTRAS)
    there, reports = tools.held_pairs(left, right, rules, max_block=20)
    assert reports == expected_reports
    assert there.counts.comparisons == here.counts.comparisons
    for name in ("code", "pairs"):
        np.testing.assert_array_equal(getattr(there.counts, name), getattr(here.counts, name))
    chance = np.random.default_rng(1)
    odds = np.exp(chance.normal(-8, 12, len(here.counts.code)))
    some, flags = (each.sift(odds) for each in (there, here)), [chance.random(size) < 0.2 for size in (*sizes, len(odds))]
    made, expected = ((each.possible, each.others(*flags)) for each in some)
    for (chosen, code), (expected_chosen, expected_code) in zip(made, expected, strict=True):
        np.testing.assert_array_equal(code, expected_code)
        for name in ("left", "right", "rules"):
            np.testing.assert_array_equal(getattr(chosen, name), getattr(expected_chosen, name))
            assert getattr(chosen, name).dtype == getattr(expected_chosen, name).dtype
    assert not len(pairs) or 0 < len(expected[0][1]) < len(pairs) > len(expected[1][1]) > 0
    with pytest.raises(ConfigError, match="there must be 1 to 32"):
        tools.held_pairs(left, right, [])


def test_pairs_that_were_made_on_the_driver_are_compared_in_the_executors_too(session, monkeypatch):
    left, right = strategies.encoded(strategies.large_register(1, 40), strategies.large_register(2, 30))
    rows = np.random.default_rng(1).permutation(1_200)
    pairs = Pairs((rows // 30).astype(np.int32), (rows % 30).astype(np.int32), np.zeros(1_200, np.uint32))
    frequencies = compare.frequencies([left, right])
    tools = spark.open_engine(EngineConfig(name="spark"), [left, right], frequencies, strategies.EXTRAS)
    monkeypatch.setattr(engine, "FEW", 0)
    made = tools.compare(left, right, pairs, frequencies, extras=strategies.EXTRAS)
    expected = compare.compare(left, right, pairs, frequencies, extras=strategies.EXTRAS)
    assert made.comparisons == expected.comparisons
    np.testing.assert_array_equal(made.code, expected.code)
    for rules in ([], block.rules_of([("sex",)], left, right) * 33):
        with pytest.raises(ConfigError, match="there must be 1 to 32"):
            tools.candidate_pairs(left, right, rules)


def assert_same_files(config, folder):
    write_outputs(kleuterlink.run(config), folder / "local")
    write_outputs(kleuterlink.run(on_spark(config, spark={"spark.hadoop.fs.s3a.secret.key": "a password"})), folder / "spark")
    assert "a password" not in (folder / "spark" / "manifest.json").read_text(encoding="utf-8")
    for name in TABLES:
        assert (folder / "spark" / name).read_bytes() == (folder / "local" / name).read_bytes(), name


def test_the_files_of_20_000_children_are_the_same_to_the_byte(session, tmp_path):
    assert_same_files(load_config(synthetic.write_sample(tmp_path, synthetic.make_registers(20_000, seed=2))), tmp_path)


@pytest.mark.slow
def test_the_files_of_300_000_children_are_the_same_to_the_byte(session, tmp_path):
    assert_same_files(load_config(synthetic.write_sample(tmp_path, synthetic.make_registers(300_000, seed=1))), tmp_path)


@pytest.fixture(scope="module")
def births():
    chance = np.random.default_rng(7)
    first, last = chance.choice(["Lotte", "Adam", "Noor", "Yusuf", "Mila"], 300), chance.choice(["Maes", "Peeters", "El Amrani", "De Clercq"], 300)
    days = pd.Timestamp("2019-01-01") + pd.to_timedelta(chance.integers(0, 365, 300), "D")
    return pd.DataFrame({"id": [f"K{at:03}" for at in range(300)], "Voornaam": first, "surname": last, "birth_date": days.date, "not used": 1})


def test_registers_from_parquet_folders_and_spark_tables_and_results_as_spark_tables(session, births, tmp_path):
    (tmp_path / "births").mkdir()
    for part, rows in enumerate((slice(0, 150), slice(150, 300))):
        pq.write_table(pa.Table.from_pandas(births.iloc[rows], preserve_index=False), tmp_path / "births" / f"{part}.parquet")
    session.createDataFrame(pa.Table.from_pandas(births.iloc[20:], preserve_index=False)).createOrReplaceTempView("pupils")
    columns = {"id": "id", "first_names": "voornaam", "surname": "surname", "birth_date": "birth_date"}
    registers = {
        "births": {"role": "births", "path": "births", "columns": columns},
        "pupils": {"role": "enrolments", "table": "pupils", "columns": columns},
        "again": {"role": "enrolments", "table": f"parquet.`{tmp_path}/births`", "columns": columns},
    }
    engine_ = {"name": "spark", "output_tables": "made_"}
    config = parse_config({"registers": registers, "engine": engine_}, base=tmp_path)
    result = kleuterlink.run(config)
    frames = {"births": births, "pupils": births.iloc[20:], "again": births}
    expected = kleuterlink.run(
        parse_config({"registers": {name: {"role": each["role"], "columns": columns} for name, each in registers.items()}}), frames=frames
    )
    pd.testing.assert_frame_equal(result.links, expected.links)
    written = spark.write_tables(result, config)
    assert written == ["made_links", "made_candidates", "made_children", "made_not_found", "made_rejected"]
    assert session.table("made_links").toPandas().sort_values(["child_id", "register"], ignore_index=True).to_dict() == result.links.to_dict()
    spark.write_tables(result, config)
    assert session.table("made_children").count() == 300
    assert spark.write_tables(result, parse_config({"registers": registers})) == []


def test_a_table_that_spark_cannot_read_is_told_by_its_register(session, births):
    registers = {"births": {"role": "births", "columns": {"id": "id", "surname": "surname"}}, "pupils": {"role": "enrolments", "table": "none_such"}}
    registers["pupils"]["columns"] = {"id": "id", "surname": "naam"}
    with pytest.raises(InputError, match=r"pupils \(none_such\): Spark cannot read it"):
        kleuterlink.run(parse_config({"registers": registers, "engine": {"name": "spark"}}), frames={"births": births})
    session.createDataFrame(pa.table({"id": ["1"], "surname": ["Maes"]})).createOrReplaceTempView("pupils_without")
    registers["pupils"]["table"] = "pupils_without"
    with pytest.raises(MissingColumnError, match="pupils: there is no column naam"):
        kleuterlink.run(parse_config({"registers": registers, "engine": {"name": "spark"}}), frames={"births": births})


def test_without_java_the_command_line_says_what_is_missing(births, tmp_path):
    births.to_csv(tmp_path / "births.csv", index=False)
    columns = '[registers.%s.columns]\nid = "id"\nsurname = "surname"\nbirth_date = "birth_date"\n'
    registers = "".join(f'[registers.{name}]\nrole = "{name}"\npath = "births.csv"\n{columns % name}' for name in ("births", "enrolments"))
    (tmp_path / "run.toml").write_text(registers + '[engine]\nname = "spark"\nmaster = "local[1]"\n', encoding="utf-8")
    bare = {name: value for name, value in os.environ.items() if name not in {"JAVA_HOME", "SPARK_HOME"}} | {"PATH": str(tmp_path)}
    told = subprocess.run([sys.executable, "-m", "kleuterlink.cli", "run", str(tmp_path / "run.toml")], env=bare, capture_output=True, text=True, check=False)
    assert told.returncode != 0
    assert "Spark does not start" in told.stderr
    assert "needs Java 17" in told.stderr


def test_the_same_decisions_component_by_component(session):
    chance = np.random.default_rng(3)
    left, right = chance.integers(0, 400, 2_000), chance.integers(0, 400, 2_000)
    probability = np.round(chance.random(2_000), 2) * (chance.random(2_000) < 0.4)
    decide = spark.decide_in_spark(parse_config({"registers": {"a": NO_COLUMNS | {"role": "births"}, "b": NO_COLUMNS | {"role": "enrolments"}}}))
    np.testing.assert_array_equal(decide(left, right, probability), assign.decide(left, right, probability))
    assert set(assign.decide(left, right, probability)) == {0, 1, 2}
    assert not decide(left, right, np.zeros(2_000)).any()


def test_a_table_of_spark_is_deduplicated_as_the_data_frame_is(session, births):
    twice = pd.concat([births, births.iloc[:40].assign(id=[f"L{at:02}" for at in range(40)])], ignore_index=True)
    session.createDataFrame(pa.Table.from_pandas(twice, preserve_index=False)).createOrReplaceTempView("twice")
    register = {"role": "births", "columns": {"id": "id", "first_names": "voornaam", "surname": "surname", "birth_date": "birth_date"}}
    blocking = {"blocking": [{"keys": ["birth_date"]}, {"keys": ["first_name", "surname"]}]}
    made = kleuterlink.deduplicate(config={"registers": {"people": register | {"table": "twice"}}, "engine": {"name": "spark"}, "linkage": blocking})
    expected = kleuterlink.deduplicate(twice, config={"registers": {"people": register}, "linkage": blocking})
    pd.testing.assert_frame_equal(made.clusters, expected.clusters)
    pd.testing.assert_frame_equal(made.pairs, expected.pairs)
    assert len(made.pairs) > 40
