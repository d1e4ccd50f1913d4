"""Statements about many rows: written in one go, and named in batches."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Table, func, insert, select, text
from sqlmodel import Session

T = TypeVar("T")


def in_batches(items: Sequence[T], size: int = 10_000) -> Iterator[Sequence[T]]:
    """Yield the items in batches: at most as many ids as one statement may name, or rows as are written at once."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def insert_rows(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert the rows and return their ids, in the same order.

    The ids are taken first, because returning generated ids costs PostgreSQL's driver five times as much.
    """
    if not rows:
        return []
    ids = _next_ids(session, table, len(rows))
    numbered = [{"id": number, **row} for number, row in zip(ids, rows, strict=True)]
    session.connection().execute(insert(table), numbered)
    return ids


def _next_ids(session: Session, table: Table, count: int) -> list[int]:
    """Return new ids: from the table's sequence on PostgreSQL; after the last id on SQLite, which has one writer."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(table.name, "id")
        return list(connection.scalars(select(func.nextval(sequence)).select_from(func.generate_series(1, count))))
    last = connection.scalar(select(func.max(table.c.id))) or 0
    if table.dialect_options["sqlite"]["autoincrement"]:
        sequence_row = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        last = max(last, connection.scalar(sequence_row, {"name": table.name}) or 0)
    return list(range(last + 1, last + 1 + count))
