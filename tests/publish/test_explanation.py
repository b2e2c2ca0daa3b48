"""An explanation is read from a run's files alone, and adds up to the match weight."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from kleuterlink.errors import OutputError
from kleuterlink.publish import Evidence, explain, write_outputs
from kleuterlink.publish.terminal import Terminal, print_explanation


@pytest.fixture(scope="module")
def out(make_result, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "out"
    write_outputs(make_result(), folder)
    return folder


def printed(explanation, *, terminal=False):
    stream = io.StringIO()
    print_explanation(Terminal(Console(file=stream, force_terminal=terminal, width=100, markup=False, highlight=False)), explanation)
    return stream.getvalue()


def test_a_found_child_shows_its_link_in_words(out):
    explanation = explain(out, "K000050")
    assert (explanation.status, explanation.found_in, explanation.on_list) == ("found", ("pupils_nl",), False)
    (candidate,) = explanation.candidates
    assert (candidate.register, candidate.record_id, candidate.decision) == ("pupils_nl", "R00050", "link")
    assert candidate.blocking_rules == ("national_number", "birth_date + surname")
    assert candidate.evidence == (Evidence("surname", 2, "equal", 6.49), Evidence("birth_date", 1, "equal", 9.95))


def test_the_weights_and_the_dependence_add_up_to_the_match_weight(out):
    for child_id in ("K000002", "K000050"):
        for candidate in explain(out, child_id).candidates:
            assert sum(item.weight for item in candidate.evidence) + candidate.dependence == pytest.approx(candidate.match_weight)
    assert explain(out, "K000050").candidates[0].dependence == pytest.approx(17.0 - 6.49 - 9.95)


def test_a_missing_value_says_nothing_and_weighs_nothing(out):
    explanation = explain(out, "K000002")
    assert explanation.on_list
    assert explanation.candidates[0].evidence[1] == Evidence("birth_date", -1, "not given in one or both registers", 0.0)


def test_a_child_without_candidates_is_explained_too(out):
    explanation = explain(out, "K000000")
    assert explanation.candidates == ()
    assert "No record came near" in printed(explanation)


def test_at_most_the_five_best_candidates_are_shown(make_result, tmp_path):
    result = make_result()
    candidates = result.candidates.assign(child_id="K000001", match_weight=[float(place) for place in range(len(result.candidates))])
    write_outputs(replace(result, candidates=candidates), tmp_path / "out")
    assert [candidate.match_weight for candidate in explain(tmp_path / "out", "K000001").candidates] == [198.0, 197.0, 196.0, 195.0, 194.0]


def test_a_level_that_the_model_does_not_know_leaves_the_dependence_open(make_result, tmp_path):
    write_outputs(replace(make_result(), model={"lists": {}}), tmp_path / "out")
    (candidate,) = explain(tmp_path / "out", "K000050").candidates
    assert candidate.evidence == (Evidence("surname", 2, "level 2", None), Evidence("birth_date", 1, "level 1", None))
    assert candidate.dependence is None


def test_an_unknown_child_is_told_in_one_line(out):
    with pytest.raises(OutputError, match="no child with id K999999") as caught:
        explain(out, "K999999")
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(OutputError, match="holds no outputs of kleuterlink"):
        explain(tmp_path, "K000001")


@pytest.mark.parametrize("name", ["children.parquet", "candidates.parquet", "model.json", "not_found.csv"])
@pytest.mark.parametrize("damage", ["gone", "cut"])
def test_a_missing_or_damaged_file_is_named(make_result, tmp_path, name, damage):
    write_outputs(make_result(), tmp_path)
    if damage == "gone":
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:7])
    with pytest.raises(OutputError, match=rf"{name}: cannot be read \(.+\); run again"):
        explain(tmp_path, "K000001")


@pytest.mark.parametrize("terminal", [True, False])
def test_the_printed_explanation_names_every_part(out, terminal):
    text = printed(explain(out, "K000050"), terminal=terminal)
    for part in (
        "found, not on the not-found list",
        "pupils_nl record R00050",
        "equal",
        "+6.49",
        "dependence between fields",
        "+0.56",
        "national_number, birth_date + surname",
    ):
        assert part in text
    assert ("\x1b[" in text) is terminal


def test_ids_with_brackets_are_printed_as_they_are(make_result, tmp_path):
    result = make_result()
    children = result.children.assign(child_id=["[red]1[/red]", *result.children["child_id"][1:]])
    write_outputs(replace(result, children=children), tmp_path / "out")
    assert "Child [red]1[/red]:" in printed(explain(tmp_path / "out", "[red]1[/red]"))
