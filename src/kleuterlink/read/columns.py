"""Which of a file's columns is which field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kleuterlink.config import FIELDS
from kleuterlink.errors import InputError, MissingColumnError
from kleuterlink.read.presets import PRESETS

_VOCABULARY = {name for preset in PRESETS.values() for names in preset.columns.values() for name in names} | set(FIELDS)
_SHOWN = 40


def find_columns(names: Sequence[str], required: Mapping[str, str], optional: Mapping[str, Sequence[str]], label: str, *, headed: bool) -> dict[str, int]:
    """Find the columns of the mapped fields.

    Parameters
    ----------
    names
        The file's column names, in order.
    required
        Field = the column that the file must have.
    optional
        Field = names that its column goes by; left out where the file has none.
    label
        What messages call the file.
    headed
        False where the names come from a first line, which may be data by mistake: such a line is never shown.

    Returns
    -------
    dict
        Field = position of its column: `required` in order, then `optional`. Surrounding blanks do not count; capitals do only
        where two columns differ in nothing else.

    Raises
    ------
    MissingColumnError
        A required column is not there; the message lists those that are and the one that was probably meant.
    InputError
        A column name stands more than once, or the file has no header line.

    """
    stripped = [name.strip() for name in names]
    folded = [name.casefold() for name in stripped]
    asked = [*required.values(), *(name for alternatives in optional.values() for name in alternatives)]
    if not headed and not _is_header(folded, asked):
        shown = ", ".join(asked[:_SHOWN])
        raise InputError(
            f"{label}: the first line has none of the mapped columns ({shown}) and is not shown, as it may be data: column names are expected there"
        )
    found: dict[str, int] = {}
    for field, column in required.items():
        position = _position(column, stripped, folded, label)
        if position is None:
            raise MissingColumnError(_missing(field, column, stripped, label))
        found[field] = position
    for field, alternatives in optional.items():
        positions = (_position(column, stripped, folded, label) for column in alternatives)
        position = next((position for position in positions if position is not None), None)
        if position is not None:
            found[field] = position
    return found


def _is_header(folded: Sequence[str], asked: Sequence[str]) -> bool:
    """Tell whether a first line holds at least one column name that is asked for, nearly so, or usual."""
    from rapidfuzz import fuzz, process

    wanted = {name.strip().casefold() for name in asked}
    return not (wanted | _VOCABULARY).isdisjoint(folded) or any(process.extractOne(name, wanted, scorer=fuzz.ratio, score_cutoff=80) for name in folded)


def _position(column: str, stripped: Sequence[str], folded: Sequence[str], label: str) -> int | None:
    wanted = column.strip()
    for name, among in ((wanted, stripped), (wanted.casefold(), folded)):
        count = among.count(name)
        if count == 1:
            return among.index(name)
        if count > 1:
            raise InputError(f"{label}: column {wanted} stands {count} times in the header: give each column a name of its own")
    return None


def _missing(field: str, column: str, names: Sequence[str], label: str) -> str:
    from rapidfuzz import fuzz, process, utils

    likely = process.extractOne(column, names, scorer=fuzz.ratio, processor=utils.default_process, score_cutoff=60)
    meant = f"; did you mean {likely[0]}?" if likely else ""
    listed = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    return f"{label}: there is no column {column} (mapped to {field}); the columns are {listed}{meant}"
