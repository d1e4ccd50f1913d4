"""A copy of the database that PostgreSQL keeps up to date elsewhere, for readings whose answer may be seconds old."""

import time

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from rdv.store.session import Database
from rdv.terms import Broken

MOST_LAG_SECONDS = 10
"""A copy that is further behind is not asked."""

REST_SECONDS = 30
"""How long a copy that did not serve is left alone."""

_LAG = text(
    "SELECT CASE WHEN NOT pg_is_in_recovery() THEN 0"
    " WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() AND EXISTS (SELECT FROM pg_stat_wal_receiver) THEN 0"
    " ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END"
)


class Replica:
    """The copy, and whether it serves just now."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._rests_until = 0.0

    def serves(self) -> bool:
        """Whether the copy answers and is at most MOST_LAG_SECONDS behind; if not, it is left alone for a while."""
        if time.monotonic() < self._rests_until:
            return False
        try:
            with self.database.read() as session:
                lag = session.execute(_LAG).scalar()
        except (Broken, DBAPIError):
            self.rest()
            return False
        if lag is None or lag > MOST_LAG_SECONDS:
            self.rest()
            return False
        return True

    def rest(self) -> None:
        """It did not serve: the database itself is asked for a while."""
        self._rests_until = time.monotonic() + REST_SECONDS
        self.database.close()
