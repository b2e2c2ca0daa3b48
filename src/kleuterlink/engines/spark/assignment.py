"""The assignment in the executors: each decides on whole connected components of pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kleuterlink import assign
from kleuterlink.config import RegistersConfig
from kleuterlink.engines.spark.session import open_session
from kleuterlink.tables import FloatArray, IntArray


def decide_in_spark(config: RegistersConfig) -> Callable[[IntArray, IntArray, FloatArray], npt.NDArray[np.int8]]:
    """Return `assign.decide` with its work spread over the executors.

    Parameters
    ----------
    config
        The configuration.

    Returns
    -------
    function
        As `assign.decide`: what it decides of a pair depends on the pair's connected component alone, and an executor has whole components.

    """

    def decide(left: IntArray, right: IntArray, probability: FloatArray) -> npt.NDArray[np.int8]:
        component = assign.components_of_pairs(left, right, probability)
        place = np.flatnonzero(component >= 0)
        decision = np.zeros(len(probability), np.int8)
        if not len(place):
            return decision
        columns = {"left": left, "right": right, "probability": probability, "component": component}
        shown = pa.table({"place": place, **{name: column[place] for name, column in columns.items()}})
        frame: Any = open_session(config.engine).createDataFrame(shown).repartition("component")
        made = frame.mapInArrow(_decided, "place bigint, decision tinyint").toArrow()
        decision[made.column("place").to_numpy()] = made.column("decision").to_numpy()
        return decision

    return decide


def _decided(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Decide on the pairs of a partition: all of its batches at once, as a component may lie in several."""
    every = list(batches)
    if every:
        pairs = pa.Table.from_batches(every)
        left, right, probability = (pairs.column(name).to_numpy() for name in ("left", "right", "probability"))
        place = pairs.column("place").combine_chunks()
        yield pa.RecordBatch.from_arrays([place, pa.array(assign.decide(left, right, probability))], ["place", "decision"])
