"""The Spark engine: candidate pairs and agreement patterns in the executors of a cluster.

It mirrors `block` and `compare` and runs their code: keys of packed records with `block.entries`, joins in Spark SQL, the kernel in `mapInArrow`.
The driver holds the registers and, of every pair that is in question, 20 bytes.
"""

from __future__ import annotations

from kleuterlink.engines.spark.assignment import decide_in_spark
from kleuterlink.engines.spark.engine import ComparedPairs, SparkEngine, open_engine
from kleuterlink.engines.spark.session import open_session
from kleuterlink.engines.spark.tables import read_tables, write_tables

__all__ = ["ComparedPairs", "SparkEngine", "decide_in_spark", "open_engine", "open_session", "read_tables", "write_tables"]
