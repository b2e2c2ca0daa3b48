"""One register by itself: which of its records are one person's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from kleuterlink import engines, evaluate
from kleuterlink.block import report_rows
from kleuterlink.config import FIELDS, RegistersConfig, Role, describe_registers
from kleuterlink.errors import ConfigError
from kleuterlink.intake import Frame, Progress
from kleuterlink.linkage.one_register import OneRegister, deduplicate_register
from kleuterlink.normalise import encode, normalise
from kleuterlink.pipeline import Clock
from kleuterlink.read import file_hash, frame_hash, read_register
from kleuterlink.results import Deduplicated
from kleuterlink.schemas import CLUSTERS, DUPLICATE_PAIRS
from kleuterlink.tables import STRING, BoolArray

LIKELY = 0.5
"""Probability from which two records are joined."""

POSSIBLE = 0.05
"""Probability from which a pair is shown, though its records are in different clusters."""

REGISTER = "register"
"""What a table is called that no configuration names."""


def deduplicate(
    register: Frame | None = None,
    *,
    config: RegistersConfig | str | Path | Mapping[str, object] | None = None,
    name: str | None = None,
    progress: Progress | None = None,
) -> Deduplicated:
    """Find the records of one person within a register.

    Parameters
    ----------
    register
        A row per record: columns `id` and any of `config.FIELDS`, dates as yyyy-mm-dd text or dates; further ones where `config` compares them.
        Left out where the configuration gives a file.
    config
        A configuration, its TOML file, or what that would hold. Where it has no `registers`, the table's columns are named as the fields.
    name
        Which of the configuration's registers; may be left out where there is only one.
    progress
        Called with a stage's name and the share of it that is done (None where not known).

    Returns
    -------
    Deduplicated
        Clusters, pairs and quality. They do not depend on the order of the rows, except that `clusters` follows the register.

    Raises
    ------
    ConfigError
        There is nothing to read or to compare, the register is not named, or the configuration names something that cannot be.
    InputError
        The register cannot be read.

    Notes
    -----
    Records are joined so that the log-odds of the pairs inside clusters have the largest sum: likenesses do not chain, as an unlike pair
    inside a cluster counts against it. Twins and namesakes stay apart.

    Examples
    --------
    >>> import pandas as pd
    >>> columns = ["id", "first_names", "surname", "birth_date"]
    >>> rows = [("P1", "Lotte", "Maes", "2020-05-04"), ("P2", "Lotte", "Maes", "2020-05-04"), ("P3", "Noah", "Peeters", "2020-07-02")]
    >>> deduplicate(pd.DataFrame(rows, columns=columns)).clusters[["record_id", "cluster_id"]].to_numpy().tolist()
    [['P1', 'P1'], ['P2', 'P1'], ['P3', 'P3']]

    """
    settings, name = _settings(register, config, name)
    clock = Clock(progress)
    clock("read", None)
    if register is None and settings.engine.name == "spark":
        register = engines.spark.read_tables(settings, settings.registers.keys() - {name}).get(name)
    read = read_register(name, settings.registers[name], base=settings.base, frame=register)
    fingerprint = file_hash(settings.base / str(settings.registers[name].path)) if register is None else frame_hash(register)
    clock("normalise", None)
    extras = {comparison.column: comparison.kind for comparison in settings.linkage.comparisons}
    normalised = normalise(read.records, extras=extras)
    (encoded,) = encode([normalised], extras=extras)
    clock("deduplicate", None)
    found = deduplicate_register(encoded, settings, LIKELY)
    together = found.clusters.of[found.pairs.left] == found.clusters.of[found.pairs.right]
    return Deduplicated(
        clusters=_clusters(found).set_index("record_id").loc[normalised["record_id"]].reset_index(),
        pairs=_pairs(found, together),
        rejected=read.rejected,
        quality={**_quality(found, together), "notes": list(read.notes)},
        manifest=evaluate.manifest(settings, {name: read}, {name: fingerprint}, clock.stop()),
    )


def _settings(register: Frame | None, config: RegistersConfig | str | Path | Mapping[str, object] | None, name: str | None) -> tuple[RegistersConfig, str]:
    """Return the configuration, and the name of the register in it."""
    if config is None and register is None:
        raise ConfigError("hand over a table, or a configuration that names a file")
    if not isinstance(config, RegistersConfig):
        given = {} if config is None else config
        if register is not None and isinstance(given, Mapping) and "registers" not in given:
            given = {**given, "registers": {name or REGISTER: _described(register, given)}}
        config = describe_registers(given)
    persons = [each for each, settings in config.registers.items() if settings.role is not Role.ABSENCES]
    if name is None and len(persons) == 1:
        name = persons[0]
    if name not in persons:
        raise ConfigError(f"name one of the configuration's registers of persons: {', '.join(persons) or 'it has none'}")
    return config, name


def _described(register: Frame, config: Mapping[str, object]) -> dict[str, object]:
    """Describe a table whose columns are named as the fields are."""
    columns = list(map(str, register.column_names if isinstance(register, pa.Table) else register.columns))
    if "id" not in columns:
        raise ConfigError(f"{REGISTER}: there is no column id; it has {', '.join(columns)}")
    linkage = config.get("linkage")
    compared = linkage.get("comparisons", ()) if isinstance(linkage, Mapping) else ()
    extra = {each["column"] for each in compared if isinstance(each, Mapping) and each.get("column") in columns}
    return {"role": "enrolments", "columns": {each: each for each in columns if each in FIELDS}, "extra": {each: each for each in sorted(extra)}}


def _clusters(found: OneRegister) -> pd.DataFrame:
    of = found.clusters.of
    columns = {
        "record_id": pd.Series(found.ids),
        # Records are in the order of their ids, so the first of a cluster is the smallest.
        "cluster_id": pd.Series(found.ids[found.clusters.representative][of]),
        "records": np.bincount(of, minlength=1)[of] if len(of) else of,
        "p_with_cluster": found.certain,
    }
    return pd.DataFrame(columns)[list(CLUSTERS)]


def _pairs(found: OneRegister, together: BoolArray) -> pd.DataFrame:
    shown = np.flatnonzero(together | (found.probability >= POSSIBLE))
    shown = shown[np.lexsort((found.pairs.right[shown], found.pairs.left[shown]))]
    distinct, which = np.unique(found.pairs.rules[shown], return_inverse=True)
    words = np.array([";".join(rule for bit, rule in enumerate(found.rule_names) if bits >> bit & 1) for bits in distinct.tolist()], dtype=object)
    columns: dict[str, object] = {
        "record_id": pd.Series(found.ids[found.pairs.left[shown]]),
        "other_record_id": pd.Series(found.ids[found.pairs.right[shown]]),
        "match_weight": found.weight[shown],
        "match_probability": found.probability[shown],
        "same_cluster": together[shown],
        "blocking_rules": pd.Series(pa.array(words[which] if len(shown) else [], pa.string()), dtype=STRING),
    }
    table = found.vectors.levels(found.vectors.code[shown])
    levels = {f"level_{comparison.name}": table[:, place] for place, comparison in enumerate(found.vectors.comparisons)}
    return pd.DataFrame({**{name: columns[name] for name in DUPLICATE_PAIRS}, **levels})


def _quality(found: OneRegister, together: BoolArray) -> dict[str, object]:
    """Add up probabilities: what the clusters are expected to be worth."""
    right, everything = float(found.probability[together].sum()), float(found.probability.sum())
    sizes, counts = np.unique(np.bincount(found.clusters.of), return_counts=True)
    return {
        "records": len(found.ids),
        "clusters": len(found.clusters),
        "cluster_sizes": {str(size): int(count) for size, count in zip(sizes.tolist(), counts.tolist(), strict=True)},
        "pairs": int(together.sum()),
        "expected_pairs": everything,
        "expected_precision": right / int(together.sum()) if together.any() else None,
        "expected_recall": right / everything if together.any() else None,
        "candidate_pairs": sum(report.new_pairs for report in found.reports),
        "blocking": report_rows(found.reports),
        "warnings": list(found.warnings),
    }
