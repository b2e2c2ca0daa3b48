"""A delivery, linked against a standing run: what training and scoring need, as comparing everything again would make it.

What a delivery can change, and what is done about it: its own records are joined and compared; a record that went takes its pairs along; a
value whose frequency class it changes, or a birth date that it makes or ends as a heap, has the pairs of its bearers compared again; a block that
was or becomes oversized has its rule joined as a whole. Known non-matches and random pairs are drawn by the registers' sizes, so they
are drawn again. All that follows (model, marginals, second look) is solved again on the pairs.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from kleuterlink import block
from kleuterlink.config import RunConfig
from kleuterlink.linkage.candidates import PairsHere
from kleuterlink.linkage.first_pass import Compared, different_births, random_pairs, with_fields_of
from kleuterlink.linkage.lists import Orders
from kleuterlink.linkage.standing.pairs import Side, StandingPairs, pairs_again
from kleuterlink.linkage.standing.registers import Delivery, StandingRegister, merge, side
from kleuterlink.linkage.standing.state import StandingList, State
from kleuterlink.linkage.tools import Tools, make_tools
from kleuterlink.normalise import Codes
from kleuterlink.tables import Encoded, Pairs, Vectors


def merge_all(state: State, deliveries: Mapping[str, Delivery], codes: Codes) -> tuple[dict[str, StandingRegister], dict[str, block.Change]]:
    """Put deliveries in their place.

    Parameters
    ----------
    state
        The standing run.
    deliveries
        By register of persons.
    codes
        What stands behind the codes, those of the deliveries included.

    Returns
    -------
    registers
        All registers as they are now.
    changes
        How those of persons changed.

    """
    registers, changes = dict(state.registers), {}
    for name, standing in state.registers.items():
        if name in deliveries:
            merged = merge(standing, deliveries[name], codes)
            registers[name], changes[name] = merged.standing, merged.change
        elif standing.encoded is not None:
            same = codes.behind(standing.encoded)
            registers[name], changes[name] = replace(standing, encoded=same), block.unchanged(same)
    return registers, changes


def compare_again(
    state: State, registers: Mapping[str, StandingRegister], changes: Mapping[str, block.Change], config: RunConfig
) -> tuple[Tools, dict[str, Compared], Orders]:
    """Compare what changed.

    Parameters
    ----------
    state
        The standing run.
    registers, changes
        What `merge_all` returned.
    config
        The configuration.

    Returns
    -------
    tools, compared, orders
        As `compare_lists` makes them of everything.

    """
    births = config.births_name
    tools = make_tools([changes[name].after for name in (births, *config.lists)], config)
    sides = {name: side(changes[name], state.frequencies, tools.frequencies) for name in (births, *config.lists)}
    with ThreadPoolExecutor(tools.threads) as pool:
        made = pool.map(lambda name: _compared(state.lists[name], sides[births], sides[name], tools), config.lists)
        compared = dict(zip(config.lists, made, strict=True))
    orders = {name: order for name in (births, *config.lists) if (order := registers[name].order) is not None}
    return tools, compared, (orders.pop(births), orders)


def _compared(standing: StandingList, births: Side, records: Side, tools: Tools) -> Compared:
    one, other = births.change.after, records.change.after
    rules = tools.rules_for(one, other)
    known, stand_ins = different_births(one, other, rules, tools)
    made = pairs_again(standing.pairs, births, records, rules, tools)
    candidates = PairsHere(made.pairs, Vectors(known.comparisons, made.code), (one.size, other.size))
    names = tuple(rule.name for rule in rules)
    within = None if standing.within is None else _within(standing.within, births, records, tools)
    return Compared(one, other, names, made.reports, candidates, random_pairs(one, other, tools), known, stand_ins, within)


def _within(standing: StandingPairs, births: Side, records: Side, tools: Tools) -> tuple[Encoded, Pairs, Vectors]:
    before, after = (with_fields_of(births.change.after, register) for register in (records.change.before, records.change.after))
    own = Side(replace(records.change, before=after if records.change.still else before, after=after), records.touched)
    made = pairs_again(standing, own, own, block.rules_of(block.sharpened(block.DUPLICATE_RULES, after, after), after, after, tools.extras), tools, same=True)
    comparisons = tools.vectors(after, after, made.pairs.take(slice(0, 0))).comparisons
    return after, made.pairs, Vectors(comparisons, made.code)
