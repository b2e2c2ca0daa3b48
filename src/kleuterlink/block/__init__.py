"""Encoded registers -> candidate pairs."""

from kleuterlink.block.join import RULE_BITS, candidate_pairs, entries, further_keys, report_rows, split
from kleuterlink.block.keys import KEYS, Key
from kleuterlink.block.rules import DEFAULT_RULES, DUPLICATE_RULES, LOOSE_RULES, Rule, default_rules, rules_of

__all__ = [
    "DEFAULT_RULES",
    "DUPLICATE_RULES",
    "KEYS",
    "LOOSE_RULES",
    "RULE_BITS",
    "Key",
    "Rule",
    "candidate_pairs",
    "default_rules",
    "entries",
    "further_keys",
    "report_rows",
    "rules_of",
    "split",
]
