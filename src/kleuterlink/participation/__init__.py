"""From links to children: where each one stands at a date, and whether it attends enough."""

from __future__ import annotations

from kleuterlink.participation.attendance import Attendance, count_half_days
from kleuterlink.participation.calendar import EntryDates, age_on_31_december, compulsory_from, entitled, entry_dates, first_entry
from kleuterlink.participation.flags import Flagged, flag
from kleuterlink.participation.status import as_of, not_found_list, statuses
from kleuterlink.participation.thresholds import threshold
from kleuterlink.participation.vocabulary import REASON_MEANINGS, STATUS_MEANINGS, Reason, Status

__all__ = [
    "REASON_MEANINGS",
    "STATUS_MEANINGS",
    "Attendance",
    "EntryDates",
    "Flagged",
    "Reason",
    "Status",
    "age_on_31_december",
    "as_of",
    "compulsory_from",
    "count_half_days",
    "entitled",
    "entry_dates",
    "first_entry",
    "flag",
    "not_found_list",
    "statuses",
    "threshold",
]
