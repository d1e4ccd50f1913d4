"""The queue of writers before a SQLite file: whoever comes first writes first, whichever program or thread it is.

SQLite lets writers poll for its lock, and whoever has just written finds it free again before the others look: at
saturation some never get it. Here they wait in the kernel, in the order in which they came, for two locks of the
operating system (`flock`): `next` is held by the one who is served next, `turn` by the one who writes. Whoever ends has
to queue for `next` again, behind the others: in the instant in which the kernel wakes the first of them a newcomer may
still slip in. Locks go with their process, however it ends; nothing is left to clear.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # no such locks on this system: SQLite's own waiting has to do
    HAS_LOCKS = False
else:
    HAS_LOCKS = True

ENDINGS = ("-next", "-turn")
"""What the names of the two lock files add to the name of the database."""


@contextmanager
def turn(file: Path, seconds: float) -> Iterator[None]:
    """One's turn to write to the file, waited for at most that long.

    Raises TimeoutError when others write for longer, OSError when the lock files cannot be made.
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
    """One who waits: on the spot when nobody is before, else in a thread, for a wait in the kernel has no end of its
    own. A thread whose waiter went away lets go of what it gets, and ends."""

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
        """Gives back what one has; the locks are let go of by name, for a forked child may have them open as well."""
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
