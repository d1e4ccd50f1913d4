"""Making a database ready: for `rdv init`, `rdv apply`, `rdv demo` and `rdv db`."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rdv.engine import agents
from rdv.engine.office import Office
from rdv.store import upgrade as store
from rdv.store.session import Database
from rdv.terms import Actor


def found(office: Office) -> bool:
    """Brings the database, made if absent, up to date; True when that made its first administrator.

    That is the agent of the settings: by default, the operating system's user.
    """
    store.upgrade(office.database)
    return office.run(agents.found, Actor.job("init"), login=office.settings.agent) is not None


def upgrade(office: Office) -> tuple[str | None, str]:
    """Brings the database to this program's schema; returns (before, after)."""
    return store.upgrade(office.database)


def backup(office: Office, target: Path) -> None:
    """Copies the database to a file that does not exist yet, while others work."""
    store.backup(office.database, target)


@contextmanager
def rehearsal(office: Office) -> Iterator[Office]:
    """An office like this one over a new, empty database of its own, which goes away afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Office(Database(f"sqlite:///{folder}/rdv.db"), office.clock, office.settings)
        try:
            found(empty)
            yield empty
        finally:
            empty.database.close()
