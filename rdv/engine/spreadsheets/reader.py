"""Rows of spreadsheet files: CSV as any spreadsheet writes it, XLSX as Excel does.

A cell keeps its type (a text, a number, a date, a time), and a row keeps the number that the spreadsheet shows next to
it. Texts lose their outer spaces; an empty cell is None; empty rows are left out.
"""

import codecs
import csv
import io
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from rdv.terms import Invalid

Cells = tuple[Any, ...]

SEPARATORS = (";", ",", "\t")
HEAD_ROWS = 20
"""The names of the columns are looked for in that many rows: titles may come before them."""

_WORKBOOK = b"PK\x03\x04"
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_GUARD = re.compile(r"'(?=[=+\-@])")
"""The apostrophe that keeps a spreadsheet from reading a text as a formula."""


class Row(NamedTuple):
    """A row that holds something, under its number in the spreadsheet."""

    number: int
    cells: Cells


def read_rows(content: bytes, *, name: str, count_heads: Callable[[Cells], int]) -> list[Row]:
    """Return the rows of a CSV or XLSX file; of a workbook, those of the first visible sheet with rows.

    `name` is the name of the file in messages. `count_heads` counts the column names of a row, which finds the
    separator of a CSV. Raises Invalid for any other file.
    """
    if content.startswith(_OLD_WORKBOOK):
        raise Invalid("import_format", path=name)
    if content.startswith(_WORKBOOK):
        return _workbook(content, name)
    return _csv(decoded(content, name=name), name, count_heads)


def decoded(content: bytes, *, name: str) -> str:
    """Return the text of a file: UTF-8 or UTF-16 as it says, else Windows-1252, which French Excel writes."""
    encodings = (
        ("utf-16",) if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else ("utf-8-sig", "cp1252")
    )
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Invalid("import_format", path=name)


def _csv(text: str, name: str, count_heads: Callable[[Cells], int]) -> list[Row]:
    hint = re.match(r"sep=(.)\r?\n", text)  # a line for Excel, which it does not show as a row
    if hint:
        return _read(text[hint.end() :], hint[1], name)

    def likelihood(separator: str) -> tuple[int, int]:
        head = _read(text, separator, name, most=HEAD_ROWS)
        return max((count_heads(row.cells) for row in head), default=0), max(
            (len(row.cells) for row in head), default=0
        )

    return _read(text, max(SEPARATORS, key=likelihood), name)


def _read(text: str, separator: str, name: str, *, most: int | None = None) -> list[Row]:
    rows: list[Row] = []
    try:
        for row in _filled(csv.reader(io.StringIO(text, newline=""), delimiter=separator)):
            rows.append(row)
            if len(rows) == most:
                break
    except csv.Error:
        raise Invalid("import_format", path=name) from None
    return rows


def _workbook(content: bytes, name: str) -> list[Row]:
    import openpyxl  # loaded when a workbook is read

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the styles and validations that it leaves out are no matter of ours
        try:
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            for sheet in book.worksheets:
                if sheet.sheet_state == "visible":
                    sheet.reset_dimensions()  # some programs write them wrong
                    rows = list(_filled(sheet.iter_rows(values_only=True)))
                    if rows:
                        return rows
        except Exception:  # noqa: BLE001 - a broken workbook shows in a dozen ways
            raise Invalid("import_format", path=name) from None
    return []


def _filled(rows: Iterable[Sequence[Any]]) -> Iterator[Row]:
    for number, cells in enumerate(rows, 1):
        plain = tuple(_plain(cell) for cell in cells)
        if any(cell is not None for cell in plain):
            yield Row(number, plain)


def _plain(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    text = cell.strip()
    return text[1:] if _GUARD.match(text) else text or None
