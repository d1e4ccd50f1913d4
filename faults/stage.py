"""What the conductor and the processes share: the hour, and whether to go on. A mapped file, so that a killed process
holds no lock; all who write it are the conductor."""

import mmap
import struct
import time
from datetime import UTC, datetime
from pathlib import Path

_OFFSET, _OVER, _QUIET = struct.Struct("d"), 8, 9
_LENGTH = 16


class Stage:
    """The hour is that of this machine, moved on by as much as the conductor wants."""

    def __init__(self, file: Path) -> None:
        with file.open("r+b") as opened:
            self.map = mmap.mmap(opened.fileno(), _LENGTH)

    @classmethod
    def build(cls, file: Path, start: datetime) -> "Stage":
        """A new stage, whose hour begins at this one."""
        file.write_bytes(bytes(_LENGTH))
        made = cls(file)
        made.set(start)
        return made

    def clock(self) -> datetime:
        """The hour that all processes read."""
        return datetime.fromtimestamp(time.time() + _OFFSET.unpack_from(self.map)[0], UTC)

    def set(self, now: datetime) -> None:
        """It is this hour."""
        _OFFSET.pack_into(self.map, 0, now.timestamp() - time.time())

    @property
    def is_over(self) -> bool:
        """Whether everybody is to end."""
        return self.map[_OVER] == 1

    def end(self, over: bool = True) -> None:
        """Tells everybody to end, once they have done what they are at; or that a new act begins."""
        self.map[_OVER] = int(over)

    @property
    def is_quiet(self) -> bool:
        """Whether workers are to begin nothing new: the clock is about to be moved."""
        return self.map[_QUIET] == 1

    def quiet(self, wanted: bool) -> None:
        """Asks workers to begin nothing new, or to go on."""
        self.map[_QUIET] = int(wanted)
