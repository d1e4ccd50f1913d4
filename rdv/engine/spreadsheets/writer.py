"""Sheets as files that a spreadsheet opens without a question, French Excel first. No cell starts a formula."""

import csv
from datetime import datetime
from io import BytesIO, StringIO
from typing import Any

from rdv.engine.spreadsheets.columns import Cell, Column, Sheet, spoken
from rdv.i18n import wording

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""Characters that must not begin a cell of a CSV, because a spreadsheet would run it as a formula."""


def as_csv(sheet: Sheet) -> bytes:
    """Return UTF-8 with a byte order mark, semicolons, CRLF; 07/04/2017 11:00 in French, 2017-04-07 11:00 in English.

    A text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    text = StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(sheet.head)
    formats = [_pattern(column, "%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M", ":%S") for column in sheet.columns]
    writer.writerows([_text(cell, written) for cell, written in zip(row, formats, strict=True)] for row in sheet.rows())
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(sheet: Sheet) -> bytes:
    """Return a workbook of one sheet: real dates, a head that stays in sight, columns of a width and with a filter."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    page = book.create_sheet(spoken(sheet.title))
    page.freeze_panes = "A2"
    page.auto_filter.ref = f"A1:{get_column_letter(len(sheet.columns))}{len(sheet.views) + 1}"
    for number, column in enumerate(sheet.columns, start=1):
        page.column_dimensions[get_column_letter(number)].width = column.width
    formats = [_pattern(column, "dd/mm/yyyy hh:mm", "yyyy-mm-dd hh:mm", ":ss") for column in sheet.columns]

    def cell(value: Cell, written: str) -> Any:
        if value == "":
            return None
        if isinstance(value, datetime):
            xlsx_cell = WriteOnlyCell(page, value.replace(tzinfo=None))
            xlsx_cell.number_format = written
            return xlsx_cell
        if isinstance(value, str) and value.startswith((*FORMULA, "#")):
            xlsx_cell = WriteOnlyCell(page, value)
            xlsx_cell.data_type, xlsx_cell.quotePrefix = "s", True
            return xlsx_cell
        return value

    head = [WriteOnlyCell(page, name) for name in sheet.head]
    for one in head:
        one.font = Font(bold=True)
    page.append(head)
    for row in sheet.rows():
        page.append([cell(value, written) for value, written in zip(row, formats, strict=True)])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _pattern(column: Column, french: str, english: str, seconds: str) -> str:
    return (french if wording.language() == "fr" else english) + (seconds if column.seconds else "")


def _text(cell: Cell, written: str) -> str:
    if isinstance(cell, datetime):
        return cell.strftime(written)
    text = str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text
