"""Registers of any size as files, a population at a time: memory holds one population and no more."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kleuterlink.synthetic.files import FILES, FORMS, RUN, configuration, tables
from kleuterlink.synthetic.populations import Population, populations_of
from kleuterlink.synthetic.rates import RATES, Rates
from kleuterlink.synthetic.registers import make_registers

TRUTH, CHILDREN = "truth.parquet", "truth_children.parquet"
"""What is true of the records, and of the children: `Registers.matches` and `Registers.children`."""

LARGEST = 500_000
"""Births of a population, by default: 1.3 GB of memory."""


def write_large_sample(folder: Path, children: int, *, seed: int = 1, rates: Rates = RATES, largest: int = LARGEST) -> Path:
    """Make registers and write them as files that can be linked, population by population.

    Parameters
    ----------
    folder
        Where; made where it is missing. Earlier files of the same names are replaced.
    children
        Number of birth records.
    seed
        Equal seeds, numbers, rates and sizes of population give equal files.
    rates
        How often what happens.
    largest
        Most births of a population; what memory is needed goes by it. From 14 million births on populations of the default size are too many for
        a century, and larger ones are made.

    Returns
    -------
    Path
        The configuration, without a school year unless the nursery cohorts are enough. Beside it the files of `write_sample`, but the truth as
        `truth.parquet` (`Registers.matches`) and `truth_children.parquet` (`Registers.children`). A population's rows stand together, in
        random order; populations have birth years of their own (`populations.populations_of`), and no number or id is in two of them.

    Raises
    ------
    ValueError
        Fewer than one child is asked for, or more on a day than national numbers can count: some 20 million in all.

    Notes
    -----
    Families, names, errors and schools are drawn for each population anew, from the same distributions: pairs of records of the same or of
    neighbouring birth dates are as many per record as in a register of one population, and pairs of equal names of any date grow with
    the square of the size, as they do in a country.

    """
    if children < 1 or largest < 1:
        raise ValueError(f"{children} children in populations of {largest} were asked for; ask for at least 1 of each")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as open_files:
        registers = {name: open_files.enter_context((folder / FILES[name]).open("w", encoding=FORMS[name][1], newline="")) for name in FILES}
        truths: dict[str, pq.ParquetWriter] = {}
        for births, population in populations_of(children, largest):
            made = make_registers(births, seed=_seed(seed, population), rates=rates, population=population)
            for name, table in tables(made).items():
                table.to_csv(registers[name], sep=FORMS[name][0], index=False, header=population.part == 0, lineterminator="\n")
            for name, truth in ((TRUTH, made.matches), (CHILDREN, made.children)):
                rows = pa.Table.from_pandas(truth, preserve_index=False)
                if name not in truths:
                    truths[name] = open_files.enter_context(pq.ParquetWriter(folder / name, rows.schema))
                truths[name].write_table(rows)
    config = folder / RUN
    config.write_text(configuration(population, TRUTH), encoding="utf-8")
    return config


def _seed(seed: int, population: Population) -> int:
    return seed if population.parts == 1 else int(np.random.SeedSequence([seed, population.part]).generate_state(1)[0])
