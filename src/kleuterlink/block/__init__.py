"""Encoded registers -> candidate pairs."""

from kleuterlink.block.again import Change, blocks_to_keep, give_blocks, pairs_of_fresh, rows_in_blocks_of, unchanged
from kleuterlink.block.join import RULE_BITS, candidate_pairs, check_number, entries, further_keys, report_rows, split, united
from kleuterlink.block.keys import KEYS, Key
from kleuterlink.block.rules import DEFAULT_RULES, DUPLICATE_RULES, LOOSE_RULES, STREET_RULES, Rule, default_rules, rules_of, sharpened

__all__ = [
    "DEFAULT_RULES",
    "DUPLICATE_RULES",
    "KEYS",
    "LOOSE_RULES",
    "RULE_BITS",
    "STREET_RULES",
    "Change",
    "Key",
    "Rule",
    "blocks_to_keep",
    "candidate_pairs",
    "check_number",
    "default_rules",
    "entries",
    "further_keys",
    "give_blocks",
    "pairs_of_fresh",
    "report_rows",
    "rows_in_blocks_of",
    "rules_of",
    "sharpened",
    "split",
    "unchanged",
    "united",
]
