"""A standing run: deliveries are linked against it day by day, and single records are looked up in it.

`keep` (or `[engine] keep`) links everything once and keeps registers, candidate pairs and model in a folder. `update` puts a delivery in its place
and links as a run of everything would: only what the delivery can change is joined and compared again. `Standing` scores one record.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
import pyarrow as pa

from kleuterlink.config import FIELDS, PERSON_FIELDS, Role, RunConfig, load_config
from kleuterlink.errors import ConfigError, InputError
from kleuterlink.intake import Frame, Progress
from kleuterlink.linkage import link_compared
from kleuterlink.linkage.first_pass import Compared, FirstPass
from kleuterlink.linkage.lists import Orders
from kleuterlink.linkage.second_pass import Linked
from kleuterlink.linkage.standing import (
    Folder,
    StandingRegister,
    State,
    Writing,
    check_keepable,
    compare_again,
    merge_all,
    pairs_of,
    read_state,
    state_files,
    state_index,
)
from kleuterlink.linkage.standing.deliveries import Delivered, Removed, missing_ids, read_deliveries
from kleuterlink.linkage.standing.model import model_arrays
from kleuterlink.linkage.standing.record import Births, ListScorer, names_of
from kleuterlink.linkage.tools import Tools
from kleuterlink.normalise import encode_more, normalise, read_dates
from kleuterlink.pipeline import Clock, conclude, decide, run
from kleuterlink.read import LINKABLE, clean_text
from kleuterlink.results import Result
from kleuterlink.tables import Encoded, Prepared


def keep(config: RunConfig | str | Path, folder: str | Path, *, frames: Mapping[str, Frame] | None = None, progress: Progress | None = None) -> Result:
    """Link the registers of a configuration, and keep the run for deliveries.

    Parameters
    ----------
    config, frames, progress
        As of `run`.
    folder
        Where the run is kept. It holds the registers: guard it as them, and remove it when they are to be removed.

    Returns
    -------
    Result
        As of `run`.

    Raises
    ------
    ConfigError
        The configuration names something that cannot be, or a model that was trained before.
    OutputError
        The folder holds something else.

    """
    settings = config if isinstance(config, RunConfig) else load_config(config)
    check_keepable(settings)
    engine = settings.engine.model_copy(update={"keep": Path(folder).resolve()})
    return run(settings.model_copy(update={"engine": engine}), frames=frames, progress=progress)


def update(
    folder: str | Path,
    deliveries: Mapping[str, Delivered],
    *,
    removed: Mapping[str, Removed] | None = None,
    config: RunConfig | str | Path | None = None,
    progress: Progress | None = None,
) -> Result:
    """Link deliveries against a standing run, and keep the outcome in its place.

    Parameters
    ----------
    folder
        What `keep` wrote.
    deliveries
        New and changed records of the births, lists or applications by register's name: a table, or a file of the kind that the configuration
        describes. A record whose id stands already takes its place.
    removed
        Ids of records that are to go, by register's name; or a file with a column of them, named as the register's. Ids that are not there
        are counted in `quality["warnings"]`; of a record that is delivered too, the delivery counts.
    config
        The configuration, where `run`, `decision` or `participation` changed since; `registers` and `linkage` must be as they were.
    progress
        As of `run`.

    Returns
    -------
    Result
        What `run` makes of the registers as they are now (the standing records without those that were replaced or went, the delivered ones after
        them), but for `notes` on the reading and the hashes of the inputs.

    Raises
    ------
    ConfigError
        A register cannot be delivered, or the configuration differs.
    InputError
        The folder holds no standing run, or one of another version; or a delivery cannot be read.
    NothingLinkedError
        Next to nothing links.

    Notes
    -----
    A delivered row that cannot be used is in `rejected`, and a standing record with its id stays.

    """
    clock = Clock(progress)
    clock("load", None)
    folder, removed = Path(folder), removed or {}
    state = read_state(Folder(folder))
    settings = _settings(state, config)
    clock("read", None)
    delivered, codes, hashes = read_deliveries(state, deliveries, removed)
    clock("compare", None)
    registers, changes = merge_all(state, delivered, codes)
    tools, compared, orders = compare_again(state, registers, changes, settings)
    lists = {name: pairs_of(each) for name, each in compared.items()}
    now = State(settings, {**state.hashes, **hashes}, registers, codes, tools.frequencies, lists)
    models: dict[str, np.ndarray] = {}

    def hold(_tools: Tools, _compared: Mapping[str, Compared], firsts: Mapping[str, FirstPass], linked: Mapping[str, Linked], _orders: Orders) -> None:
        models.update(model_arrays(firsts, linked))

    with Writing(folder, whole=False) as writing, ThreadPoolExecutor(1) as pool:
        written = pool.submit(writing.put, *state_files(now, set(delivered)))
        for change in changes.values():
            change.before.forget()
            change.after.forget()
        linked = link_compared(compared, orders, tools, settings, clock, keep=hold)
        prepared = _prepared(now)
        result = conclude(settings, prepared, decide(prepared.encoded, settings, clock, lambda _births, _lists: linked), clock)
        clock("keep", None)
        written.result()
        writing.put(models, {})
        writing.finish(state_index(now))
    if missing := missing_ids(state, delivered):
        result.quality["warnings"] = [*cast("list[str]", result.quality["warnings"]), *missing]
    clock.stop()
    return result


def _settings(state: State, config: RunConfig | str | Path | None) -> RunConfig:
    """Return the configuration: the standing one, or a later one that links alike."""
    if config is None:
        return state.config
    later = config if isinstance(config, RunConfig) else load_config(config)
    one, other = (_linking(each) for each in (state.config, later))
    differ = [name for name in one if one[name] != other.get(name)] + [name for name in other if name not in one]
    if differ:
        raise ConfigError(f"the configuration differs from the standing run's in {', '.join(differ)}; run and keep again")
    return later


def _linking(config: RunConfig) -> dict[str, object]:
    """Return what decides on how records are read and linked."""
    dumped = config.model_dump(mode="json")
    registers = {f"registers.{name}": {key: value for key, value in each.items() if key != "path"} for name, each in dumped["registers"].items()}
    return {**registers, "linkage": dumped["linkage"]}


def _prepared(state: State) -> Prepared:
    """Return the registers as `conclude` wants them."""
    normalised = {name: each.normalised for name, each in state.registers.items() if each.normalised is not None}
    whole = bool(state.config.with_role(Role.APPLICATIONS))
    encoded = {name: _in_file_order(each, whole=whole) for name, each in state.registers.items() if each.encoded is not None}
    return Prepared({name: each.register for name, each in state.registers.items()}, normalised, encoded, state.hashes)


def _in_file_order(standing: StandingRegister, *, whole: bool) -> Encoded:
    """Return a register in the order of its file; its ids alone where nobody is looked up anew."""
    assert standing.encoded is not None and standing.order is not None  # noqa: PT018 a register of persons
    place = np.empty(len(standing.order), np.int64)
    place[standing.order] = np.arange(len(place))
    return (standing.encoded if whole else replace(standing.encoded, columns={})).take(place)


@dataclass(frozen=True)
class Candidate:
    """A birth that a record may be.

    Attributes
    ----------
    child_id
        Id of the birth.
    match_weight
        Bits, log2 of match density over null density, without the prior.
    match_probability
        That the record is this child's, given that it is one child's at most.
    found
        Probability that the list holds the child already (as of the standing run).
    levels
        What agrees, by comparison, in words; None where a value is missing.
    blocking_rules
        Names of the rules that made the pair.

    """

    child_id: str
    match_weight: float
    match_probability: float
    found: float
    levels: Mapping[str, str | None]
    blocking_rules: tuple[str, ...]


@dataclass(frozen=True)
class Candidates:
    """The births that a record may be, the most probable first, and the probability that it is none of them."""

    candidates: tuple[Candidate, ...]
    p_none: float


class Standing:
    """A standing run that is asked about single records.

    Parameters
    ----------
    folder
        What `keep` wrote. The births' columns are mapped into memory, not read.

    Raises
    ------
    InputError
        The folder holds no standing run, or one of another version.

    Notes
    -----
    The model is the standing run's. What is approximate: the record's prior rate of being matched is that of the list's records with the same postcode and
    a number that is known or not; births that the list holds already stay open to it, as a child may have several enrolments
    (`Candidate.found` tells); and what no blocking rule makes a pair of is not looked for, as the second look of a run does.

    Examples
    --------
    >>> standing = Standing("standing")  # doctest: +SKIP
    >>> standing.score({"first_names": "Lotte", "surname": "Maes", "birth_date": "2020-05-04"}).p_none  # doctest: +SKIP
    0.001

    """

    def __init__(self, folder: str | Path) -> None:
        self._births = Births(Folder(Path(folder)))
        self._lists: dict[str, ListScorer] = {}

    def score(self, record: Mapping[str, object], *, register: str | None = None, most: int = 5) -> Candidates:
        """Score one record against the births.

        Parameters
        ----------
        record
            Values by field (`first_names`, `surname`, `birth_date`, ...; those of `config.PERSON_FIELDS` and the extras that are compared); dates as
            yyyy-mm-dd text or `datetime.date`. Fields that the list lacks are left out; what is not given is missing.
        register
            The list that the record is one of: its model is used. Default: the first.
        most
            Candidates to return at most.

        Returns
        -------
        Candidates
            By falling probability, then weight.

        Raises
        ------
        ConfigError
            There is no such list, or a field is unknown.
        InputError
            The record has nothing to link on.

        """
        name = register or next(iter(self._births.config.lists))
        if name not in self._births.config.lists:
            raise ConfigError(f"{name}: is no list of the standing run; its lists are {', '.join(self._births.config.lists)}")
        if name not in self._lists:
            self._lists[name] = ListScorer(self._births, name)
        scorer = self._lists[name]
        against = scorer.score(self._encode(record, scorer))
        order = np.lexsort((-against.weight, -against.probability))[:most]
        ids, rule_names = self._births.births.ids[against.births[order]].tolist(), [rule.name for rule in scorer.rules]
        found = scorer.model.found[against.births[order]]
        made = [
            Candidate(
                ids[place],
                float(against.weight[row]),
                float(against.probability[row]),
                float(found[place]),
                names_of(scorer.comparisons, against.levels[row]),
                tuple(rule for bit, rule in enumerate(rule_names) if int(against.rules[row]) >> bit & 1),
            )
            for place, row in enumerate(order.tolist())
        ]
        return Candidates(tuple(made), against.none)

    def _encode(self, record: Mapping[str, object], scorer: ListScorer) -> Encoded:
        """Return a record as the list's are encoded."""
        extras = self._births.extras
        unknown = sorted(set(record) - {"id", *FIELDS, *extras})
        if unknown:
            raise ConfigError(f"unknown field {', '.join(unknown)}; known fields: {', '.join((*PERSON_FIELDS, *extras))}")
        texts = pa.array([None if record.get(field) is None else str(record[field]) for field in scorer.fields], pa.string())
        values = dict(zip(scorer.fields, clean_text(pa.chunked_array([texts])).to_pylist(), strict=True))
        if not any(values.get(field) for field in (*LINKABLE, *extras)):
            raise InputError(f"the record has nothing to link on; give at least one of {', '.join((*LINKABLE, *extras))}")
        columns: dict[str, object] = {"row": [1], "id": [""]}
        for field, value in values.items():
            text = pa.array([value], pa.string())
            columns[field] = read_dates(text) if field == "birth_date" else pd.arrays.ArrowExtensionArray(text)
        encoded, _ = encode_more(normalise(pd.DataFrame(columns), extras=extras), self._births.codes, extras)
        if encoded.has("birth_date"):
            encoded.columns["placeholder_date"] = encoded.columns["placeholder_date"] | np.isin(encoded.columns["birth_date"], scorer.heaped)
        return encoded
