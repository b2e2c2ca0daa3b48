"""Run a benchmark, print its tables as Markdown and, where asked, write its figures as JSON."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks import ablation, absences, blocking, coverage, deduplicate, febrl, model_parts, peers, quality, scale, spark, standing
from benchmarks.report import Report


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file too")
    commands = parser.add_subparsers(required=True, metavar="NAME")
    for module in (febrl, deduplicate, peers, scale, quality, blocking, coverage, ablation, model_parts, absences, spark, standing):
        name = module.NAME
        told = module.__doc__ or ""
        command = commands.add_parser(name, help=told.splitlines()[0].replace("%", "%%"), description=told)
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    arguments = parser.parse_args()
    report: Report = arguments.run(arguments)
    print(report.markdown())
    if arguments.json:
        arguments.json.write_text(report.json(), encoding="utf-8")


if __name__ == "__main__":
    main()
