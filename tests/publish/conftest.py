"""Handmade results: the tables of a small run, without running one."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kleuterlink import run, synthetic
from kleuterlink.config import load_config
from kleuterlink.publish import write_outputs
from kleuterlink.results import Result
from kleuterlink.tables import STRING

MODEL = {
    "lists": {
        register: {
            "comparisons": [
                {
                    "name": "surname",
                    "levels": [
                        {"level": 0, "label": "different", "m": 0.02, "u": 0.95, "weight": -5.57},
                        {"level": 1, "label": "sounds alike", "m": 0.08, "u": 0.04, "weight": 1.0},
                        {"level": 2, "label": "equal", "m": 0.9, "u": 0.01, "weight": 6.49},
                    ],
                },
                {
                    "name": "birth_date",
                    "levels": [
                        {"level": 0, "label": "different", "m": 0.01, "u": 0.999, "weight": -6.64},
                        {"level": 1, "label": "equal", "m": 0.99, "u": 0.001, "weight": 9.95},
                    ],
                },
            ]
        }
        for register in ("pupils_nl", "pupils_fr")
    }
}

QUALITY: dict[str, object] = {
    "registers": {
        "births": {
            "role": "births",
            "rows_in": 207,
            "used": 200,
            "rejected": 7,
            "completeness": {"national_number": 0.93, "surname": 1.0, "birth_date": 0.995},
            "notes": [],
        },
        "pupils_nl": {
            "role": "enrolments",
            "rows_in": 151,
            "used": 150,
            "rejected": 1,
            "completeness": {"national_number": 0.99, "surname": 0.41},
            "notes": ["street: unknown on every row"],
        },
        "pupils_fr": {"role": "enrolments", "rows_in": 40, "used": 40, "rejected": 0, "completeness": {"surname": 1.0, "birth_date": 1.0}, "notes": []},
    },
    "blocking": {
        "pupils_nl": [
            {"rule": "national_number", "pairs": 140, "new_pairs": 140, "largest_block": 2, "refined": 0},
            {"rule": "birth_date + surname", "pairs": 160, "new_pairs": 22, "largest_block": 4, "refined": 3},
        ],
        "pupils_fr": [{"rule": "birth_date + surname", "pairs": 61, "new_pairs": 61, "largest_block": 3, "refined": 0}],
    },
    "candidate_pairs": {"pupils_nl": 162, "pupils_fr": 61},
    "links": {"pupils_nl": 143, "pupils_fr": 36},
    "possible_links": {"pupils_nl": 4, "pupils_fr": 2},
    "second_look": {"pupils_nl": {"leftover_births": 57, "leftover_records": 7, "expected_unseen": 0.45, "links": 3}},
    "not_found": {
        "without_link": 8,
        "on_list": 6,
        "expected": 6.4,
        "interval": [4.0, 9.0],
        "ppv": 0.87,
        "ppv_interval": [0.667, 1.0],
        "sensitivity": 0.83,
        "sensitivity_interval": [0.6, 1.0],
    },
    "statuses": {"enrolled_nl": 177, "enrolled_fr": 5, "not_found": 6, "undetermined": 4, "not_yet_entitled": 8},
    "flow": {
        "births": {
            "rows_in": 207,
            "rejected": 7,
            "used": 200,
            "linked": 180,
            "possible": 5,
            "unlinked": 15,
            "found": 182,
            "not_found": 6,
            "undetermined": 4,
            "not_yet_entitled": 8,
        },
        "pupils_nl": {"rows_in": 151, "rejected": 1, "used": 150, "candidate_pairs": 162, "linked": 143, "possible": 3, "unlinked": 4},
        "pupils_fr": {"rows_in": 40, "rejected": 0, "used": 40, "candidate_pairs": 61, "linked": 36, "possible": 1, "unlinked": 3},
    },
    "linkage": {
        "pupils_nl": {
            "precision": 0.998,
            "recall": 0.985,
            "blocking_loss": 0.004,
            "records": 150,
            "linked": 143,
            "precision_interval": [0.98, 1.0],
            "recall_interval": [0.955, 0.996],
            "blocking_loss_interval": [0.0, 0.012],
        },
        "pupils_fr": {"precision": 0.994, "recall": 0.951, "blocking_loss": 0.011, "records": 40, "linked": 36},
    },
    "cut_curve": [
        {"cut": cut, "on_list": on_list, "expected_false_alarms": false, "expected_missed": missed}
        for cut, on_list, false, missed in ((0.1, 14, 7.8, 0.2), (0.3, 9, 3.1, 0.5), (0.5, 6, 0.8, 1.2), (0.7, 5, 0.4, 1.8), (0.9, 3, 0.1, 3.5))
    ],
    "groups": [
        {"group": "municipality", "value": "21012", "children": 80, "expected_not_found": 4.2, "on_list": 4, "without_link": 5, "linked_share": 0.91},
        {"group": "municipality", "value": "21015", "children": 120, "expected_not_found": 2.2, "on_list": 2, "without_link": 3, "linked_share": 0.96},
        {
            "group": "national number",
            "value": "missing",
            "children": 14,
            "expected_not_found": 1.9,
            "interval": [1.0, 3.0],
            "on_list": 2,
            "without_link": 2,
            "linked_share": 0.78,
            "precision": 0.97,
            "precision_interval": [0.9, 1.0],
            "recall": 0.93,
            "recall_interval": [0.86, 1.0],
        },
    ],
    "implausible": {"linked": 179, "two_children_on_one_record": 0, "school_before_two": 2, "one_number_on_two_children": 1, "other_sex": 3},
    "warnings": ["pupils_nl: surname is known on 41% of the rows only"],
}


def make(*, children: int = 200, on_list: int = 6, seed: int = 1) -> Result:
    """Make the tables of a run over so many children, the first of whom are on the list."""
    rng = np.random.default_rng(seed)
    ids = [f"K{number:06d}" for number in range(children)]
    chance = np.r_[np.sort(rng.uniform(0.5, 1, on_list))[::-1], rng.beta(0.05, 5, children - on_list)]
    reasons = ["no_candidate" if place % 2 else "weak_candidate" for place in range(on_list)] + ["linked"] * (children - on_list)
    status = ["not_found"] * on_list + ["found"] * (children - on_list)
    register = ["pupils_nl" if place % 4 else "pupils_fr" for place in range(children)]
    frame = pd.DataFrame(
        {
            "child_id": ids,
            "status": status,
            "p_not_found": chance,
            "found_in": ["" if place < on_list else register[place] for place in range(children)],
            "reason": reasons,
        }
    )
    texts = ["child_id", "status", "found_in", "reason"]
    frame = frame.astype(dict.fromkeys(texts, STRING))
    pairs = pd.DataFrame(
        {
            "register": register,
            "record_id": [f"R{number:05d}" for number in range(children)],
            "child_id": ids,
            "match_weight": np.r_[np.full(on_list, -2.5), np.full(children - on_list, 17.0)],
            "match_probability": 1 - chance,
            "decision": ["non_link"] * on_list + ["link"] * (children - on_list),
            "blocking_rules": "national_number;birth_date + surname",
            "level_surname": np.r_[np.full(on_list, 1, np.int8), np.full(children - on_list, 2, np.int8)],
            "level_birth_date": np.r_[np.full(on_list, -1, np.int8), np.full(children - on_list, 1, np.int8)],
        }
    ).astype(dict.fromkeys(["register", "record_id", "child_id", "decision", "blocking_rules"], STRING))
    listed = frame.loc[: on_list - 1, ["child_id", "p_not_found", "reason"]].assign(as_of="2024-02-01", sources="pupils_nl;pupils_fr")
    return Result(
        links=pairs[pairs["decision"] == "link"].reset_index(drop=True),
        candidates=pairs.drop(index=0).reset_index(drop=True) if on_list else pairs,
        children=frame,
        not_found=listed[["child_id", "p_not_found", "as_of", "sources", "reason"]],
        rejected=pd.DataFrame({"register": ["births"], "row": [3], "field": ["birth_date"], "problem": ["does not fit %Y-%m-%d"]}),
        quality=copy.deepcopy(QUALITY),
        manifest={
            "versions": {"kleuterlink": "1.0.0"},
            "configuration": {
                "run": {"as_of": dt.date(2024, 2, 1), "school_year": "2023-2024", "out": "out"},
                "decision": {"cost_false_alarm": 1.0, "cost_missed_child": 1.0},
            },
            "inputs": {"births": {"sha256": "ab" * 32}},
            "timings": {"read": 0.12},
        },
        model=copy.deepcopy(MODEL),
    )


@pytest.fixture(scope="session")
def make_result() -> Callable[..., Result]:
    """Return the factory of handmade results; `quality` replaces what it says of quality."""

    def factory(*, quality: dict[str, object] | None = None, **how: int) -> Result:
        result = make(**how)
        return result if quality is None else replace(result, quality=quality)

    return factory


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory) -> Path:
    """Return the folder of a real run over sample registers, with absences up to the Christmas holiday and applicants."""
    folder = tmp_path_factory.mktemp("sample")
    config = load_config(
        synthetic.write_sample(folder, synthetic.make_registers(1_500, seed=4, absences=True, applications=True), absences=True, applications=True)
    )
    counted = config.participation.model_copy(update={"counted_until": dt.date(2024, 1, 7)})
    out = folder / "out"
    write_outputs(run(config.model_copy(update={"participation": counted})), out)
    return out
