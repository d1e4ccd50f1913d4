"""What the two databases say differently: instants, and spans that must not overlap."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DDL, BigInteger, Dialect, Table, TypeDecorator, column, event, func
from sqlalchemy.dialects.postgresql import TIMESTAMP, ExcludeConstraint
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.expression import FunctionElement
from sqlalchemy.types import Integer, TypeEngine


class Instant(TypeDecorator[datetime]):
    """An aware instant: timestamptz on PostgreSQL; whole seconds since 1970 on SQLite, where text is larger and slower.

    Naive values are refused: an instant without an offset is a guess.
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column's type on this database."""
        return dialect.type_descriptor(TIMESTAMP(timezone=True) if dialect.name == "postgresql" else BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """An aware datetime to what the column holds."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs an offset")
        return value.astimezone(UTC) if dialect.name == "postgresql" else int(value.timestamp())

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """What the column holds to an aware datetime in UTC."""
        if value is None:
            return None
        return value.astimezone(UTC) if dialect.name == "postgresql" else datetime.fromtimestamp(value, UTC)


class seconds(FunctionElement[int]):  # noqa: N801 - reads as the SQL function that it is
    """An instant column as whole seconds since 1970: what the pure core reckons with, made by the database."""

    type = Integer()
    inherit_cache = True
    name = "seconds"


@compiles(seconds)
def _column_itself(element: seconds, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(element.clauses, **kw))


@compiles(seconds, "postgresql")
def _epoch(element: seconds, compiler: Any, **kw: Any) -> str:
    return f"extract(epoch from {compiler.process(element.clauses, **kw)})::bigint"


def postgresql_no_overlap(
    name: str, same: dict[str, str], span: ColumnElement[Any], where: str | None = None
) -> ExcludeConstraint:
    """PostgreSQL: no two rows with the same values in the columns `same` have overlapping spans.

    `same` maps a column to its range constructor (int4range, int8range): a scalar written as a one-value range needs no
    extension such as btree_gist. Rows outside `where` are not concerned.
    """
    ranges = [(getattr(func, make)(_column(column), _column(column), "[]"), "=") for column, make in same.items()]
    constraint = ExcludeConstraint(*ranges, (span, "&&"), using="gist", where=where, name=name)
    return constraint.ddl_if(dialect="postgresql")


def _column(name: str) -> ColumnElement[Any]:
    return column(name)


def sqlite_no_overlap(
    name: str,
    table: Table,
    same: tuple[str, ...],
    start: str,
    end: str,
    *,
    closed: bool = False,
    longest: int | None = None,
) -> None:
    """SQLite: the same, as two triggers made with the table.

    `closed` spans hold their end. `longest` is the length of the longest possible span: it lets the index stop looking.
    """
    for ddl in sqlite_triggers(name, table.name, same, start, end, closed=closed, longest=longest):
        _listen(table, ddl, "sqlite")


def sqlite_triggers(
    name: str,
    table: str,
    same: tuple[str, ...],
    start: str,
    end: str,
    *,
    closed: bool = False,
    longest: int | None = None,
) -> list[str]:
    """The statements of `sqlite_no_overlap`. A NULL in one of the columns `same` is the same as nothing."""
    less = "<=" if closed else "<"
    found = " AND ".join(
        [f"other.{column} = NEW.{column}" for column in same]
        + [f"other.{start} {less} NEW.{end}", f"NEW.{start} {less} other.{end}", "other.rowid <> NEW.rowid"]
        + ([f"other.{start} > NEW.{start} - {longest}"] if longest else [])
    )
    return [
        f"CREATE TRIGGER {name}_{moment.lower()} AFTER {moment} ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} AS other WHERE {found}) "
        f"BEGIN SELECT RAISE(ABORT, '{name}'); END"
        for moment in ("INSERT", "UPDATE")
    ]


def _listen(table: Table, ddl: str, dialect: str) -> None:
    """The statement runs when the table has just been made on this kind of database."""
    statement = DDL(ddl)  # type: ignore[no-untyped-call]
    event.listen(table, "after_create", statement.execute_if(dialect=dialect))


def kept(table: Table) -> None:
    """Rows of this table are added and never changed nor deleted: the database itself refuses."""
    for ddl in sqlite_kept(table.name):
        _listen(table, ddl, "sqlite")
    for ddl in postgresql_kept(table.name):
        _listen(table, ddl, "postgresql")


def sqlite_kept(table: str) -> list[str]:
    """The statements of `kept` on SQLite."""
    return [
        f"CREATE TRIGGER {table}_kept_{moment.lower()} BEFORE {moment} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table}_kept'); END"
        for moment in ("UPDATE", "DELETE")
    ]


def postgresql_kept(table: str) -> list[str]:
    """The statements of `kept` on PostgreSQL."""
    return [
        f"""CREATE FUNCTION {table}_kept() RETURNS trigger LANGUAGE plpgsql
            AS $$ BEGIN RAISE EXCEPTION '{table}_kept'; END $$""",
        f"""CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION {table}_kept()""",
    ]
