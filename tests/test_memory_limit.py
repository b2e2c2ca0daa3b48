"""A run whose memory is limited: the same outcome, steps kept in files, and no work done twice after the process was killed."""

import os
import signal
import subprocess
import sys
import textwrap

import pandas as pd
import pytest

from kleuterlink import pipeline, synthetic
from kleuterlink.config import load_config
from kleuterlink.linkage import lists
from kleuterlink.publish.outputs import write_outputs

TABLES = ("links", "candidates", "children", "not_found", "rejected", "enrolments")


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return synthetic.write_sample(tmp_path_factory.mktemp("registers"), synthetic.make_registers(3_000, seed=5))


@pytest.fixture(scope="module")
def whole(sample):
    return pipeline.run(sample)


def limited(sample):
    settings = load_config(sample)
    return settings.model_copy(update={"engine": settings.engine.model_copy(update={"memory_limit": "2GB"})})


def assert_same(one, other):
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
    assert one.quality == other.quality
    assert one.model == other.model


def test_the_outcome_is_that_of_a_run_in_memory(sample, whole, tmp_path):
    result = pipeline.run(limited(sample))
    assert_same(result, whole)
    assert not sample.with_name("out.work").exists()
    assert len(write_outputs(result, tmp_path / "out")) > 5


def killed_run(sample, where):
    """Run in a process of its own, which kills itself where it is told to."""
    script = f"""
        import os, signal
        from kleuterlink import pipeline
        from kleuterlink.config import load_config
        from kleuterlink.linkage import lists

        settings = load_config({str(sample)!r})
        settings = settings.model_copy(update={{"engine": settings.engine.model_copy(update={{"memory_limit": "2GB"}})}})
        {where} = lambda *arguments: os.kill(os.getpid(), signal.SIGKILL)
        pipeline.run(settings)
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False, env=os.environ)
    assert ended.returncode == -signal.SIGKILL


def counted(monkeypatch, owner, name, calls):
    function = getattr(owner, name)

    def count(*arguments, **options):
        calls.append(name)
        return function(*arguments, **options)

    monkeypatch.setattr(owner, name, count)


def test_a_killed_run_goes_on_where_it_was(sample, whole, monkeypatch):
    killed_run(sample, "lists.second_pass")
    calls = []
    for owner, name in ((pipeline, "take_in"), (lists, "compare_list"), (lists, "first_pass"), (lists, "second_pass")):
        counted(monkeypatch, owner, name, calls)
    assert_same(pipeline.run(limited(sample)), whole)
    assert calls == ["second_pass", "second_pass"]


def test_nothing_is_used_again_once_an_input_has_changed(tmp_path):
    sample = synthetic.write_sample(tmp_path, synthetic.make_registers(1_000, seed=6))
    killed_run(sample, "lists.second_pass")
    births = tmp_path / "births.csv"
    lines = births.read_text(encoding="utf-8").splitlines(keepends=True)
    births.write_text("".join(lines[:-1]), encoding="utf-8")
    result = pipeline.run(limited(sample))
    assert_same(result, pipeline.run(sample))
    assert len(result.children) == 999


def test_the_size_of_the_slices_makes_no_difference(sample, whole, monkeypatch):
    for place, value in (
        ("kleuterlink.block.join.SLICE", 300),
        ("kleuterlink.block.join.KEPT_UP_TO", 0),
        ("kleuterlink.score.patterns.SLICE", 200),
        ("kleuterlink.linkage.tools.MANY", 0),
        ("kleuterlink.compare.kernel.BATCH", 1_000),
    ):
        monkeypatch.setattr(place, value)
    sliced = pipeline.run(sample)
    for name in ("links", "children", "not_found"):
        # Sums over slices differ in their last digits.
        pd.testing.assert_frame_equal(getattr(sliced, name), getattr(whole, name), rtol=1e-9, atol=1e-12)
    assert sliced.quality["blocking"] == whole.quality["blocking"]
