"""Where the work runs, beside the stages `block` and `compare` themselves.

`reference` does what they do, plainly and slowly, with the Python Record Linkage Toolkit and jellyfish: what is fast is
tested against it. `toolkit` translates between our tables and that toolkit's index and feature frame.
"""

from __future__ import annotations

from kleuterlink.engines import reference, toolkit

__all__ = ["reference", "toolkit"]
