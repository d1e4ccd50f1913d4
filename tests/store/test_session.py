"""Opening, reading and writing: commits, rollbacks, and the errors of a database that cannot serve."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session, select

from rdv.engine.office import Office
from rdv.engine.setup import services
from rdv.store.session import SCHEMA, Database, unreachable
from rdv.store.tables import Service
from rdv.terms import Actor, Broken, Invalid
from tests.conftest import FrozenClock, office_on
from tests.databases import Databases

SECRET = "s3cr3t"


def add(session: Session, label: str) -> None:
    session.add(Service(label=label, key=label))
    session.flush()


def labels(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.exec(select(Service.label).order_by(Service.label)))


def raw(database: Database) -> "closing[sqlite3.Connection] | closing[psycopg.Connection]":
    """Open another program's connection to the same database."""
    if database.file is not None:
        return closing(sqlite3.connect(database.file, isolation_level=None, timeout=0))
    return closing(psycopg.connect(database.url.set(drivername="postgresql").render_as_string(hide_password=False)))


@contextmanager
def held(database: Database) -> Iterator[None]:
    """Hold the lock that a write needs, as another program."""
    with raw(database) as other:
        other.execute("BEGIN IMMEDIATE" if database.is_sqlite else "LOCK TABLE service IN ACCESS EXCLUSIVE MODE")
        yield
        other.rollback()


def test_a_write_is_kept_and_a_read_keeps_nothing(database: Database) -> None:
    with database.write() as session:
        add(session, "kept")
    with database.read() as session:
        assert session.exec(select(Service.label)).one() == "kept"
    with pytest.raises(DBAPIError), database.read() as session:
        add(session, "never")
        session.execute(text("SELECT nothing FROM nowhere"))
    assert labels(database) == ["kept"]


def test_what_is_written_where_one_reads_is_refused_or_undone(database: Database) -> None:
    refused = nullcontext() if database.is_sqlite else pytest.raises(DBAPIError, match="read-only")
    with refused, database.read() as session:
        add(session, "never")
    assert labels(database) == []


def test_statements_that_were_prepared_outlive_a_read(databases: Databases) -> None:
    with databases.fresh("postgresql") as database:
        for _ in range(10):
            labels(database)
        with database.read() as session:
            assert session.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar_one() > 0


def test_a_write_that_fails_is_undone_as_a_whole(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as session:
        add(session, "half")
        raise ZeroDivisionError
    with pytest.raises(IntegrityError), database.write() as session:
        add(session, "twice")
        add(session, "twice")
    assert labels(database) == []


def test_a_read_sees_one_picture_of_the_data_whatever_others_write_meanwhile(database: Database) -> None:
    with database.read() as session:
        before = session.exec(select(Service.label)).all()
        with database.write() as other:
            add(other, "meanwhile")
        assert session.exec(select(Service.label)).all() == before == []
    assert labels(database) == ["meanwhile"]


def test_s5_a_write_on_sqlite_holds_the_database_from_its_first_statement(databases: Databases) -> None:
    """BEGIN IMMEDIATE: a second writer cannot even begin, so no two of them pass the same check."""
    with databases.fresh("sqlite", busy_seconds=0) as database, database.write() as session:
        session.execute(text("SELECT 1"))
        with raw(database) as other, pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        with raw(database) as other:
            assert other.execute("SELECT count(*) FROM service").fetchone() == (0,), "reading goes on"


def test_sqlite_is_set_for_safety(databases: Databases) -> None:
    with databases.fresh("sqlite") as database, database.read() as session:
        found = {name: session.execute(text(f"PRAGMA {name}")).scalar() for name in (
            "journal_mode", "synchronous", "foreign_keys")}  # fmt: skip
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_locked_database_is_told_as_such_and_serves_again_afterwards(databases: Databases, kind: str) -> None:
    with databases.fresh(kind, busy_seconds=0.1) as database:
        office = office_on(database, FrozenClock())
        with held(database), pytest.raises(Broken) as told:
            office.run(services.add_service, office.me, label="État civil")
        assert told.value.error == "database_locked"
        assert told.value.facts == {"database": database.label}
        assert office.run(services.add_service, office.me, label="État civil").label == "État civil"


def test_an_absent_database_is_told_as_such_and_is_not_made(databases: Databases, kind: str) -> None:
    with databases.fresh(kind, migrated=False) as database:
        assert database.schema() is None
        for session in (database.read(), database.write()):
            with pytest.raises(Broken) as told, session:
                pass
            assert told.value.error == "database_absent"
            assert told.value.facts == {"database": database.label}
        assert database.file is None or not database.file.exists()


def test_a_database_of_another_age_is_refused_with_both_versions(database: Database) -> None:
    with database.writing.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    with pytest.raises(Broken) as told, database.read():
        pass
    assert told.value.error == "database_age"
    assert told.value.facts == {"database": database.label, "found": "0000", "wanted": SCHEMA}


def test_a_file_that_is_no_database_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("buy milk\n" * 1000)
    database = Database(f"sqlite:///{tmp_path / 'notes.db'}")
    with pytest.raises(Broken) as told, database.read():
        pass
    assert told.value.error == "database_damaged"
    assert told.value.facts["problem"] == "file is not a database"
    database.close()


def test_a_server_that_does_not_answer_is_told_without_the_password(tmp_path: Path) -> None:
    database = Database(f"postgresql+psycopg://rdv:{SECRET}@/town?host={tmp_path}")
    with pytest.raises(Broken) as told, database.read():
        pass
    assert told.value.error == "database_unreachable"
    assert SECRET not in str(told.value)
    database.close()


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql+psycopg://rdv:{SECRET}@db.example.org:5432/town",
        f"postgresql+psycopg://rdv@db.example.org/town?password={SECRET}",
        f"postgresql+psycopg://db.example.org/town?sslmode=verify-full&sslpassword={SECRET}",
    ],
)
def test_the_label_of_a_database_never_shows_a_password(url: str) -> None:
    database = Database(url)
    assert SECRET not in database.label
    assert "db.example.org" in database.label
    assert "town" in database.label


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("no address", "database_url"),
        ("sqlite://", "database_url"),
        ("sqlite:///:memory:", "database_url"),
        ("sqlite:///.", "database_url"),
        ("postgresql+psycopg://rdv@db.example.org:port/town", "database_url"),
        ("mysql+pymysql://rdv@db.example.org/town", "database_kind"),
    ],
)
def test_an_address_that_cannot_be_served_is_invalid(url: str, error: str) -> None:
    with pytest.raises(Invalid) as told:
        Database(url)
    assert told.value.error == error


def test_a_connection_that_the_server_ended_is_told_as_unreachable(databases: Databases) -> None:
    with databases.fresh("postgresql") as database:
        with pytest.raises(DBAPIError) as problem, database.write() as session:
            session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        assert unreachable(database, problem.value).error == "database_unreachable"
        assert labels(database) == [], "the next use opens another connection"


def test_closing_leaves_nothing_open_and_the_database_opens_again(office: Office, database: Database) -> None:
    database.close()
    database.close()
    assert office.run(services.list_services, Actor.agent("root")) == []


def test_whoever_asks_for_the_engine_while_another_thread_closes_it_gets_one(tmp_path: Path) -> None:
    class Closing(Database):
        """A database that another thread closes each time its engine is read."""

        kept: Any = None

        @property
        def _engines(self) -> Any:
            found, self.kept = self.kept, None
            return found

        @_engines.setter
        def _engines(self, engines: Any) -> None:
            self.kept = engines

    database = Closing(f"sqlite:///{tmp_path / 'rdv.db'}")
    made = database.engine
    assert made is not None
    assert database.engine is made
    made.dispose()


def test_nobody_waits_for_a_connection_to_a_file(databases: Databases) -> None:
    with databases.fresh("sqlite") as database, ExitStack() as reading:
        for _ in range(20):
            session = reading.enter_context(database.read())
            assert session.execute(text("SELECT 1")).scalar() == 1
