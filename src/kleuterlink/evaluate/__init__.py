"""Links and lists -> how good they are: against a truth where there is one, and without."""

from kleuterlink.evaluate.manifest import manifest
from kleuterlink.evaluate.quality import OUT_OF_QUESTION, quality
from kleuterlink.evaluate.truth import calibration_error, candidate_recall, list_quality, list_quality_by_group, pair_quality, reliability

__all__ = [
    "OUT_OF_QUESTION",
    "calibration_error",
    "candidate_recall",
    "list_quality",
    "list_quality_by_group",
    "manifest",
    "pair_quality",
    "quality",
    "reliability",
]
