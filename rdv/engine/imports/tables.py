"""From the rows of a table to lines: find the header below any titles, and read the cells."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rdv.engine.imports.columns import COLUMNS, Column, Columns, ImportKind, head
from rdv.engine.imports.lines import Line, LineProblem, Lines
from rdv.engine.spreadsheets import reader
from rdv.engine.spreadsheets.reader import Row
from rdv.terms import Invalid, RdvError


def read_table(content: bytes, kind: ImportKind, *, name: str) -> Lines:
    """Return the lines of a CSV or XLSX file.

    Raises Invalid for a file that is neither or is empty, and for columns that are unknown (with similar names),
    missing or repeated. The errors of cells are reported with the lines.
    """
    columns = COLUMNS[kind]
    by_name = columns.by_name()

    def count_heads(cells: Sequence[Any]) -> int:
        return sum(head(cell) in by_name for cell in cells if cell is not None)

    rows = reader.read_rows(content, name=name, count_heads=count_heads)
    if not rows:
        raise Invalid("import_empty", path=name)
    at = _header(rows, count_heads)
    return _read(rows[at + 1 :], _understood(rows[at], columns, name), columns, name)


def _header(rows: Sequence[Row], count_heads: Callable[[Sequence[Any]], int]) -> int:
    """Return the row of the column names: the row with the most of them, below titles if there are any.

    A row above it that is at least half as wide is not a title: it counts as the header, so that its error is reported.
    """
    top = range(min(len(rows), reader.HEAD_ROWS))
    best = max(top, key=lambda at: count_heads(rows[at].cells))
    if not count_heads(rows[best].cells):
        return next((at for at in top if _width(rows[at]) > 1), 0)
    return next((at for at in range(best) if 2 * _width(rows[at]) > max(_width(rows[best]), 2)), best)


def _width(row: Row) -> int:
    return sum(cell is not None for cell in row.cells)


def _understood(header: Row, columns: Columns, name: str) -> dict[int, tuple[str, Column]]:
    """Return the columns of the file by position, each with its title in the file."""
    by_name = columns.by_name()
    named = {at: str(cell) for at, cell in enumerate(header.cells) if cell is not None}
    unknown = tuple(title for title in named.values() if head(title) not in by_name)
    if unknown:
        close = [one for title in unknown for one in _close(title, by_name)] or [one.shown_name for one in columns]
        raise Invalid("import_columns", path=name, columns=unknown, close=tuple(dict.fromkeys(close)))
    understood = {at: (title, by_name[head(title)]) for at, title in named.items()}
    fields = [column.field for _title, column in understood.values()]
    twice = tuple(title for title, column in understood.values() if fields.count(column.field) > 1)
    if twice:
        raise Invalid("import_column_twice", path=name, columns=twice)
    wanted = columns.by_field()
    missing = tuple(wanted[group[0]].shown_name for group in columns.needs if not set(group) & set(fields))
    if missing:
        raise Invalid("import_columns_missing", path=name, columns=missing)
    return understood


def _close(title: str, by_name: Mapping[str, Column]) -> list[str]:
    heads = {head(name): name for column in by_name.values() for name in column.names}
    return [heads[one] for one in difflib.get_close_matches(head(title), heads, n=3, cutoff=0.7)]


def _read(rows: Sequence[Row], understood: Mapping[int, tuple[str, Column]], columns: Columns, name: str) -> Lines:
    lines: list[Line] = []
    problems: list[LineProblem] = []
    heads = {column.field: title for title, column in understood.values()}
    for row in rows:
        fields: dict[str, Any] = {}
        unreadable: set[str] = set()
        for at, cell in enumerate(row.cells):
            if cell is None:
                continue
            if at not in understood:
                problems.append(LineProblem(row.number, Invalid("import_stray", text=str(cell))))
                continue
            title, column = understood[at]
            try:
                if column.read is not None:
                    fields[column.field] = column.read(cell)
            except RdvError as error:
                problems.append(LineProblem(row.number, error, title))
                unreadable.add(column.field)
        for group in columns.needs:
            if not (fields.keys() | unreadable).intersection(group):
                column_ = next(heads[one] for one in group if one in heads)
                problems.append(LineProblem(row.number, Invalid("import_cell_missing"), column_))
        lines.append(Line(row.number, fields))
    return Lines(name, tuple(lines), tuple(problems), heads)
