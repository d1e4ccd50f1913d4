"""Messages as files: the outbox of demonstrations and of towns that send by other means (`file:FOLDER`)."""

import os
import secrets
from pathlib import Path
from urllib.parse import unquote


def folder_of(url: str) -> Path:
    """Return the folder of a `file:` address, made for its owner alone; raise OSError where it cannot be written to."""
    folder = Path(unquote(url.removeprefix("file:"))).expanduser()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    probe = folder / f".probe-{secrets.token_hex(4)}"
    probe.touch()
    probe.unlink()
    return folder


def drop(folder: Path, name: str, data: bytes) -> None:
    """Write a file for its owner alone, whole or not at all; one of the same name is replaced."""
    draft = folder / f".{name}.{os.getpid()}.{secrets.token_hex(4)}"
    draft.touch(mode=0o600)
    draft.write_bytes(data)
    draft.replace(folder / name)
