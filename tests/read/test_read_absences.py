"""Absences are read as codes of few values: the same values as any other register's, in any kind of file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kleuterlink.config import RegisterConfig
from kleuterlink.errors import InputError
from kleuterlink.read import delimited, read_register
from kleuterlink.read.values import coded_text_or_date, text_or_date
from kleuterlink.tables import Register

CELLS = st.sampled_from(["1", " 1", "2 ", "", "n/a", "Onbekend", "007", "é"])
DATES = st.sampled_from(["2023-10-02", "2024-02-29", "", "2023-00-00", "0000-00-00"])
ROWS = st.lists(st.tuples(CELLS, DATES, CELLS), min_size=1, max_size=30)
NAMES = ("stam", "datum", "code")


def read(path: Path | None = None, frame: Any = None) -> Register:
    columns = {"record_id": "stam", "date": "datum", "code": "code"}
    return read_register("absences", RegisterConfig(role="absences", path=path, columns=columns), frame=frame)


def plain(register: Register) -> list[dict[str, Any]]:
    frame = register.records.astype(dict.fromkeys(("record_id", "code"), object))
    return frame.where(frame.notna(), None).to_dict("records")


@settings(deadline=None, max_examples=40)
@given(ROWS)
def test_every_kind_of_file_gives_the_same_values(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]]) -> None:
    folder = tmp_path_factory.mktemp("absences")
    texts = pd.DataFrame(rows, columns=list(NAMES))
    texts.to_csv(folder / "a.csv", index=False)
    table = pa.Table.from_pandas(texts)
    pq.write_table(table, folder / "plain.parquet")
    coded = pa.table({name: table[name].dictionary_encode() for name in NAMES})
    halves = pa.concat_tables([coded.slice(0, len(rows) // 2), coded.slice(len(rows) // 2)])
    kinds = {"csv": (folder / "a.csv", None), "parquet": (folder / "plain.parquet", None), "frame": (None, texts), "coded": (None, halves)}
    if all(row[0].strip() in ("", "n/a", "Onbekend") for row in rows):
        for path, frame in kinds.values():
            with pytest.raises(InputError, match="record_id missing"):
                read(path, frame)
        return
    first, *others = [read(path, frame) for path, frame in kinds.values()]
    values = [row for row in rows if row[0].strip() not in ("", "n/a", "Onbekend")]
    assert [record["record_id"] for record in plain(first)] == [row[0].strip() for row in values]
    assert [record["date"] for record in plain(first)] == [int(row[1].replace("-", "") or 0) for row in values]
    assert first.rows_in == len(rows)
    for other in others:
        assert plain(other) == plain(first)
        pd.testing.assert_frame_equal(other.rejected, first.rejected)
    assert pa.types.is_dictionary(first.records["record_id"].dtype.pyarrow_dtype)


def test_lines_that_do_not_fit_keep_their_numbers_in_any_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "_BLOCK", 4096)
    lines = [f"{row % 97};2023-10-02;A" for row in range(1, 5001)]
    lines[3999] = "1;2023-10-02;A;B"
    lines[7] = "1;2023-10-02"
    (tmp_path / "a.csv").write_text("stam;datum;code\n" + "\n".join(lines) + "\n")
    register = read(tmp_path / "a.csv")
    assert register.rejected["row"].tolist() == [8, 4000]
    assert register.rejected["problem"].tolist() == ["2 values where the header has 3", "4 values where the header has 3"]
    rows = np.delete(np.arange(1, 5001), [7, 3999])
    assert register.records["row"].tolist() == rows.tolist()
    assert register.records["record_id"].tolist() == [str(row % 97) for row in rows]


def test_a_quote_that_swallows_rows_is_seen_in_codes_too(tmp_path: Path) -> None:
    swallowed = "\n".join(f"{row};2023-10-02;A" for row in range(3))
    (tmp_path / "a.csv").write_text(f'stam;datum;code\n1;2023-10-02;A\n"{swallowed}";2023-10-02;A\n2;2023-10-02;A\n')
    with pytest.raises(InputError, match="about row 2 a quote is opened"):
        read(tmp_path / "a.csv")


def test_true_dates_and_numbers_are_read_as_such() -> None:
    days = pa.array([0, 19_000, None], pa.date32())
    table = pa.table({"stam": pa.array([1.0, 2.0, 3.0]), "datum": days, "code": pa.array(["A", None, "A"]).dictionary_encode()})
    records = read(frame=table).records
    assert records["record_id"].tolist() == ["1", "2", "3"]
    assert records["date"].tolist() == [19700101, 20220108, 0]
    assert records["code"].fillna("").tolist() == ["A", "", "A"]
    for name in table.column_names:
        assert coded_text_or_date(table[name], name).to_pylist() == text_or_date(table[name], name).to_pylist()
