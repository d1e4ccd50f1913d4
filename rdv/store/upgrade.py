"""Making a database and bringing it up to date (Alembic).

Apart from `session` because Alembic is only loaded when it is needed.
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
    """Makes the file of a SQLite database with its folders, for its owner alone; raises Broken when it cannot be."""
    if database.file is None:
        return
    if database.file.exists() and not database.file.is_file():  # a folder, a device: its mode is not ours to change
        raise Broken("database_unreachable", database=database.label, problem="not a file")
    try:
        database.file.parent.mkdir(parents=True, exist_ok=True)
        database.file.touch(mode=0o600)  # names and phone numbers of citizens; the log beside it follows its mode
        database.file.chmod(0o600)
    except OSError as problem:
        raise Broken("database_unreachable", database=database.label, problem=str(problem)) from None
