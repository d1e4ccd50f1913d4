"""Find out whether a transaction was committed when the connection was lost during its COMMIT on PostgreSQL.

PostgreSQL remembers the result of each transaction by its number. "Committed" is trusted only if the server has not
crashed since, because after a crash the number of a lost transaction may be reused. "Aborted" is always trusted,
because the number of a committed transaction is never reused.
"""

import time
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, TimeoutError

SERVER = "SELECT coalesce(stats_reset::text, '') FROM pg_stat_bgwriter"
"""An identity that changes after each crash of the server, because its statistics start again."""

ASKED_AGAIN = 40
PAUSE_SECONDS = 0.25
"""Attempts, and seconds between them, to ask a server that restarts: ten seconds in all."""

_BECAME = text("SELECT pg_xact_status(CAST(:number AS xid8))")
_FUTURE = "22023"
"""The code of "transaction ID is in the future"."""


def was_committed(engine: Engine, number: str, server: Any) -> bool | None:
    """Return True if the transaction of this number was committed by the server of this identity.

    Returns None if that cannot be known: the server does not come back in time, has crashed since, or has no connection
    left.
    """
    for _attempt in range(ASKED_AGAIN):
        try:
            with engine.connect() as connection:
                became = connection.execute(_BECAME, {"number": number}).scalar()
                is_same = connection.info.get("server") == server
        except DBAPIError as problem:
            if getattr(problem.orig, "sqlstate", None) == _FUTURE:
                return False
        except TimeoutError:  # no connection left: the result stays unknown
            return None
        else:
            if became == "aborted" or (became == "in progress" and not is_same):
                return False
            if became != "in progress":
                return True if became == "committed" and is_same else None
        time.sleep(PAUSE_SECONDS)
    return None
