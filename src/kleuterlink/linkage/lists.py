"""Link the births with every list in turn; each list is told what the others say."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np

from kleuterlink import block, engines, score
from kleuterlink.coded import text_order
from kleuterlink.config import Role, RunConfig
from kleuterlink.errors import ConfigError, NothingLinkedError
from kleuterlink.linkage.diagnosis import why_nothing_links
from kleuterlink.linkage.first_pass import Compared, FirstPass, Settled, compare_list, first_pass, marginals_given
from kleuterlink.linkage.second_pass import Linked, second_pass
from kleuterlink.linkage.tools import Tools, make_tools
from kleuterlink.tables import Encoded, FloatArray, IntArray, ListLinks, Vectors

LIKELY = 0.5
"""Probability from which a pair counts as one that links."""

T = TypeVar("T")
Progress = Callable[[str, float | None], None]

Orders = tuple[IntArray, dict[str, IntArray]]
"""Order of the ids, of the births and of every list: what is done in it does not depend on the order of a file."""

Keep = Callable[[Tools, Mapping[str, Compared], Mapping[str, FirstPass], Mapping[str, Linked], Orders], None]


def link_lists(
    births: Encoded, lists: Mapping[str, Encoded], config: RunConfig, progress: Progress, steps: engines.Steps | None = None, *, keep: Keep | None = None
) -> dict[str, ListLinks]:
    """Link the births with every list.

    Parameters
    ----------
    births, lists
        The registers, encoded together; any order of rows gives the same outcome.
    config
        The run's configuration.
    progress
        Told what is being done.
    steps
        How the steps are made. Default: in memory.
    keep
        Handed the lists as they were compared, and as they were linked, once they are: to keep them for the next delivery.

    Returns
    -------
    dict of ListLinks
        By list, in the order of `lists`; rows are those of the registers as they were given.

    Raises
    ------
    NothingLinkedError
        Next to nothing of an enrolment list links.
    ConfigError
        A list shares no field with the births, or a blocking key is unknown.

    """
    tools = make_tools([births, *lists.values()], config, _models(config))
    compared, orders = compare_lists(tools, births, lists, progress, steps)
    return link_compared(compared, orders, tools, config, progress, steps=steps, keep=keep)


def link_compared(  # noqa: PLR0913 what the comparison made, and what goes with it
    compared: Mapping[str, Compared],
    orders: Orders,
    tools: Tools,
    config: RunConfig,
    progress: Progress,
    *,
    steps: engines.Steps | None = None,
    keep: Keep | None = None,
) -> dict[str, ListLinks]:
    """Link lists that are compared with the births already; as `link_lists`, and `orders` as `compare_lists` returned them."""
    held = dict(compared) if keep is not None else {}
    firsts, linked = _both_passes(compared if isinstance(compared, dict) else dict(compared), tools, progress, steps or engines.InMemory())
    for name, each in linked.items():
        _check_linked(name, firsts[name], each, config)
    if keep is not None:
        keep(tools, held, firsts, linked, orders)
    birth_order, list_orders = orders
    return {name: _list_links(firsts[name], each, (birth_order, list_orders[name])) for name, each in linked.items()}


def link_with(
    tools: Tools, births: Encoded, lists: Mapping[str, Encoded], progress: Progress, steps: engines.Steps | None = None
) -> tuple[dict[str, FirstPass], dict[str, Linked], tuple[IntArray, dict[str, IntArray]]]:
    """Link births with every list, with tools that are there.

    Parameters
    ----------
    tools
        How pairs are made and compared, and models where nothing is to be trained.
    births, lists
        The registers, encoded together.
    progress
        Told what is being done.
    steps
        How the steps are made. Default: in memory.

    Returns
    -------
    firsts, linked
        Both passes by list; rows are those of the registers in the order of `by_id`.
    orders
        That order of the births, and of every list.

    Raises
    ------
    ConfigError
        A list shares no field with the births, or a blocking key is unknown.

    """
    compared, orders = compare_lists(tools, births, lists, progress, steps)
    return (*_both_passes(compared, tools, progress, steps or engines.InMemory()), orders)


def compare_lists(
    tools: Tools, births: Encoded, lists: Mapping[str, Encoded], progress: Progress, steps: engines.Steps | None = None
) -> tuple[dict[str, Compared], Orders]:
    """Block and compare the births with every list; arguments and orders as of `link_with`."""
    steps = steps or engines.InMemory()
    numbers = {name: number for number, name in enumerate(lists, 1)}
    with _pool(tools, steps) as pool:
        birth_order, *list_orders = pool.map(by_id, (births, *lists.values()))
        orders = dict(zip(lists, list_orders, strict=True))
        progress("compare", None)
        canonical = _in_order("births", births, birth_order, steps)
        records = {name: _in_order(f"list {numbers[name]}", each, orders[name], steps) for name, each in lists.items()}

        def compare(name: str) -> Compared:
            return steps.step(f"pairs {numbers[name]}", lambda: compare_list(name, canonical, records[name], tools))

        compared = _of_every(lists, compare, pool, progress, "compare")
        canonical.forget()
    return compared, (birth_order, orders)


def _both_passes(compared: dict[str, Compared], tools: Tools, progress: Progress, steps: engines.Steps) -> tuple[dict[str, FirstPass], dict[str, Linked]]:
    """Link lists that are compared; each is let go once it is."""
    names = list(compared)
    numbers = {name: number for number, name in enumerate(names, 1)}
    with _pool(tools, steps) as pool:

        def settle(said: Mapping[str, FloatArray]) -> dict[str, Settled]:
            # What a list is told of the others is what they said in the round before.
            return _of_every(names, lambda name: marginals_given(firsts[name], _elsewhere(said, name)), pool, progress)

        def train(name: str) -> FirstPass:
            return steps.step(f"first pass {numbers[name]}", lambda: first_pass(name, compared.pop(name), tools))

        def look_again(name: str) -> Linked:
            steps.rest()
            return steps.step(f"second look {numbers[name]}", lambda: second_pass(firsts[name], settled[name], _elsewhere(found, name), tools))

        progress("first pass", None)
        firsts = _of_every(names, train, pool, progress, "first pass")
        found = {name: each.trained.marginals.left for name, each in firsts.items()}
        for _ in range(2 if len(firsts) > 1 else 1):
            settled = settle(found)
            found = {name: each.marginals.left for name, each in settled.items()}
        progress("second look", None)
        linked = _of_every(names, look_again, pool, progress, "second look")
    return firsts, linked


def _pool(tools: Tools, steps: engines.Steps) -> ThreadPoolExecutor:
    """Return where lists are linked: where memory is short, one after the other."""
    return ThreadPoolExecutor(1 if steps.kept else tools.threads or os.cpu_count())


def _of_every(names: Collection[str], work: Callable[[str], T], pool: ThreadPoolExecutor, progress: Progress, stage: str = "") -> dict[str, T]:
    """Do some work for every list, and tell how far it is."""
    made = {}
    for done, (name, each) in enumerate(zip(names, pool.map(work, names), strict=True), 1):
        made[name] = each
        if stage:
            progress(stage, done / len(names))
    return made


def _in_order(name: str, register: Encoded, order: IntArray, steps: engines.Steps) -> Encoded:
    """Bring a register in the order of its ids, and let later steps refer to it and to its columns."""
    made = steps.step(name, lambda: register.take(order))
    for column, values in made.columns.items():
        steps.share(f"{name}: {column}", values)
    for kind in ("ids", "vocabulary", "values"):
        steps.share(f"{name}: {kind}", getattr(made, kind))
    return steps.share(name, made)


def _models(config: RunConfig) -> dict[str, Any]:
    if config.linkage.model is None:
        return {}
    path = config.base / config.linkage.model
    try:
        lists = json.loads(path.read_text(encoding="utf-8"))["lists"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"linkage.model: {config.linkage.model} cannot be read as a model; take model.json of a run") from error
    return dict(lists)


def by_id(register: Encoded) -> IntArray:
    """Return the order of the ids: what is done in it does not depend on the order of a file."""
    return text_order(register.ids)


def _elsewhere(found: Mapping[str, FloatArray], name: str) -> FloatArray:
    """Return the probability that each birth is in a list other than `name`."""
    others = [p for other, p in found.items() if other != name]
    return 1 - np.prod([1 - p for p in others], axis=0) if others else np.zeros(len(found[name]))


def _list_links(first: FirstPass, linked: Linked, orders: tuple[IntArray, IntArray]) -> ListLinks:
    """Hand over a list's pairs, with rows as in the registers that were given."""
    birth_order, record_order = orders
    scored = linked.scored
    found, matched = np.empty(len(birth_order)), np.empty(len(record_order))
    found[birth_order], matched[record_order] = linked.found, linked.matched
    return ListLinks(
        left=birth_order[scored.pairs.left],
        right=record_order[scored.pairs.right],
        pupil=scored.pupil,
        vectors=Vectors(first.comparisons, scored.code),
        weight=np.log2(scored.ratio),
        probability=linked.probability,
        rules=scored.pairs.rules,
        rule_names=linked.rule_names,
        found=found,
        matched=matched,
        candidate_pairs=first.pairs_made,
        blocking=[dict(row) for row in block.report_rows(first.reports)],
        second_look={
            "leftover_births": len(linked.leftovers.births),
            "leftover_records": len(linked.leftovers.records),
            "expected_matches": linked.second_matches,
            "expected_lost": linked.lost,
            "expected_unseen": linked.unseen,
            "expected_unpaired": linked.unpaired,
        },
        model=score.describe(first.trained.densities, first.strangers),
        warnings=first.warnings,
    )


def _check_linked(name: str, first: FirstPass, linked: Linked, config: RunConfig) -> None:
    """Refuse to go on where next to nothing of an enrolment list links: everybody would be on the list."""
    if config.registers[name].role is not Role.ENROLMENTS:
        return
    smaller, share = min(first.births.size, first.records.size), config.linkage.minimum_linked
    sure = int((linked.probability >= LIKELY).sum())
    if sure < max(share * smaller, 1):
        cause = why_nothing_links(first.births, first.records)
        raise NothingLinkedError(
            f"{name}: {sure:,} of {first.births.size:,} births link with its {first.records.size:,} records, fewer than {share:.0%} of "
            f"the smaller register (linkage.minimum_linked); {cause}"
        )
