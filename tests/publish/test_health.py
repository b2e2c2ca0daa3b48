"""Which column names speak of health."""

from __future__ import annotations

import pytest

from kleuterlink.config import FIELDS
from kleuterlink.publish.receivers.health import HEALTH_WORDS, looks_like_health
from kleuterlink.read.presets import PRESETS


@pytest.mark.parametrize(
    "name",
    [
        "vaccinatie",
        "VACCIN_1",
        "diagnose",
        "Gezondheidsdossier",
        "medisch_attest",
        "handicap",
        "état de santé",
        "type_stoornis",
        "bmi",
        "BMI (kg/m2)",
        "autisme",
        "health_status",
    ],
)
def test_health_is_recognised(name: str):
    assert looks_like_health(name)


def test_no_field_and_no_column_of_a_known_source_is_taken_for_health():
    columns = {
        column
        for preset in PRESETS.values()
        for names in [*preset.columns.values(), *preset.extra.values()]
        for column in ([names] if isinstance(names, str) else names)
    }
    assert [name for name in (*FIELDS, *columns) if looks_like_health(name)] == []


def test_no_word_is_part_of_another():
    assert [(one, other) for one in HEALTH_WORDS for other in HEALTH_WORDS if one != other and one in other and one not in {"ziek", "trouble", "bmi"}] == []
