"""Files that commands read and write; - is standard input or output."""

import sys
from pathlib import Path

from rdv.cli import render
from rdv.i18n.wording import say as _
from rdv.terms import Invalid, Refused


def read_text(file: str) -> str:
    """Return the text of a file, or of standard input for `-`. Raise Invalid if it cannot be read."""
    try:
        return read_bytes(file).decode("utf-8")
    except UnicodeDecodeError:
        raise Invalid("file_absent", path=file, problem="UTF-8?") from None


def read_bytes(file: str) -> bytes:
    """Return the bytes of a file, or of standard input for `-`. Raise Invalid if it cannot be read."""
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as problem:
        raise Invalid("file_absent", path=file, problem=problem.strerror) from None


def save(file: Path | None, data: bytes, *, force: bool = False) -> None:
    """Write to a new file, to an existing one with `force`, or to standard output for None and `-`.

    Raises Refused("file_exists"), Invalid("file_unwritable").
    """
    if file is None or str(file) == "-":
        render.binary(data)
        return
    try:
        with file.open("wb" if force else "xb") as opened:
            opened.write(data)
    except FileExistsError:
        raise Refused("file_exists", path=str(file)) from None
    except OSError as problem:
        raise Invalid("file_unwritable", path=str(file), problem=problem.strerror) from None
    render.note(_("Written: {path}.", path=str(file)))
