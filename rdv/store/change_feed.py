"""Watching a database: that someone, in any process, committed a change.

SQLite counts for each connection the commits of all others (`PRAGMA data_version`). On PostgreSQL every transaction
that wrote says so on a channel (`Database.write`).
"""

import time
from typing import Any

from sqlalchemy.exc import DBAPIError

from rdv.store.session import CHANNEL, Database, unreachable
from rdv.terms import Broken

LOOK_SECONDS = 0.25
"""How often SQLite is looked at."""


class Watch:
    """Tells of changes, on a connection of its own; for one thread at a time."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._connection: Any = None
        self._version = 0

    def changed(self, timeout_seconds: float) -> bool:
        """Waits at most that long; True as soon as someone has committed a change since the last call, one or many.

        The first call, and the first after an error, says True at once: what was before it is not known. Raises Broken
        when the database cannot be reached or the connection is lost; the next call connects anew.
        """
        errors = self.database.engine.dialect.loaded_dbapi.Error
        try:
            if self._connection is None:
                self._connect()
                return True
            return self._seen(timeout_seconds) if self.database.is_sqlite else self._heard(timeout_seconds)
        except (errors, DBAPIError) as problem:
            self.close()
            told = problem if isinstance(problem, DBAPIError) else DBAPIError.instance(None, None, problem, errors)
            assert isinstance(told, DBAPIError)
            raise unreachable(self.database, told) from problem

    def close(self) -> None:
        """Closes the connection; the object may be used again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self) -> None:
        if self.database.schema() is None:
            raise Broken("database_absent", database=self.database.label)
        pooled = self.database.engine.raw_connection()
        self._connection = pooled.driver_connection
        pooled.detach()  # no more of the pool, which lends it to nobody else
        if self.database.is_sqlite:
            self._version = self._data_version()
        else:
            self._connection.autocommit = True
            self._connection.execute(f"LISTEN {CHANNEL}")

    def _seen(self, timeout_seconds: float) -> bool:
        deadline = time.monotonic() + timeout_seconds
        while (found := self._data_version()) == self._version:
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(left, LOOK_SECONDS))
        self._version = found
        return True

    def _data_version(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def _heard(self, timeout_seconds: float) -> bool:
        heard = [*self._connection.notifies(timeout=timeout_seconds, stop_after=1)]
        heard += self._connection.notifies(timeout=0)  # a burst of changes is told once
        return bool(heard)
