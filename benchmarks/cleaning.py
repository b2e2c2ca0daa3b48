"""Registers as the peers get them: read by Arrow, cleaned by DuckDB, all with the same columns.

What a practitioner does before any of these tools: letters only, in lower case and without accents; the first of several first
names; one format of dates; the house number out of the address.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
from pyarrow import csv

from kleuterlink.config import RegisterConfig, RegistersConfig, Role, RunConfig
from kleuterlink.read.presets import apply_preset


def read_registers(connection: duckdb.DuckDBPyConnection, config: RunConfig) -> None:
    """Make two tables with the same cleaned columns: `births`, and all lists as one table `lists`."""
    births = [cleaned(connection, config, name, register) for name, register in config.with_role(Role.BIRTHS).items()]
    lists = [cleaned(connection, config, name, register) for name, register in config.with_role(Role.ENROLMENTS).items()]
    connection.execute(f"create table births as {births[0]}")
    connection.execute(f"create table lists as {' union all '.join(lists)}")


def cleaned(connection: duckdb.DuckDBPyConnection, config: RegistersConfig, name: str, register: RegisterConfig) -> str:
    """Read a register and return the query that cleans it."""
    mapped = apply_preset(name, register)
    assert register.path is not None
    table = read_csv(config.base / register.path)
    connection.register(f"file_{name}", table)
    column = {field: f'"{names[0]}"' for field, names in mapped.optional.items() if names[0] in table.column_names}
    column |= {field: f'"{text}"' for field, text in mapped.required.items()}

    def words(field: str) -> str:
        return f"nullif(trim(regexp_replace(lower(strip_accents({column.get(field, 'null')})), '[^a-z]+', ' ', 'g')), '')"

    address = column.get("house_number") or column.get("address", "null")
    number = f"regexp_replace({column.get('national_number', 'null')}, '[^0-9]', '', 'g')"
    date = f"try_strptime({column['birth_date']}, '{mapped.date_format}')::date"
    sex = f"case upper({column.get('sex', 'null')}) when 'M' then 'm' when 'V' then 'f' when 'F' then 'f' end"
    return f"""
        select '{name}|' || id as unique_id, * exclude (id), year(birth_date) as birth_year
        from (
            select {column["id"]} as id,
                case when length({number}) = 11 then {number} end as national_number,
                split_part({words("first_names")}, ' ', 1) as first_name,
                replace({words("surname")}, ' ', '') as surname,
                {date} as birth_date, {sex} as sex,
                nullif(regexp_extract({address}, '[0-9]+'), '') as house_number,
                {words("street") if "street" in column else words("address")} as street,
                nullif(trim({column.get("postcode", "null")}), '') as postcode
            from "file_{name}"
        )"""


def read_csv(path: Path) -> pa.Table:
    """Read a CSV file in UTF-8 or Windows-1252, with commas or semicolons; every column as text, empty fields as null."""
    content = path.read_bytes()
    try:
        content.decode("utf-8")
        encoding = "utf-8-sig"
    except UnicodeDecodeError:
        encoding = "cp1252"
    head = content.split(b"\n", 1)[0].decode(encoding).strip()
    delimiter = max(",;", key=head.count)
    text = csv.ConvertOptions(column_types=dict.fromkeys(head.split(delimiter), pa.string()), strings_can_be_null=True)
    return csv.read_csv(path, csv.ReadOptions(encoding=encoding), csv.ParseOptions(delimiter=delimiter), text)


def rule_recall(connection: duckdb.DuckDBPyConnection, rules: Sequence[Sequence[str]], matches: Path) -> float:
    """Return the share of the true pairs whose records agree in all columns of one rule at least."""
    same = " or ".join("(" + " and ".join(f"births.{column} = lists.{column}" for column in rule) + ")" for rule in rules)
    counted = connection.execute(f"""
        select count(*) filter ({same}) / count(*)
        from read_parquet('{matches}') as matched
            join births on births.unique_id = 'births|' || child_id
            join lists on lists.unique_id = register || '|' || record_id
    """).fetchall()
    return float(counted[0][0])
