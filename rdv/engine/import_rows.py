"""Many new rows in one statement, with the numbers that the database gives them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, insert

from rdv.engine.office import Work


def insert_rows(work: Work, table: Table, rows: Sequence[Mapping[str, Any]], *, by: Sequence[str]) -> list[int]:
    """Stores the rows and returns their ids, in the same order.

    The columns `by` tell the rows apart: a database answers in an order of its own, and the one that SQLAlchemy can
    keep costs a statement a row on SQLite.
    """
    if not rows:
        return []
    stored = insert(table).returning(table.c.id, *(table.c[name] for name in by))
    ids = {tuple(row[1:]): row[0] for row in work.session.connection().execute(stored, [dict(row) for row in rows])}
    return [ids[tuple(row[name] for name in by)] for row in rows]
