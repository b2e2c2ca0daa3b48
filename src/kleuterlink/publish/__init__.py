"""Publish: a run's tables -> a folder of files that people and programs read.

`write_outputs` writes them all or none, `render_report` makes the page, `explain` and `diff` read the folders back.
"""

from kleuterlink.publish.diff import diff
from kleuterlink.publish.explanation import Candidate, Evidence, Explanation, explain
from kleuterlink.publish.outputs import OUTPUTS, check_folder, run_id, write_outputs
from kleuterlink.publish.report import render_report

__all__ = ["OUTPUTS", "Candidate", "Evidence", "Explanation", "check_folder", "diff", "explain", "render_report", "run_id", "write_outputs"]
