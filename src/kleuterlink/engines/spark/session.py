"""The Spark session that the work runs in."""

from __future__ import annotations

import os
import sys
from typing import Any

from kleuterlink.config_engine import EngineConfig
from kleuterlink.errors import ConfigError

SETTINGS = {
    "spark.app.name": "kleuterlink",
    "spark.driver.maxResultSize": "0",  # pairs come to the driver: its memory is the bound, and not a number beside it
    "spark.sql.execution.arrow.maxRecordsPerBatch": "65536",
    "spark.ui.showConsoleProgress": "false",
}
"""Settings of a session that is opened here, where the configuration does not say otherwise."""


def open_session(config: EngineConfig) -> Any:
    """Return the active Spark session, or open one.

    Parameters
    ----------
    config
        `[engine]`: the master and the settings of a new session. An active session (a notebook's, or one that the caller opened) is
        used as it is.

    Returns
    -------
    SparkSession
        It is left open.

    Raises
    ------
    ConfigError
        PySpark is not installed, or there is no Java to run it.

    """
    try:
        from pyspark.errors import PySparkRuntimeError
        from pyspark.sql import SparkSession
    except ImportError:
        raise ConfigError('engine.name: "spark" needs PySpark: install kleuterlink[spark], or take another engine') from None
    active = SparkSession.getActiveSession()
    if active is not None:
        return active
    builder = SparkSession.builder
    for name, value in (SETTINGS | config.spark).items():
        builder = builder.config(name, value)
    if config.master is not None:
        builder = builder.master(config.master)
    try:
        session = builder.getOrCreate()
    except PySparkRuntimeError as error:
        raise ConfigError(f"engine: Spark does not start ({error.getCondition()}): it needs Java 17 or later, found by JAVA_HOME or on the path") from None
    if str(session.sparkContext.master).startswith("local") and "PYSPARK_PYTHON" not in os.environ:
        session.sparkContext.pythonExec = sys.executable  # the executors are on this machine: where our packages are is known
    return session
