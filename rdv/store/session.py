"""The database: one object that reads and writes, on SQLite and on PostgreSQL.

A write on SQLite begins with BEGIN IMMEDIATE. A transaction that reads first and writes later would either let two
writers both pass a check, or fail at once with "database is locked" despite the timeout. On PostgreSQL a write runs at
READ COMMITTED and relies on the constraints. A read runs at REPEATABLE READ, one snapshot as on SQLite, and the server
refuses writes in it.

Writers of a SQLite file queue for it (`rdv.store.write_queue`), because the database's own waiting starves some.
"""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlmodel import Session

from rdv.changes import EVERYTHING, Changes
from rdv.store import change_log, commit_status, write_queue
from rdv.store.limits import LIMITS, SPARE, Limits
from rdv.terms import Broken, Face, Invalid

SCHEMA = "0002"
"""The migration that the models stand for; a test holds it equal to the head of `migrations/`."""

OLDEST = "0001"
"""The oldest such migration whose programs still work on a database that this one has upgraded; `upgrade` writes it
into the database, where they look for it."""

BUSY_SECONDS = 20
"""How long a write on SQLite waits for the one before it, and any statement on PostgreSQL for a lock."""

CONNECT_SECONDS = 5
"""How long a server may take to answer at all."""

CHANNEL = "rdv"
"""Where a transaction on PostgreSQL says that it wrote: see `rdv.store.change_feed`."""

_TELL = text(
    f"SELECT pg_current_xact_id_if_assigned()::text, pg_notify('{CHANNEL}', :told)"
    " WHERE pg_current_xact_id_if_assigned() IS NOT NULL"
)
"""Notifies watchers, and returns the number of the transaction; does nothing if it did not write."""

_CHANGES, _ENTRIES = "changes", "entries"
"""The key under which a session keeps its changes for watchers."""


class _Engines(NamedTuple):
    """Two engines over the same connections, because a listener on the reading one slows every statement by a third."""

    reading: Engine
    writing: Engine


class Database:
    """A database by its SQLAlchemy URL, for one face. It connects at the first read or write."""

    def __init__(
        self, url: str, *, busy_seconds: float = BUSY_SECONDS, face: Face = Face.COMMANDS, limits: Limits | None = None
    ) -> None:
        try:
            self.url: URL = make_url(url)
        except (ArgumentError, ValueError):  # not an address; a port that is no number
            raise Invalid("database_url", url=url) from None
        if self.url.get_backend_name() not in ("sqlite", "postgresql"):
            raise Invalid("database_kind", kind=self.url.get_backend_name())
        if self.is_sqlite and self.url.database in (None, "", ".", ":memory:"):  # a database of this process alone
            raise Invalid("database_url", url=url)
        self.busy_seconds = busy_seconds
        self.face = face
        self.limits = limits or LIMITS[face]
        self.writer = secrets.token_hex(4)
        """Identifies the writes of this object to watchers."""
        self._engines: _Engines | None = None
        self._checked = False

    @property
    def is_sqlite(self) -> bool:
        """Return True for an embedded file."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def file(self) -> Path | None:
        """Return the SQLite file, or None on PostgreSQL."""
        return Path(self.url.database or "") if self.is_sqlite else None

    @property
    def label(self) -> str:
        """Return the database without its password, for people."""
        if self.is_sqlite:
            return str(self.file)
        return self.url.difference_update_query(("password", "sslpassword")).render_as_string(hide_password=True)

    @property
    def engine(self) -> Engine:
        """Return the engine, created at the first use; each of its transactions reads one snapshot."""
        return self._opened().reading

    @property
    def writing(self) -> Engine:
        """Return the engine for transactions that write, over the same connections."""
        return self._opened().writing

    def _opened(self) -> _Engines:
        engines = self._engines  # looked at once: another thread may close
        if engines is None:
            engines = self._engines = _sqlite(self) if self.is_sqlite else _postgresql(self)
        return engines

    def close(self) -> None:
        """Close every connection; the object may be used again."""
        engines, self._engines = self._engines, None
        if engines is not None:
            engines.reading.dispose()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session on one snapshot of the data. It keeps nothing."""
        with self._session(write=False) as session:
            yield session
            if not self.is_sqlite:  # at a rollback, the driver forgets the statements that it has prepared
                session.commit()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open a session that commits and notifies watchers on success, and rolls back on error.

        Raises Broken("commit_unknown") if the connection was lost during the commit and its result cannot be known. A
        lost connection raised as such means that nothing was kept.
        """
        self._check()
        with self.turn(), self._session(write=True) as session:
            yield session
            if self.file is not None:
                self._commit_and_log(session, self.file)
            else:
                self._commit(session)

    def _commit_and_log(self, session: Session, file: Path) -> None:
        """Commit to SQLite, and say in the log what changed, if anything did."""
        session.flush()
        connection = session.connection()
        driver: Any = connection.connection.driver_connection
        rows, known = driver.total_changes, connection.info
        before, known["rows"] = known.get("rows", 0), rows
        session.commit()
        if rows != before:
            told = change_log.Line(self.writer, session.info.get(_ENTRIES, 0), _told(session))
            change_log.append(file, told)

    def _commit(self, session: Session) -> None:
        told = session.execute(_TELL, {"told": f"{self.writer} {_told(session)}"}).first()
        server = session.connection().info.get("server")
        try:
            session.commit()
        except DBAPIError as problem:
            if not is_lost(problem):
                raise
            kept = told is None or commit_status.was_committed(self.engine, told[0], server)
            if kept is None:
                raise Broken("commit_unknown", database=self.label) from problem
            if not kept:
                raise

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the turn to write a SQLite file; PostgreSQL queues by itself. Raise Broken if other writers take
        longer than `busy_seconds`.
        """
        with ExitStack() as until_done:
            if self.file is not None:
                try:
                    until_done.enter_context(write_queue.turn(self.file, self.busy_seconds))
                except TimeoutError:
                    raise Broken("database_locked", database=self.label) from None
                except OSError as problem:
                    raise Broken("database_unreachable", database=self.label, problem=str(problem)) from None
            yield

    @contextmanager
    def _session(self, *, write: bool) -> Iterator[Session]:
        self._check()
        with Session(self.writing if write else self.engine, expire_on_commit=False) as session:
            yield session

    def _check(self) -> None:
        """Check once that the database exists, with a schema that this program supports."""
        if self._checked:
            return
        found, oldest = self._age()
        if found is None:
            raise Broken("database_absent", database=self.label)
        if found < SCHEMA or oldest is None or oldest > SCHEMA:
            raise Broken("database_age", database=self.label, found=found, wanted=SCHEMA)
        self._checked = True

    def schema(self) -> str | None:
        """Return the migration of the database, or None if there is no database of rdv.

        Raises Broken if it cannot be reached.
        """
        return self._age()[0]

    def _age(self) -> tuple[str | None, str | None]:
        """Return the migration of the database, and the oldest whose programs may use it."""
        if self.file is not None and not self.file.is_file():
            return None, None
        try:
            with self.engine.connect() as connection:
                found = _schema(connection)
                return found, _oldest(connection) if found and found > SCHEMA else found
        except DBAPIError as problem:
            raise unreachable(self, problem) from problem


def tell(session: Session, changes: Changes, *, entries: int) -> None:
    """Set what watchers learn of the transaction once it is committed; otherwise they learn that everything changed.

    `entries` is the number of journal entries that it adds.
    """
    session.info[_CHANGES], session.info[_ENTRIES] = changes, entries


def _told(session: Session) -> str:
    changes: Changes = session.info.get(_CHANGES, EVERYTHING)
    return changes.written()


def _schema(connection: Connection) -> str | None:
    has = (
        "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
        if connection.dialect.name == "sqlite"
        else "SELECT 1 WHERE to_regclass('alembic_version') IS NOT NULL"
    )
    if connection.exec_driver_sql(has).first() is None:
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
    return found[0] if found else None


def _oldest(connection: Connection) -> str | None:
    told = connection.exec_driver_sql(
        "PRAGMA user_version"
        if connection.dialect.name == "sqlite"
        else "SELECT obj_description('alembic_version'::regclass)"
    ).scalar()
    return f"{int(told):04}" if told else None


def mark_oldest(connection: Connection) -> None:
    """Write into the database the oldest migration whose programs may use it."""
    connection.exec_driver_sql(
        f"PRAGMA user_version = {int(OLDEST)}"
        if connection.dialect.name == "sqlite"
        else f"COMMENT ON TABLE alembic_version IS '{int(OLDEST)}'"
    )


def _sqlite(database: Database) -> _Engines:
    engine = create_engine(
        database.url,
        max_overflow=-1,  # a file has no limit of connections: an event loop that reads it waits for none
        connect_args={"timeout": database.busy_seconds, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # BEGIN is ours, below
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    def begin(connection: Any) -> None:
        if not connection.in_transaction:  # the same as for writers
            connection.execute("BEGIN").close()

    engine.dialect.do_begin = begin  # type: ignore[assignment]
    writing = engine.execution_options()

    @event.listens_for(writing, "begin")
    def begin_to_write(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return _Engines(engine, writing)


def _postgresql(database: Database) -> _Engines:
    limits = database.limits
    engine = create_engine(
        database.url,
        isolation_level="READ COMMITTED",
        pool_size=limits.connections,
        max_overflow=SPARE,
        pool_timeout=database.busy_seconds,
        pool_pre_ping=True,
        connect_args={"connect_timeout": CONNECT_SECONDS, "application_name": f"rdv {database.face}"},
    )
    kept = {
        "timezone": "UTC",
        "lock_timeout": f"{int(database.busy_seconds * 1000)}",
        "statement_timeout": f"{limits.statement_seconds}s",
        "idle_in_transaction_session_timeout": f"{limits.idle_seconds}s",
    }
    ready = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in kept.items())

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        """Set options by a statement, because poolers refuse them in the address of a connection, or forget them."""
        record.info["server"] = connection.execute(f"SELECT ({commit_status.SERVER}), {ready}").fetchone()[0]
        connection.commit()

    reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return _Engines(reading, engine)


def is_transient(problem: DBAPIError) -> bool:
    """Return True if the same work may succeed when retried: a deadlock, a serialization failure."""
    return getattr(problem.orig, "sqlstate", None) in ("40001", "40P01")


def is_in_the_way(problem: DBAPIError) -> bool:
    """Return True if other transactions held a lock for too long, or in a deadlock."""
    return is_transient(problem) or getattr(problem.orig, "sqlstate", None) == "55P03"


def is_lost(problem: DBAPIError) -> bool:
    """Return True if the connection is gone, and with it all uncommitted work."""
    return problem.connection_invalidated


def unreachable(database: Database, problem: DBAPIError) -> Broken:
    """Return a database error as an error for people."""
    state = getattr(problem.orig, "sqlstate", None)
    told = str(problem.orig).strip().splitlines()[0] if str(problem.orig).strip() else type(problem.orig).__name__
    if "locked" in told or "busy" in told or state == "55P03":
        return Broken("database_locked", database=database.label)
    if state == "57014":
        return Broken("database_slow", database=database.label, seconds=database.limits.statement_seconds)
    if state == "42501":
        return Broken("database_rights", database=database.label, problem=told)
    if isinstance(problem, OperationalError) or problem.connection_invalidated:
        return Broken("database_unreachable", database=database.label, problem=told)
    return Broken("database_damaged", database=database.label, problem=told)


def violated(problem: DBAPIError) -> str:
    """Return the name of the constraint that refused a write, as far as the database gives it; empty for other
    errors.
    """
    diagnostic = getattr(problem.orig, "diag", None)
    if diagnostic is not None:
        return str(diagnostic.constraint_name or "")
    told = str(problem.orig)
    return told.split("constraint failed: ", 1)[-1]
