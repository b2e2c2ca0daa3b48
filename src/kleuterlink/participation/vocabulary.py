"""The words for where a child stands, and for why it is said to stand there."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Where a child stands at a date, as far as the sources named tell.

    `found` and `not_found` are all there is where registers are linked without a school year.
    """

    NOT_YET_ENTITLED = "not_yet_entitled"
    ENROLLED_NL = "enrolled_nl"
    ENROLLED_FR = "enrolled_fr"
    ENROLLED_BOTH = "enrolled_both"
    ENROLLED_NOT_STARTED = "enrolled_not_started"
    HOME_EDUCATION = "home_education"
    LEFT = "left"
    NOT_FOUND = "not_found"
    UNDETERMINED = "undetermined"
    FOUND = "found"


class Reason(StrEnum):
    """Why a child has its status: one code."""

    LINKED = "linked"
    LINKED_SPECIAL = "linked_special"
    PROBABLE_LINK = "probable_link"
    EXCHANGEABLE = "exchangeable"
    SPREAD = "spread_over_lists"
    UNDER_ENTRY_AGE = "under_entry_age"
    STARTS_LATER = "starts_later"
    DEPARTED = "departed"
    ENROLMENT_ENDED = "enrolment_ended"
    NO_CANDIDATE = "no_candidate"
    POSSIBLE_LINK = "possible_link"
    WEAK_LINK = "weak_link"
    BIRTH_DATE_UNKNOWN = "birth_date_unknown"
    NO_FRENCH_LIST = "no_french_list"
    NO_DUTCH_LIST = "no_dutch_list"
    LIST_TOO_EARLY = "list_too_early"


class Outcome(StrEnum):
    """Where an applicant for a place was found, as far as the lists loaded tell."""

    PLACED_NL = "placed_nl"
    PLACED_FR = "placed_fr"
    PLACED_BOTH = "placed_both"
    NOT_FOUND = "not_found"
    UNDETERMINED = "undetermined"


STATUS_MEANINGS = {
    Status.NOT_YET_ENTITLED: "too young to start school at the reference date",
    Status.ENROLLED_NL: "enrolled in a Dutch-language school",
    Status.ENROLLED_FR: "enrolled in a school of the French Community",
    Status.ENROLLED_BOTH: "enrolled in a Dutch-language school and in one of the French Community",
    Status.ENROLLED_NOT_STARTED: "enrolled, and starts after the reference date",
    Status.HOME_EDUCATION: "declared for home education",
    Status.LEFT: "moved away or died, or the last enrolment found has ended",
    Status.NOT_FOUND: "found in none of the lists, with enough certainty to be listed",
    Status.UNDETERMINED: "a list that could hold the child was not loaded, or speaks of an earlier date",
    Status.FOUND: "found in at least one of the lists",
}
"""What each status means, in the order in which they are shown."""

REASON_MEANINGS = {
    Reason.LINKED: "a record in a list is this child's",
    Reason.LINKED_SPECIAL: "a record in a list is this child's, in special education",
    Reason.PROBABLE_LINK: "a record is probably this child's, too uncertain to be called a link",
    Reason.EXCHANGEABLE: "one of several records is this child's; which one is open, as with twins",
    Reason.SPREAD: "probably in one of the lists; which one is open",
    Reason.UNDER_ENTRY_AGE: "younger than the age of entry at the reference date",
    Reason.STARTS_LATER: "the enrolment starts after the reference date",
    Reason.DEPARTED: "in a register of departures (moved away, died)",
    Reason.ENROLMENT_ENDED: "the last enrolment found ended before the reference date",
    Reason.NO_CANDIDATE: "no record in any list resembles the child enough",
    Reason.POSSIBLE_LINK: "a record may be this child's, and is more probably another's",
    Reason.WEAK_LINK: "a record was linked, too weakly to count the child as found",
    Reason.BIRTH_DATE_UNKNOWN: "not found; the birth date is not known, so neither is whether the child is entitled",
    Reason.NO_FRENCH_LIST: "lives in Brussels, and no list of the French Community was loaded",
    Reason.NO_DUTCH_LIST: "no list of Dutch-language schools was loaded",
    Reason.LIST_TOO_EARLY: "a list speaks of a date on which the child could not yet be at school",
}
"""What each reason means."""

OUTCOME_MEANINGS = {
    Outcome.PLACED_NL: "in a list of Dutch-language schools",
    Outcome.PLACED_FR: "in a list of the French Community",
    Outcome.PLACED_BOTH: "in both",
    Outcome.NOT_FOUND: "in neither, with enough certainty",
    Outcome.UNDETERMINED: "in none of the lists loaded, and one Community has no list",
}
"""What each outcome means, in the order in which they are shown."""
