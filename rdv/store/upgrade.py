"""Making a database and bringing it up to date (Alembic), copying it and checking it.

Apart from `session` because Alembic is only loaded when it is needed.
"""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy.exc import DBAPIError

from rdv.store import session
from rdv.store.session import Database, is_in_the_way, unreachable
from rdv.terms import Broken, Refused

PATIENCE_SECONDS = 2
"""How long an upgrade waits for the locks of a table, and everybody else behind it."""

ATTEMPTS = 60
"""How often it asks for them."""

_LOCK = 7_383_118  # any number that only rdv uses: one upgrade at a time


def config() -> Config:
    """Alembic's configuration, without a file."""
    made = Config(stdout=sys.stderr)
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return made


def upgrade(database: Database, pause: Callable[[float], None] = time.sleep) -> tuple[str | None, str]:
    """Brings the database, made if absent, to this program's schema; returns (before, after).

    One transaction: it is upgraded or it is as before. Several at once wait for each other. On PostgreSQL it never has
    others wait for more than PATIENCE_SECONDS: when it does not get its locks within them, it lets go and tries again.
    Raises Broken when the database cannot be reached, is newer or stays locked.
    """
    before = database.schema()
    if before is not None and before > session.SCHEMA:
        raise Broken("database_age", database=database.label, found=before, wanted=session.SCHEMA)
    if database.file is not None:
        try:
            database.file.parent.mkdir(parents=True, exist_ok=True)
            database.file.touch(mode=0o600)  # names and phone numbers of citizens; the log beside it follows its mode
            database.file.chmod(0o600)
        except OSError as problem:
            raise Broken("database_unreachable", database=database.label, problem=str(problem)) from None
    for attempt in count(1):
        try:
            _upgrade(database)
        except DBAPIError as problem:
            if not is_in_the_way(problem) or attempt == ATTEMPTS:
                raise unreachable(database, problem) from problem
            pause(random.uniform(0, PATIENCE_SECONDS))
        else:
            break
    return before, session.SCHEMA


def _upgrade(database: Database) -> None:
    with database.turn(), database.engine.execution_options(rdv_write=True).begin() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{PATIENCE_SECONDS}s'")
        alembic = config()
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, "head")
        session.mark_oldest(connection)


def backup(database: Database, target: Path) -> None:
    """Copies the database, whole and consistent, while others work.

    SQLite: a database file; PostgreSQL: an archive for `pg_restore`, made by `pg_dump`. Raises Refused when the target
    exists or `pg_dump` is missing, Broken when the database cannot be read.
    """
    if target.exists():
        raise Refused("file_exists", path=str(target))
    with database.read():  # says clearly that it is absent or too old
        pass
    try:
        if database.file is not None:
            _copy_sqlite(database.file, target)
        else:
            _dump_postgresql(database, target)
    except (sqlite3.Error, OSError, subprocess.CalledProcessError) as problem:
        target.unlink(missing_ok=True)
        told = problem.stderr.strip() if isinstance(problem, subprocess.CalledProcessError) else str(problem)
        raise Broken("backup_failed", path=str(target), problem=told) from None


def _copy_sqlite(file: Path, target: Path) -> None:
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(target)) as copy:
        target.chmod(0o600)
        source.backup(copy)


def _dump_postgresql(database: Database, target: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise Refused("pg_dump_missing")
    url = database.url.set(drivername="postgresql", password=None).render_as_string()
    secret = {"PGPASSWORD": database.url.password} if database.url.password else {}
    target.touch(mode=0o600)
    subprocess.run(
        [program, "--format=custom", f"--file={target}", url],
        env={**os.environ, **secret}, check=True, capture_output=True, text=True,
    )  # fmt: skip
