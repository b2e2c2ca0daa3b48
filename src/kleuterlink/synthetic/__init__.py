"""Sample registers of which the truth is known: what a linkage is tried on, and shown with.

`make_registers` makes them, `write_sample` writes them as files, `write_large_sample` does both for registers that memory does not hold, and
`rates` says how often what happens. Needs the extra
`kleuterlink[synthetic]`.
"""

from __future__ import annotations

from kleuterlink.synthetic.files import write_sample
from kleuterlink.synthetic.large import write_large_sample
from kleuterlink.synthetic.populations import Population
from kleuterlink.synthetic.rates import ERROR_MODELS, RATES, Rates
from kleuterlink.synthetic.registers import Registers, make_registers

__all__ = ["ERROR_MODELS", "RATES", "Population", "Rates", "Registers", "make_registers", "write_large_sample", "write_sample"]
