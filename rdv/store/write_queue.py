"""A fair queue of writers for a SQLite file, across programs and threads: first come, first served.

SQLite lets writers poll for its lock. A writer that has just finished finds it free again before the others look, so at
saturation some never get it. Here writers wait in the kernel, in their order of arrival, for two `flock` locks: `next`
belongs to the writer that is served next, `turn` to the current writer. A writer that ends queues for `next` again,
behind the others. While the kernel wakes the first of them, a new writer may still slip in. The kernel releases the
locks when a process ends, so nothing has to be cleaned up.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # this system has no such locks: SQLite's own waiting must do
    HAS_LOCKS = False
else:
    HAS_LOCKS = True

ENDINGS = ("-next", "-turn")
"""Suffixes that turn the name of the database into those of the two lock files."""


@contextmanager
def turn(file: Path, seconds: float) -> Iterator[None]:
    """Hold the turn to write to the file within the block. Wait for it at most `seconds`.

    Raises TimeoutError if other writers take longer, OSError if the lock files cannot be created.
    """
    if not HAS_LOCKS:
        yield
        return
    with ExitStack() as closing:
        waiting = _Waiting(*_opened(file))
        closing.callback(waiting.leave)
        if not waiting.is_served_within(seconds):
            raise TimeoutError(file)
        yield


def _opened(file: Path) -> tuple[int, int]:
    before, ours = (file.with_name(file.name + ending) for ending in ENDINGS)
    first = os.open(before, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        return first, os.open(ours, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        os.close(first)
        raise


class _Waiting:
    """A queued writer. It takes the lock at once if it is free, and otherwise waits in a thread, because `flock` has
    no timeout. A thread whose writer gave up releases the lock when it gets it, and ends.
    """

    def __init__(self, before: int, ours: int) -> None:
        self.before, self.ours = before, ours
        self.guard = threading.Lock()
        self.served = threading.Event()
        self.is_thread = self.is_gone = False

    def is_served_within(self, seconds: float) -> bool:
        if _try(self.before) and _try(self.ours):
            fcntl.flock(self.before, fcntl.LOCK_UN)
            return True
        if seconds <= 0:
            return False
        self.is_thread = True
        threading.Thread(target=self._wait, name="rdv-queue", daemon=True).start()
        return self.served.wait(seconds)

    def leave(self) -> None:
        """Release the locks explicitly, because a forked child may have them open too."""
        with self.guard:
            self.is_gone = True
            if not self.is_thread or self.served.is_set():
                self._close()

    def _wait(self) -> None:
        fcntl.flock(self.before, fcntl.LOCK_EX)
        fcntl.flock(self.ours, fcntl.LOCK_EX)
        fcntl.flock(self.before, fcntl.LOCK_UN)
        with self.guard:
            self.served.set()
            if self.is_gone:
                self._close()

    def _close(self) -> None:
        for lock in (self.ours, self.before):
            fcntl.flock(lock, fcntl.LOCK_UN)
            os.close(lock)


def _try(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
