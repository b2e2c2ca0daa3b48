"""What a run leaves for the next delivery: registers, candidate pairs with their patterns, and the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from kleuterlink import block, compare
from kleuterlink.config import RunConfig
from kleuterlink.errors import ConfigError
from kleuterlink.linkage.candidates import PairsHere
from kleuterlink.linkage.first_pass import Compared, FirstPass
from kleuterlink.linkage.lists import Keep, Orders
from kleuterlink.linkage.second_pass import Linked
from kleuterlink.linkage.standing.files import Array, Folder, Writing, as_frame, as_table, named
from kleuterlink.linkage.standing.model import model_arrays
from kleuterlink.linkage.standing.pairs import StandingPairs
from kleuterlink.linkage.standing.registers import StandingRegister, as_ids
from kleuterlink.linkage.tools import Tools
from kleuterlink.normalise import Codes, codes_of, index_of
from kleuterlink.tables import Encoded, Pairs, Prepared, Register, RuleReport, Vocabulary


@dataclass(frozen=True)
class StandingList:
    """A list's pairs with the births, and within itself (None where no rule fits)."""

    pairs: StandingPairs
    within: StandingPairs | None


@dataclass(frozen=True)
class State:
    """A standing run.

    Attributes
    ----------
    config
        The configuration.
    hashes
        SHA-256 of every input; of a register with deliveries, of all of them.
    registers
        By name.
    codes, frequencies
        What stands behind the codes of the registers of persons, and the frequency classes of their values.
    lists
        By name.

    """

    config: RunConfig
    hashes: dict[str, str]
    registers: dict[str, StandingRegister]
    codes: Codes
    frequencies: compare.Frequencies
    lists: dict[str, StandingList]


def check_keepable(config: RunConfig) -> None:
    """Refuse to keep a run that a delivery cannot be linked against."""
    if config.linkage.model is not None:
        raise ConfigError("engine.keep: a standing run trains its own model; leave linkage.model out")
    if config.engine.name != "local":
        raise ConfigError("engine.keep: only the local engine keeps a standing run")
    if config.engine.memory_limit is not None:
        raise ConfigError("engine.keep: a standing run is kept of registers that fit into memory; leave memory_limit out")


def keeper(config: RunConfig, prepared: Prepared) -> Keep:
    """Return what writes a run's standing state once its lists are linked.

    Parameters
    ----------
    config
        The configuration, with `engine.keep`.
    prepared
        The registers.

    Returns
    -------
    Keep
        As `link_lists` takes it.

    Raises
    ------
    ConfigError
        The run cannot be kept.

    """
    check_keepable(config)

    def keep(tools: Tools, compared: Mapping[str, Compared], firsts: Mapping[str, FirstPass], linked: Mapping[str, Linked], orders: Orders) -> None:
        births = next(iter(compared.values())).births
        people = {config.births_name: (births, orders[0]), **{name: (each.records, orders[1][name]) for name, each in compared.items()}}
        for name, register in prepared.encoded.items():
            if name not in people:
                order = np.argsort(np.asarray(register.ids, dtype=str), kind="stable")
                people[name] = register.take(order), order
        registers = {name: StandingRegister(register, prepared.normalised.get(name), *people.get(name, ())) for name, register in prepared.registers.items()}
        lists = {name: pairs_of(each) for name, each in compared.items()}
        state = State(config, dict(prepared.hashes), registers, codes_of(births), tools.frequencies, lists)
        with Writing(config.base / str(config.engine.keep), whole=True) as writing:
            writing.put(*state_files(state, set(registers)))
            writing.put(model_arrays(firsts, linked), {})
            writing.finish(state_index(state))

    return keep


def pairs_of(compared: Compared) -> StandingList:
    """Return what is kept of a list that was compared."""
    within = None
    if compared.within is not None:
        own, pairs, vectors = compared.within
        # What these rules made is told nowhere.
        rules = block.rules_of(block.sharpened(block.DUPLICATE_RULES, own, own), own, own)
        within = StandingPairs(pairs, vectors.code, [RuleReport(rule.name, 0, 0, 0, 0) for rule in rules])
    candidates = compared.candidates
    assert isinstance(candidates, PairsHere)  # of the local engine, which alone keeps a run
    return StandingList(StandingPairs(candidates.pairs, candidates.vectors.code, compared.reports), within)


def state_files(state: State, changed: set[str]) -> tuple[dict[str, Array], dict[str, pa.Table]]:
    """Return a standing run as arrays and tables, by name.

    Parameters
    ----------
    state
        The run.
    changed
        Names of the registers that are new or changed; the others' files stay.

    Returns
    -------
    arrays, tables
        What `Writing.put` takes.

    """
    arrays: dict[str, Array] = {}
    tables: dict[str, pa.Table] = {}
    for name in changed:
        each = state.registers[name]
        tables |= {named("records", name): as_table(each.register.records), named("rejected", name): as_table(each.register.rejected)}
        if each.normalised is not None:
            tables[named("normalised", name)] = as_table(each.normalised)
        if each.encoded is not None:
            arrays |= {f"{named('register', name)}/{column}": values for column, values in each.encoded.columns.items()}
            arrays |= {named("ids", name): np.asarray(each.encoded.ids, dtype=str), named("order", name): np.asarray(each.order)}
    births = state.registers[state.config.births_name].encoded
    if births is not None and state.config.births_name in changed:
        for rule in _rules(state, births):
            arrays |= {f"blocks/{'+'.join(rule.key_names)}/{part}": array for part, array in block.blocks_to_keep(births, rule).items()}
    arrays |= {f"frequencies/{each.name}": getattr(state.frequencies, each.name) for each in fields(compare.Frequencies)}
    arrays |= {f"vocabulary/{each.name}": getattr(state.codes.vocabulary, each.name) for each in fields(Vocabulary) if each.name != "text"}
    tables |= {f"texts/{name}": pa.table({"text": pa.array(index.to_numpy(), pa.string())}) for name, index in _texts(state.codes).items()}
    for name, listed in state.lists.items():
        for kind, pairs in (("pairs", listed.pairs), ("within", listed.within)):
            if pairs is not None:
                parts = {"left": pairs.pairs.left, "right": pairs.pairs.right, "rules": pairs.pairs.rules, "code": pairs.code}
                arrays |= {f"{named(kind, name)}/{part}": array for part, array in parts.items()}
    return arrays, tables


def state_index(state: State) -> dict[str, Any]:
    """Return what the index says of a standing run beside the files."""
    return {
        "configuration": state.config.model_dump(mode="json", exclude_unset=True),
        "hashes": state.hashes,
        "registers": {name: _described(each.register) for name, each in state.registers.items()},
        "reports": {
            name: {kind: [vars(report) for report in pairs.reports] for kind, pairs in (("pairs", each.pairs), ("within", each.within)) if pairs is not None}
            for name, each in state.lists.items()
        },
    }


def _rules(state: State, births: Encoded) -> list[block.Rule]:
    """Return the rules under which the births are joined with any list."""
    lists = [state.registers[name].encoded for name in state.lists]
    extras = {comparison.column: comparison.kind for comparison in state.config.linkage.comparisons}
    configured = [rule.keys for rule in state.config.linkage.blocking]
    found: dict[tuple[str, ...], block.Rule] = {}
    for each in lists:
        assert each is not None
        rules = block.rules_of(configured, births, each, extras) if configured else block.default_rules(births, each, extras)
        found |= {rule.key_names: rule for rule in rules}
    return list(found.values())


def _texts(codes: Codes) -> dict[str, pd.Index[str]]:
    return {
        "tokens": codes.tokens,
        **{f"keys/{name}": each for name, each in codes.keys.items()},
        **{f"values/{name}": each for name, each in codes.texts.items()},
    }


def _described(register: Register) -> dict[str, Any]:
    names = ("name", "role", "community", "rows_in", "source", "notes", "completeness")
    return {name: getattr(register, name) for name in names}


def read_state(folder: Folder) -> State:
    """Read a standing run: its arrays are mapped into memory, and read where they are used."""
    index = folder.index
    config = RunConfig.model_validate(index["configuration"])
    codes = read_codes(folder)
    registers = {name: _read_register(folder, name, codes) for name in index["registers"]}
    births = registers[config.births_name].encoded
    assert births is not None
    give_kept_blocks(folder, births)
    lists = {
        name: StandingList(_read_pairs(folder, name, "pairs"), _read_pairs(folder, name, "within") if "within" in kinds else None)
        for name, kinds in index["reports"].items()
    }
    frequencies = compare.Frequencies(**folder.arrays("frequencies/"))
    return State(config, dict(index["hashes"]), registers, codes, frequencies, lists)


def read_codes(folder: Folder) -> Codes:
    """Read what stands behind the codes."""
    texts = {name: index_of(folder.table(f"texts/{name}").column("text").to_numpy()) for name in folder.names("texts/")}
    parts = {kind: {name.removeprefix(f"{kind}/"): each for name, each in texts.items() if name.startswith(f"{kind}/")} for kind in ("keys", "values")}
    vocabulary = Vocabulary(text=texts["tokens"].to_numpy(), **folder.arrays("vocabulary/"))
    return Codes(vocabulary, texts["tokens"], parts["keys"], parts["values"])


def read_encoded(folder: Folder, name: str, codes: Codes) -> Encoded | None:
    """Read a register of persons, in the order of its ids; None where it is none."""
    columns = folder.arrays(f"{named('register', name)}/")
    if not columns:
        return None
    ids = folder.array(named("ids", name))
    return Encoded(len(ids), as_ids(ids), columns, codes.vocabulary, codes.as_values())


def give_kept_blocks(folder: Folder, births: Encoded) -> None:
    """Give the births their blocks back."""
    for rule in {name.rpartition("/")[0] for name in folder.names("blocks/")}:
        block.give_blocks(births, rule, folder.arrays(f"blocks/{rule}/"))


def _read_register(folder: Folder, name: str, codes: Codes) -> StandingRegister:
    described = folder.index["registers"][name]
    tables = {kind: as_frame(folder.table(named(kind, name))) for kind in ("records", "rejected", "normalised") if named(kind, name) in folder.names()}
    register = Register(**{**described, "notes": tuple(described["notes"])}, records=tables["records"], rejected=tables["rejected"])
    encoded = read_encoded(folder, name, codes)
    return StandingRegister(register, tables.get("normalised"), encoded, None if encoded is None else folder.array(named("order", name)))


def _read_pairs(folder: Folder, name: str, kind: str) -> StandingPairs:
    parts = folder.arrays(f"{named(kind, name)}/")
    reports = [RuleReport(**report) for report in folder.index["reports"][name][kind]]
    return StandingPairs(Pairs(parts["left"], parts["right"], parts["rules"]), parts["code"], reports)
