"""A connection that was lost while PostgreSQL was committing: whether what was written is there.

PostgreSQL keeps what became of each transaction, by its number. Its answer "committed" is believed of a server that
has not crashed since: after a crash, the number of a transaction that was lost may be given again. "Aborted" is always
believed, for the number of one that was committed is never given again.
"""

import time
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, TimeoutError

SERVER = "SELECT coalesce(stats_reset::text, '') FROM pg_stat_bgwriter"
"""What a server says differently after each crash: it then begins its statistics anew."""

ASKED_AGAIN = 40
PAUSE_SECONDS = 0.25
"""How often, and after how long, a server that restarts or is still at it is asked again: for ten seconds."""

_BECAME = text("SELECT pg_xact_status(CAST(:number AS xid8))")
_FUTURE = "22023"
"""The code of "transaction ID is in the future"."""


def was_committed(engine: Engine, number: str, server: Any) -> bool | None:
    """Whether the transaction of this number, on the server as it then called itself, was committed.

    None when that cannot be known: the server does not come back in time, crashed meanwhile, or others have every
    connection.
    """
    for _attempt in range(ASKED_AGAIN):
        try:
            with engine.connect() as connection:
                became = connection.execute(_BECAME, {"number": number}).scalar()
                is_same = connection.info.get("server") == server
        except DBAPIError as problem:
            if getattr(problem.orig, "sqlstate", None) == _FUTURE:
                return False
        except TimeoutError:  # others have every connection: what became of it is as unknown as ever
            return None
        else:
            if became == "aborted" or (became == "in progress" and not is_same):
                return False
            if became != "in progress":
                return True if became == "committed" and is_same else None
        time.sleep(PAUSE_SECONDS)
    return None
