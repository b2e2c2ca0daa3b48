"""Encoded registers -> candidate pairs."""

from kleuterlink.block.join import candidate_pairs, report_rows
from kleuterlink.block.keys import KEYS
from kleuterlink.block.rules import DEFAULT_RULES, DUPLICATE_RULES, LOOSE_RULES, Rule, default_rules, rules_of

__all__ = ["DEFAULT_RULES", "DUPLICATE_RULES", "KEYS", "LOOSE_RULES", "Rule", "candidate_pairs", "default_rules", "report_rows", "rules_of"]
