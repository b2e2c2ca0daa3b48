"""Registers that Spark reads, and results as Spark tables."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from pathlib import Path

import pandas as pd
import pyarrow as pa

from kleuterlink.config import RegisterConfig, RegistersConfig
from kleuterlink.engines.spark.session import open_session
from kleuterlink.errors import InputError
from kleuterlink.read.columns import find_columns
from kleuterlink.read.presets import apply_preset
from kleuterlink.results import Result


def read_tables(config: RegistersConfig, given: Collection[str] = ()) -> dict[str, pa.Table]:
    """Read the registers that Spark holds.

    Parameters
    ----------
    config
        The configuration. A register with a `table` and no `path` is a table of Spark's catalogue, or files that Spark reads by
        themselves (`table = "parquet.`hdfs://host/births`"`); one whose path is a Parquet file or a folder is read by Spark too.
    given
        Names of registers that are there already.

    Returns
    -------
    dict of pyarrow.Table
        By register, the columns that are mapped. Registers of other kinds are not in it. Rows of a folder come in the order in which Spark hands
        them over.

    Raises
    ------
    InputError
        There is no such table, or it is no Parquet; the message says which register.
    MissingColumnError
        A mapped column is not there; the message lists those that are.

    """
    return {name: _read(name, register, config) for name, register in config.registers.items() if name not in given and _in_spark(register, config.base)}


def _in_spark(register: RegisterConfig, base: Path) -> bool:
    if register.path is None:
        return register.table is not None
    return register.path.suffix in {".parquet", ".pq"} or (base / register.path).is_dir()


def _read(name: str, register: RegisterConfig, config: RegistersConfig) -> pa.Table:
    from pyspark.errors import AnalysisException

    session = open_session(config.engine)
    try:
        path = None if register.path is None else (config.base / register.path).resolve().as_uri()
        frame = session.table(str(register.table)) if path is None else session.read.parquet(path)
    except AnalysisException as error:
        raise InputError(f"{name} ({register.path or register.table}): Spark cannot read it ({error.getCondition()}); check `path` or `table`") from None
    mapping = apply_preset(name, register)
    positions = find_columns(frame.columns, mapping.required, mapping.optional, name, headed=True)
    return frame.select(*(f"`{frame.columns[position]}`" for position in dict.fromkeys(positions.values()))).toArrow()


def write_tables(result: Result, config: RegistersConfig) -> list[str]:
    """Write a result's tables into Spark's catalogue, each in place of the one that an earlier run wrote.

    Parameters
    ----------
    result
        What a run made.
    config
        The configuration; nothing is written where it has no `engine.output_tables`.

    Returns
    -------
    list of str
        The tables: `engine.output_tables` and the name of the result's table, one after the other.

    """
    prefix = config.engine.output_tables
    if prefix is None:
        return []
    session, written = open_session(config.engine), []
    for each in fields(result):
        table = getattr(result, each.name)
        if isinstance(table, pd.DataFrame):
            session.createDataFrame(pa.Table.from_pandas(table, preserve_index=False)).write.mode("overwrite").saveAsTable(prefix + each.name)
            written.append(prefix + each.name)
    return written
