"""Publish: a run's tables -> a folder of files that people and programs read.

`write_outputs` writes them all or none, `render_report` makes the page, `explain` and `diff` read the folders back.
What leaves for others is made of a run's folder: `receivers` has a module per receiver, `figures` the counts with small cells hidden, `absences` the
store of the absence warehouse's rows.
"""

from kleuterlink.publish.diff import diff
from kleuterlink.publish.explanation import Candidate, Evidence, Explanation, explain
from kleuterlink.publish.outputs import OUTPUTS, check_folder, run_id, write_outputs
from kleuterlink.publish.report import render_report

__all__ = ["OUTPUTS", "Candidate", "Evidence", "Explanation", "check_folder", "diff", "explain", "render_report", "run_id", "write_outputs"]
