"""The change feed of a database: what any process has just changed.

On PostgreSQL every transaction that wrote notifies a channel with its changes (`Database.write`). SQLite counts for
each connection the commits of all others (`PRAGMA data_version`), and a log next to it holds their changes
(`rdv.store.change_log`). A change without a description counts as everything.
"""

import time
from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any

from sqlalchemy.exc import DBAPIError

from rdv.changes import EVERYTHING, NOTHING, Changes, read_changes
from rdv.store import change_log
from rdv.store.session import CHANNEL, Database, unreachable
from rdv.terms import Broken

LOOK_SECONDS = 0.25
"""How often SQLite is looked at."""

NEWEST = "SELECT coalesce(max(id), 0) FROM journal_entry"

LATE_SECONDS = (0, 0.005, 0.02, 0.1)
"""Pauses between looks at the log, because a writer adds its line just after it commits."""


class Watch:
    """Reports changes, on a separate connection, to one thread at a time. Without `own`, only those of other
    offices.
    """

    def __init__(self, database: Database, *, own: bool = True) -> None:
        self.database = database
        self._deaf_to = None if own else database.writer
        self._connection: Any = None
        self._version = self._journal = 0
        self._position = change_log.Position()

    def changed(self, timeout_seconds: float) -> Changes:
        """Wait at most this long, and return the changes since the last call as soon as there are any.

        The first call, and the first after an error, returns EVERYTHING at once, because earlier changes are unknown.
        Raises Broken if the database cannot be reached or the connection is lost; the next call connects again.
        """
        errors = self.database.engine.dialect.loaded_dbapi.Error
        try:
            if self._connection is None:
                self._connect()
                return EVERYTHING
            return self._seen(timeout_seconds) if self.database.is_sqlite else self._heard(timeout_seconds)
        except (errors, DBAPIError) as problem:
            self.close()
            told = problem if isinstance(problem, DBAPIError) else DBAPIError.instance(None, None, problem, errors)
            assert isinstance(told, DBAPIError)
            raise unreachable(self.database, told) from problem

    def close(self) -> None:
        """Close the connection; the object may be used again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self) -> None:
        if self.database.schema() is None:
            raise Broken("database_absent", database=self.database.label)
        pooled = self.database.engine.raw_connection()
        self._connection = pooled.driver_connection
        pooled.detach()  # detach the connection, so that the pool never reuses it
        if self.database.file is not None:
            self._version = self._number("PRAGMA data_version")
            _lines, self._position = change_log.read(self.database.file, change_log.Position())
            self._journal = self._number(NEWEST)
        else:
            self._connection.autocommit = True
            self._connection.execute(f"LISTEN {CHANNEL}")

    def _merge(self, told: Iterable[tuple[str, str]]) -> Changes:
        """Return all changes of the writers that are listened to."""
        return reduce(or_, (read_changes(what) for writer, what in told if writer != self._deaf_to), NOTHING)

    # SQLite

    def _seen(self, timeout_seconds: float) -> Changes:
        deadline = time.monotonic() + timeout_seconds
        while True:
            version = self._number("PRAGMA data_version")
            if version != self._version:
                self._version = version
                if changes := self._logged():
                    return changes
            left = deadline - time.monotonic()
            if left <= 0:
                return NOTHING
            time.sleep(min(left, LOOK_SECONDS))

    def _logged(self) -> Changes:
        """Return what the log has; EVERYTHING unless it soon accounts for each line of the journal."""
        assert self.database.file is not None
        before, lines = self._journal, list[change_log.Line]()
        for pause in LATE_SECONDS:
            time.sleep(pause)
            more, self._position = change_log.read(self.database.file, self._position)
            lines += more
            self._journal = self._number(NEWEST)
            if lines and before + sum(line.entries for line in lines) == self._journal:
                return self._merge((line.writer, line.what) for line in lines)
        return EVERYTHING

    def _number(self, query: str) -> int:
        return int(self._connection.execute(query).fetchone()[0])

    # PostgreSQL

    def _heard(self, timeout_seconds: float) -> Changes:
        deadline = time.monotonic() + timeout_seconds
        while True:
            left = max(0.0, deadline - time.monotonic())
            heard = [*self._connection.notifies(timeout=left, stop_after=1)]
            heard += self._connection.notifies(timeout=0)  # a burst of changes is reported once
            told = (notice.payload.partition(" ") for notice in heard)
            if changes := self._merge((writer, what) for writer, _blank, what in told):
                return changes
            if not heard:
                return NOTHING
