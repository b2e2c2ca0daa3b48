"""The columns of every table that a run writes, in order: what each holds, its dtype, and what null means.

Text is Arrow-backed in memory (`tables.STRING`); every table has a `RangeIndex`.
"""

from __future__ import annotations

LINKS = {
    "register": "text; the list's name in the configuration",
    "record_id": "text; the list's id",
    "child_id": "text; the birth record's id",
    "match_weight": "float64; bits, log2 of match density over null density, without the prior",
    "match_probability": "float64; marginal of the matching",
    "decision": "text; link or possible_link",
    "blocking_rules": "text; names of the rules that made the pair, joined with ;  (`second_look` where none did)",
}
"""Columns of `links.parquet`, sorted by (child_id, register, record_id); then one int8 `level_<comparison>` per
comparison (-1 missing, 0 else, higher is closer)."""

CANDIDATES = dict(LINKS)
"""Columns of `candidates.parquet`: the five best candidate pairs of every child in doubt (`p_not_found` of at least 0.001), links included;
`decision` may be `non_link` here. What `kleuterlink explain` reads; of the other children it reads the links."""

CHILDREN = {
    "child_id": "text; the birth record's id, in the order of the register",
    "status": "text; a member of `participation.Status`",
    "p_not_found": "float64; probability that the child is in none of the lists",
    "found_in": "text; lists that it is in with a probability of at least one half, joined with ; (empty text where none)",
    "reason": "text; reason code",
}
"""Columns of `children.parquet`; with a school year also `CHILDREN_OF_YEAR`, and with attendance `ATTENDANCE`."""

AGE = "Int64; age on 31 December of the school year's first year; null where not known"
COMPULSORY = "boolean; must be at school in this school year; null where the year of birth is not known"
_MUNICIPALITY = "text; NIS code where the table knows the municipality of residence, else its name as A-Z; null where not known"
_ENOUGH = "boolean; enough half-days for {}; null where there is no threshold, or where it cannot be told"

CHILDREN_OF_YEAR = {"age": AGE, "compulsory": COMPULSORY, "municipality": _MUNICIPALITY}

ATTENDANCE = {
    "half_days_possible": "Int64; half-days of school while enrolled; null where nothing is known of the child's attendance",
    "half_days": "Int64; half-days that count for `participation.purpose`; null where nothing is known",
    "threshold": "Int64; half-days that are enough for that purpose at the child's age; null where there is no threshold, or sources disagree",
    "attends_enough": "boolean; enough half-days for that purpose; null where it cannot be told",
    "enough_allowance": _ENOUGH.format("the allowance"),
    "enough_admission": _ENOUGH.format("direct admission to primary school"),
    "enough_compulsory": _ENOUGH.format("compulsory schooling"),
}
"""No rows are not no attendance: what is not known is null."""

ENROLMENTS = {
    "register": "text; the list's name in the configuration",
    "community": "text; nl or fr",
    "record_id": "text; the list's id",
    "child_id": "text; the birth record that it is linked with; null where there is no accepted link",
    "match_probability": "float64; of that link; null where there is none",
    "school": "text; number of the school; null where not stated",
    "special": "bool; special education",
    "enrolled_from": "date32; first day; null where not known",
    "enrolled_until": "date32; last day; null while it lasts, or where not known",
    "active": "bool; covers the date that the statuses speak of, and no register of departures has the child; an unknown start or end is no hindrance",
    "age": f"{AGE}. Of the linked birth, else of the record itself; likewise `compulsory`",
    "compulsory": COMPULSORY,
    "municipality": f"{_MUNICIPALITY}. The record's own, else the linked birth's",
    "half_days_possible": "Int64; half-days of school on the days that are this enrolment's, up to `participation.counted_until`; null where "
    "nothing is known of its attendance, likewise the next two. A day that several enrolments of a pupil cover is that of the one that started last",
    "half_days_present": "Int64; of these, present",
    "half_days_accepted": "Int64; of these, absent with the head's consent",
    "threshold_allowance": "Int64; half-days that are enough at this age for the allowance; null where there is no threshold, or sources disagree",
    "threshold_admission": "Int64; likewise for direct admission to primary school",
    "threshold_compulsory": "Int64; likewise for compulsory schooling",
}
"""Columns of `enrolments.parquet`: a row per usable record of every register with role `enrolments`, sorted by (register, record_id).
There with a school year only; the thresholds only where attendance is loaded."""

APPLICATIONS = {
    "register": "text; the register's name in the configuration",
    "record_id": "text; its id",
    "p_nl": "float64; probability that the applicant is in a list of Dutch-language schools; null where none is loaded",
    "p_fr": "float64; likewise of the French Community",
    "p_not_found": "float64; probability that the applicant is in none of these lists",
    "outcome": "text; a member of `participation.Outcome`",
    "age": AGE,
    "compulsory": COMPULSORY,
}
"""Columns of `applications.parquet`: a row per usable record of every register with role `applications`, sorted by (register, record_id)."""

SCHOOLS = {
    "community": "text; nl or fr",
    "school": "text; number of the school, as the lists of enrolments write it",
    "name": "text; null where not known",
    "municipality": "text; NIS code where the table knows it, else its name as A-Z; null where not known",
    "clb": "text; pupil guidance centre; null where not known",
    "successor": "text; school whose number took its place after a restructuring; null where none",
    "current": "text; the last of its successors; the school itself where it has none, or where they run in a circle",
}
"""Columns of `schools.parquet`: a row per school of every register with role `schools`, sorted by (community, school)."""

NOT_FOUND = ("child_id", "p_not_found", "as_of", "sources", "reason")
"""Columns of `not_found.csv`, sorted by falling `p_not_found`, then `child_id`."""

REJECTED = ("register", "row", "field", "problem")
"""Columns of `rejected.csv`: text, int64, text, text. Never the value."""

CLUSTERS = {
    "record_id": "text; the register's id, in the order of the register",
    "cluster_id": "text; the smallest record_id among the records of one person",
    "records": "int64; number of records in the cluster",
    "p_with_cluster": "float64; probability that the record is with the others of its cluster; of a single one, that it is with no other",
}
"""Columns of `clusters.parquet` and `clusters.csv`."""

DUPLICATE_PAIRS = {
    "record_id": "text; the smaller id",
    "other_record_id": "text; the larger id",
    "match_weight": "float64; bits, log2 of match density over null density, without the prior",
    "match_probability": "float64; that both are one person's, given how all other records are joined",
    "same_cluster": "bool; whether they were joined",
    "blocking_rules": "text; names of the rules that made the pair, joined with ; (`same_cluster` where none did)",
}
"""Columns of `pairs.parquet`, a row per pair that was joined or might be, sorted by both ids; then one int8 `level_<comparison>` each."""
