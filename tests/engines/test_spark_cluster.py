"""The Spark engine on a real standalone master with two workers, submitted as the docs say, and one of them dies: the same files as without Spark."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import venv
from pathlib import Path

import pandas as pd
import pyspark
import pytest

import kleuterlink
from kleuterlink import synthetic
from kleuterlink.publish import write_outputs

pytestmark = pytest.mark.xdist_group("spark")

BIN = Path(pyspark.__file__).parent / "bin"
PACKAGES = [str(Path(package.__file__).parents[1]) for package in (kleuterlink, pyspark)]
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "run-on-spark.md"
PATIENCE = 600
SAME_FILES = ("links.parquet", "candidates.parquet", "children.parquet", "enrolments.parquet", "not_found.csv", "rejected.csv", "quality.json", "model.json")

SMALL = (
    "--executor-cores 1 --executor-memory 700m --driver-memory 1g --conf spark.sql.shuffle.partitions=4 --conf spark.ui.enabled=false "
    "--conf spark.sql.autoBroadcastJoinThreshold=-1"
)
"""What takes the place of the docs' cluster of fifty; tables that are small here are shuffled as large ones are."""


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
        """Return the environment of a process; none has kleuterlink but who asks for it."""
        bare = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYSPARK_PYTHON", "PYSPARK_DRIVER_PYTHON"}}
        return bare | {"SPARK_LOCAL_DIRS": str(self.folder / f"{name}-shuffles"), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_DAEMON_MEMORY": "256m"}

    def start(self, name, spark_class, *arguments):
        with (self.folder / f"{name}.log").open("w") as log:
            command = [BIN / "spark-class", f"org.apache.spark.deploy.{spark_class}", *arguments]
            self.processes[name] = subprocess.Popen(command, env=self.environment(name), stdout=log, stderr=log, start_new_session=True)

    def drive(self, command, **environment):
        """Start a driver, which knows kleuterlink, and log what it says."""
        with (self.folder / "run.log").open("w") as log:
            own = self.environment("driver") | {"PYTHONPATH": os.pathsep.join(PACKAGES)} | environment
            return subprocess.Popen(command, env=own, stdout=log, stderr=log)

    def log(self):
        return (self.folder / "run.log").read_text(encoding="utf-8", errors="replace")

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


def packed_environment(folder):
    """Return an environment as venv-pack packs one: a Python of its own, with kleuterlink; that its packages are elsewhere spares half a gigabyte."""
    venv.create(folder, symlinks=True)
    (site_packages,) = folder.glob("lib/python*/site-packages")
    (site_packages / "packages.pth").write_text("\n".join(PACKAGES), encoding="utf-8")
    return shutil.make_archive(str(folder), "gztar", folder)


def as_parquet(sample):
    """Turn the births and the first list of a sample into Parquet files; return the configuration."""
    text = sample.read_text(encoding="utf-8")
    for name, separator, encoding in (("births", ",", "utf-8"), ("enrolments", ";", "cp1252")):
        path = sample.parent / f"{name}.csv"
        pd.read_csv(path, sep=separator, encoding=encoding, dtype="str").to_parquet(path.with_suffix(".parquet"))
        text = text.replace(f'"{path.name}"', f'"{name}.parquet"')
    return text


def test_what_the_docs_submit_gives_the_same_files_though_a_worker_dies_with_its_shuffles(cluster, tmp_path):
    page = PAGE.read_text(encoding="utf-8")
    (script,) = re.findall(r'^```python title="run\.py"\n(.*?)^```', page, re.MULTILINE | re.DOTALL)
    (command,) = re.findall(r"^spark-submit ((?:.*\\\n)*.*)$", page, re.MULTILINE)
    folder = tmp_path / "registers"
    local = as_parquet(synthetic.write_sample(folder, synthetic.make_registers(20_000, seed=2)))
    for name, text in {"run.py": script, "local.toml": local, "spark.toml": local + '[engine]\nname = "spark"\n'}.items():
        (folder / name).write_text(text, encoding="utf-8")
    write_outputs(kleuterlink.run(folder / "local.toml"), folder / "local")
    *options, program, configuration = shlex.split(command.replace("\\\n", " ").replace("env.tar.gz", packed_environment(tmp_path / "env")))
    run = cluster.drive(
        [BIN / "spark-submit", *options, "--master", cluster.master, *shlex.split(SMALL), folder / program, folder / configuration],
        PYSPARK_PYTHON=re.findall(r"^export PYSPARK_PYTHON=(\S+)", page, re.MULTILINE)[0],
        PYSPARK_DRIVER_PYTHON=sys.executable,
    )
    try:
        wait_for("a shuffle on the other worker", lambda: run.poll() is not None or any((tmp_path / "other-shuffles").rglob("shuffle_*.data")))
        assert run.poll() is None, cluster.log()
        cluster.kill("other")
        assert run.wait(PATIENCE) == 0, cluster.log()
    finally:
        run.kill()
        run.wait()
    assert all(any((tmp_path / name).glob("app-*/*/environment/bin/python")) for name in ("one", "other")), "no worker has the packed environment"
    assert "Lost executor" in cluster.log()
    assert any((tmp_path / "one-shuffles").rglob("*")), "the other worker did take part"
    for name in SAME_FILES:
        assert (folder / "out" / name).read_bytes() == (folder / "local" / name).read_bytes(), name
