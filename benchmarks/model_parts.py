"""What each part of the model is worth: the same registers linked with everything, and once without each part.

Parts are switched off here, by putting something simpler in their place while a linkage runs; the library has no such switches. The registers are
those of several error models and of the plain other generator of the tests: a part that helps on one of them alone would be tuned to it.
"""

from __future__ import annotations

import argparse
import runpy
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd

from benchmarks.blocking import normalised_registers
from benchmarks.report import Report
from kleuterlink import score
from kleuterlink.compare.columns import Batch
from kleuterlink.config import RunConfig, load_config, parse_config
from kleuterlink.linkage import link_lists
from kleuterlink.normalise import encode, normalise
from kleuterlink.read import read_register
from kleuterlink.score.duplicates import FurtherRecords
from kleuterlink.score.matches import usual_rates
from kleuterlink.score.null import Null
from kleuterlink.score.patterns import LatentClasses, Patterns, fit_classes
from kleuterlink.tables import Encoded, FloatArray

NAME = "model-parts"

OTHER: Mapping[str, dict[str, float]] = {"other": {}, "other, errors doubled": {"errors": 2.0}, "other, no numbers, errors doubled": {"errors": 2.0}}
"""Registers of the other generator, with what it is asked for."""

LARGEST_LOSS = 1e-6
"""Probabilities nearer to 0 and 1 are taken for this in the log loss."""

Patch = tuple[str, Any]


def one_class(patterns: Patterns, expected: FloatArray, _start: object = None, prior: FloatArray | None = None) -> LatentClasses:
    """Fit one class of matches, in place of `split_classes`."""
    return fit_classes(patterns, expected, np.ones((len(patterns), 1)), prior=usual_rates(patterns) if prior is None else prior, rounds=3)


def null_of_first_pass(patterns: Patterns, counts: FloatArray, mistaken: Any, *, start: LatentClasses, **_: object) -> Null:
    """Take the first pass's null classes as they are, in place of the second look's `fit_null`."""
    return Null(np.maximum(start.density(patterns) * counts.sum(), 1e-12), start, mistaken)


def final_densities(start: Any, edges: Any, _known: Any, sizes: Any, chains: Any) -> score.Trained:
    """Keep the null of the births' own pairs, and the match rates that were fitted beside it, in place of `refine`."""
    return score.training.refine(start, edges, None, sizes, chains)


def without(derived: str) -> Callable[..., Any]:
    """Share nothing by way of one derived form of a name, in place of `Batch.share`."""
    share = Batch.share

    def shared(self: Batch, column: str, how: str, other: str | None = None) -> Any:
        return np.zeros(len(self), bool) if how == derived else share(self, column, how, other)

    return shared


def nobody(batch: Batch, *_: object) -> Any:
    """Hold of no pair what a level asks for."""
    return np.zeros(len(batch), bool)


SCORE = "kleuterlink.score"

PARTS: Mapping[str, tuple[Patch, ...]] = {
    "nothing": (),
    "null from the linked pairs": ((f"{SCORE}.refine", final_densities),),
    "mistaken identifiers": ((f"{SCORE}.training.EXPECTED", 1e-12),),
    "classes of matches": tuple((f"{SCORE}.{module}.split_classes", one_class) for module in ("matches", "training", "second_look")),
    "number's dependence on the date": ((f"{SCORE}.patterns.DEPENDS", {}),),
    "rates of being matched by group": ((f"{SCORE}.groups", lambda *_: []),),
    "one pupil's records joined": (("kleuterlink.linkage.first_pass._clusters", lambda compared, *_: score.singletons(compared.records.size)),),
    "second look": ((f"{SCORE}.second_look.SETTLED", 0.0),),
    "second look's own null": ((f"{SCORE}.second_look.fit_null", null_of_first_pass),),
    "unrecognised matches": ((f"{SCORE}.MOST_PER_FOUND", 0.0),),
    "... among the pairs there are": ((f"{SCORE}.WITH_A_PAIR", 0.0),),
    "further records": (
        (f"{SCORE}.further_records", lambda pairs, ratio, found: FurtherRecords(pairs.right.astype(np.int64), np.zeros(len(ratio)), found.right)),
    ),
    "names exchanged": (("kleuterlink.compare.names._exchanged", nobody),),
    "same consonants": (("kleuterlink.compare.columns.Batch.share", without("consonants")),),
    "a parent's name": (("kleuterlink.compare.names._parents_name", nobody),),
}
"""What is left out, and what is put in its place."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--children", type=int, default=20_000, metavar="N", help="births (default: %(default)s)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2], metavar="S", help="default: 1 2")
    models = ["standard", "doubled", "numberless", "names", "dates", *OTHER]
    parser.add_argument("--models", nargs="+", default=models, metavar="NAME", help="names in kleuterlink.synthetic.ERROR_MODELS, or: " + "; ".join(OTHER))


def run(arguments: argparse.Namespace) -> Report:
    rows = [row for model in arguments.models for seed in arguments.seeds for row in runs(arguments.children, seed, model)]
    found = pd.DataFrame(rows)
    report = Report(f"Parts of the model: {arguments.children:,} births, seeds {' '.join(map(str, arguments.seeds))}")
    errors = found.assign(errors=found["false alarms"] + found["missed"]).pivot_table("errors", "left out", "model", "sum", sort=False)
    report.add("False alarms and missed children, added up", errors.reset_index().to_dict("records"))
    sums = found.drop(columns=["model", "seed"]).groupby("left out", sort=False).sum()
    report.add("All models", sums.reset_index().to_dict("records"))
    return report


def runs(children: int, seed: int, model: str) -> Iterator[dict[str, object]]:
    """Link the same registers once with everything, and once without each part."""
    births, lists, config, truly = registers(children, seed, model)
    happened = np.isin(births.ids.astype(str), list(truly))
    for name, patches in PARTS.items():
        with switched_off(patches):
            linked = link_lists(births, lists, config, lambda *_: None)
        p = np.prod([1 - each.found for each in linked.values()], axis=0)
        listed = p >= 0.5
        yield {
            "model": model,
            "seed": seed,
            "left out": name,
            "false alarms": int((listed & ~happened).sum()),
            "missed": int((~listed & happened).sum()),
            "expected - true": float(p.sum() - happened.sum()),
            "log loss": float(-np.log(np.maximum(np.where(happened, p, 1 - p), LARGEST_LOSS)).sum()),
        }


@contextmanager
def switched_off(patches: tuple[Patch, ...]) -> Iterator[None]:
    with ExitStack() as stack:
        for target, instead in patches:
            stack.enter_context(patch(target, instead))
        yield


def registers(children: int, seed: int, model: str) -> tuple[Encoded, dict[str, Encoded], RunConfig, set[str]]:
    """Make registers; return the births, the lists, the configuration, and the ids of the births that are in none."""
    if model in OTHER:
        make = runpy.run_path(str(Path(__file__).parents[1] / "tests" / "other_generator.py"))["make"]
        births, pupils, truly = make(children, seed, **OTHER[model])
        frames = {"births": births, "pupils": pupils}
        if "no numbers" in model:
            frames = {name: frame.drop(columns="national_number") for name, frame in frames.items()}
        described = {
            name: {"role": role, "columns": dict(zip(frame, frame, strict=True))}
            for (name, frame), role in zip(frames.items(), ("births", "enrolments"), strict=True)
        }
        config = parse_config({"registers": described})
        tables = [normalise(read_register(name, config.registers[name], base=config.base, frame=frame).records) for name, frame in frames.items()]
    else:
        from kleuterlink import synthetic

        made = synthetic.make_registers(children, seed=seed, rates=synthetic.ERROR_MODELS[model])
        truly = set(made.not_found)
        with tempfile.TemporaryDirectory() as folder:
            config = load_config(synthetic.write_sample(Path(folder), made))
            tables = list(normalised_registers(config).values())
    first, *others = encode(tables)
    return first, dict(zip(config.lists, others, strict=True)), config, truly
