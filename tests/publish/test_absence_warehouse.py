"""Deliveries of half-days: any order and any grouping gives the same table, nothing is lost, and the table is what a run reads."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kleuterlink.config import RegisterConfig
from kleuterlink.errors import ConfigError, OutputError
from kleuterlink.publish.absences import store as absence_store
from kleuterlink.publish.absences.ledger import Ledger
from kleuterlink.publish.receivers.absence_warehouse import Delivery, update_store
from kleuterlink.read import read_register

YEAR = "2023-2024"
FIRST, LAST = dt.date(2023, 9, 1), dt.date(2024, 8, 31)
HEADER = "stamnummer;instellingsnummer;datum;dagdeel;halve_dagen;code"

DAYS = st.sampled_from([dt.date(2023, 9, 4), dt.date(2023, 9, 29), dt.date(2023, 10, 2), dt.date(2023, 10, 3), dt.date(2024, 8, 31), dt.date(2024, 9, 2), None])
ROW = st.tuples(
    st.sampled_from(["1", "2", ""]), st.sampled_from(["A", "B", ""]), DAYS, st.sampled_from(["VM", "NM", ""]), st.just("1"), st.sampled_from("APBL")
)
PERIOD = st.sampled_from(
    [
        None,
        (dt.date(2023, 9, 1), dt.date(2023, 9, 30)),
        (dt.date(2023, 9, 20), dt.date(2023, 10, 2)),
        (dt.date(2023, 10, 3), dt.date(2023, 10, 3)),
        (FIRST, LAST),
    ]
)
DELIVERY = st.tuples(st.lists(ROW, min_size=1, max_size=7), st.integers(0, 2), PERIOD, st.booleans())


def written(folder: Path, name: str, rows: list[Any]) -> Path:
    lines = [";".join([pupil, school, day.strftime("%d/%m/%Y") if day else "", part, amount, code]) for pupil, school, day, part, amount, code in rows]
    path = folder / name
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return path


def deliveries_of(folder: Path, content: list[Any]) -> list[Delivery]:
    return [
        Delivery(written(folder, f"d{place}.csv", rows), dt.date(2024, 1, 1 + day), covers, every_school=every and covers is not None)
        for place, (rows, day, covers, every) in enumerate(content)
    ]


def contents(store: Path) -> dict[str, bytes]:
    return {path.relative_to(store).as_posix(): path.read_bytes() for path in store.rglob("*") if path.is_file()}


def table_of(store: Path) -> list[tuple[Any, ...]]:
    table = pq.read_table(store / "absences.parquet")
    assert table.column_names == ["stamnummer", "instellingsnummer", "datum", "dagdeel", "halve_dagen", "code"]
    return [tuple("" if value is None else value for value in row.values()) for row in table.to_pylist()]


def usable(rows: list[Any]) -> list[Any]:
    kept = []
    for place, row in enumerate(rows):
        again = any(row[3] and other[:4] == row[:4] for other in rows[place + 1 :])
        if row[0] and row[2] and FIRST <= row[2] <= LAST and not again:
            kept.append(row)
    return kept


def plain_table(deliveries: list[Delivery], content: list[Any]) -> tuple[list[tuple[Any, ...]], list[int]]:
    """Return the rows that stand, in order, and how many of each delivery: row by row, delivery by delivery."""
    order = sorted(range(len(content)), key=lambda place: (deliveries[place].delivered, deliveries[place].path.name))
    table, kept = [], [0] * len(content)
    for position, place in enumerate(order):
        for pupil, school, day, part, amount, code in usable(content[place][0]):
            stands = True
            for later in order[position + 1 :]:
                rows, _, covers, _ = content[later]
                every = deliveries[later].every_school
                named = {row[1] for row in rows if row[0]} - {""}
                stands &= not (covers and covers[0] <= day <= covers[1] and (every or school in named))
                stands &= not any(row[:3] == (pupil, school, day) and (row[3] == part or "" in (row[3], part)) for row in usable(rows))
            if stands:
                table.append((pupil, school, day, part, amount, code))
                kept[place] += 1
    return sorted(table, key=lambda row: (row[2].isoformat()[:7], row[1], row[0], row[2], row[3], row[5])), kept


def reconciled(ledger: Ledger) -> Ledger:
    for entry in ledger.entries:
        assert entry.rows_in == entry.kept + entry.replaced + entry.rejected
        assert min(entry.kept, entry.replaced, entry.rejected) >= 0
    return ledger


@pytest.fixture
def new_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return lambda: tmp_path_factory.mktemp("store")


@settings(deadline=None, max_examples=60)
@given(st.lists(DELIVERY, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_any_order_gives_the_table_of_a_plain_reading(tmp_path_factory: pytest.TempPathFactory, content: list[Any], chance: Any) -> None:
    folder = tmp_path_factory.mktemp("deliveries")
    # No two files are alike, and none is without a pupil.
    content = [([*rows, (f"p{place}", "", None, "", "1", "A")], *rest) for place, (rows, *rest) in enumerate(content)]
    deliveries = deliveries_of(folder, content)
    at_once, one_by_one = folder / "at_once", folder / "one_by_one"
    ledger = reconciled(update_store(at_once, deliveries, school_year=YEAR))
    expected, kept = plain_table(deliveries, content)
    assert table_of(at_once) == expected
    assert ledger.rows == len(expected)
    assert {entry.file: entry.kept for entry in ledger.entries} == {delivery.path.name: number for delivery, number in zip(deliveries, kept, strict=True)}
    shuffled = deliveries.copy()
    chance.shuffle(shuffled)
    for delivery in shuffled:
        update_store(one_by_one, [delivery], school_year=YEAR)
    assert contents(one_by_one) == contents(at_once)


ROWS = [("1", "A", dt.date(2023, 9, 4), "VM", "1", "A"), ("1", "A", dt.date(2023, 10, 2), "", "2", "A"), ("2", "B", dt.date(2023, 10, 2), "", "2", "A")]


def test_the_same_delivery_again_changes_nothing(tmp_path: Path) -> None:
    delivery = Delivery(written(tmp_path, "a.csv", ROWS), dt.date(2023, 11, 1))
    update_store(tmp_path / "store", [delivery, delivery], school_year=YEAR)
    before = contents(tmp_path / "store")
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "store").rglob("*")}
    update_store(tmp_path / "store", [delivery])
    assert contents(tmp_path / "store") == before
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "store").rglob("*")} == times


def test_the_first_content_again_at_a_later_date_is_a_correction(tmp_path: Path) -> None:
    first, wrong = written(tmp_path, "a.csv", ROWS), written(tmp_path, "b.csv", [(*ROWS[1][:5], "P")])
    for day, path in enumerate((first, wrong, first), 1):
        ledger = update_store(tmp_path / "store", [Delivery(path, dt.date(2023, 11, day))], school_year=YEAR)
    assert [row[5] for row in table_of(tmp_path / "store")] == ["A", "A", "A"]
    assert [(entry.kept, entry.replaced) for entry in reconciled(ledger).entries] == [(0, 3), (0, 1), (3, 0)]


def test_a_month_that_a_delivery_does_not_touch_is_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    update_store(tmp_path / "store", [Delivery(written(tmp_path, "a.csv", ROWS), dt.date(2023, 11, 1))], school_year=YEAR)
    made: list[str] = []
    real = absence_store._month
    monkeypatch.setattr(absence_store, "_month", lambda folder, ledger, month: made.append(month) or real(folder, ledger, month))
    later = Delivery(written(tmp_path, "b.csv", [(*ROWS[1][:5], "P")]), dt.date(2023, 12, 1))
    update_store(tmp_path / "store", [later])
    assert made == ["2023-10"]
    # A table that is not the ledger's is made anew.
    (tmp_path / "store" / "absences.parquet").unlink()
    update_store(tmp_path / "store", [later])
    assert made == ["2023-10", "2023-09", "2023-10"]


def test_a_school_without_absences_left_is_emptied_only_by_what_covers_it(tmp_path: Path) -> None:
    first = Delivery(written(tmp_path, "a.csv", ROWS), dt.date(2023, 11, 1))
    october = (dt.date(2023, 10, 1), dt.date(2023, 10, 31))
    correction = written(tmp_path, "b.csv", [("9", "A", dt.date(2023, 10, 5), "", "2", "A")])
    named, whole = tmp_path / "named", tmp_path / "whole"
    update_store(named, [first, Delivery(correction, dt.date(2023, 12, 1), october)], school_year=YEAR)
    assert [row[:2] for row in table_of(named)] == [("1", "A"), ("9", "A"), ("2", "B")]
    update_store(whole, [first, Delivery(correction, dt.date(2023, 12, 1), october, every_school=True)], school_year=YEAR)
    assert [row[:2] for row in table_of(whole)] == [("1", "A"), ("9", "A")]


def test_rejected_rows_have_a_reason_and_no_value(tmp_path: Path) -> None:
    day = dt.date(2023, 10, 2)
    rows = [*ROWS, ("", "A", day, "", "1", "A"), ("3", "A", None, "", "1", "A"), ("3", "A", dt.date(2022, 10, 3), "", "1", "A"), ("1", *ROWS[0][1:5], "P")]
    ledger = update_store(tmp_path / "store", [Delivery(written(tmp_path, "a.csv", rows), dt.date(2023, 11, 1))], school_year=YEAR)
    assert (tmp_path / "store" / "rejected.csv").read_text().splitlines() == [
        "delivered,file,row,field,problem",
        "2023-11-01,a.csv,1,day_part,a later row of the delivery speaks of the same half-day",
        "2023-11-01,a.csv,4,record_id,missing",
        "2023-11-01,a.csv,5,date,no usable date",
        "2023-11-01,a.csv,6,date,not in the school year 2023-2024",
    ]
    assert [(entry.rows_in, entry.kept, entry.rejected) for entry in reconciled(ledger).entries] == [(7, 3, 4)]


def test_the_table_is_what_a_register_of_absences_reads(tmp_path: Path) -> None:
    update_store(tmp_path / "store", [Delivery(written(tmp_path, "a.csv", ROWS), dt.date(2023, 11, 1))], school_year=YEAR)
    table = RegisterConfig(role="absences", preset="absence-warehouse", path=tmp_path / "store" / "absences.parquet")
    read, direct = read_register("a", table), read_register("b", table.model_copy(update={"path": tmp_path / "a.csv"}))
    assert (read.rejected.empty, read.notes) == (True, ())
    for field in ("record_id", "school", "date", "day_part", "half_days", "code"):
        assert sorted(read.records[field].fillna("").tolist()) == sorted(direct.records[field].fillna("").tolist())


def test_other_columns_and_formats(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("leerling,dag\n7,2023-10-02\n")
    how = RegisterConfig(role="absences", columns={"record_id": "leerling", "date": "dag"})
    update_store(tmp_path / "store", [Delivery(tmp_path / "a.csv", dt.date(2023, 11, 1))], written=how, school_year=YEAR)
    assert table_of(tmp_path / "store") == [("7", "", dt.date(2023, 10, 2), "", "", "")]
    dateless = RegisterConfig(role="absences", columns={"record_id": "leerling"})
    with pytest.raises(ConfigError, match="no column for the date"):
        update_store(tmp_path / "other", [Delivery(tmp_path / "a.csv", dt.date(2023, 11, 1))], written=dateless, school_year=YEAR)


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    delivery = Delivery(written(tmp_path, "a.csv", ROWS), dt.date(2023, 11, 1))
    store = tmp_path / "store"
    with pytest.raises(ConfigError, match="state the school year"):
        update_store(store, [delivery])
    with pytest.raises(OutputError, match="is no store of absences"):
        update_store(tmp_path, [delivery], school_year=YEAR)
    update_store(store, [delivery], school_year=YEAR)
    with pytest.raises(ConfigError, match="is the store of 2023-2024, not of 2022-2023"):
        update_store(store, [delivery], school_year="2022-2023")
    with pytest.raises(ConfigError, match="applied before as covering no days"):
        update_store(store, [Delivery(delivery.path, delivery.delivered, (FIRST, LAST))])
    with pytest.raises(ConfigError, match="ends before it starts"):
        Delivery(delivery.path, delivery.delivered, (LAST, FIRST))
    with pytest.raises(ConfigError, match="which days it covers"):
        Delivery(delivery.path, delivery.delivered, every_school=True)


def test_a_failure_leaves_the_store_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, later = tmp_path / "store", Delivery(written(tmp_path, "b.csv", [(*ROWS[1][:5], "P")]), dt.date(2023, 12, 1))
    update_store(store, [Delivery(written(tmp_path, "a.csv", ROWS), dt.date(2023, 11, 1))], school_year=YEAR)
    before = contents(store)
    monkeypatch.setattr(absence_store, "sorted_rows", lambda _rows: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OutputError, match="No space left on device"):
        update_store(store, [later])
    after = contents(store)
    assert {name: after[name] for name in before} == before
    monkeypatch.undo()
    update_store(store, [later])
    assert len(json.loads((store / "ledger.json").read_text())["deliveries"]) == 2


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("ledger.json", lambda text: text[:-20], "is damaged"),
        ("ledger.json", lambda text: text.replace('"format": 1', '"format": 99'), "not written by this version"),
        ("parts", None, "is missing or was changed"),
    ],
)
def test_a_store_that_was_changed_is_not_built_upon(tmp_path: Path, name: str, change: Any, said: str) -> None:
    store = tmp_path / "store"
    update_store(store, [Delivery(written(tmp_path, "a.csv", ROWS), dt.date(2023, 11, 1))], school_year=YEAR)
    if change is None:
        next((store / "parts").glob("*.parquet")).unlink()
    else:
        (store / name).write_text(change((store / name).read_text()))
    with pytest.raises(OutputError, match=said):
        update_store(store, [Delivery(written(tmp_path, "b.csv", ROWS), dt.date(2023, 12, 1))])


def test_deliveries_of_one_day_go_by_the_name_of_their_file(tmp_path: Path) -> None:
    paths = [written(tmp_path, f"{name}.csv", [(*ROWS[1][:5], code)]) for name, code in (("x", "A"), ("y", "P"))]
    for place, order in enumerate(itertools.permutations(paths)):
        store = tmp_path / f"store{place}"
        update_store(store, [Delivery(path, dt.date(2023, 11, 1)) for path in order], school_year=YEAR)
        assert [row[5] for row in table_of(store)] == ["P"]
