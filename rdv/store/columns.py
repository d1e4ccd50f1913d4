"""Column types and constraints that the two databases write differently: instants, and spans that must not overlap."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DDL, BigInteger, DateTime, Dialect, Index, Table, TypeDecorator, event, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement
from sqlalchemy.types import Integer, TypeEngine
from sqlmodel import Session


class Instant(TypeDecorator[datetime]):
    """An aware instant: timestamptz on PostgreSQL; whole seconds since 1970 on SQLite, where text is larger and slower.

    Naive values are refused: an instant without an offset is a guess.
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type of the column on this database."""
        return dialect.type_descriptor(DateTime(timezone=True) if dialect.name == "postgresql" else BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Convert an aware datetime to the stored value."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs an offset")
        return value.astimezone(UTC) if dialect.name == "postgresql" else int(value.timestamp())

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Convert the stored value to an aware datetime in UTC."""
        if value is None:
            return None
        return value.astimezone(UTC) if dialect.name == "postgresql" else datetime.fromtimestamp(value, UTC)


def locks_rows(session: Session) -> bool:
    """Return True if a transaction must lock rows against concurrent changes. SQLite has only one writer."""
    return session.get_bind().dialect.name == "postgresql"


class seconds(FunctionElement[int]):  # noqa: N801 - reads as the SQL function that it is
    """An instant column as whole seconds since 1970, the unit of the pure core, computed by the database."""

    type = Integer()
    inherit_cache = True
    name = "seconds"


@compiles(seconds)
def _column_itself(element: seconds, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(element.clauses, **kw))


@compiles(seconds, "postgresql")
def _epoch(element: seconds, compiler: Any, **kw: Any) -> str:
    return f"extract(epoch from {compiler.process(element.clauses, **kw)})::bigint"


UNSENT = "notice.status <> 'sent'"
"""The condition of the index of messages that have not left: SQLite wants it in the query word for word."""


def partial(name: str, *columns: str, where: str) -> Index:
    """Return an index of the rows that meet the condition."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


def where_known(name: str, *columns: str) -> Index:
    """Return an index of the rows whose first column is not null.

    Both databases use it for any comparison with that column, bound parameters included.
    """
    return partial(name, *columns, where=f"{columns[0]} IS NOT NULL")


@dataclass(frozen=True, slots=True)
class NoOverlap:
    """A constraint: rows of a table with equal `same` columns have no overlapping spans. A NULL equals nothing.

    `same` maps a column to the PostgreSQL range of its type. `span` is the PostgreSQL range from `start` to `end`, with
    its end included if `closed`. `longest` is the length of the longest possible span, in the unit of the column on
    SQLite: it limits how far the index is searched.

    PostgreSQL: an exclusion constraint. A scalar is written as a range of one value, which needs no extension such as
    btree_gist. SQLite: two triggers.
    """

    name: str
    table: str
    same: Mapping[str, str]
    span: str
    start: str
    end: str
    closed: bool = False
    longest: int | None = None

    def postgresql(self) -> list[str]:
        """Return the statement that creates the constraint on PostgreSQL."""
        alike = [f"{make}({column}, {column}, '[]') WITH =" for column, make in self.same.items()]
        bounds = ", '[]'" if self.closed else ""
        parts = ", ".join([*alike, f"{self.span}({self.start}, {self.end}{bounds}) WITH &&"])
        known = " AND ".join(f"{column} IS NOT NULL" for column in self.same)
        return [f"ALTER TABLE {self.table} ADD CONSTRAINT {self.name} EXCLUDE USING gist ({parts}) WHERE ({known})"]

    def sqlite(self) -> list[str]:
        """Return the statements that create the triggers on SQLite."""
        less = "<=" if self.closed else "<"
        found = " AND ".join(
            [f"other.{column} = NEW.{column}" for column in self.same]
            + [f"other.{self.start} {less} NEW.{self.end}", f"NEW.{self.start} {less} other.{self.end}"]
            + ["other.rowid <> NEW.rowid"]
            + ([f"other.{self.start} > NEW.{self.start} - {self.longest}"] if self.longest else [])
        )
        return [
            f"CREATE TRIGGER {self.name}_{moment.lower()} AFTER {moment} ON {self.table} "
            f"WHEN EXISTS (SELECT 1 FROM {self.table} AS other WHERE {found}) "
            f"BEGIN SELECT RAISE(ABORT, '{self.name}'); END"
            for moment in ("INSERT", "UPDATE")
        ]


def no_overlap(table: Table, rule: NoOverlap) -> None:
    """Create the constraint whenever the table is created."""
    for ddl in rule.sqlite():
        _listen(table, ddl, "sqlite")
    for ddl in rule.postgresql():
        _listen(table, ddl, "postgresql")


def _listen(table: Table, ddl: str, dialect: str) -> None:
    """Run the statement after the table is created on this kind of database."""
    statement = DDL(ddl)  # type: ignore[no-untyped-call]
    event.listen(table, "after_create", statement.execute_if(dialect=dialect))


def kept(table: Table) -> None:
    """Make the database refuse to change or delete rows of this table."""
    for ddl in sqlite_kept(table.name):
        _listen(table, ddl, "sqlite")
    for ddl in postgresql_kept(table.name):
        _listen(table, ddl, "postgresql")


def sqlite_kept(table: str) -> list[str]:
    """Return the triggers of `kept` on SQLite, where INSERT OR REPLACE deletes silently."""
    refusals = {
        "update": f"BEFORE UPDATE ON {table}",
        "delete": f"BEFORE DELETE ON {table}",
        "replace": f"BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)",
    }
    return [
        f"CREATE TRIGGER {table}_kept_{name} {moment} BEGIN SELECT RAISE(ABORT, '{table}_kept'); END"
        for name, moment in refusals.items()
    ]


def postgresql_kept(table: str) -> list[str]:
    """Return the statements of `kept` on PostgreSQL."""
    return [
        f"""CREATE FUNCTION {table}_kept() RETURNS trigger LANGUAGE plpgsql
            AS $$ BEGIN RAISE EXCEPTION '{table}_kept'; END $$""",
        f"""CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION {table}_kept()""",
    ]
