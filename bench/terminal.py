"""A terminal for programs that fill the screen: keys are pressed, what they paint is read and not drawn.

It answers nothing that a program asks of it.
"""

import os
import select
import subprocess
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pty import openpty

SIZE = (40, 120)
"""Lines and columns."""

LONGEST = 60
"""Seconds without a word from the program: it hangs."""


class Terminal:
    """A program at a terminal of its own."""

    def __init__(self, *command: str, **environment: str) -> None:
        self.master, slave = openpty()
        termios.tcsetwinsize(slave, SIZE)
        kept = {n: v for n, v in os.environ.items() if n not in ("PYTHONDONTWRITEBYTECODE", "LINES", "COLUMNS")}
        told = kept | {"TERM": "xterm-256color", "COLORTERM": "truecolor"} | environment
        self.running = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True, env=told
        )
        os.close(slave)
        self._painted = b""

    def press(self, keys: bytes) -> None:
        """Presses keys, as a terminal sends them."""
        os.write(self.master, keys)

    def until(self, seen: bytes) -> bytes:
        """Reads until this is seen, and returns what was painted before; the next search begins behind it.

        Raises AssertionError when the program ends before, or says nothing for long.
        """
        while seen not in self._painted:
            self._painted += self._read()
        before, _seen, self._painted = self._painted.partition(seen)
        return before

    def bytes_painted_in(self, seconds: float) -> int:
        """Return how many bytes are painted within so many seconds; the next search begins behind them."""
        self._painted = b""
        self.read_for(seconds)
        painted, self._painted = len(self._painted), b""
        return painted

    @property
    def processor_seconds(self) -> float:
        """How long the program has worked so far, in all its threads; only Linux tells."""
        fields = Path(f"/proc/{self.running.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def read_for(self, seconds: float) -> None:
        """Read what is painted within so many seconds, and nothing once the program has ended."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if not select.select([self.master], [], [], left)[0]:
                return
            try:
                self._painted += os.read(self.master, 65536)
            except OSError:  # how Linux says that nobody is at the other end
                return

    def _read(self) -> bytes:
        ready, _, _ = select.select([self.master], [], [], LONGEST)
        assert ready, f"silent after {self._painted[-500:]!r}"
        try:
            return os.read(self.master, 65536)
        except OSError as problem:  # how Linux says that nobody is at the other end
            raise AssertionError(f"ended after {self._painted[-500:]!r}") from problem

    def close(self) -> None:
        """Ends the program, at once."""
        self.running.kill()
        self.running.wait()
        os.close(self.master)


@contextmanager
def at_terminal(*command: str, **environment: str) -> Iterator[Terminal]:
    """A program at a terminal, ended at the end."""
    terminal = Terminal(*command, **environment)
    try:
        yield terminal
    finally:
        terminal.close()
