"""The write queue: in order, for a limited time, and released when a process dies."""

import signal
import threading
import time
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from rdv.engine.setup import services
from rdv.store import write_queue
from rdv.store.session import Database
from rdv.store.write_queue import turn
from rdv.terms import Broken
from tests.conftest import FrozenClock, office_on
from tests.databases import Databases

PATIENCE = 30
"""Seconds after which a writer who is not served is a failure."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "rdv.db"


class Writer(threading.Thread):
    """A thread that waits for its turn, and writes down that it had it."""

    def __init__(self, file: Path, name: str, served: list[str]) -> None:
        super().__init__(name=name)
        self.file, self.served = file, served

    def run(self) -> None:
        with turn(self.file, PATIENCE):
            self.served.append(self.name)

    def waits(self) -> None:
        """Wait until the kernel queues this writer."""
        before = waiting(self.file)
        self.start()
        deadline = time.monotonic() + PATIENCE
        while waiting(self.file) == before:
            assert time.monotonic() < deadline, "it never queued"


def waiting(file: Path, endings: Sequence[str] = write_queue.ENDINGS) -> int:
    """Return how many processes wait for the locks of a file (all, or those named), according to Linux."""
    locks = [f":{file.with_name(file.name + ending).stat().st_ino} " for ending in endings]
    lines = Path("/proc/locks").read_text().splitlines()
    return sum("->" in line and any(lock in line for lock in locks) for line in lines)


def test_writers_are_served_in_the_order_in_which_they_came(file: Path) -> None:
    served: list[str] = []
    with turn(file, 0):
        writers = [Writer(file, f"{n}", served) for n in range(6)]
        for writer in writers:
            writer.waits()
        assert served == []
    for writer in writers:
        writer.join(PATIENCE)
    assert served == ["0", "1", "2", "3", "4", "5"]


def test_who_writes_without_a_pause_is_served_once_at_most_between_two_who_wait(file: Path) -> None:
    served: list[str] = []
    with turn(file, 0):
        writers = [Writer(file, f"{n}", served) for n in range(6)]
        for writer in writers:
            writer.waits()
    seen: list[int] = []
    while len(served) < len(writers):
        with turn(file, PATIENCE):
            seen.append(len(served))
            deadline = time.monotonic() + PATIENCE
            while len(served) < len(writers) and not waiting(file, write_queue.ENDINGS[1:]):
                assert time.monotonic() < deadline, "nobody is next"
    assert len(seen) == len(set(seen)), "served twice while the same number of others had been"
    for writer in writers:
        writer.join(PATIENCE)


def test_a_wait_ends_when_it_was_said_to_and_takes_nothing_with_it(file: Path) -> None:
    for seconds in (0, 0.05):
        with turn(file, 0), pytest.raises(TimeoutError), turn(file, seconds):
            pass
    with turn(file, PATIENCE):  # also behind the wait that was given up
        pass


def hold(file: Path, held: Any) -> None:
    with turn(file, PATIENCE):
        held.set()
        signal.pause()


def test_a_writer_who_is_killed_holds_nobody_up(file: Path) -> None:
    context = get_context("forkserver")
    held = context.Event()
    writer = context.Process(target=hold, args=(file, held))
    writer.start()
    assert held.wait(PATIENCE)
    with pytest.raises(TimeoutError), turn(file, 0):
        pass
    writer.kill()
    with turn(file, PATIENCE):
        pass
    writer.join(PATIENCE)
    assert writer.exitcode == -signal.SIGKILL


def test_lock_files_are_their_owners_alone_and_made_for_a_database_that_is_there(
    file: Path, databases: Databases
) -> None:
    absent = Database(f"sqlite:///{file}")
    with pytest.raises(Broken), absent.write():
        pass
    assert list(file.parent.iterdir()) == []
    with databases.fresh("sqlite") as database, database.write():
        assert database.file is not None
        locks = [database.file.with_name(database.file.name + ending) for ending in write_queue.ENDINGS]
        assert [lock.stat().st_mode & 0o777 for lock in locks] == [0o600, 0o600]


def test_a_queue_that_does_not_move_is_told_as_a_locked_database(databases: Databases) -> None:
    with databases.fresh("sqlite", busy_seconds=0.05) as database:
        office = office_on(database, FrozenClock())
        assert database.file is not None
        with turn(database.file, 0), pytest.raises(Broken) as told:
            office.run(services.add_service, office.me, label="État civil")
        assert told.value.error == "database_locked"
        office.run(services.add_service, office.me, label="État civil")


def test_locks_that_cannot_be_made_are_told(databases: Databases) -> None:
    with databases.fresh("sqlite") as database:
        assert database.file is not None
        database.file.with_name(database.file.name + "-turn").mkdir()
        with pytest.raises(Broken) as told, database.write():
            pass
        assert told.value.error == "database_unreachable"


def test_without_such_locks_sqlite_waits_by_itself(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_queue, "HAS_LOCKS", False)
    with turn(file, 0), turn(file, 0):
        assert list(file.parent.iterdir()) == []
