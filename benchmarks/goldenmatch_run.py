"""Link the registers of a kleuterlink configuration with goldenmatch: CSV files in, scored pairs out.

Run as a process of its own (`python -m benchmarks.goldenmatch_run CONFIG OUT.parquet`). Births and lists are deduplicated as one
table, on the bucket backend with the native kernel: goldenmatch's mode for matching one file against another scores the same pairs, and took forty
times as long. Of the set-ups that were tried (`docs/peers.md`) this one had the fewest errors by the truth: an exact key for name and
date, then weighted similarities of all fields for pairs that share one of Splink's lean blocking rules.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import duckdb
import goldenmatch
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from goldenmatch.config.schemas import BlockingConfig, BlockingKeyConfig, GoldenMatchConfig, GoldenRulesConfig, MatchkeyConfig, MatchkeyField

from benchmarks.cleaning import read_registers, rule_recall
from kleuterlink.config import load_config

LOWEST, CUT = 0.45, 0.85
"""Pairs below the lowest score are not written; from the cut on goldenmatch's documentation links."""

RULES = [
    ("national_number",),
    ("first_name", "birth_date"),
    ("surname", "birth_date"),
    ("first_name", "surname", "birth_year"),
    ("birth_date", "postcode", "sex"),
    ("first_name", "postcode", "house_number"),
    ("surname", "postcode", "house_number"),
    ("birth_year", "postcode", "house_number"),
]

WEIGHTS = {
    "national_number": ("exact", 2.0),
    "first_name": ("jaro_winkler", 2.0),
    "surname": ("jaro_winkler", 2.0),
    "birth_date": ("levenshtein", 2.0),
    "street": ("jaro_winkler", 0.7),
    "postcode": ("exact", 0.7),
    "house_number": ("exact", 0.6),
    "sex": ("exact", 0.3),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--matches", type=Path, help="Parquet of true pairs (register, record_id, child_id): candidate recall is counted, and nothing linked")
    arguments = parser.parse_args()
    connection = duckdb.connect()
    read_registers(connection, load_config(arguments.config))
    found: dict[str, object] = {"cut": CUT, "cut_name": f"score >= {CUT}"}
    if arguments.matches:
        found |= {"candidate_pairs": candidates(connection), "candidate_recall": rule_recall(connection, RULES, arguments.matches)}
    else:
        pq.write_table(link(connection), arguments.out)
    arguments.out.with_suffix(".json").write_text(json.dumps(found), encoding="utf-8")


def link(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Score the pairs; return those of a birth and a list record."""
    records = connection.sql("""
        select unique_id, national_number, first_name, surname, strftime(birth_date, '%Y-%m-%d') as birth_date, sex, house_number, street, postcode,
            birth_year::varchar as birth_year
        from (select * from births union all by name select * from lists)
    """).to_arrow_table()
    result = goldenmatch.dedupe_df(records, config=configuration(), exclude_columns=["unique_id"])
    pairs = np.array(result.scored_pairs, dtype=np.float64).reshape(-1, 3)
    births = connection.table("births").count("*").fetchall()[0][0]
    rows = pairs[:, :2].astype(np.int64)
    child, record = rows.min(axis=1), rows.max(axis=1)
    across = (child < births) & (record >= births)
    ids = pd.Series(records["unique_id"].to_pandas(), dtype="string[pyarrow]").str.split("|", n=1, expand=True).to_numpy(dtype=object)
    made = pd.DataFrame({"register": ids[record[across], 0], "record_id": ids[record[across], 1], "child_id": ids[child[across], 1], "score": pairs[across, 2]})
    return pa.Table.from_pandas(made.groupby(["register", "record_id", "child_id"], as_index=False, sort=False)["score"].max(), preserve_index=False)


def configuration() -> GoldenMatchConfig:
    exact = [MatchkeyField(field=field) for field in ("first_name", "surname", "birth_date")]
    fields = [MatchkeyField(field=field, scorer=scorer, weight=weight) for field, (scorer, weight) in WEIGHTS.items()]
    keys = [MatchkeyConfig(name="names", type="exact", fields=exact), MatchkeyConfig(name="person", type="weighted", threshold=LOWEST, fields=fields)]
    passes = [BlockingKeyConfig(fields=list(rule)) for rule in RULES]
    blocking = BlockingConfig(strategy="multi_pass", keys=passes[:1], passes=passes)
    # Pairs are judged by their scores, down to low ones. Taking apart the clusters that these make would take most of the time.
    whole = GoldenRulesConfig(default_strategy="first_non_null", auto_split=False, max_cluster_size=1_000_000_000)
    return GoldenMatchConfig(matchkeys=keys, blocking=blocking, golden_rules=whole, backend="bucket")


def candidates(connection: duckdb.DuckDBPyConnection) -> int:
    """Count the pairs that the rules make, those within a register included: goldenmatch compares them too."""
    connection.execute("create table every as select row_number() over () as row, * from (select * from births union all by name select * from lists)")
    made = [f"select a.row as one, b.row as other from every a join every b using ({', '.join(rule)}) where a.row < b.row" for rule in RULES]
    counted: int = connection.execute(f"select count(*) from ({' union '.join(made)})").fetchall()[0][0]
    return counted


if __name__ == "__main__":
    main()
