"""Names that look like health data, which has no place in a linkage and never leaves with its results."""

from __future__ import annotations

import re
import unicodedata

from kleuterlink.config import RunConfig
from kleuterlink.errors import ConfigError

HEALTH_WORDS = (
    *("gezondheid", "health", "sante", "medisch", "medica", "medecin", "dokter", "huisarts", "ziek", "maladie", "disease", "hospital", "hopital"),
    *("vaccin", "inenting", "diagnos", "handicap", "beperking", "invalid", "stoornis", "trouble", "syndroom", "syndrome", "allerg", "astma", "asthm"),
    *("epileps", "diabet", "autis", "adhd", "zorgnood", "bloedgroep", "groupesanguin", "vitalink", "icd10", "bmi"),
)
"""Beginnings and parts of words, in Dutch, French and English, without accents; `bmi` and the like only as a word of their own."""

_WHOLE = frozenset({"bmi", "adhd", "icd10", "ziek", "trouble"})


def refuse_health_data(config: RunConfig) -> None:
    """Refuse a run whose configuration maps a column that looks like health data.

    Parameters
    ----------
    config
        The run's configuration.

    Raises
    ------
    ConfigError
        A field, a further column or what it is called in the source names health: take it out and run again.

    """
    for name, register in config.registers.items():
        for field, column in {**register.columns, **register.extra}.items():
            if looks_like_health(field) or looks_like_health(column):
                raise ConfigError(
                    f"registers.{name}: column {column} (as {field}) looks like health data, which may not go along; "
                    f"leave it out of the configuration and run again"
                )


def looks_like_health(name: str) -> bool:
    """Tell whether a column's name speaks of health."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = set(re.split(r"[^a-z0-9]+", plain))
    joined = re.sub(r"[^a-z0-9]+", "", plain)
    return any(word in words if word in _WHOLE else word in joined for word in HEALTH_WORDS)
