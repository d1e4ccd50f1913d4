"""Separate PostgreSQL servers from the programs of a wheel, to restart, kill and copy."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.databases import QUICK, Databases


@dataclass
class Server:
    """A server: its folder, and the system user who runs it."""

    programs: Path
    folder: Path
    user: str | None

    def address(self, name: str = "postgres", user: str = "postgres") -> str:
        """Return the address of one of its databases."""
        return f"postgresql+psycopg://{user}:@/{name}?host={self.folder}"

    def do(self, program: str, *arguments: str) -> str:
        """Run one of the programs as the server's user."""
        ran = subprocess.run(
            [str(self.programs / program), *arguments],
            check=True, capture_output=True, text=True, cwd=self.folder, user=self.user, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return ran.stdout

    def make(self) -> None:
        """Create and start a new server."""
        self.do("initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust", "--no-sync")
        quick = [setting for setting in QUICK if not setting.startswith("synchronous_commit")]
        self.configure("listen_addresses = ''", f"unix_socket_directories = '{self.folder}'", *quick)
        self.start()

    def configure(self, *settings: str) -> None:
        """Add to its configuration, from the next start on."""
        with (self.data / "postgresql.conf").open("a") as file:
            file.writelines(f"{setting}\n" for setting in settings)

    @property
    def data(self) -> Path:
        """Return the folder of its files."""
        return self.folder / "data"

    def start(self) -> None:
        """Start it and wait until it serves."""
        log = self.folder / "log"
        self.do("pg_ctl", "-D", str(self.data), "-l", str(log), "-w", "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop it: `immediate` is a crash, `fast` is an administrator's stop."""
        self.do("pg_ctl", "-D", str(self.data), "-m", mode, "-w", "stop")


@contextmanager
def server(databases: Databases) -> Iterator[Server]:
    """Create a server and delete it at the end."""
    with _room(databases) as found:
        found.make()
        try:
            yield found
        finally:
            found.stop()


@contextmanager
def replica(original: Server, databases: Databases) -> Iterator[Server]:
    """Create a replica of a server with `pg_basebackup`, as an administrator does."""
    with _room(databases) as found:
        copied = ["-D", str(found.data), "-h", str(original.folder), "-U", "postgres", "-R", "-c", "fast", "--no-sync"]
        found.do("pg_basebackup", *copied)
        found.configure(f"unix_socket_directories = '{found.folder}'")
        found.start()
        try:
            yield found
        finally:
            found.stop()


@contextmanager
def _room(databases: Databases) -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="rdv-server-"))
    user = databases.server.system_user
    if user is not None:
        shutil.chown(folder, user)
    folder.chmod(0o755)
    try:
        yield Server(Path(databases.server.bin_path), folder, user)
    finally:
        shutil.rmtree(folder)
