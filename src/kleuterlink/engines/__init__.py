"""Where the work runs, beside the stages `block` and `compare` themselves.

`spark` runs their code in the executors of a cluster. `reference` does what they do, plainly and slowly, with the Python Record Linkage
Toolkit and jellyfish: what is fast is tested against it. `toolkit` translates between our tables and that toolkit's index and feature frame.
`steps` keeps the finished steps of a run in files, where memory is short.
"""

from __future__ import annotations

from kleuterlink.engines import reference, spark, toolkit
from kleuterlink.engines.steps import InMemory, Steps, work_folder

__all__ = ["InMemory", "Steps", "reference", "spark", "toolkit", "work_folder"]
