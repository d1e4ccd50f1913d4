"""Making a database ready: for `rdv init`, `rdv apply`, `rdv demo` and `rdv db`."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from rdv.engine.office import Office
from rdv.engine.setup import agents
from rdv.engine.upkeep.checks import Finding, check_database
from rdv.settings import database_url
from rdv.store import backup as backups
from rdv.store import copying
from rdv.store import upgrade as store
from rdv.store.copying import Copied
from rdv.store.limits import ENDLESS
from rdv.store.session import Database
from rdv.terms import Actor


def add_first_agent(office: Office) -> bool:
    """Bring the database, made if absent, up to date; True when that made its first administrator.

    That is the agent of the settings: by default, the operating system's user.
    """
    store.upgrade(office.database)
    return office.run(agents.add_first_agent, Actor.job("init"), login=office.settings.agent) is not None


def upgrade(office: Office) -> tuple[str | None, str]:
    """Bring the database to this program's schema; return (before, after)."""
    return store.upgrade(office.database)


def backup(office: Office, target: Path) -> None:
    """Copy the database to a new file while it is in use."""
    backups.backup(office.database, target)


def restore(office: Office, file: Path, *, force: bool) -> tuple[str, str, list[Finding]]:
    """Put a backup in the place of the database; return its schema, that of now, and what is wrong in it."""
    before, after = backups.restore(office.database, file, force=force)
    return before, after, office.run(check_database, Actor.job("restore"))


def copy(source: str, target: str, progress: Callable[[int, int], None] | None = None) -> list[Copied]:
    """Copy a whole database into an empty one, each named as in RDV_DATABASE. Return the tables."""
    one, other = (Database(database_url(name), limits=ENDLESS) for name in (source, target))
    with closing(one), closing(other):
        return copying.copy(one, other, progress)


@contextmanager
def rehearsal(office: Office) -> Iterator[Office]:
    """Yield an office like this one over a new, empty database, which is deleted afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Office(Database(f"sqlite:///{folder}/rdv.db"), office.clock, office.settings)
        try:
            add_first_agent(empty)
            yield empty
        finally:
            empty.database.close()
