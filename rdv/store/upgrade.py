"""Create a database and upgrade its schema, with Alembic.

Separate from `session` because Alembic is imported only when needed.
"""

import random
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy.exc import DBAPIError

from rdv.store import session
from rdv.store.session import Database, is_in_the_way, unreachable
from rdv.terms import Broken

PATIENCE_SECONDS = 2
"""Seconds that an upgrade waits for the locks of a table, because other sessions wait behind it."""

ATTEMPTS = 60
"""Attempts to get the locks."""

_LOCK = 7_383_118  # a number that only rdv uses, so that one upgrade runs at a time


def config() -> Config:
    """Return Alembic's configuration, without a file."""
    made = Config(stdout=sys.stderr)
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return made


def upgrade(database: Database, pause: Callable[[float], None] = time.sleep) -> tuple[str | None, str]:
    """Upgrade the database to this program's schema and create it if absent. Return the schema (before, after).

    One transaction: the upgrade succeeds or changes nothing. Concurrent upgrades wait for each other. On PostgreSQL
    other sessions wait at most PATIENCE_SECONDS: an upgrade that does not get its locks in time gives up and tries
    again. Raises Broken if the database cannot be reached, is newer or stays locked.
    """
    before = database.schema()
    if before is not None and before > session.SCHEMA:
        raise Broken("database_age", database=database.label, found=before, wanted=session.SCHEMA)
    prepare(database)
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
    with database.turn(), database.writing.begin() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{PATIENCE_SECONDS}s'")
        alembic = config()
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, "head")
        session.mark_oldest(connection)


def prepare(database: Database) -> None:
    """Create the file of a SQLite database and its folders, for its owner only. Raise Broken if that fails."""
    if database.file is None:
        return
    if database.file.exists() and not database.file.is_file():  # leave the mode of a folder or a device unchanged
        raise Broken("database_unreachable", database=database.label, problem="not a file")
    try:
        database.file.parent.mkdir(parents=True, exist_ok=True)
        database.file.touch(mode=0o600)  # the file holds names and phone numbers; its write-ahead log has the same mode
        database.file.chmod(0o600)
    except OSError as problem:
        raise Broken("database_unreachable", database=database.label, problem=str(problem)) from None
