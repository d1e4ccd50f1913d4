"""Copy a whole database into an empty one, of the same kind or the other: SQLite to PostgreSQL and back.

The source is read in one snapshot, the target written in one transaction. Before the commit, every table is compared by
its number of rows and a checksum of their contents, with instants to the second, as SQLite stores them.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, Table, bindparam, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

from rdv.store import portal_tables, session
from rdv.store.session import Database, unreachable
from rdv.store.upgrade import upgrade
from rdv.terms import Broken, Refused

BATCH = 2000
"""Rows read and written at a time."""

METADATA = SQLModel.metadata
assert portal_tables.Account.__tablename__ in METADATA.tables

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Copied:
    """A copied table: its number of rows, and the checksum that both databases computed."""

    table: str
    rows: int
    sum: str


def copy(source: Database, target: Database, progress: Progress | None = None) -> list[Copied]:
    """Copy everything into the target, which is created if absent. Return the tables.

    Raises Refused("database_not_empty"), and Broken if one of the two cannot serve, has another schema, or if the
    copies differ in the end. Nothing is written then.
    """
    if (found := source.schema()) not in (session.SCHEMA, None):
        raise Broken("database_age", database=source.label, found=found, wanted=session.SCHEMA)
    here = source  # the database that an error names
    try:
        with source.read() as reading:
            tables = METADATA.sorted_tables
            total = sum(reading.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)
            here = target
            upgrade(target)
            with target.write() as writing:
                _need_empty(target, writing)
                return _copy(reading, writing, target, _counting(progress, total))
    except DBAPIError as problem:
        raise unreachable(here, problem) from problem


def _need_empty(target: Database, writing: Session) -> None:
    for table in METADATA.sorted_tables:
        if writing.execute(select(1).select_from(table).limit(1)).first():
            raise Refused("database_not_empty", database=target.label)


def _counting(progress: Progress | None, total: int) -> Callable[[int], None]:
    done = [0]

    def count(rows: int) -> None:
        done[0] += rows
        if progress:
            progress(done[0], total)

    return count


def _copy(reading: Session, writing: Session, target: Database, count: Callable[[int], None]) -> list[Copied]:
    given = _given(reading.connection())
    into = writing.connection()
    copied = []
    for table in METADATA.sorted_tables:
        here = _Sum()
        for rows in _batches(reading, table):
            here.add(rows)
            _write(into, table, rows)
            count(len(rows))
        _point_at_themselves(reading, into, table)
        there = _Sum()
        for rows in _batches(writing, table):
            there.add(rows)
        if (here.rows, here.text) != (there.rows, there.text):
            raise Broken("copy_differs", database=target.label, table=table.name)
        copied.append(Copied(table.name, here.rows, here.text))
    _go_on_counting(into, given)
    into.execute(text("ANALYZE"))
    return copied


def _batches(from_: Session, table: Table) -> Iterator[list[dict[str, Any]]]:
    found = from_.connection().execute(select(table).execution_options(yield_per=BATCH))
    for rows in found.mappings().partitions():
        yield [dict(row) for row in rows]


def _own(table: Table) -> list[str]:
    """Return the columns that reference rows of the same table, which may be copied later."""
    return [
        column.name
        for column in table.columns
        if any(key.column.table is table for key in column.foreign_keys)
    ]  # fmt: skip


def _write(into: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    later = dict.fromkeys(_own(table))
    into.execute(insert(table), [row | later for row in rows] if later else rows)


def _point_at_themselves(reading: Session, into: Connection, table: Table) -> None:
    for name in _own(table):
        column, id_ = table.c[name], table.c.id
        found = reading.execute(select(id_.label("row"), column.label("other")).where(column.is_not(None))).mappings()
        pairs = [dict(pair) for pair in found]
        if pairs:
            into.execute(update(table).where(id_ == bindparam("row")).values({name: bindparam("other")}), pairs)


class _Sum:
    """A checksum of rows that does not depend on their order, written for each database."""

    def __init__(self) -> None:
        self.rows = self.total = 0

    def add(self, rows: list[dict[str, Any]]) -> None:
        self.rows += len(rows)
        for row in rows:
            told = json.dumps(row, sort_keys=True, default=_plain, ensure_ascii=False, separators=(",", ":"))
            self.total += int.from_bytes(blake2b(told.encode(), digest_size=16).digest(), "big")

    @property
    def text(self) -> str:
        return f"{self.total % 2**128:032x}"


def _plain(value: object) -> str | int:
    if isinstance(value, datetime):
        return int(value.timestamp())
    assert isinstance(value, date)
    return value.isoformat()


def _given(source: Connection) -> dict[str, int]:
    """Return the highest id ever issued per table, so that ids are never reused."""
    if source.dialect.name == "sqlite":
        return {str(name): int(last) for name, last in source.exec_driver_sql("SELECT name, seq FROM sqlite_sequence")}
    asked = text(
        "SELECT last_value FROM pg_sequences"
        " WHERE format('%I.%I', schemaname, sequencename) = pg_get_serial_sequence(:name, 'id')"
    )
    names = [table.name for table in METADATA.sorted_tables if "id" in table.c]
    return {name: source.execute(asked, {"name": name}).scalar() or 0 for name in names}


def _go_on_counting(into: Connection, given: dict[str, int]) -> None:
    """Set the id counter of a table, so that the next row gets a new id."""
    for table in METADATA.sorted_tables:
        if "id" not in table.c:
            continue
        last = max(into.execute(select(func.max(table.c.id))).scalar() or 0, given.get(table.name, 0))
        if into.dialect.name == "postgresql":
            sequence = func.pg_get_serial_sequence(table.name, "id")
            into.execute(select(func.setval(sequence, max(last, 1), last > 0)))
        elif table.dialect_options["sqlite"]["autoincrement"] and last:
            into.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
            remember = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)")
            into.execute(remember, {"name": table.name, "last": last})
