"""The Spark engine on a real standalone master with two workers, one of which dies on the way: the same files as without Spark."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pyspark
import pytest

import kleuterlink
from kleuterlink import synthetic
from kleuterlink.config import load_config
from kleuterlink.publish import write_outputs

pytestmark = pytest.mark.xdist_group("spark")

SPARK_CLASS = Path(pyspark.__file__).parent / "bin" / "spark-class"
PATIENCE = 600
SAME_FILES = ("links.parquet", "candidates.parquet", "children.parquet", "enrolments.parquet", "not_found.csv", "rejected.csv", "quality.json", "model.json")

ENGINE = """
[engine]
name = "spark"
master = "{master}"

[engine.spark]
"spark.sql.shuffle.partitions" = "4"
"spark.executor.memory" = "700m"
"spark.driver.memory" = "1g"
"spark.ui.enabled" = "false"
"spark.sql.autoBroadcastJoinThreshold" = "-1"
"""


def wait_for(what, happened):
    until = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < until, f"{what} did not happen within {PATIENCE} seconds"
        time.sleep(0.05)


class Cluster:
    """A master and two workers of one core each, every one a process group of its own; stopped by their ids."""

    def __init__(self, folder):
        self.folder, self.processes = folder, {}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.master = f"spark://127.0.0.1:{free.getsockname()[1]}"
        host, port = self.master.removeprefix("spark://").split(":")
        self.start("master", "master.Master", "--host", host, "--port", port, "--webui-port", "0")
        wait_for("the master's start", lambda: self.says("master", "I have been elected leader"))
        for name in ("one", "other"):
            self.start(name, "worker.Worker", "--host", host, "--cores", "1", "--memory", "1g", "--webui-port", "0", "--work-dir", folder / name, self.master)
        wait_for("the workers' registration", lambda: all(self.says(name, "Successfully registered with master") for name in ("one", "other")))

    def environment(self, name):
        folders = [str(Path(kleuterlink.__file__).parents[1]), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
        own = {"SPARK_LOCAL_DIRS": str(self.folder / f"{name}-shuffles"), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_DAEMON_MEMORY": "256m"}
        return os.environ | own | {"PYTHONPATH": os.pathsep.join(filter(None, folders)), "PYSPARK_PYTHON": sys.executable}

    def start(self, name, spark_class, *arguments):
        with (self.folder / f"{name}.log").open("w") as log:
            command = [SPARK_CLASS, f"org.apache.spark.deploy.{spark_class}", *arguments]
            self.processes[name] = subprocess.Popen(command, env=self.environment(name), stdout=log, stderr=log, start_new_session=True)

    def says(self, name, words):
        return words in (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def kill(self, name):
        """End a process with all that it started: a worker with its executors."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def cluster(tmp_path):
    made = Cluster(tmp_path)
    yield made
    for name in list(made.processes):
        made.kill(name)


def test_the_files_are_the_same_though_a_worker_dies_with_its_shuffles(cluster, tmp_path):
    sample = synthetic.write_sample(tmp_path / "registers", synthetic.make_registers(20_000, seed=2))
    write_outputs(kleuterlink.run(load_config(sample)), tmp_path / "local")
    text = sample.read_text(encoding="utf-8") + ENGINE.format(master=cluster.master)
    (sample.parent / "spark.toml").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "kleuterlink.cli", "run", sample.parent / "spark.toml", "--out", tmp_path / "spark"]
    with (tmp_path / "run.log").open("w") as log:
        run = subprocess.Popen(command, env=cluster.environment("driver"), stdout=log, stderr=log)
    try:
        wait_for("a shuffle on the other worker", lambda: run.poll() is not None or any((tmp_path / "other-shuffles").rglob("shuffle_*.data")))
        assert run.poll() is None, (tmp_path / "run.log").read_text(encoding="utf-8")
        cluster.kill("other")
        assert run.wait(PATIENCE) == 0, (tmp_path / "run.log").read_text(encoding="utf-8")
    finally:
        run.kill()
        run.wait()
    assert "Lost executor" in (tmp_path / "run.log").read_text(encoding="utf-8")
    assert any((tmp_path / "one-shuffles").rglob("*")), "the other worker did take part"
    for name in SAME_FILES:
        assert (tmp_path / "spark" / name).read_bytes() == (tmp_path / "local" / name).read_bytes(), name
