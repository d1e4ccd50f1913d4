"""A read replica of PostgreSQL, for queries whose answer may be seconds old."""

import time

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from rdv.store.session import Database
from rdv.terms import Broken

MOST_LAG_SECONDS = 10
"""A replica that lags more than this is not used."""

REST_SECONDS = 30
"""How long a replica that failed is not used."""

_LAG = text(
    "SELECT CASE WHEN NOT pg_is_in_recovery() THEN 0"
    " WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() AND EXISTS (SELECT FROM pg_stat_wal_receiver) THEN 0"
    " ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END"
)


class Replica:
    """The replica, and whether it serves at the moment."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._rests_until = 0.0

    def serves(self) -> bool:
        """Return True if the replica answers and lags by at most MOST_LAG_SECONDS. Otherwise pause its use."""
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
        """Use the primary database for a while, because the replica failed."""
        self._rests_until = time.monotonic() + REST_SECONDS
        self.database.close()
