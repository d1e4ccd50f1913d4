"""Limits of a process on a PostgreSQL server, by face: connections, and the duration of a statement."""

from dataclasses import dataclass

from rdv.terms import Face


@dataclass(frozen=True, slots=True)
class Limits:
    """`connections` at once; `statement_seconds` that one statement may last (0: no limit); `idle_seconds` that a
    transaction may be idle before the server ends its connection and releases its locks.
    """

    connections: int
    statement_seconds: int
    idle_seconds: int


LIMITS = {
    Face.COMMANDS: Limits(connections=2, statement_seconds=600, idle_seconds=1800),
    Face.SCREENS: Limits(connections=6, statement_seconds=60, idle_seconds=300),
    Face.PORTAL: Limits(connections=12, statement_seconds=10, idle_seconds=30),
    Face.WORKER: Limits(connections=2, statement_seconds=60, idle_seconds=60),
}
"""A command may import a file or read the whole database; a citizen waits for a page."""

SPARE = 2
"""Short-lived connections beyond the pool: to start the change feed, to ask for the result of a commit."""

ENDLESS = Limits(connections=2, statement_seconds=0, idle_seconds=0)
"""Limits of a copy, which may last as long as it needs."""
