"""The command line: `kleuterlink run | update | demo | check | deduplicate | explain | diff | publish`.

Exit codes: 0 fine, 2 what kleuterlink could not do (one line on stderr), 130 interrupted. What is heavy to import is
imported by the command that needs it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kleuterlink.errors import KleuterlinkError

if TYPE_CHECKING:
    from kleuterlink.config import RunConfig
    from kleuterlink.intake import Progress
    from kleuterlink.results import Result


RECEIVER_NAMES = ("kind-en-gezin", "mijn-onderwijs", "agodi-municipalities", "dataloep", "brussels", "lop-brussel", "clb")
"""Receivers that `kleuterlink publish` knows; what they receive is told by `publish.receivers.registry`, which is heavy to import."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    argv
        Arguments without the program's name. Default: those of the process.

    Returns
    -------
    int
        Exit code: 0 fine, 2 for anything that kleuterlink raises on purpose, 130 on Ctrl-C. Wrong arguments end the process
        with code 2, as `argparse` does.

    """
    arguments = _parser().parse_args(argv)
    try:
        arguments.command(arguments)
        sys.stdout.flush()
    except KleuterlinkError as error:
        print(f"kleuterlink: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("kleuterlink: interrupted; earlier outputs are as they were", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Whoever read the output (head, less) has seen enough; nothing is left to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kleuterlink", description="Find the young children who are enrolled nowhere, with a probability and a reason.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {_version()}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="link the registers of a configuration and write the outputs")
    run.add_argument("config", type=Path, metavar="CONFIG", help="configuration file (TOML)")
    run.add_argument("--out", type=Path, metavar="DIR", help="folder for the outputs, instead of the configuration's")
    run.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the run there for `update`; it holds the registers: guard it as them")
    run.add_argument("--quiet", action="store_true", help="print errors only")
    run.set_defaults(command=_run)
    _add_update(commands)

    demo = commands.add_parser("demo", help="make registers with a known truth, link them and tell how well it went")
    demo.add_argument("--children", type=_positive, default=20_000, metavar="N", help="number of births (default: %(default)s)")
    demo.add_argument("--seed", type=int, default=1, metavar="S", help="seed of the registers (default: %(default)s)")
    demo.add_argument("--folder", type=Path, default=Path("kleuterlink-demo"), metavar="DIR", help="folder for registers and outputs (default: %(default)s)")
    demo.set_defaults(command=_demo)

    check = commands.add_parser("check", help="read the registers and report on them, without linking")
    check.add_argument("config", type=Path, metavar="CONFIG", help="configuration file (TOML)")
    check.set_defaults(command=_check)

    deduplicate = commands.add_parser("deduplicate", help="find the records of one person within a register")
    deduplicate.add_argument("config", type=Path, metavar="CONFIG", help="configuration file (TOML); its registers need not make up a linkage")
    deduplicate.add_argument("--register", metavar="NAME", help="which of its registers; may be left out where there is only one")
    deduplicate.add_argument("--out", type=Path, metavar="DIR", help="folder for the outputs (default: duplicates, beside the configuration)")
    deduplicate.add_argument("--quiet", action="store_true", help="print errors only")
    deduplicate.set_defaults(command=_deduplicate)

    explain = commands.add_parser("explain", help="tell why a child has the outcome it has")
    explain.add_argument("out", type=Path, metavar="OUT", help="folder that a run wrote")
    explain.add_argument("child_id", metavar="CHILD_ID", help="id of the birth record")
    explain.set_defaults(command=_explain)

    diff = commands.add_parser("diff", help="tell who came on the list between two runs, and who went off it")
    diff.add_argument("out_a", type=Path, metavar="OUT_A", help="folder of the earlier run")
    diff.add_argument("out_b", type=Path, metavar="OUT_B", help="folder of the later run")
    diff.set_defaults(command=_diff)
    _add_publish(commands)
    return parser


def _add_update(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    update = commands.add_parser("update", help="link a delivery against a standing run, as a run of everything would, and write the outputs")
    update.add_argument("folder", type=Path, metavar="FOLDER", help="folder that `run --keep` wrote; afterwards it holds the delivery too")
    pair: dict[str, Any] = {"nargs": 2, "action": "append", "default": [], "metavar": ("NAME", "FILE")}
    update.add_argument("--list", dest="delivered", help="new and changed records of a register, in its own format; may be given for several", **pair)
    update.add_argument("--removed", help="ids of records that went from a register, in a column named as its ids are; likewise", **pair)
    update.add_argument("--config", type=Path, metavar="CONFIG", help="configuration, where [run], [decision] or [participation] changed")
    update.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the outputs")
    update.add_argument("--quiet", action="store_true", help="print errors only")
    update.set_defaults(command=_update)


def _add_publish(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    publish = commands.add_parser("publish", help="write the files that a receiver may have, from the outputs of a run; or bring absences in order for one")
    receivers = publish.add_subparsers(required=True, metavar="RECEIVER", help=f"{', '.join(RECEIVER_NAMES)}; or absence-warehouse")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("outs", type=Path, nargs="+", metavar="OUT", help="folder that a run with a school year wrote; several where years are compared")
    shared.add_argument("--keep-until", type=_date, required=True, metavar="DATE", help="last day on which the receiver may keep the files (yyyy-mm-dd)")
    shared.add_argument("--to", type=Path, metavar="DIR", help="folder for the files (default: beside the last OUT, its name followed by the receiver's)")
    shared.add_argument("--smallest-cell", type=_positive, default=5, metavar="N", help="counts below it are suppressed (default: %(default)s)")
    shared.add_argument("--regions", type=Path, metavar="FILE", help="CSV file with the columns municipality and region, instead of the provinces")
    shared.add_argument("--key-file", type=Path, metavar="FILE", help="file that holds the secret key of the pseudonyms")
    for name in RECEIVER_NAMES:
        receivers.add_parser(name, parents=[shared]).set_defaults(command=_publish, receiver=name)

    store = receivers.add_parser("absence-warehouse", description="Bring the warehouse's deliveries of half-days together in the year's table of absences.")
    store.add_argument("store", type=Path, metavar="STORE", help="folder that holds the table (absences.parquet) and everything that was delivered")
    store.add_argument(
        "--delivery", type=Path, nargs="+", required=True, metavar="FILE", help="what was delivered; of several of a day the later name is later"
    )
    store.add_argument("--delivered", type=_date, required=True, metavar="DATE", help="day of delivery: later deliveries correct earlier ones")
    store.add_argument("--covers", type=_period, metavar="FIRST..LAST", help="days of which it says all there is to say, of the schools that it names")
    store.add_argument("--every-school", action="store_true", help="it says all there is to say of every school, also of those that it does not name")
    store.add_argument("--school-year", metavar="YEAR", help="school year of a new store, as 2023-2024")
    store.add_argument("--format", type=Path, metavar="FILE", help="TOML file with the keys of a [registers.NAME] table: columns, date_format, ...")
    store.set_defaults(command=_collect_absences)


def _version() -> str:
    try:
        return version("kleuterlink")
    except PackageNotFoundError:
        return "(not installed)"


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date of the form yyyy-mm-dd") from error


def _period(text: str) -> tuple[dt.date, dt.date]:
    first, dots, last = text.partition("..")
    if not dots:
        raise argparse.ArgumentTypeError(f"{text!r} is no period of the form yyyy-mm-dd..yyyy-mm-dd")
    return _date(first), _date(last)


def _run(arguments: argparse.Namespace) -> None:
    from kleuterlink.config import load_config

    config = load_config(arguments.config)
    if arguments.keep is not None:
        config = config.model_copy(update={"engine": config.engine.model_copy(update={"keep": arguments.keep.resolve()})})
    out = arguments.out or config.base / config.run.out
    _link(config, out, quiet=arguments.quiet)
    if not arguments.quiet:
        _tell_report(out)


def _update(arguments: argparse.Namespace) -> None:
    from kleuterlink.process import importing

    with importing():
        from kleuterlink.standing import update

    delivered, removed = dict(arguments.delivered), dict(arguments.removed)

    def work(progress: Progress) -> AbstractContextManager[Result]:
        return nullcontext(update(arguments.folder, delivered, removed=removed, config=arguments.config, progress=progress))

    _linked(work, arguments.out, quiet=arguments.quiet)
    if not arguments.quiet:
        _tell_report(arguments.out)


def _link(config: RunConfig, out: Path, *, quiet: bool = False) -> Result:
    from kleuterlink.process import importing

    with importing():
        from kleuterlink import engines, pipeline

    finish = partial(engines.spark.write_tables, config=config)
    return _linked(lambda progress: pipeline.running(config, progress=progress), out, quiet=quiet, in_memory=config.engine.memory_limit is None, finish=finish)


def _linked(
    work: Callable[[Progress], AbstractContextManager[Result]],
    out: Path,
    *,
    quiet: bool,
    in_memory: bool = True,
    finish: Callable[[Result], object] | None = None,
) -> Result:
    """Do the work, and write and print its outcome."""
    from kleuterlink.process import give_memory_back, imported, importing, reuse_memory

    with importing():
        from kleuterlink.publish.drawing import drawing_aside
        from kleuterlink.publish.outputs import check_folder, write_outputs
        from kleuterlink.publish.terminal import Terminal, print_result, progress_on_stderr

    # Before the hour of work, not after it.
    check_folder(out)
    if in_memory:
        reuse_memory()
    with imported(), progress_on_stderr(quiet=quiet) as show, drawing_aside():

        def progress(stage: str, share: float | None) -> None:
            if stage in {"assign", "publish"}:  # what the linkage took, and what was made of it
                give_memory_back()
            show(stage, share)

        with work(progress) as result:
            progress("publish", None)
            write_outputs(result, out)
            if finish is not None:
                finish(result)
    if not quiet:
        print_result(Terminal(), result)
    return result


def _tell_report(out: Path) -> None:
    from kleuterlink.publish.terminal import Terminal

    Terminal().line(f"Report: {out / 'report.html'}")


def _demo(arguments: argparse.Namespace) -> None:
    from kleuterlink import evaluate
    from kleuterlink.config import load_config
    from kleuterlink.publish.terminal import Terminal

    try:
        from kleuterlink import synthetic
    except ModuleNotFoundError as error:
        raise KleuterlinkError(f"the demo needs {error.name}, which is not installed; install kleuterlink[synthetic]") from error
    registers = synthetic.make_registers(arguments.children, seed=arguments.seed)
    config = load_config(synthetic.write_sample(arguments.folder, registers))
    out = config.base / config.run.out
    result = _link(config, out)
    truth = evaluate.list_quality(result.not_found, registers.not_found)
    Terminal().table(
        "Against the truth, which only the demo knows", ("figure", "value"), [("true PPV", truth["ppv"]), ("true sensitivity", truth["sensitivity"])]
    )
    _tell_report(out)


def _check(arguments: argparse.Namespace) -> None:
    from kleuterlink.config import load_config
    from kleuterlink.publish.terminal import Terminal, print_register
    from kleuterlink.read import read_register

    config = load_config(arguments.config)
    terminal = Terminal()
    for name, register in config.registers.items():
        print_register(terminal, read_register(name, register, base=config.base))


def _deduplicate(arguments: argparse.Namespace) -> None:
    from kleuterlink.duplicates import deduplicate
    from kleuterlink.publish.outputs import DUPLICATE_OUTPUTS, check_folder, write_duplicates
    from kleuterlink.publish.terminal import Terminal, print_duplicates, progress_on_stderr

    out = arguments.out or arguments.config.parent / "duplicates"
    check_folder(out, DUPLICATE_OUTPUTS)
    with progress_on_stderr(quiet=arguments.quiet) as progress:
        result = deduplicate(config=arguments.config, name=arguments.register, progress=progress)
        progress("publish", None)
        write_duplicates(result, out)
    if not arguments.quiet:
        print_duplicates(Terminal(), result)
        Terminal().line(f"Clusters: {out / 'clusters.csv'}")


def _explain(arguments: argparse.Namespace) -> None:
    from kleuterlink.publish.explanation import explain
    from kleuterlink.publish.terminal import Terminal, print_explanation

    print_explanation(Terminal(), explain(arguments.out, arguments.child_id))


def _diff(arguments: argparse.Namespace) -> None:
    from kleuterlink.publish.diff import diff
    from kleuterlink.publish.terminal import Terminal

    changes = diff(arguments.out_a, arguments.out_b)
    columns = ("child_id", "change", "why", "p_not_found_before", "p_not_found_after", "reason_before", "reason_after")
    terminal = Terminal()
    rows = changes[list(columns)].astype(object).where(changes[list(columns)].notna(), None).to_numpy().tolist()
    title = f"{int((changes['change'] == 'on').sum()):,} on the list, {int((changes['change'] == 'off').sum()):,} off it"
    if rows:
        terminal.table(title, columns, rows)
    else:
        terminal.line(title)


def _publish(arguments: argparse.Namespace) -> None:
    from kleuterlink.publish.receivers.registry import publish
    from kleuterlink.publish.receivers.run_folder import Options
    from kleuterlink.publish.terminal import Terminal

    options = Options(**{field: getattr(arguments, field) for field in Options.__dataclass_fields__})
    written = publish(arguments.receiver, arguments.outs, options, to=arguments.to)
    Terminal().line(f"{len(written)} files for {arguments.receiver}: {written[0].parent}")


def _collect_absences(arguments: argparse.Namespace) -> None:
    from kleuterlink.config import load_register
    from kleuterlink.publish.receivers.absence_warehouse import WAREHOUSE, Delivery, update_store
    from kleuterlink.publish.terminal import Terminal

    written = load_register(arguments.format, role="absences") if arguments.format else WAREHOUSE
    deliveries = [Delivery(path, arguments.delivered, arguments.covers, every_school=arguments.every_school) for path in arguments.delivery]
    ledger = update_store(arguments.store, deliveries, written=written, school_year=arguments.school_year)
    rows = [(entry.file, entry.delivered.isoformat(), entry.rows_in, entry.kept, entry.replaced, entry.rejected) for entry in ledger.entries]
    title = f"{ledger.rows:,} row{'s' * (ledger.rows != 1)} of {ledger.school_year}: {arguments.store / 'absences.parquet'}"
    Terminal().table(title, ("delivery", "delivered", "rows in", "kept", "replaced", "rejected"), rows)


if __name__ == "__main__":
    sys.exit(main())
