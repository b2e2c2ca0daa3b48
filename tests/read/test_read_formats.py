"""The same register, whatever it is kept in."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import sqlite3
import string
from pathlib import Path

import duckdb
import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kleuterlink.coded import CODED, coded
from kleuterlink.config import RegisterConfig
from kleuterlink.errors import ConfigError, InputError
from kleuterlink.read import containers, decoding, delimited, read_register
from kleuterlink.read.files import open_file
from kleuterlink.read.source import Wanted
from kleuterlink.tables import STRING, Register

HEADER = ("nr", "insz", "voornaam", "achternaam", "geboortedatum", "postcode")
COLUMNS = {"id": "nr", "national_number": "insz", "first_names": "voornaam", "surname": "achternaam", "birth_date": "geboortedatum", "postcode": "postcode"}
ROWS = (
    ("007", "01020312345", "Zoë", "D'Hondt", "04/03/2019", "0100"),
    ("008", "", ' Jan "Jantje" ', "De Smet; Peeters, van|der\tLinden", "00/00/2019", "1000"),
    ("009", "NULL", "Anaïs\nMarie", "Élodie", "29/02/2020", ""),
)
EXPECTED = {
    "row": [1, 2, 3],
    "id": ["007", "008", "009"],
    "national_number": ["01020312345", None, None],
    "first_names": ["Zoë", 'Jan "Jantje"', "Anaïs\nMarie"],
    "surname": ["D'Hondt", "De Smet; Peeters, van|der\tLinden", "Élodie"],
    "birth_date": [20190304, 20190000, 20200229],
    "postcode": ["0100", "1000", None],
}


def config(**settings: object) -> RegisterConfig:
    return RegisterConfig.model_validate({"role": "births", "columns": COLUMNS, "date_format": "%d/%m/%Y", **settings})


def write_csv(rows: tuple[tuple[str, ...], ...] = ROWS, delimiter: str = ",", header: tuple[str, ...] = HEADER, line_end: str = "\n") -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=line_end).writerows([header, *rows])
    return text.getvalue()


def assert_as_expected(register: Register) -> None:
    records = register.records
    assert list(records.columns) == list(EXPECTED)
    assert {column: [None if value is pd.NA else value for value in records[column]] for column in records} == EXPECTED
    assert [str(dtype) for dtype in records.dtypes[["row", "birth_date"]]] == ["int64", "int32"]
    assert all(records[column].dtype == (STRING if column in {"id", "national_number"} else CODED) for column in records if column not in {"row", "birth_date"})
    assert isinstance(records.index, pd.RangeIndex)
    assert (register.rows_in, len(register.rejected), register.notes) == (3, 0, ())


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom", "utf-16-be-bom", "utf-16-le", "cp1252", "latin-1"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_every_delimiter_and_encoding_gives_the_same_register(tmp_path: Path, delimiter: str, encoding: str, line_end: str) -> None:
    text = write_csv(delimiter=delimiter, line_end=line_end)
    if encoding.endswith("-bom"):
        text, encoding = "\ufeff" + text, encoding.removesuffix("-bom")
    (tmp_path / "list.csv").write_bytes(text.encode(encoding))
    assert_as_expected(read_register("births", config(path="list.csv"), base=tmp_path))


@pytest.mark.parametrize(("delimiter", "encoding"), [(";", "cp1252"), ("^", "utf-16")])
def test_a_stated_delimiter_and_encoding_are_used(tmp_path: Path, delimiter: str, encoding: str) -> None:
    (tmp_path / "list.txt").write_bytes(write_csv(delimiter=delimiter).encode(encoding))
    assert_as_expected(read_register("births", config(path="list.txt", delimiter=delimiter, encoding=encoding), base=tmp_path))


def test_gzip_and_the_delimiter_line_of_excel_are_read(tmp_path: Path) -> None:
    (tmp_path / "list.csv.gz").write_bytes(gzip.compress(("sep=;\r\n" + write_csv(delimiter=";")).encode()))
    assert_as_expected(read_register("births", config(path="list.csv.gz"), base=tmp_path))


def test_latin_strays_in_utf8_do_not_spoil_the_rest(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_bytes("nr;voornaam\n1;Zoë\n2;Anaïs\n3;".encode() + "Chloé\n".encode("cp1252"))
    register = read_register("births", config(path="list.csv", columns={"id": "nr", "first_names": "voornaam"}), base=tmp_path)
    assert list(register.records["first_names"]) == ["Zoë", "Anaïs", "Chloé"]
    assert register.notes == ("the text is UTF-8 with 1 bytes that are not; these were read as Latin-1",)


def test_latin_text_beyond_windows_is_read(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_bytes(b"nr;voornaam\n1;Zo\xeb\x81x\n")
    register = read_register("births", config(path="list.csv", columns={"id": "nr", "first_names": "voornaam"}), base=tmp_path)
    assert list(register.records["first_names"]) == ["Zoë\x81x"]


def test_completeness_counts_null_texts_and_zero_dates_as_unknown() -> None:
    dates = ["04/03/2019", None, "00/00/2019", "31/02/2020"]
    frame = pd.DataFrame({"nr": ["1", "2", "3", "4"], "achternaam": ["a", None, "b", "?"], "geboortedatum": dates, "voornaam": ["x"] * 4})
    columns = {"id": "nr", "first_names": "voornaam", "surname": "achternaam", "birth_date": "geboortedatum"}
    assert read_register("births", config(columns=columns), frame=frame).completeness == {"first_names": 1.0, "surname": 0.5, "birth_date": 0.5}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
def test_blocks_of_any_size_give_the_same_register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    rows = tuple((str(number), "", "Zoë" if number % 3 else "Anaïs", f"Noël {number % 7}", f"{number % 28 + 1:02}/03/2019", "1000") for number in range(1000))
    (tmp_path / "list.csv").write_bytes(write_csv(rows).encode(encoding))
    whole = read_register("births", config(path="list.csv"), base=tmp_path)
    assert whole.records["first_names"].tolist() == [row[2] for row in rows]
    assert whole.records["surname"].tolist() == [row[3] for row in rows]
    monkeypatch.setattr(decoding, "_BLOCK", 64)
    monkeypatch.setattr(delimited, "_BLOCK", 256)
    pd.testing.assert_frame_equal(read_register("births", config(path="list.csv"), base=tmp_path).records.astype(object), whole.records.astype(object))


def test_no_column_keeps_its_name_among_its_values(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("nr;voornaam;achternaam\n1;A;B\n2;voornaam;C\n", encoding="utf-8")
    register = read_register("births", config(path="list.csv", columns={"id": "nr", "first_names": "voornaam", "surname": "achternaam"}), base=tmp_path)
    values = [coded(register.records[field]).dictionary.to_pylist() for field in ("first_names", "surname")]
    assert [sorted(each) for each in values] == [["A", "voornaam"], ["B", "C"]]


def test_columns_that_nothing_is_mapped_to_are_not_read(tmp_path: Path) -> None:
    table = pa.table({" NR ": ["1", "2"], "x": ["a", "b"], "voornaam": ["A", "A"]})
    pq.write_table(table, tmp_path / "list.parquet")
    (tmp_path / "list.csv").write_text("NR;x;voornaam\n1;a;A\n2;b;A\n", encoding="utf-8")
    with duckdb.connect(str(tmp_path / "list.duckdb")) as connection:
        connection.from_arrow(table).create("kinderen")
    wanted = Wanted(frozenset({"nr", "Voornaam"}), frozenset({"nr"}))
    for name in ("list.parquet", "list.csv", "list.duckdb"):
        read = open_file(tmp_path / name, name, config(path=name), wanted, memory_limit="100MB").table
        assert [each.strip() for each in read.column_names] == ["NR", "x", "voornaam"]
        assert [read.column(place).null_count for place in range(3)] == [0, 2, 0]
        assert [str(read.column(place).type) for place in (0, 2)] == ["string", "dictionary<values=string, indices=int32, ordered=0>"]


def test_batches_of_a_database_are_one_register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "BATCH", 2048)
    names = ["Zoë" if number % 3 else f"N{number % 11}" for number in range(10_000)]
    with duckdb.connect(str(tmp_path / "list.duckdb")) as connection:
        connection.from_arrow(pa.table({"nr": [str(number) for number in range(10_000)], "voornaam": names})).create("kinderen")
    register = read_register("births", config(path="list.duckdb", columns={"id": "nr", "first_names": "voornaam"}), base=tmp_path, memory_limit="200MB")
    assert register.records["first_names"].tolist() == names
    assert register.records["id"].tolist() == [str(number) for number in range(10_000)]


def test_blank_lines_are_no_rows(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("nr;voornaam\n\n1;A\n\n2;B\n\n\n", encoding="utf-8")
    register = read_register("births", config(path="list.csv", columns={"id": "nr", "first_names": "voornaam"}), base=tmp_path)
    assert register.rows_in == 2
    assert list(register.records["row"]) == [1, 2]


def text_frame() -> pd.DataFrame:
    return pd.DataFrame(ROWS, columns=list(HEADER))


def test_parquet_excel_databases_and_frames_give_the_same_register(tmp_path: Path) -> None:
    frame = text_frame()
    table = pa.Table.from_pandas(frame)
    pq.write_table(table, tmp_path / "list.parquet")
    book = openpyxl.Workbook()
    for row in (HEADER, *ROWS):
        book.active.append(row)
    book.save(tmp_path / "list.xlsx")
    with duckdb.connect(str(tmp_path / "list.duckdb")) as connection:
        connection.from_arrow(table).create("kinderen")
    connection = sqlite3.connect(tmp_path / "list.sqlite")
    frame.to_sql("kinderen", connection, index=False)
    connection.close()
    for name in ("list.parquet", "list.xlsx", "list.duckdb", "list.sqlite"):
        assert_as_expected(read_register("births", config(path=name), base=tmp_path))
        (tmp_path / name).rename(tmp_path / "list")  # what it is shows from its content
        assert_as_expected(read_register("births", config(path="list"), base=tmp_path))
    for handed in (frame, table, frame.astype(STRING), frame.astype("category"), pa.Table.from_pandas(frame.astype("category"))):
        register = read_register("births", config(), frame=handed)
        assert_as_expected(register)
        assert register.source == "data frame"


def typed_frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "nr": [7, 8, 9],
            "insz": [19030412345.0, np.nan, 20010112345.0],
            "voornaam": ["A", None, "C"],
            "achternaam": ["D", "E", "F"],
            "geboortedatum": [dt.datetime(2019, 3, 4), None, dt.datetime(2020, 2, 29)],
            "postcode": [1000, 1030, 9000],
        }
    )


def test_numbers_and_dates_keep_their_meaning(tmp_path: Path) -> None:
    frame = typed_frame()
    frame.to_parquet(tmp_path / "list.parquet")
    frame.to_excel(tmp_path / "list.xlsx", index=False)
    dates = frame.assign(geboortedatum=frame["geboortedatum"].dt.date)
    zoned = frame.assign(geboortedatum=frame["geboortedatum"].dt.tz_localize("Europe/Brussels"))
    registers = [read_register("births", config(path=name), base=tmp_path) for name in ("list.parquet", "list.xlsx")]
    registers += [read_register("births", config(), frame=handed) for handed in (frame, dates, zoned, frame.astype(object))]
    for register in registers:
        assert list(register.records["birth_date"]) == [20190304, 0, 20200229]
        assert register.records["national_number"].tolist() == ["19030412345", pd.NA, "20010112345"]
        assert register.records["id"].tolist() == ["7", "8", "9"]
        assert register.records["postcode"].tolist() == ["1000", "1030", "9000"]
        assert register.notes == ()


def test_a_spreadsheet_column_may_mix_true_dates_and_texts(tmp_path: Path) -> None:
    frame = pd.DataFrame({"nr": [1, "x2", 3.0], "voornaam": ["A", "B", "C"], "d": [dt.datetime(2019, 3, 4), "05/04/2019", None]})
    frame.to_excel(tmp_path / "list.xlsx", index=False)
    columns = {"id": "nr", "first_names": "voornaam", "birth_date": "d"}
    for register in (
        read_register("births", config(path="list.xlsx", columns=columns), base=tmp_path),
        read_register("births", config(columns=columns), frame=frame),
    ):
        assert list(register.records["birth_date"]) == [20190304, 20190405, 0]
        assert list(register.records["id"]) == ["1", "x2", "3"]


def test_a_date_under_extra_is_written_as_the_register_writes_dates() -> None:
    frame = pd.DataFrame({"nr": ["1"], "vaccin": [dt.date(2021, 5, 6)]})
    register = read_register("births", config(columns={"id": "nr"}, extra={"shot": "vaccin"}), frame=frame)
    assert register.records["shot"].tolist() == ["06/05/2021"]


def test_a_table_and_a_sheet_are_chosen_by_name(tmp_path: Path) -> None:
    columns = {"id": "nr", "first_names": "voornaam"}
    with duckdb.connect(str(tmp_path / "two.duckdb")) as connection:
        connection.sql("SELECT 1 AS nr, 'A' AS voornaam").create("eerste")
        connection.sql("SELECT 3 AS nr, 'C' AS voornaam").create_view("bekijk")
        connection.sql("SELECT 2 AS nr, 'B' AS voornaam").create("twee de")
    for table, expected in (("eerste", "1"), ("twee de", "2"), ("bekijk", "3")):
        assert list(read_register("b", config(path="two.duckdb", table=table, columns=columns), base=tmp_path).records["id"]) == [expected]
    for table in (None, "derde"):
        with pytest.raises(ConfigError, match="eerste"):
            read_register("b", config(path="two.duckdb", table=table, columns=columns), base=tmp_path)
    with pd.ExcelWriter(tmp_path / "two.xlsx") as writer:
        pd.DataFrame({"nr": ["1"], "voornaam": ["A"]}).to_excel(writer, sheet_name="Blad1", index=False)
        pd.DataFrame({"nr": ["2"], "voornaam": ["B"]}).to_excel(writer, sheet_name="Blad2", index=False)
    assert list(read_register("b", config(path="two.xlsx", sheet="Blad2", columns=columns), base=tmp_path).records["id"]) == ["2"]
    assert list(read_register("b", config(path="two.xlsx", columns=columns), base=tmp_path).records["id"]) == ["1"]
    with pytest.raises(ConfigError, match="Blad1, Blad2"):
        read_register("b", config(path="two.xlsx", sheet="Blad3", columns=columns), base=tmp_path)


def test_nested_values_are_refused_only_where_they_are_mapped() -> None:
    table = pa.table({"nr": ["1"], "voornaam": ["A"], "lijst": [["B"]]})
    assert len(read_register("b", config(columns={"id": "nr", "first_names": "voornaam"}), frame=table).records) == 1
    with pytest.raises(InputError, match="column lijst holds list"):
        read_register("b", config(columns={"id": "nr", "first_names": "lijst"}), frame=table)


TEXTS = st.text(st.one_of(st.characters(exclude_categories=["Cs", "Cc"]), st.sampled_from('\r\n\t",;|' + string.ascii_letters)), max_size=12)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6),
    delimiter=st.sampled_from(";,\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_any_text_survives_csv(tmp_path: Path, values: list[tuple[str, str]], delimiter: str, encoding: str) -> None:
    rows = tuple((str(number), "x" + first, second + "x") for number, (first, second) in enumerate(values))
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([("nr", "voornaam", "achternaam"), *rows])
    (tmp_path / "any.csv").write_bytes(text.getvalue().encode(encoding))
    columns = {"id": "nr", "first_names": "voornaam", "surname": "achternaam"}
    swallows = any(("\n" in value or "\r" in value) and value.count(delimiter) >= 2 for row in rows for value in row)
    if swallows:
        with pytest.raises(InputError, match="a quote is opened"):
            read_register("births", config(path="any.csv", columns=columns), base=tmp_path)
        return
    records = read_register("births", config(path="any.csv", columns=columns), base=tmp_path).records
    assert list(zip(records["id"], records["first_names"], records["surname"], strict=True)) == [tuple(value.strip() for value in row) for row in rows]


CELLS = st.one_of(
    st.none(), st.integers(), st.floats(), st.dates(), st.datetimes(), st.times(), st.text(max_size=5), st.booleans(), st.just(b"bytes"), st.decimals()
)


@settings(max_examples=150, deadline=None)
@given(values=st.lists(CELLS, min_size=1, max_size=5))
def test_any_python_objects_in_a_frame_become_text(values: list[object]) -> None:
    frame = pd.DataFrame({"nr": [str(number) for number in range(len(values))], "voornaam": "A", "x": pd.Series(values, dtype=object)})
    register = read_register("births", config(columns={"id": "nr", "first_names": "voornaam"}, extra={"x": "x"}), frame=frame)
    assert len(register.records) == len(values)
    assert register.records["x"].dtype == CODED
