"""The log of changes next to a SQLite file: what each transaction changed, in the order of the commits.

PostgreSQL sends this with a NOTIFY; SQLite only counts commits (`PRAGMA data_version`). A writer appends one line while
it still has its turn (`rdv.store.write_queue`). The log is a hint, not a record: a missing line, because a program died
or the disk is full, means that everything may have changed.
"""

import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

ENDING = "-changes"
"""The suffix of the log's name."""

LARGEST = 64 * 1024
"""The size in bytes at which the log starts again."""


class Line(NamedTuple):
    """A transaction: its writer, its number of journal entries, its changes."""

    writer: str
    entries: int
    what: str


class Position(NamedTuple):
    """A position in a log: the log's identity, which changes when it starts again, and bytes."""

    log: bytes = b""
    offset: int = 0


def append(database: Path, line: Line) -> None:
    """Add a line. The caller has the turn to write, and has just committed."""
    path = database.with_name(database.name + ENDING)
    with suppress(OSError):  # the transaction is committed: a reader that misses its line reads everything
        if path.exists() and path.stat().st_size > LARGEST:
            path.unlink()
        is_new = not path.exists()
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8") as log:
            name = f"{secrets.token_hex(8)}\n" if is_new else ""
            log.write(f"{name}{line.writer} {line.entries} {line.what}\n")


def read(database: Path, since: Position) -> tuple[Sequence[Line], Position]:
    """Return the lines since a position, and the position behind them; no lines if the log has started again."""
    try:
        with database.with_name(database.name + ENDING).open("rb") as log:
            name = log.readline()
            if name == since.log:
                log.seek(since.offset)
            whole, newline, _half_written = log.read().rpartition(b"\n")
            lines = whole.decode("utf-8").splitlines()
            offset = (since.offset if name == since.log else len(name)) + len(whole) + len(newline)
    except OSError:
        return (), Position()
    return [_line(line) for line in lines] if name == since.log else (), Position(name, offset)


def _line(text: str) -> Line:
    writer, entries, what = text.split(" ", 2)
    return Line(writer, int(entries), what)
