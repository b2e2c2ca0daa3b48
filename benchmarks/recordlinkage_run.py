"""Link the registers of a kleuterlink configuration with the Python Record Linkage Toolkit: CSV files in, scored pairs out.

Run as a process of its own (`python -m benchmarks.recordlinkage_run CONFIG OUT.parquet`). Set up as its documentation advises for large
files: indexing by blocks (Splink's lean rules), Jaro-Winkler on names with a threshold, equality on the rest, on both cores, and the expectation
conditional maximisation classifier, which needs no training data.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import recordlinkage

from benchmarks.cleaning import read_registers
from benchmarks.goldenmatch_run import RULES
from kleuterlink.config import load_config

NAMES, EQUAL = ("first_name", "surname", "street"), ("national_number", "birth_date", "sex", "postcode", "house_number")
ALIKE = 0.85
"""Similarity from which on names agree."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--matches", type=Path, help="Parquet of true pairs (register, record_id, child_id): candidate recall is counted too")
    arguments = parser.parse_args()
    connection = duckdb.connect()
    read_registers(connection, load_config(arguments.config))
    births, lists = (connection.execute(f"select * from {name}").df().set_index("unique_id") for name in ("births", "lists"))
    pairs = index(births, lists)
    found: dict[str, object] = {"candidate_pairs": len(pairs), "cut": 0.0, "cut_name": "p >= 0.5"}
    if arguments.matches:
        matches = pd.read_parquet(arguments.matches)
        true = pd.MultiIndex.from_arrays(["births|" + matches["child_id"], matches["register"] + "|" + matches["record_id"]])
        found["candidate_recall"] = float(true.isin(pairs).mean())
    else:
        score(pairs, births, lists).to_parquet(arguments.out)
    arguments.out.with_suffix(".json").write_text(json.dumps(found), encoding="utf-8")


def index(births: pd.DataFrame, lists: pd.DataFrame) -> pd.MultiIndex:
    indexer = recordlinkage.Index()
    for rule in RULES:
        indexer.block(list(rule))
    return indexer.index(births, lists)


def score(pairs: pd.MultiIndex, births: pd.DataFrame, lists: pd.DataFrame) -> pd.DataFrame:
    """Compare and classify; scores are log-odds in bits."""
    compare = recordlinkage.Compare(n_jobs=os.cpu_count() or 1)
    for column in NAMES:
        compare.string(column, column, method="jarowinkler", threshold=ALIKE)
    for column in EQUAL:
        compare.exact(column, column)
    features = compare.compute(pairs, births, lists)
    classifier = recordlinkage.ECMClassifier()
    classifier.fit(features)
    chance = np.clip(classifier.prob(features).to_numpy(), 1e-15, 1 - 1e-15)
    birth, record = (pd.Series(features.index.get_level_values(level), dtype="string[pyarrow]").str.split("|", n=1, expand=True) for level in (0, 1))
    return pd.DataFrame({"register": record[0], "record_id": record[1], "child_id": birth[1], "score": np.log2(chance / (1 - chance))})


if __name__ == "__main__":
    main()
