"""The formats that receivers read: CSV for programs, a workbook and a page for people. The same content gives the same bytes."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from kleuterlink.publish.receivers.dutch import FILTERS

if TYPE_CHECKING:
    from jinja2 import Environment

_NO_TIME = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook's clock has no zone, and ours does not run
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
_WIDEST, _WIDEST_HEADING = 60, 22


def write_csv(table: pd.DataFrame, path: Path) -> Path:
    """Write a table as CSV: comma, decimal point, ISO dates, UTF-8, null as nothing."""
    table.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
    return path


def write_workbook(sheets: Mapping[str, pd.DataFrame], path: Path, *, number_formats: Mapping[str, str] | None = None) -> Path:
    """Write tables as a workbook (xlsx), a sheet each.

    Parameters
    ----------
    sheets
        Tables by the name of their sheet (31 characters at most). Text stays text, whatever it begins with; null is an empty cell.
    path
        The file.
    number_formats
        How a workbook shows the numbers of a column, by its label (`0.0%`).

    Returns
    -------
    Path
        The file.

    """
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    formats = number_formats or {}
    book = Workbook()
    book.remove(book.active)
    for name, table in sheets.items():
        sheet = book.create_sheet(name)
        values = table.astype(object).where(table.notna(), None)
        for row, entries in enumerate([list(table.columns), *values.to_numpy().tolist()], 1):
            for column, value in enumerate(entries, 1):
                cell = sheet.cell(row, column, value)
                if isinstance(value, str):
                    # openpyxl takes what begins with = for a formula.
                    cell.data_type = "s"
                if row == 1:
                    cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
                elif isinstance(value, str):
                    # A single character stands for a number that is not told.
                    cell.alignment = Alignment(wrap_text=len(value) > _WIDEST, vertical="top", horizontal="right" if len(value) == 1 else None)
                else:
                    cell.number_format = formats.get(str(table.columns[column - 1]), "General")
        for column, label in enumerate(table.columns, 1):
            # A heading wraps.
            longest = max([min(len(str(label)), _WIDEST_HEADING), *values.iloc[:, column - 1].map(lambda value: 0 if value is None else len(str(value)))])
            sheet.column_dimensions[get_column_letter(column)].width = min(longest, _WIDEST) + 2
        sheet.freeze_panes = "A2"
    book.properties.creator = "kleuterlink"
    book.properties.created = _NO_TIME
    written = io.BytesIO()
    book.save(written)
    path.write_bytes(_without_clock(written))
    return path


def write_page(template: str, path: Path, *, styles: tuple[str, ...] = (), **values: object) -> Path:
    """Render a page in Dutch that needs no other file and no network.

    Parameters
    ----------
    template
        Name of a template in this folder. It gets `values`, the filters `dutch.FILTERS`, and `css`, the style sheets as one text;
        everything else is escaped.
    path
        The file.
    styles
        Further style sheets in this folder; they follow `report.css` and `published.css`.
    values
        What the template shows.

    Returns
    -------
    Path
        The file.

    """
    from markupsafe import Markup

    css = "\n".join([_text("report.css", "kleuterlink.publish"), *(_text(name) for name in ("published.css", *styles))])
    page = _environment().get_template(template).render(css=Markup(css), **values)  # noqa: S704 - our own style sheets
    path.write_text(page + "\n", encoding="utf-8", newline="\n")
    return path


def as_rows(table: pd.DataFrame) -> list[dict[str, object]]:
    """Return the rows as dictionaries, None where a value is null."""
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{str(column): value for column, value in row.items()} for row in rows]


def file_stems(names: Iterable[object], prefix: str) -> dict[object, str]:
    """Return the beginning of a file name for each name, all of them different.

    Parameters
    ----------
    names
        Distinct names (numbers of schools, regions), in the order that decides between two that would make the same.
    prefix
        What every file name starts with.

    Returns
    -------
    dict
        By name: the prefix and the name in small letters and digits, with `-` for all else; a place follows where it would be there twice.

    """
    stems: dict[object, str] = {}
    taken: set[str] = set()
    for place, name in enumerate(names):
        stem = prefix + re.sub(r"[^A-Za-z0-9]+", "-", str(name)).strip("-").lower()
        stems[name] = f"{stem}--{place}" if stem in taken else stem
        taken.add(stem)
    return stems


@cache
def _environment() -> Environment:
    """Hold the templates once they are read: a receiver may get thousands of pages."""
    import jinja2

    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, loader=jinja2.FunctionLoader(_text))
    environment.undefined = jinja2.StrictUndefined
    environment.filters |= FILTERS
    return environment


@cache
def _text(name: str, package: str = "kleuterlink.publish.receivers") -> str:
    return files(package).joinpath(name).read_text(encoding="utf-8")


def _without_clock(written: io.BytesIO) -> bytes:
    """Pack a workbook again without the time at which it was packed, which openpyxl writes among its properties too."""
    packed = io.BytesIO()
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _MODIFIED.sub(rb"\g<1>" + f"{_NO_TIME:%Y-%m-%dT%H:%M:%SZ}".encode(), content)
            target.writestr(zipfile.ZipInfo(name, _NO_TIME.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
