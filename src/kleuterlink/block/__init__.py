"""Encoded registers -> candidate pairs."""

from kleuterlink.block.join import RuleReport, candidate_pairs, report_rows
from kleuterlink.block.keys import KEYS
from kleuterlink.block.rules import DEFAULT_RULES, LOOSE_RULES, Rule, default_rules, rules_of

__all__ = ["DEFAULT_RULES", "KEYS", "LOOSE_RULES", "Rule", "RuleReport", "candidate_pairs", "default_rules", "report_rows", "rules_of"]
