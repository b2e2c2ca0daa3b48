"""Slow and plain twins of what is fast."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kleuterlink.block import Rule
from kleuterlink.block.keys import Key
from kleuterlink.tables import Encoded


def key_values(register: Encoded, key: Key) -> list[set[int]]:
    """Return the values of a key, record by record."""
    values = key.values(register)
    columns = values[:, None] if values.ndim == 1 else values
    return [set(record) - {0} for record in columns.tolist()]


def all_pairs(left: Encoded, right: Encoded, rule: Rule, *, same: bool = False) -> set[tuple[int, int]]:
    """Try every pair of records: those that share a value of each of the rule's keys."""
    values = [(key_values(left, key), key_values(right, key)) for key in rule.keys]
    return {(a, b) for a in range(left.size) for b in range(right.size) if not (same and a == b) and all(one[a] & other[b] for one, other in values)}


def largest_block(left: Encoded, right: Encoded, keys: Sequence[Key]) -> int:
    """Return the number of records of either side, whichever is more, in the largest block of a rule with one key that both sides have."""
    (key,) = keys
    one, other = key_values(left, key), key_values(right, key)
    blocks = set().union(*one) & set().union(*other)
    return max((max(sum(block in values for values in side) for side in (one, other)) for block in blocks), default=0)


def one_error_variants(digits: str) -> Iterator[str]:
    """Make every text that differs by one digit, or by one swap of neighbours that are not equal."""
    for at, old in enumerate(digits):
        yield from (digits[:at] + new + digits[at + 1 :] for new in "0123456789" if new != old)
        if at and digits[at - 1] != old:
            yield digits[: at - 1] + old + digits[at - 1] + digits[at + 1 :]


def all_partitions(size: int) -> Iterator[list[int]]:
    """Make every partition of some records, as the label of each: a record joins an earlier one's cluster or begins one."""
    if size == 0:
        yield []
        return
    for labels in all_partitions(size - 1):
        yield from ([*labels, label] for label in range(max(labels, default=-1) + 2))


def inside(table: Sequence[Sequence[float]], labels: Sequence[int]) -> float:
    """Add up what the pairs inside clusters say."""
    return sum(table[i][j] for j in range(len(labels)) for i in range(j) if labels[i] == labels[j])
