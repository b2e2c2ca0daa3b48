"""Published shares come back from registers that were built to them: read, linked and counted as any other (domain facts, section 4).

The registers are synthetic ones, moved to the school year and without national numbers (which would tell the year of birth). Who is enrolled,
and what each pupil's half-days are, is planned to the share; between plan and figure lie only the linkage and the counting.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import kleuterlink
from kleuterlink import synthetic
from kleuterlink.config import RunConfig, parse_config
from kleuterlink.participation.school_days import SchoolDays

TOLERANCE = 0.004
"""Of a share: what a few children whom the linkage misses or mistakes may move among a thousand of an age."""

LISTED = 2023
"""First calendar year of the school year of the synthetic registers."""


@dataclass(frozen=True)
class Plan:
    """Shares of a school year, as published: by age on 31 December of those enrolled, of these attending enough for the allowance, for admission."""

    school_year: str
    enrolled: dict[int, float]
    allowance: dict[int, float]
    admission: dict[int, float]
    source: str

    @property
    def recorded(self) -> bool:
        return self.school_year < "2019-2020"


PLANS = [
    Plan("2018-2019", {3: 0.98, 4: 0.99, 5: 0.99}, {3: 0.96, 4: 0.97, 5: 0.97}, {}, "AGODI: enrolled, and attending enough among the enrolled"),
    Plan("2019-2020", {}, {}, {5: 0.981}, "Statistiek Vlaanderen: admission"),
    Plan("2020-2021", {}, {5: 0.974}, {5: 0.883}, "Statistiek Vlaanderen: allowance, admission"),
    Plan("2021-2022", {}, {5: 0.967}, {5: 0.760}, "Statistiek Vlaanderen: allowance, admission"),
    Plan("2022-2023", {}, {5: 0.965}, {5: 0.816}, "Statistiek Vlaanderen: allowance, admission"),
]


@pytest.fixture(scope="module")
def registers() -> synthetic.Registers:
    # Published figures cover the Flemish Region; everybody whom the plan does not leave out is enrolled.
    rates = replace(synthetic.RATES, brussels=0.0, not_found=0.0, french_in_flanders=0.0, moved=0.2)
    return synthetic.make_registers(4_000, seed=11, rates=rates)


def moved(dates: pd.Series, years: int, form: str) -> pd.Series:
    """Move dates back by whole years; 29 February becomes the 28th."""
    days = pd.to_datetime(dates.where(dates != ""), format=form) - pd.DateOffset(years=years)
    return days.dt.strftime(form).fillna("")


def chosen(children: pd.DataFrame, share: float, rng: np.random.Generator) -> set[str]:
    """Choose a share of children, to the child."""
    return set(rng.permutation(children["child_id"])[: round(share * len(children))])


def build(registers: synthetic.Registers, plan: Plan) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Return the registers of the plan's school year, and what is true of every child: `child_id`, `age`, `enrolled`, `allowance`, `admission`."""
    rng = np.random.default_rng(5)
    years = LISTED - int(plan.school_year[:4])
    births = registers.births.assign(insz="", geboortedatum=moved(registers.births["geboortedatum"], years, "%Y-%m-%d"))
    pupils = registers.enrolments.assign(rijksregisternummer="")
    for column in ("geboortedatum", "begindatum", "einddatum"):
        pupils[column] = moved(pupils[column], years, "%d/%m/%Y")
    truth = pd.DataFrame({"child_id": births["kg_id"], "age": int(plan.school_year[:4]) - births["geboortedatum"].str[:4].astype(int)})
    everybody = set(truth["child_id"])
    left_out = set().union(*(chosen(truth[truth["age"] == age], 1 - share, rng) for age, share in plan.enrolled.items()))
    truth["enrolled"] = truth["child_id"].isin(everybody - left_out)
    for purpose, shares in (("allowance", plan.allowance), ("admission", plan.admission)):
        truth[purpose] = truth["enrolled"]
        for age, share in shares.items():
            # Whoever has enough for admission has enough for the allowance too.
            among = truth[(truth["age"] == age) & truth["enrolled"]]
            allowed = among[among["allowance"]] if purpose == "admission" else among
            truth.loc[truth["age"] == age, purpose] = truth["child_id"].isin(chosen(allowed, share * len(among) / len(allowed), rng))
    matches = registers.matches[registers.matches["child_id"].isin(left_out)]
    pupils = pupils[~pupils["stamnummer"].isin(set(matches["record_id"]))].reset_index(drop=True)
    return {"births": births, "pupils": pupils, "absences": half_days(registers, pupils, truth, plan)}, truth


def half_days(registers: synthetic.Registers, pupils: pd.DataFrame, truth: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Write the half-days of every pupil's days: absences or, where presence was recorded, presences."""
    calendar = SchoolDays(plan.school_year)
    days = calendar.first + np.flatnonzero(calendar.half_days)
    amount = calendar.half_days[calendar.half_days > 0]
    known = registers.matches.merge(truth[truth["enrolled"]], on="child_id")
    # Presence: all days or the first twenty. Absence: ten half-days, or (accepted or not) more than the threshold leaves room for.
    needed = 250 if plan.school_year == "2019-2020" else 290
    many, few = (np.searchsorted(np.cumsum(amount), number) + 1 for number in (calendar.total - needed + 20, 10))
    kinds = np.where(known["allowance"] & known["admission"], few, many)
    lengths = np.where(known["allowance"], len(days), 20) if plan.recorded else kinds
    code = np.where(~known["allowance"], "B", np.where(known["admission"], "B", "P"))
    row = np.repeat(np.arange(len(known)), lengths)
    day = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    rows = pd.DataFrame({"child_id": known["child_id"].to_numpy()[row], "stamnummer": known["record_id"].to_numpy()[row], "day": day})
    starts = pd.to_datetime(pupils.set_index("stamnummer")["begindatum"], format="%d/%m/%Y")
    rows["start"] = rows["stamnummer"].map(starts)
    rows["code"] = "" if plan.recorded else "A" if plan.school_year == "2019-2020" else code[row]
    # A pupil of two schools is absent from the one that it went to last.
    rows = rows[rows["start"] <= days[rows["day"]]].sort_values(["child_id", "day", "start", "stamnummer"])
    rows = rows.drop_duplicates(["child_id", "day"], keep="last")
    written = pd.Series(days).dt.strftime("%d/%m/%Y").to_numpy()
    return pd.DataFrame(
        {
            "stamnummer": rows["stamnummer"].to_numpy(),
            "datum": written[rows["day"]],
            "halve_dagen": amount[rows["day"]].astype(str),
            "code": rows["code"].to_numpy(),
        }
    )


def configuration(plan: Plan) -> RunConfig:
    participation: dict[str, Any] = {}
    if plan.school_year == "2020-2021":
        # The sources disagree on admission in this year: 250 or 290. Statistiek Vlaanderen's figure is taken at its own threshold.
        participation["thresholds"] = [{"school_year": plan.school_year, "age": 5, "purpose": "admission", "half_days": 290}]
    registers = {
        "births": {"role": "births", "preset": "kind-en-gezin", "path": "births.csv"},
        "pupils": {"role": "enrolments", "preset": "discimus", "path": "pupils.csv"},
        "absences": {"role": "absences", "preset": "absence-warehouse", "path": "absences.csv"},
    }
    return parse_config({"run": {"school_year": plan.school_year}, "registers": registers, "participation": participation})


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.school_year)
def test_published_shares_come_back(registers: synthetic.Registers, plan: Plan, tmp_path: Path) -> None:
    tables, truth = build(registers, plan)
    for name, table in tables.items():
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    result = kleuterlink.run(configuration(plan).model_copy(update={"base": tmp_path}))
    children = result.children.merge(truth, on="child_id", suffixes=("", "_true"))
    assert sum(len(shares) for shares in (plan.enrolled, plan.allowance, plan.admission)) > 0
    for age, share in plan.enrolled.items():
        of_age = children[children["age"] == age]
        assert len(of_age) > 900
        assert of_age["status"].str.startswith("enrolled").mean() == pytest.approx(share, abs=TOLERANCE)
    for purpose, shares in (("allowance", plan.allowance), ("admission", plan.admission)):
        for age, share in shares.items():
            answers = children.loc[(children["age"] == age) & children["status"].str.startswith("enrolled"), f"enough_{purpose}"]
            assert answers.notna().mean() > 0.98
            assert answers.mean() == pytest.approx(share, abs=TOLERANCE)
    rows = result.quality["absence_rows"]["absences"]
    assert sum(rows.values()) == len(tables["absences"])
    assert rows["counted"] + rows["counted_present"] > 0.999 * len(tables["absences"])
