"""A run that stands: kept when it is done, brought up to date by deliveries, and asked about single records."""

from kleuterlink.linkage.standing.again import compare_again, merge_all
from kleuterlink.linkage.standing.files import Folder, Writing
from kleuterlink.linkage.standing.registers import StandingRegister
from kleuterlink.linkage.standing.state import State, check_keepable, keeper, pairs_of, read_state, state_files, state_index

__all__ = [
    "Folder",
    "StandingRegister",
    "State",
    "Writing",
    "check_keepable",
    "compare_again",
    "keeper",
    "merge_all",
    "pairs_of",
    "read_state",
    "state_files",
    "state_index",
]
