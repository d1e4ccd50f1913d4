"""Sealed words: texts that a stranger may carry and cannot change, such as the links of messages.

A seal says what it is for, so that one made for one purpose opens nothing else, and until when it holds.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from rdv.terms import Invalid, Refused

SECRET_BYTES = 32
DIGITS = 6


def seal(secret: str, purpose: str, facts: Mapping[str, Any], *, until: datetime) -> str:
    """A token for an address: the facts, readable by whoever has it, good for this purpose until then."""
    from itsdangerous import URLSafeSerializer  # loaded by those who seal

    return str(URLSafeSerializer(secret, salt=purpose).dumps([int(until.timestamp()), dict(facts)]))


def unseal(secret: str, purpose: str, token: str, *, now: datetime) -> dict[str, Any]:
    """The facts of a token. Raises Invalid for one that this secret did not seal for this purpose, Refused after its
    time."""
    from itsdangerous import BadData, URLSafeSerializer

    try:
        until, facts = URLSafeSerializer(secret, salt=purpose).loads(token)
    except (BadData, ValueError):
        raise Invalid("seal_broken") from None
    if now.timestamp() >= until:
        raise Refused("seal_expired")
    return dict(facts)


def code_for(secret: str, purpose: str, word: str) -> str:
    """Six digits that only the secret makes of a word: whoever keeps the word alone knows no code."""
    made = hmac.new(secret.encode(), f"{purpose} {word}".encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(made) % 10**DIGITS:0{DIGITS}}"


def kept_secret(file: Path) -> str:
    """The secret of a file that its owner alone may read (mode 600), made at the first call."""
    try:
        return file.read_text("ascii").strip()
    except FileNotFoundError:
        pass
    file.parent.mkdir(parents=True, exist_ok=True)
    made = secrets.token_urlsafe(SECRET_BYTES)
    draft = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(f"{made}\n", "ascii")
    try:
        file.hardlink_to(draft)  # the first one wins, whole
    except FileExistsError:
        return file.read_text("ascii").strip()
    finally:
        draft.unlink()
    return made
