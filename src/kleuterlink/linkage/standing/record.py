"""One record against the births of a standing run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from kleuterlink import block, compare
from kleuterlink.config import PERSON_FIELDS, RunConfig
from kleuterlink.linkage.standing.files import Folder, named
from kleuterlink.linkage.standing.model import ListModel, read_model
from kleuterlink.linkage.standing.state import give_kept_blocks, read_codes, read_encoded
from kleuterlink.linkage.tools import Tools
from kleuterlink.tables import Comparison, Encoded, FloatArray, IntArray, Pairs


@dataclass(frozen=True)
class Against:
    """A record's candidates.

    Attributes
    ----------
    births
        (E,) rows of the births, in the order of their ids.
    rules
        (E,) bit set over `rule_names`.
    levels
        (E, C) int8 levels; -1 missing.
    weight, probability
        (E,) match weight in bits, and probability that the record is that birth's.
    none
        Probability that it is no birth's.

    """

    births: IntArray
    rules: IntArray
    levels: IntArray
    weight: FloatArray
    probability: FloatArray
    none: float


class Births:
    """The births of a standing run, ready to be asked."""

    def __init__(self, folder: Folder) -> None:
        """Open what `folder` holds; the births' columns are mapped and not read."""
        self.folder = folder
        self.config = RunConfig.model_validate(folder.index["configuration"])
        self.codes = read_codes(folder)
        births = read_encoded(folder, self.config.births_name, self.codes)
        assert births is not None
        give_kept_blocks(folder, births)
        self.births = births
        self.frequencies = compare.Frequencies(**folder.arrays("frequencies/"))
        self.extras = {comparison.column: comparison.kind for comparison in self.config.linkage.comparisons}

    def tools(self) -> Tools:
        """Return how pairs are made and compared."""
        linkage = self.config.linkage
        return Tools(block.candidate_pairs, compare.compare, self.frequencies, self.extras, linkage.blocking, linkage.max_block, threads=1)


class ListScorer:
    """Scores records as ones of a list."""

    def __init__(self, births: Births, name: str) -> None:
        """Open the list `name`."""
        self.all, self.name = births, name
        encoded = read_encoded(births.folder, name, births.codes)
        assert encoded is not None
        self.columns = tuple(encoded.columns)
        fields = births.folder.table(named("records", name)).column_names
        self.fields = tuple(field for field in fields if field in PERSON_FIELDS or field in births.extras)
        self.heaped = np.unique(encoded.columns["birth_date"][encoded.columns["placeholder_date"]]) if encoded.has("birth_date") else np.zeros(0, np.int32)
        self.rules = births.tools().rules_for(births.births, encoded)
        self.comparisons = tuple(comparison for comparison, _ in compare.comparisons_for(births.births, encoded, births.extras))

    @cached_property
    def model(self) -> ListModel:
        """The list's model."""
        return read_model(self.all.folder.arrays(f"{named('model', self.name)}/"), self.comparisons)

    def score(self, record: Encoded) -> Against:
        """Score one record."""
        tools = self.all.tools()
        rows = block.rows_in_blocks_of(self.all.births, record, self.rules)
        if not len(rows):
            nothing = np.zeros(0)
            return Against(rows, rows, np.zeros((0, len(self.comparisons)), np.int8), nothing, nothing, 1.0)
        few = self.all.births.take(rows)
        few = Encoded(few.size, few.ids, few.columns, record.vocabulary, record.values)
        pairs, _ = tools.join(few, record, self.rules)
        return self._scored(rows[pairs.left], *_compacted(few, record, replace(tools, frequencies=self._frequencies(record))), pairs, record)

    def _scored(self, births: IntArray, few: Encoded, other: Encoded, tools: Tools, pairs: Pairs, record: Encoded) -> Against:
        vectors = tools.vectors(few, other, pairs)
        ratio = self.model.densities.ratio_of(vectors.code) if len(pairs) else np.zeros(0)
        odds = self.model.odds(births, record) * ratio
        everything = 1 + float(odds.sum())
        return Against(births, pairs.rules, vectors.levels(), np.log2(ratio), odds / everything, 1 / everything)

    def _frequencies(self, record: Encoded) -> compare.Frequencies:
        """Return the frequency classes, with the rarest class for values that no register has."""
        tokens, postcodes = len(record.vocabulary.text), len(record.values.get("postcode", ()))
        rarest = len(compare.FREQUENCY_BOUNDS)
        names = {name: _padded(getattr(self.all.frequencies, name), tokens, rarest) for name in ("first_names", "surname", "parent")}
        return compare.Frequencies(**names, postcode=_padded(self.all.frequencies.postcode, postcodes, 1))


def _padded(classes: IntArray, size: int, value: int) -> IntArray:
    return classes if len(classes) == size else np.concatenate([classes, np.full(size - len(classes), value, np.int8)])


def _compacted(left: Encoded, right: Encoded, tools: Tools) -> tuple[Encoded, Encoded, Tools]:
    """Renumber the tokens and values of two small registers: what is derived of each token is then derived of theirs only."""
    columns = [dict(left.columns), dict(right.columns)]
    names = sorted({name for each in columns for name, column in each.items() if column.ndim == 2})
    used = _renumber(columns, names)
    vocabulary = left.vocabulary
    few = replace(vocabulary, **{name: values[used] for name, values in vars(vocabulary).items()})
    kept = {name: _renumber(columns, [name]) for name in left.values}
    values = {name: left.values[name][rows] for name, rows in kept.items()}
    classes = {name: getattr(tools.frequencies, name)[used] for name in ("first_names", "surname", "parent")}
    postcode = tools.frequencies.postcode[kept["postcode"]] if "postcode" in kept else tools.frequencies.postcode
    registers = [Encoded(each.size, each.ids, made, few, values) for each, made in zip((left, right), columns, strict=True)]
    return registers[0], registers[1], replace(tools, frequencies=compare.Frequencies(**classes, postcode=postcode))


def _renumber(columns: list[dict[str, IntArray]], names: list[str]) -> IntArray:
    """Renumber the codes of some columns of both registers, in place; return the old code of each."""
    every = [column.ravel() for each in columns for name in names if (column := each.get(name)) is not None]
    used = np.unique(np.concatenate([np.zeros(0, np.int32), *every]))
    used = used[used >= 0]
    for each in columns:
        for name in names:
            if name in each:
                each[name] = np.where(each[name] < 0, -1, np.searchsorted(used, each[name])).astype(np.int32)
    return used


def names_of(comparisons: tuple[Comparison, ...], levels: IntArray) -> dict[str, str | None]:
    """Return the words of a pair's levels, None where a value is missing."""
    return {comparison.name: None if level < 0 else comparison.labels[level] for comparison, level in zip(comparisons, levels.tolist(), strict=True)}
