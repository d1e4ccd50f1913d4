"""How much of a PostgreSQL server one process of a face takes: connections, and how long a statement may last."""

from dataclasses import dataclass

from rdv.terms import Face


@dataclass(frozen=True, slots=True)
class Limits:
    """`connections` at once; `statement_seconds` that one statement may last (0: no limit), `idle_seconds` that a
    transaction may do nothing before the server ends its connection, and with it the locks that it holds."""

    connections: int
    statement_seconds: int
    idle_seconds: int


LIMITS = {
    Face.COMMANDS: Limits(connections=2, statement_seconds=600, idle_seconds=1800),
    Face.SCREENS: Limits(connections=6, statement_seconds=60, idle_seconds=300),
    Face.PORTAL: Limits(connections=12, statement_seconds=10, idle_seconds=30),
    Face.WORKER: Limits(connections=2, statement_seconds=60, idle_seconds=60),
}
"""A command may import a file or look through the whole database; a citizen waits for a page."""

SPARE = 2
"""Connections above those of the pool, for moments: to begin to watch, to ask what became of a commit."""

ENDLESS = Limits(connections=2, statement_seconds=0, idle_seconds=0)
"""Those of a copy, which takes as long as it takes."""
