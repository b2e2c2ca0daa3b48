"""What a person at a terminal sees: progress, tables and lines; plain text where the output goes to a file or a pipe."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from kleuterlink.publish.explanation import Candidate, Explanation
from kleuterlink.publish.time_left import TimeLeft, in_minutes
from kleuterlink.publish.words import in_words, probability
from kleuterlink.results import Deduplicated, Result
from kleuterlink.tables import Register

ProgressCallback = Callable[[str, float | None], None]


class Terminal:
    """Prints results on stdout.

    Parameters
    ----------
    console
        Where to. Default: stdout, without markup, so that an id is printed as it is.

    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(markup=False, highlight=False, emoji=False)

    def line(self, text: str = "") -> None:
        """Print a line; it is never broken where the output is no terminal."""
        # rich would turn the tabs of a plain table into blanks.
        if self.console.is_terminal:
            self.console.print(text, soft_wrap=True)
        else:
            print(text, file=self.console.file)

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Print a table: ruled on a terminal, else a line per row with tabs between the values.

        Parameters
        ----------
        title
            Heading.
        columns
            Column headings.
        rows
            Values; numbers are aligned to the right, None is printed as a dash.

        """
        body = list(rows)
        numeric = [all(isinstance(row[place], int | float | None) for row in body) for place in range(len(columns))]
        cells = [[shown(value) for value in row] for row in body]
        if not self.console.is_terminal:
            self.line(title)
            for row in [list(columns), *cells]:
                self.line("\t".join(row))
            self.line()
            return
        self.console.print(title, style="bold", soft_wrap=True)
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        for name, is_number in zip(columns, numeric, strict=True):
            table.add_column(name, justify="right" if is_number else "left", overflow="fold")
        for row in cells:
            table.add_row(*row)
        self.console.print(table)


def shown(value: object) -> str:
    """Return a value as people read it: thousands apart, four significant digits, a dash for what is not known."""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return "-"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


@contextmanager
def progress_on_stderr(*, quiet: bool) -> Iterator[ProgressCallback]:
    """Show how far a run is: bars on a terminal, else a line per stage.

    Parameters
    ----------
    quiet
        Show nothing.

    Yields
    ------
    callable
        To be called with a stage's name and the fraction that is done (None where it cannot be known).

    """
    console = Console(stderr=True, markup=False, highlight=False, emoji=False)
    if quiet:
        yield lambda _stage, _fraction: None
    elif not console.is_terminal:
        yield _lines(console)
    else:
        columns = TextColumn("{task.description}", markup=False), BarColumn(bar_width=30), TimeElapsedColumn(), TextColumn("{task.fields[left]}", markup=False)
        with Progress(*columns, console=console) as progress:
            yield _bars(progress)
            for task in progress.tasks:
                progress.update(task.id, total=1.0, completed=1.0, left="")


def _lines(console: Console) -> ProgressCallback:
    seen: set[str] = set()
    time_left = TimeLeft()

    def show(stage: str, fraction: float | None) -> None:
        left = in_minutes(time_left(stage, fraction))
        if stage not in seen:
            seen.add(stage)
            console.print(f"{stage} ...{left and f' ({left})'}", soft_wrap=True)

    return show


def _bars(progress: Progress) -> ProgressCallback:
    tasks: dict[str, TaskID] = {}
    time_left = TimeLeft()

    def show(stage: str, fraction: float | None) -> None:
        left = in_minutes(time_left(stage, fraction))
        if stage not in tasks:
            for earlier in tasks.values():
                progress.update(earlier, total=1.0, completed=1.0, left="")
            tasks[stage] = progress.add_task(stage, total=None, left=left)
        progress.update(tasks[stage], left=left)
        if fraction is not None:
            progress.update(tasks[stage], total=1.0, completed=fraction)

    return show


def print_result(terminal: Terminal, result: Result) -> None:
    """Print what a run found: statuses, the list's length and quality, warnings.

    Parameters
    ----------
    terminal
        Where to.
    result
        What the run made.

    """
    statuses = result.quality.get("statuses")
    counts = statuses if isinstance(statuses, Mapping) else result.children["status"].value_counts().to_dict()
    terminal.table("Children by status", ("status", "children"), [(in_words(status), int(count)) for status, count in counts.items()])
    quality = result.quality.get("not_found")
    figures: list[tuple[str, object]] = [("children on the list", len(result.not_found))]
    if isinstance(quality, Mapping):
        figures += [
            ("expected really not found", _estimate(quality, "expected", "interval")),
            ("estimated PPV", _estimate(quality, "ppv", "ppv_interval")),
            ("estimated sensitivity", _estimate(quality, "sensitivity", "sensitivity_interval")),
        ]
    terminal.table("The not-found list", ("figure", "value"), [(name, shown(value)) for name, value in figures])
    _print_warnings(terminal, result.quality)


def print_duplicates(terminal: Terminal, result: Deduplicated) -> None:
    """Print what the deduplication of a register found: its records and persons, the quality, warnings.

    Parameters
    ----------
    terminal
        Where to.
    result
        What the deduplication made.

    """
    names = {"records": "records", "clusters": "persons", "pairs": "pairs of one person's records"}
    names |= {"expected_precision": "estimated precision of the pairs", "expected_recall": "estimated recall, of the pairs that were compared"}
    terminal.table("Records and persons", ("figure", "value"), [(words, shown(result.quality[key])) for key, words in names.items()])
    _print_warnings(terminal, result.quality)


def _print_warnings(terminal: Terminal, quality: Mapping[str, object]) -> None:
    warnings = quality.get("warnings")
    for warning in warnings if isinstance(warnings, list | tuple) else ():
        terminal.line(f"warning: {warning}")


def _estimate(quality: Mapping[str, object], name: str, bounds: str) -> str:
    interval = quality.get(bounds)
    between = f" ({shown(interval[0])} to {shown(interval[1])})" if isinstance(interval, Sequence) and len(interval) == 2 else ""
    return f"{shown(quality.get(name))}{between}"


def print_register(terminal: Terminal, register: Register) -> None:
    """Print how a register was read: rows, completeness per field, what was rejected, and what reading remarked on.

    Parameters
    ----------
    terminal
        Where to.
    register
        The register, as `read_register` returned it.

    """
    used, rows = len(register.records), register.rows_in
    title = f"{register.name} ({register.role}): {rows:,} rows, {used:,} used, {rows - used:,} rejected"
    terminal.table(title, ("field", "known"), [(field, f"{share:.1%}") for field, share in register.completeness.items()])
    if len(register.rejected):
        problems = register.rejected.groupby(["field", "problem"], sort=True).size().reset_index(name="rows")
        terminal.table("Rejected", ("field", "problem", "rows"), problems.to_numpy(dtype=object).tolist())
    for note in register.notes:
        terminal.line(f"note: {note}")


def print_explanation(terminal: Terminal, explanation: Explanation) -> None:
    """Print why a child has the outcome it has.

    Parameters
    ----------
    terminal
        Where to.
    explanation
        What `explain` returned.

    """
    on_list = "on the not-found list" if explanation.on_list else "not on the not-found list"
    terminal.line(f"Child {explanation.child_id}: {in_words(explanation.status)}, {on_list}")
    terminal.line(f"Probability of being in none of the lists: {probability(explanation.p_not_found)}")
    terminal.line(f"Linked in: {', '.join(explanation.found_in) or 'no list'}")
    terminal.line(f"Reason: {in_words(explanation.reason) or '-'}")
    terminal.line()
    if not explanation.candidates:
        terminal.line("No record came near: no blocking rule and no second look brought one together with this child.")
    for candidate in explanation.candidates:
        _print_candidate(terminal, candidate)


def _print_candidate(terminal: Terminal, candidate: Candidate) -> None:
    title = (
        f"{candidate.register} record {candidate.record_id}: {in_words(candidate.decision)}, "
        f"probability {probability(candidate.match_probability)}, match weight {candidate.match_weight:.2f} bits"
    )
    rows: list[tuple[object, ...]] = [(item.comparison, item.label, _bits(item.weight)) for item in candidate.evidence]
    if candidate.dependence is not None and abs(candidate.dependence) >= 0.005:
        rows.append(("", "dependence between fields", _bits(candidate.dependence)))
    terminal.table(title, ("comparison", "what came out", "bits"), rows)
    terminal.line(f"Brought together by: {', '.join(candidate.blocking_rules) or '-'}")
    terminal.line()


def _bits(weight: float | None) -> str:
    return "-" if weight is None else f"{weight:+.2f}"
