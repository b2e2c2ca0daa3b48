"""What goes wrong in real files: one line that says what, where and what to do, and never a value."""

from __future__ import annotations

import gzip
import io
import sqlite3
import traceback
import zipfile
from pathlib import Path

import duckdb
import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kleuterlink.config import RegisterConfig
from kleuterlink.errors import ConfigError, DuplicateIdError, InputError, KleuterlinkError, MissingColumnError
from kleuterlink.read import read_register
from kleuterlink.schemas import REJECTED
from kleuterlink.tables import Register

COLUMNS = {"id": "nr", "first_names": "voornaam", "surname": "naam", "birth_date": "geboren"}
HEADER = "nr;voornaam;naam;geboren\n"
SECRET = "Wolfgangina"
"""A planted name; no message may hold it."""


def config(**settings: object) -> RegisterConfig:
    return RegisterConfig.model_validate({"role": "births", "columns": COLUMNS, "date_format": "%d/%m/%Y", **settings})


def read_text(tmp_path: Path, text: str | bytes, name: str = "list.csv", **settings: object) -> Register:
    (tmp_path / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return read_register("births", config(path=name, **settings), base=tmp_path)


def message_of(tmp_path: Path, text: str | bytes, name: str = "list.csv", kind: type[KleuterlinkError] = InputError, **settings: object) -> str:
    with pytest.raises(kind) as caught:
        read_text(tmp_path, text, name, **settings)
    shown = "".join(traceback.format_exception(caught.value))
    assert SECRET not in shown
    assert "direct cause" not in shown, "what a library says of a bad cell quotes the cell"
    message = str(caught.value)
    assert "\n" not in message
    assert name in message or kind is ConfigError
    return message


def parquet_bytes() -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"nr": ["1"], "voornaam": [SECRET], "naam": ["A"], "geboren": ["01/02/2019"]}), sink)
    return sink.getvalue()


def workbook_bytes() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["nr", "voornaam", "naam", "geboren"])
    book.active.append(["1", SECRET, "A", "01/02/2019"])
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def zip_bytes() -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("list.csv", HEADER + f"1;{SECRET};A;01/02/2019\n")
    return sink.getvalue()


def database_bytes(tmp_path: Path, kind: str) -> bytes:
    path = tmp_path / f"made.{kind}"
    if kind == "sqlite":
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE kinderen AS SELECT 1 AS nr, ? AS voornaam", (SECRET,))
        connection.commit()
        connection.close()
    else:
        with duckdb.connect(str(path)) as connection:
            connection.sql(f"SELECT 1 AS nr, '{SECRET}' AS voornaam").create("kinderen")
    return path.read_bytes()


CSV = (HEADER + f"1;{SECRET};A;01/02/2019\n").encode()
DAMAGED = "damaged or cut short"


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"", "list.csv", "the file is empty"),
        (b"\xef\xbb\xbf\r\n\r\n", "list.csv", "the file is empty"),
        (HEADER, "list.csv", "not one row of data"),
        (HEADER.rstrip(), "list.csv", "not one row of data"),
        (b"%PDF-1.7 " + SECRET.encode(), "list.csv", "this is PDF"),
        (f"<!DOCTYPE html><p>{SECRET}", "list.csv", "a web page"),
        (f"\ufeff  <HTML>{SECRET}", "list.csv", "a web page"),
        (f'<?xml version="1.0"?><a>{SECRET}</a>', "list.csv", "this is XML"),
        (f'{{"a": "{SECRET}"}}', "list.csv", "this is JSON"),
        (zip_bytes(), "list.csv", "ZIP archive.*unpack"),
        (zip_bytes(), "list.xlsx", "ZIP archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + SECRET.encode(), "list.xls", r"save it as \.xlsx"),
        (bytes(range(256)) * 50, "list.csv", "binary file"),
        (CSV, "list.parquet", "name says Parquet and the content looks like CSV"),
        (CSV, "list.xlsx", "name says Excel and the content looks like CSV"),
        (parquet_bytes(), "list.csv", "name says CSV and the content looks like Parquet"),
        (workbook_bytes(), "list.csv", "name says CSV and the content looks like Excel"),
        (parquet_bytes()[:-20], "list.parquet", DAMAGED),
        (parquet_bytes()[:40], "list.parquet", DAMAGED),
        (workbook_bytes()[:1500], "list.xlsx", DAMAGED),
        (workbook_bytes()[:-30], "list.xlsx", DAMAGED),
        (gzip.compress(CSV * 50, mtime=0)[:-12], "list.csv.gz", DAMAGED),
        (gzip.compress(parquet_bytes(), mtime=0), "list.gz", "unpack it first"),
        (b"SQLite format 3\x00" + SECRET.encode(), "list.sqlite", DAMAGED),
        (b"\x00" * 8 + b"DUCK" + SECRET.encode(), "list.duckdb", "damaged"),
        (HEADER + f'1;{SECRET};A;01/02/2019\n2;B;"{SECRET};02/02/2019\n3;C;D;03/02/2019\n', "list.csv", "quote is opened"),
        (HEADER + f'1;{SECRET};A;01/02/2019\n2;B;C;"02/02/2019', "list.csv", "quote is opened and never closed"),
        (HEADER + f'1;"{SECRET};A;01/02/2019\n2;B;C;02/02/2019\n3;"B;C;02/02/2019\n', "list.csv", "about row 1 a quote is opened"),
        (HEADER + f'1;B;A;01/02/2019\n2;"{SECRET};C;02/02/2019\n3;B";C\n', "list.csv", "about row 2 a quote is opened"),
        (HEADER + f"1;{SECRET};A;01/02/2019;x\n" * 3, "list.csv", "most rows are not as wide as the header"),
        (f"1;{SECRET};A;01/02/2019\n2;{SECRET};B;01/02/2019\n", "list.csv", r"first line has none of the mapped columns \(nr, voornaam"),
        (f"k1;{SECRET};Jansens\nk2;{SECRET};A\n", "list.csv", "is not shown"),
        ("nr;nr;voornaam;naam;geboren\n" + f"1;1;{SECRET};A;01/02/2019\n", "list.csv", "column nr stands 2 times"),
        (HEADER + f";{SECRET};A;01/02/2019\n", "list.csv", "none of the 1 rows can be used; in row 1: id missing"),
    ],
    # The contents hold times of packing, which differ between the processes that share the tests.
    ids=lambda value: "content" if isinstance(value, bytes) else value[:40].encode("unicode_escape").decode(),
)
def test_a_file_that_cannot_be_used_is_refused_in_one_line(tmp_path: Path, content: str | bytes, name: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_text(tmp_path, content, name)
    message_of(tmp_path, content, name)


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a_truncated_database_is_refused(tmp_path: Path, kind: str) -> None:
    content = database_bytes(tmp_path, kind)
    assert "damaged" in message_of(tmp_path, content[: len(content) // 3], f"list.{kind}")


def test_a_missing_file_a_folder_and_no_path_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_register("births", config(path="absent.csv"), base=tmp_path)
    with pytest.raises(InputError, match="is a folder"):
        read_register("births", config(path="."), base=tmp_path)
    with pytest.raises(ConfigError, match="give a `path`"):
        read_register("births", config(), base=tmp_path)
    with pytest.raises(InputError, match="list was handed over"):
        read_register("births", config(), frame=[1])  # type: ignore[arg-type]
    with pytest.raises(InputError, match="not one row"):
        read_register("births", config(), frame=pd.DataFrame({"nr": []}))


def test_wrong_encodings_and_delimiters_are_refused(tmp_path: Path) -> None:
    assert "no encoding called klingon" in message_of(tmp_path, CSV, encoding="klingon")
    assert "is not valid ascii" in message_of(tmp_path, CSV + "é".encode(), encoding="ascii")
    assert "is not valid utf-16-le" in message_of(tmp_path, CSV.decode().encode("utf-16")[:-1])
    for delimiter in ("", ";;", "\n", '"', "é"):
        assert "must be one character" in message_of(tmp_path, CSV, kind=ConfigError, delimiter=delimiter)


def test_a_missing_column_names_the_likely_one(tmp_path: Path) -> None:
    text = f"nr;Voornamen;naam;geboren\n1;{SECRET};A;01/02/2019\n"
    message = message_of(tmp_path, text, kind=MissingColumnError)
    assert "no column voornaam (mapped to first_names); the columns are nr, Voornamen, naam, geboren; did you mean Voornamen?" in message
    nearly = f"nummer;voornamen\n1;{SECRET}\n"
    assert "did you mean voornamen?" in message_of(tmp_path, nearly, kind=MissingColumnError, columns={"first_names": "voornaamen", "id": "nummer"})
    assert "did you mean nummer?" in message_of(tmp_path, nearly, kind=MissingColumnError, columns={"id": "nummer2", "surname": "iets"})
    assert "did you mean" not in message_of(tmp_path, text, kind=MissingColumnError, columns={**COLUMNS, "first_names": "zzz"})


def test_columns_match_after_trimming_and_without_capitals_where_that_is_clear(tmp_path: Path) -> None:
    assert read_text(tmp_path, " NR ;VOORNAAM;Naam;geboren\n1;A;B;01/02/2019\n").records["id"][0] == "1"
    both = read_text(tmp_path, "NR;nr;voornaam;naam;geboren\n1;2;A;B;01/02/2019\n")
    assert both.records["id"][0] == "2"
    assert "stands 2 times" in message_of(tmp_path, "NR;Nr;voornaam;naam;geboren\n1;2;A;B;01/02/2019\n")


def test_the_id_and_something_to_link_on_must_be_mapped(tmp_path: Path) -> None:
    assert "births.columns: id is not mapped; add id =" in message_of(tmp_path, CSV, kind=ConfigError, columns={"surname": "naam"})
    assert "nothing to link on" in message_of(tmp_path, CSV, kind=ConfigError, columns={"id": "nr", "postcode": "naam"})
    assert len(read_text(tmp_path, CSV, columns={"id": "nr"}, extra={"soc": "naam"}).records) == 1


def test_double_ids_give_rows_and_no_ids(tmp_path: Path) -> None:
    text = HEADER + "".join(f"{SECRET if row in {2, 5} else row};A;B;01/02/2019\n" for row in range(1, 7))
    assert "1 id stands on more than one row (rows 2, 5)" in message_of(tmp_path, text, kind=DuplicateIdError)
    many = HEADER + "".join(f"{row % 20};A;B;01/02/2019\n" for row in range(40))
    assert "20 ids stand on more than one row (rows 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 30 more)" in message_of(tmp_path, many, kind=DuplicateIdError)


def test_absences_need_a_record_id_and_no_id(tmp_path: Path) -> None:
    text = "stam;datum;dag\n7;01/02/2024;1\n7;02/02/2024;2\n;03/02/2024;1\n"
    register = read_text(tmp_path, text, role="absences", columns={"record_id": "stam", "date": "datum", "half_days": "dag"})
    assert register.records.to_dict("list") == {"row": [1, 2], "record_id": ["7", "7"], "date": [20240201, 20240202], "half_days": ["1", "2"]}
    assert register.rejected.to_dict("list") == {"register": ["births"], "row": [3], "field": ["record_id"], "problem": ["missing"]}
    mapped = read_text(tmp_path, "stam;nr\n7;a\n7;\n", role="absences", columns={"record_id": "stam", "id": "nr"})
    assert mapped.records["id"].fillna("").tolist() == ["a", ""]
    assert "record_id is not mapped" in message_of(tmp_path, text, kind=ConfigError, role="absences", columns={"id": "stam"})


def test_unusable_rows_are_set_aside_with_their_reason(tmp_path: Path) -> None:
    text = HEADER + "1;A;B;01/02/2019\n2;A\n;A;B;01/02/2019\n4;NULL; - ;00/00/0000\n;;;\n6;onbekend;B;\n"
    register = read_text(tmp_path, text)
    assert list(register.records["row"]) == [1, 6]
    assert register.rejected.columns.tolist() == list(REJECTED)
    nothing = ("first_names, surname, birth_date", "all unknown: nothing to link on")
    assert list(zip(register.rejected["row"], register.rejected["field"], register.rejected["problem"], strict=True)) == [
        (2, "", "2 values where the header has 4"),
        (3, "id", "missing"),
        (4, *nothing),
        (5, "id", "missing"),
        (5, *nothing),
    ]
    assert register.rows_in == 6
    assert register.notes == ("4 of 6 rows cannot be used",)


def test_an_impossible_date_costs_the_date_and_not_the_child(tmp_path: Path) -> None:
    dates = ["31/02/2019", "01/13/2019", "00/02/2019", "01/00/2019", "00/00/0000", "", "02/02/2019", "03/02/2019", "onzin", "04/02/2019"]
    register = read_text(tmp_path, HEADER + "".join(f"{row};A;B;{date}\n" for row, date in enumerate(dates)))
    assert list(register.records["birth_date"]) == [0, 0, 20190200, 20190001, 0, 0, 20190202, 20190203, 0, 20190204]
    assert register.notes == ("birth_date: 3 of 9 values are no dates in %d/%m/%Y and count as unknown (rows 1, 2, 9)",)
    assert register.rejected.empty


def test_notes_tell_of_empty_columns_and_numbers_that_a_spreadsheet_cut(tmp_path: Path) -> None:
    text = HEADER + "1;A;;01/02/2019\n2;1,90304E+10;;02/02/2019\n"
    register = read_text(tmp_path, text, columns={"id": "nr", "national_number": "voornaam", "surname": "naam", "birth_date": "geboren"})
    assert register.notes == (
        "national_number: 1 of 2 values are written as powers of ten, which a spreadsheet does to long numbers, losing digits: export the column as text",
        "surname: unknown on every row",
    )


def test_a_wrong_date_format_is_named(tmp_path: Path) -> None:
    text = HEADER + "".join(f"{row};A;B;2019-02-{row % 28 + 1:02}\n" for row in range(1, 1301)) + "x;A;B;01/02/2019\n"
    assert "birth_date: 100% of 1,301 values do not fit %d/%m/%Y; they look like %Y-%m-%d: set `date_format`" in message_of(tmp_path, text)
    american = HEADER + "".join(f"{day};A;B;03/{day:02}/2019\n" for day in range(1, 31))
    assert "they look like %m/%d/%Y" in message_of(tmp_path, american)
    assert "; check `date_format`" in message_of(tmp_path, HEADER + "1;A;B;bla\n")
    assert "%Q is not known" in message_of(tmp_path, CSV, kind=ConfigError, date_format="%Q/%m/%Y")


@settings(max_examples=80, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["", "-", "k"]),
            st.sampled_from(["", "NULL", "A"]),
            st.sampled_from(["", "B"]),
            st.sampled_from(["", "31/02/2019", "01/02/2019", "00/00/0000"]),
            st.sampled_from(["", ";x"]),
        ),
        max_size=25,
    )
)
def test_every_row_is_used_or_rejected(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]) -> None:
    lines = [f"{key + str(number) if key == 'k' else key};{first};{last};{born}{more}\n" for number, (key, first, last, born, more) in enumerate(rows, start=1)]
    good = [f"g{number};A;B;01/02/2019\n" for number in range(30)]
    register = read_text(tmp_path_factory.mktemp("rows"), HEADER + "".join(lines + good))
    used, rejected = set(register.records["row"]), set(register.rejected["row"])
    assert used | rejected == set(range(1, len(rows) + 31))
    assert not used & rejected
    assert register.rows_in == len(rows) + 30
    for number, (key, first, last, born, more) in enumerate(rows, start=1):
        assert (number in used) == (key == "k" and not more and (first == "A" or last == "B" or born == "01/02/2019"))


@settings(max_examples=300, deadline=None)
@given(
    content=st.one_of(st.binary(max_size=300), st.text(alphabet='nr;,"\n\r\t aé0', max_size=200).map(str.encode)),
    name=st.sampled_from(["a.csv", "a.parquet", "a.xlsx", "a.dat"]),
)
def test_nothing_but_our_own_errors_escapes(tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str) -> None:
    folder = tmp_path_factory.mktemp("noise")
    try:
        register = read_text(folder, b"nr;naam\n" + content, name, columns={"id": "nr", "surname": "naam"})
    except KleuterlinkError:
        return
    assert register.rows_in == len(register.records) + register.rejected["row"].nunique()


@pytest.mark.parametrize("make", [parquet_bytes, workbook_bytes])
def test_a_damaged_container_never_escapes(tmp_path: Path, make: object) -> None:
    whole = make()  # type: ignore[operator]
    random = np.random.default_rng(5)
    for position in random.integers(4, len(whole), 60):
        damaged = bytearray(whole)
        damaged[position : position + 8] = random.bytes(8)
        (tmp_path / "list").write_bytes(damaged)
        try:
            outcome: object = read_register("births", config(path="list"), base=tmp_path).rows_in
        except KleuterlinkError as error:
            outcome = "".join(traceback.format_exception(error))
        assert outcome == 1 or SECRET not in str(outcome)
