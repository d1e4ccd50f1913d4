"""Many new rows in one statement, under ids that are known before."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, func, insert, select, text

from rdv.engine.office import Work


def insert_rows(work: Work, table: Table, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Stores the rows and returns their ids, in the same order.

    The ids are taken first: to have a database tell those that it gives costs PostgreSQL's driver five times as much.
    """
    if not rows:
        return []
    ids = _next_ids(work, table, len(rows))
    numbered = [{"id": number, **row} for number, row in zip(ids, rows, strict=True)]
    work.session.connection().execute(insert(table), numbered)
    return ids


def _next_ids(work: Work, table: Table, count: int) -> list[int]:
    """On PostgreSQL from the sequence of the table; on SQLite, which has one writer, those after the last given out."""
    connection = work.session.connection()
    if connection.dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(table.name, "id")
        return list(connection.scalars(select(func.nextval(sequence)).select_from(func.generate_series(1, count))))
    last = connection.scalar(select(func.max(table.c.id))) or 0
    if table.dialect_options["sqlite"]["autoincrement"]:
        given = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        last = max(last, connection.scalar(given, {"name": table.name}) or 0)
    return list(range(last + 1, last + 1 + count))
