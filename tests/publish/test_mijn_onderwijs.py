"""The report for heads: half-days and outlook of every pupil, each in its own school's file and in no other."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from publish.runs import Rows, read_csv, write_run

from kleuterlink.errors import OutputError
from kleuterlink.publish.receivers.mijn_onderwijs import PUPILS, SCHOOLS
from kleuterlink.publish.receivers.registry import publish
from kleuterlink.publish.receivers.run_folder import Options

THRESHOLDS = {2: (100, None, None), 3: (150, None, None), 4: (185, None, None), 5: (290, 290, 290)}
# The calendar of 2023-2024 has 137 half-days up to the Christmas holiday, and 191 after it.
CHRISTMAS, TO_COME = "2024-01-07", 191


def pupil(
    record_id: str, school: str | None = "30001", *, age: int = 5, days: tuple[int, int, int] | None = (137, 130, 0), **facts: object
) -> dict[str, object]:
    """Return a row of `enrolments.parquet`: half-days possible, present, accepted."""
    possible, present, accepted = days or (None, None, None)
    allowance, admission, compulsory = THRESHOLDS.get(age, (None, None, None))
    return {
        "register": "pupils_nl", "community": "nl", "record_id": record_id, "child_id": f"K{record_id}", "match_probability": 0.99,
        "school": school, "special": False, "enrolled_from": dt.date(2023, 9, 1), "enrolled_until": None, "active": True, "age": age,
        "compulsory": age == 5, "municipality": "GENT",
        "half_days_possible": possible, "half_days_present": present, "half_days_accepted": accepted,
        "threshold_allowance": allowance, "threshold_admission": admission, "threshold_compulsory": compulsory, **facts,
    }  # fmt: skip


def published(folder: Path, pupils: Rows, *, counted_until: str | None = CHRISTMAS, **run: object) -> Path:
    rules = {"counted_until": counted_until} if counted_until else {}
    rules |= {"possible_half_days_by_school": run.pop("possible")} if "possible" in run else {}
    schools = run.pop("schools", None)
    out = write_run(folder / "out", run=run, configuration={"participation": rules}, enrolments=pupils, children=[], schools=schools)
    publish("mijn-onderwijs", [out], Options(keep_until=dt.date(2025, 8, 31)))
    return folder / "out-mijn-onderwijs"


def row(folder: Path, record_id: str, school: str = "30001") -> dict[str, str]:
    pupils = read_csv(folder / f"school-{school}.csv").set_index("stamnummer")
    return pupils.loc[record_id].to_dict()


def test_the_outlook_counts_what_each_purpose_counts(tmp_path):
    # Present 119 of 137: 119 + 191 x 119 / 137 = 284.9. With 10 accepted absences, 129 + 191 x 129 / 137 = 308.8.
    seen = row(published(tmp_path, [pupil("1", days=(137, 119, 10))]), "1")
    assert (seen["mogelijk"], seen["aanwezig"], seen["gewettigd"], seen["aanwezigheid"]) == ("137", "119", "10", "0.8686")
    assert (seen["verwacht_lager"], seen["drempel_lager"], seen["oordeel_lager"]) == ("284", "290", "risico")
    assert (seen["verwacht_toeslag"], seen["drempel_toeslag"], seen["oordeel_toeslag"]) == ("308", "290", "op schema")
    assert seen["oordeel_leerplicht"] == "op schema"


@pytest.mark.parametrize(
    ("age", "days", "outlook"),
    [
        (2, (137, 100, 0), "gehaald"),
        (3, (137, 60, 0), "risico"),
        (4, (137, 80, 0), "op schema"),
        (5, (137, 90, 0), "niet haalbaar"),
        (3, (12, 6, 0), "te vroeg"),
        (3, None, "geen gegevens"),
        (6, (137, 130, 0), "geen drempel"),
    ],
)
def test_the_threshold_is_that_of_the_age(tmp_path, age, days, outlook):
    assert row(published(tmp_path, [pupil("1", age=age, days=days)]), "1")["oordeel_toeslag"] == outlook


def test_half_days_of_another_school_count_for_the_outlook_and_are_not_shown(tmp_path):
    pupils = [
        pupil("1", "30001", age=4, days=(60, 20, 0), child_id="K1", enrolled_until=dt.date(2023, 10, 20)),
        pupil("2", "30002", age=4, days=(77, 77, 0), child_id="K1", enrolled_from=dt.date(2023, 10, 21)),
        pupil("3", "30002", age=4, days=(77, 77, 0), child_id=None),
        pupil("4", "30002", age=4, days=(77, 77, 0), child_id=None),
    ]
    folder = published(tmp_path, pupils)
    moved, unlinked = row(folder, "2", "30002"), row(folder, "3", "30002")
    # (20 + 77) + 191 x 97 / 137 = 232.2; by itself 77 + 191 = 268.
    assert (moved["aanwezig"], moved["ook_elders"], moved["verwacht_toeslag"]) == ("77", "ja", "232")
    assert (unlinked["aanwezig"], unlinked["ook_elders"], unlinked["verwacht_toeslag"]) == ("77", "nee", "268")
    gone = row(folder, "1")
    assert (gone["toestand"], gone["aanwezig"], gone["verwacht_toeslag"], gone["oordeel_toeslag"]) == ("uitgeschreven", "20", "", "")


def test_a_school_with_fewer_half_days_has_fewer_to_come(tmp_path):
    possible = {"2023-2024": {"30001": 164}}
    folder = published(tmp_path, [pupil("1", age=4, days=(70, 70, 0)), pupil("2", "30002", age=4, days=(70, 70, 0))], possible=possible)
    assert row(folder, "1")["verwacht_toeslag"] == str(70 + TO_COME // 2)
    assert row(folder, "2", "30002")["verwacht_toeslag"] == str(70 + TO_COME)


def test_an_enrolment_that_ends_before_summer_has_no_half_days_after_it(tmp_path):
    folder = published(tmp_path, [pupil("1", age=4, days=(70, 70, 0), enrolled_until=dt.date(2024, 1, 9))])
    # Monday 8 and Tuesday 9 January.
    assert row(folder, "1")["verwacht_toeslag"] == "74"


def test_a_pupil_stands_in_its_own_schools_file_with_the_fields_a_head_may_have(tmp_path):
    folder = published(tmp_path, [pupil("111"), pupil("222", "30002")])
    for school, own, other in (("30001", "111", "222"), ("30002", "222", "111")):
        assert tuple(read_csv(folder / f"school-{school}.csv").columns) == tuple(PUPILS)
        for kind in ("csv", "html"):
            text = (folder / f"school-{school}.{kind}").read_text(encoding="utf-8")
            assert own in text
            assert other not in text
            # The birth register's id and where the child lives are no business of the school.
            assert not [field for field in ("K111", "K222", "GENT", "http://", "https://") if field in text]
    assert {column.split("_")[0] for column in PUPILS} == {
        "stamnummer", "leeftijd", "toestand", "mogelijk", "aanwezig", "gewettigd", "aanwezigheid", "ook", "verwacht", "drempel", "oordeel",
    }  # fmt: skip


def test_every_enrolment_is_counted_once_and_none_of_the_other_community(tmp_path):
    pupils = [
        pupil("1"),
        pupil("2", enrolled_until=dt.date(2023, 11, 30)),
        pupil("3", enrolled_from=dt.date(2024, 1, 8), days=None),
        pupil("4", enrolled_from=dt.date(2021, 9, 1), enrolled_until=dt.date(2022, 6, 30), days=None),
        pupil("5", enrolled_from=None),
        pupil("6", None),
        pupil("E1", "1234", register="pupils_fr", community="fr"),
    ]
    folder = published(tmp_path, pupils)
    schools = read_csv(folder / "scholen.csv")
    assert tuple(schools.columns) == tuple(SCHOOLS)
    assert schools[["school", "ingeschreven", "uitgeschreven", "begint_later", "vroeger", "bestand"]].to_numpy().tolist() == [
        ["30001", "2", "1", "1", "1", "school-30001"],
        ["", "1", "0", "0", "0", ""],
    ]
    assert read_csv(folder / "school-30001.csv")["stamnummer"].tolist() == ["1", "2", "5"]
    assert sorted(path.name for path in folder.iterdir()) == ["manifest.json", "scholen.csv", "school-30001.csv", "school-30001.html"]


def test_a_school_with_one_pupil_has_a_page(tmp_path):
    page = (published(tmp_path, [pupil("1")]) / "school-30001.html").read_text(encoding="utf-8")
    assert "ingeschreven kleuter<" in page
    assert "Geen enkele kleuter dreigt" in page
    assert "31 augustus 2025" in page


def test_two_schools_whose_numbers_make_the_same_file_name_get_two(tmp_path):
    folder = published(tmp_path, [pupil("1", "A/1"), pupil("2", "a-1")])
    assert {read_csv(path)["stamnummer"].iloc[0] for path in folder.glob("school-*.csv")} == {"1", "2"}


@pytest.mark.parametrize(
    ("counted_until", "moment"),
    [("2023-12-22", ""), ("2023-12-24", "na de kerstvakantie"), (CHRISTMAS, "na de kerstvakantie"), ("2024-02-09", "na de kerstvakantie"),
     ("2024-03-15", ""), ("2024-03-31", "na de paasvakantie"), ("2024-05-31", "na de paasvakantie"), ("2024-08-31", "het hele schooljaar")],
)  # fmt: skip
def test_a_report_is_named_after_the_holiday_that_it_follows(tmp_path, counted_until, moment):
    page = (published(tmp_path, [pupil("1")], counted_until=counted_until) / "school-30001.html").read_text(encoding="utf-8")
    named = [text for text in ("na de kerstvakantie", "na de paasvakantie", "het hele schooljaar") if f" · {text}</p>" in page]
    assert named == ([moment] if moment else [])


def test_a_day_up_to_which_to_count_is_needed_until_the_year_is_over(tmp_path):
    with pytest.raises(OutputError, match=r"state participation\.counted_until"):
        published(tmp_path, [pupil("1")], counted_until=None)
    folder = published(tmp_path / "later", [pupil("1", days=(326, 290, 0))], counted_until=None, as_of="2024-07-01")
    assert row(folder, "1")["oordeel_lager"] == "gehaald"


def test_a_head_reads_the_name_of_the_school_where_it_is_known(tmp_path):
    schools = [{"community": "nl", "school": "30001", "name": "De <Regenboog>"}, {"community": "fr", "school": "30001", "name": "L'Arc-en-ciel"}]
    page = (published(tmp_path, [pupil("1")], schools=schools) / "school-30001.html").read_text(encoding="utf-8")
    assert "<h1>School 30001 · De &lt;Regenboog&gt;</h1>" in page


def test_a_real_run_is_published_whole(sample_run, tmp_path):
    publish("mijn-onderwijs", [sample_run], Options(keep_until=dt.date(2025, 8, 31)), to=tmp_path / "mo")
    enrolments = pq.read_table(sample_run / "enrolments.parquet").to_pandas()
    enrolments = enrolments[enrolments["community"] == "nl"]
    schools = pd.read_csv(tmp_path / "mo" / "scholen.csv")
    assert schools[["ingeschreven", "uitgeschreven", "begint_later", "vroeger"]].to_numpy().sum() == len(enrolments) > 1_000
    pupils = pd.concat([read_csv(path) for path in (tmp_path / "mo").glob("school-*.csv")], ignore_index=True)
    own = enrolments.set_index("record_id")
    known = pupils[pupils["aanwezig"] != ""]
    assert len(known) > 0.9 * len(pupils)
    assert known["aanwezig"].astype(int).tolist() == own.loc[known["stamnummer"], "half_days_present"].astype(int).tolist()
    here = pupils[pupils["toestand"] == "ingeschreven"]
    assert len(here) == schools["ingeschreven"].sum()
    followed = here[["oordeel_toeslag", "oordeel_lager", "oordeel_leerplicht"]].isin(["risico", "niet haalbaar"]).any(axis=1)
    assert followed.sum() == schools["op_te_volgen"].sum() > 0
