"""The estimate of the time that is left, on a clock of its own."""

import pytest

from kleuterlink.publish.time_left import USUAL, TimeLeft, in_minutes


class Watch:
    now = 0.0

    def __call__(self):
        return self.now


def stages(watch, seconds):
    time_left = TimeLeft(watch)
    told = {}
    for stage, taken in seconds.items():
        told[stage] = time_left(stage, None)
        watch.now += taken
    return time_left, told


def test_a_run_in_which_all_takes_the_usual_share_is_foreseen_exactly():
    time_left, told = stages(Watch(), {stage: 1000 * share for stage, share in USUAL.items()})
    assert told.pop("read") is None
    ahead = [1000 * sum(list(USUAL.values())[place:]) for place in range(1, len(USUAL))]
    assert list(told.values()) == pytest.approx(ahead)
    assert time_left("done", None) == pytest.approx(0)


def test_the_share_of_a_stage_counts():
    watch = Watch()
    time_left, _ = stages(watch, {"read": 9.0})
    time_left("normalise", None)
    watch.now += 5.5
    assert time_left("normalise", 0.5) == pytest.approx(100 * (sum(USUAL.values()) - 0.09 - 0.055))


def test_stages_that_were_found_finished_do_not_make_a_run_look_fast():
    watch = Watch()
    time_left, _ = stages(watch, {"read": 0.1, "normalise": 0.1, "compare": 0.1, "first pass": 220.0})
    assert time_left("second look", None) == pytest.approx(1000 * (0.12 + 0.07 + 0.07 + 0.08 + 0.07))


def test_the_estimate_in_words():
    assert [in_minutes(seconds) for seconds in (None, 3, 45, 300)] == ["", "", "about 45 s left", "about 5 min left"]
