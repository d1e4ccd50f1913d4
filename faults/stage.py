"""The state that conductor and processes have in common: the time, and whether to go on. It is a mapped file that
only the conductor writes, so that a killed process holds no lock.
"""

import mmap
import struct
import time
from datetime import UTC, datetime
from pathlib import Path

_OFFSET, _OVER, _QUIET = struct.Struct("d"), 8, 9
_LENGTH = 16


class Stage:
    """The time of this machine, advanced by the conductor."""

    def __init__(self, file: Path) -> None:
        with file.open("r+b") as opened:
            self.map = mmap.mmap(opened.fileno(), _LENGTH)

    @classmethod
    def build(cls, file: Path, start: datetime) -> "Stage":
        """Create a stage whose time begins here."""
        file.write_bytes(bytes(_LENGTH))
        made = cls(file)
        made.set(start)
        return made

    def clock(self) -> datetime:
        """Return the time that all processes read."""
        return datetime.fromtimestamp(time.time() + _OFFSET.unpack_from(self.map)[0], UTC)

    def set(self, now: datetime) -> None:
        """Set the time."""
        _OFFSET.pack_into(self.map, 0, now.timestamp() - time.time())

    @property
    def is_over(self) -> bool:
        """Return True if all processes must end."""
        return self.map[_OVER] == 1

    def end(self, over: bool = True) -> None:
        """Ask all processes to end after their current act, or start a new phase."""
        self.map[_OVER] = int(over)

    @property
    def is_quiet(self) -> bool:
        """Return True if workers must not begin anything new, because the clock is about to move."""
        return self.map[_QUIET] == 1

    def quiet(self, wanted: bool) -> None:
        """Ask workers to begin nothing new, or to go on."""
        self.map[_QUIET] = int(wanted)
