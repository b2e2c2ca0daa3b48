"""Link the registers of a kleuterlink configuration with Splink: CSV files in, scored pairs out.

Run as a process of its own (`python -m benchmarks.splink_run CONFIG OUT.parquet`), so that time and memory can be measured.
Set up as Splink's documentation advises: cleaned columns, `link_only`, comparisons from its library with term
frequencies, the prior from deterministic rules, u from random pairs, m from EM sessions that block on different columns.
"""

from __future__ import annotations

import argparse
import json
import logging
from pathlib import Path

import duckdb
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from benchmarks.cleaning import read_registers
from kleuterlink.config import load_config

LOWEST_WEIGHTS = {"few": -25.0, "many": -20.0}
"""Pairs below this match weight (bits, prior included) are not written; the cuts of interest lie above."""

SWAPPED = "l.first_name = r.surname and l.surname = r.first_name"

RULES = {
    "few": [
        block_on("national_number"),
        block_on("first_name", "birth_date"),
        block_on("surname", "birth_date"),
        SWAPPED,
        block_on("first_name", "surname", "birth_year"),
        block_on("birth_date", "postcode", "sex"),
        block_on("first_name", "postcode", "house_number"),
        block_on("surname", "postcode", "house_number"),
        block_on("birth_year", "postcode", "house_number"),
    ],
    "many": [
        block_on("national_number"),
        block_on("birth_date"),
        block_on("first_name", "surname"),
        SWAPPED,
        block_on("first_name", "postcode", "birth_year"),
        block_on("surname", "postcode"),
        block_on("postcode", "house_number"),
    ],
}
"""Blocking rules that make few pairs, as kleuterlink's own do, and rules that make many, for the sake of recall."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rules", choices=tuple(RULES), default="few", help="blocking rules that make few pairs or many (default: %(default)s)")
    parser.add_argument("--matches", type=Path, help="Parquet of true pairs (register, record_id, child_id): candidate recall is counted")
    parser.add_argument("--max-pairs", type=float, default=1e7, help="random pairs to estimate u from")
    arguments = parser.parse_args()
    logging.getLogger("splink").setLevel(logging.WARNING)
    connection = duckdb.connect()
    config = load_config(arguments.config)
    read_registers(connection, config)
    linker = train(connection, settings(arguments.rules), arguments.max_pairs)
    blocked = linker.inference.compute_blocked_pairs_for_predict()
    predictions = linker.inference.predict(threshold_match_weight=LOWEST_WEIGHTS[arguments.rules])
    write_pairs(connection, predictions.physical_name, arguments.out)
    made = connection.table(blocked.physical_name).count("*").fetchall()[0][0]
    found: dict[str, object] = {"candidate_pairs": made, "cut": 0.0, "cut_name": "p >= 0.5"}
    if arguments.matches:
        found["candidate_recall"] = candidate_recall(connection, blocked.physical_name, arguments.matches)
    arguments.out.with_suffix(".json").write_text(json.dumps(found), encoding="utf-8")


def candidate_recall(connection: duckdb.DuckDBPyConnection, blocked: str, matches: Path) -> float:
    """Return the share of the true pairs that blocking made; a join key is the table, `-__-` and the id."""
    counted = connection.execute(f"""
        with made as (select distinct split_part(join_key_l, '-__-', 2) as birth, split_part(join_key_r, '-__-', 2) as record from {blocked}),
            matched as (select 'births|' || child_id as birth, register || '|' || record_id as record from read_parquet('{matches}'))
        select count(made.birth) / count(*) from matched left join made using (birth, record)
    """).fetchall()
    return float(counted[0][0])


def settings(rules: str) -> SettingsCreator:
    """Return the best of the set-ups that were tried: others did worse on these registers, by the truth."""
    return SettingsCreator(
        link_type="link_only",
        blocking_rules_to_generate_predictions=RULES[rules],
        comparisons=[
            cl.ExactMatch("national_number"),
            cl.NameComparison("first_name").configure(term_frequency_adjustments=True),
            cl.NameComparison("surname").configure(term_frequency_adjustments=True),
            cl.DateOfBirthComparison("birth_date", input_is_string=False, datetime_thresholds=[1, 1], datetime_metrics=["month", "year"]),
            cl.ExactMatch("sex"),
            # One comparison for the whole address: its parts depend on one another.
            cl.CustomComparison(
                output_column_name="address",
                comparison_levels=[
                    cll.And(cll.NullLevel("postcode"), cll.NullLevel("house_number")),
                    cll.And(cll.ExactMatchLevel("postcode"), cll.ExactMatchLevel("house_number"), cll.JaroWinklerLevel("street", 0.88)),
                    cll.And(cll.ExactMatchLevel("postcode"), cll.ExactMatchLevel("house_number")),
                    cll.ExactMatchLevel("postcode", term_frequency_adjustments=True),
                    cll.ExactMatchLevel("house_number"),
                    cll.ElseLevel(),
                ],
            ),
        ],
        retain_matching_columns=False,
    )


def train(connection: duckdb.DuckDBPyConnection, model: SettingsCreator, max_pairs: float) -> Linker:
    api = DuckDBAPI(connection)
    tables = [api.register(name) for name in ("births", "lists")]
    linker = Linker(tables, model, log_level=logging.WARNING)
    training = linker.training
    training.estimate_probability_two_random_records_match([block_on("national_number"), block_on("first_name", "surname", "birth_date")], recall=0.95)
    training.estimate_u_using_random_sampling(max_pairs=max_pairs, seed=1)
    for rule in (block_on("birth_date", "postcode"), block_on("national_number"), block_on("first_name", "surname")):
        training.estimate_parameters_using_expectation_maximisation(rule, estimate_without_term_frequencies=True)
    return linker


def write_pairs(connection: duckdb.DuckDBPyConnection, predictions: str, out: Path) -> None:
    connection.execute(f"""
        copy (
            select split_part(unique_id_r, '|', 1) as register, substr(unique_id_r, instr(unique_id_r, '|') + 1) as record_id,
                substr(unique_id_l, instr(unique_id_l, '|') + 1) as child_id, match_weight as score, match_probability
            from {predictions}
        ) to '{out}' (format parquet)""")


if __name__ == "__main__":
    main()
