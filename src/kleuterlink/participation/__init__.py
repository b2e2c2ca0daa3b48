"""From links to children: where each one stands at a date, and whether it attends enough."""

from __future__ import annotations

from kleuterlink.participation.applications import applications_table
from kleuterlink.participation.attendance import Attendance, count_half_days
from kleuterlink.participation.calendar import EntryDates, age_on_31_december, compulsory_from, entitled, entry_dates, first_entry
from kleuterlink.participation.derive import Derived, derive
from kleuterlink.participation.enrolled import Enrolled, gather_enrolled
from kleuterlink.participation.flags import Flagged, flag
from kleuterlink.participation.joined import join_links
from kleuterlink.participation.schools import schools_table
from kleuterlink.participation.status import as_of, not_found_list, statuses
from kleuterlink.participation.thresholds import threshold
from kleuterlink.participation.vocabulary import OUTCOME_MEANINGS, REASON_MEANINGS, STATUS_MEANINGS, Outcome, Reason, Status

__all__ = [
    "OUTCOME_MEANINGS",
    "REASON_MEANINGS",
    "STATUS_MEANINGS",
    "Attendance",
    "Derived",
    "Enrolled",
    "EntryDates",
    "Flagged",
    "Outcome",
    "Reason",
    "Status",
    "age_on_31_december",
    "applications_table",
    "as_of",
    "compulsory_from",
    "count_half_days",
    "derive",
    "entitled",
    "entry_dates",
    "first_entry",
    "flag",
    "gather_enrolled",
    "join_links",
    "not_found_list",
    "schools_table",
    "statuses",
    "threshold",
]
