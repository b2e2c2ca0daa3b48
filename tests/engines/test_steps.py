"""Finished steps are kept, used again for the same content only, and gone when a run ends well."""

import signal
import stat
import subprocess
import sys
import textwrap

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from kleuterlink.engines import InMemory, work_folder
from kleuterlink.errors import InputError, OutputError

CONTENT = {"inputs": {"births": "abc"}, "configuration": {"run": 1}}


class StoppedError(Exception):
    """What is no error of kleuterlink's: the process was ended, or the disk was full."""


def make_and_raise(folder, made, error, content=CONTENT):
    with work_folder(folder, content) as steps:
        for name, value in made.items():
            steps.step(name, lambda value=value: value)
        raise error


def stopped_after(folder, made):
    """Make steps, and stop before the end."""
    with pytest.raises(StoppedError):
        make_and_raise(folder, made, StoppedError())


def never():
    raise AssertionError("a finished step was made again")


def test_a_step_gives_back_what_it_made(tmp_path):
    made = {
        "numbers": np.arange(10.0),
        "table": np.asfortranarray(np.arange(12, dtype=np.int32).reshape(4, 3)),
        "texts": np.array(["a", None], dtype=object),
        "arrow": pa.table({"a": ["x", None, "y"], "b": pa.array(["p", "p", "q"]).dictionary_encode()}),
        "frame": pd.DataFrame({"a": pd.array(["x", None], dtype=pd.ArrowDtype(pa.string())), "b": [1, 2]}),
        "empty": np.zeros(0, np.int8),
    }
    with work_folder(tmp_path / "work", CONTENT) as steps:
        kept = steps.step("all", lambda: made)
        assert np.array_equal(kept["numbers"], made["numbers"])
        assert np.array_equal(kept["table"], made["table"])
        assert kept["table"].flags.f_contiguous
        assert kept["texts"].tolist() == ["a", None]
        assert kept["arrow"].equals(made["arrow"])
        assert kept["frame"].equals(made["frame"])
        assert kept["empty"].dtype == np.int8
        with pytest.raises(ValueError, match="read-only"):
            kept["numbers"][0] = 1.0
        steps.rest()
        assert kept["numbers"].sum() == 45.0


def test_a_shared_value_is_written_once(tmp_path):
    columns = np.arange(100_000)
    with work_folder(tmp_path / "work", CONTENT) as steps:
        shared = steps.share("columns", steps.step("columns", lambda: columns))
        used = steps.step("used", lambda: {"columns": shared, "more": np.arange(3)})
        assert used["columns"] is shared
        assert (tmp_path / "work" / "used.arrays").stat().st_size < 1000


def test_finished_steps_are_not_made_again(tmp_path):
    folder = tmp_path / "work"
    stopped_after(folder, {"one": np.arange(3)})
    with work_folder(folder, CONTENT) as steps:
        assert steps.step("one", never).tolist() == [0, 1, 2]
        assert steps.step("two", lambda: 2) == 2
    assert not folder.exists()


@pytest.mark.parametrize("content", [{**CONTENT, "inputs": {"births": "abd"}}, {**CONTENT, "configuration": {"run": 2}}])
def test_steps_of_another_content_are_removed(tmp_path, content):
    folder = tmp_path / "work"
    stopped_after(folder, {"one": 1})
    with work_folder(folder, content) as steps:
        assert not list(folder.glob("one.*"))
        assert steps.step("one", lambda: 2) == 2


def test_steps_of_another_version_are_removed(tmp_path, monkeypatch):
    folder = tmp_path / "work"
    stopped_after(folder, {"one": 1})
    monkeypatch.setattr("kleuterlink.engines.steps._source_hash", lambda: "another")
    with work_folder(folder, CONTENT) as steps:
        assert steps.step("one", lambda: 2) == 2


def test_a_step_whose_writing_was_interrupted_is_made_again(tmp_path):
    folder = tmp_path / "work"
    stopped_after(folder, {"one": np.arange(3)})
    (folder / "one.pickle").rename(folder / "one.pickle.part")
    with work_folder(folder, CONTENT) as steps:
        assert steps.step("one", lambda: "again") == "again"


def test_an_error_that_would_come_again_leaves_nothing_behind(tmp_path):
    with pytest.raises(InputError):
        make_and_raise(tmp_path / "work", {"one": 1}, InputError("births: another format"))
    assert not (tmp_path / "work").exists()


def test_only_the_owner_may_read_the_folder(tmp_path):
    with work_folder(tmp_path / "work", CONTENT):
        assert stat.S_IMODE((tmp_path / "work").stat().st_mode) == 0o700


def test_a_folder_with_other_files_is_refused_and_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(OutputError, match="no work folder"), work_folder(tmp_path, CONTENT):
        never()
    assert (tmp_path / "letter.txt").read_text() == "mine"


def test_two_runs_do_not_work_in_one_folder(tmp_path):
    with work_folder(tmp_path / "work", CONTENT) as steps:
        with pytest.raises(OutputError, match="another run is at work"), work_folder(tmp_path / "work", CONTENT):
            never()
        assert steps.step("one", lambda: 1) == 1


def test_a_killed_process_leaves_what_it_finished(tmp_path):
    script = f"""
        import os, signal
        from pathlib import Path
        import numpy as np
        from kleuterlink.engines import work_folder
        with work_folder(Path({str(tmp_path / "work")!r}), {CONTENT!r}) as steps:
            steps.step("one", lambda: np.arange(5))
            steps.step("two", lambda: os.kill(os.getpid(), signal.SIGKILL))
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)
    assert ended.returncode == -signal.SIGKILL
    with work_folder(tmp_path / "work", CONTENT) as steps:
        assert steps.step("one", never).tolist() == [0, 1, 2, 3, 4]
        assert steps.step("two", lambda: 2) == 2


def test_in_memory_nothing_is_kept():
    steps = InMemory()
    assert [steps.step("one", lambda value=value: value) for value in (1, 2)] == [1, 2]
    assert steps.share("one", 3) == 3
