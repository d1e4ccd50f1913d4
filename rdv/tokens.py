"""Signed tokens: texts that the holder can read but not change, such as the links in messages.

A token names its purpose, so that it opens nothing else, and its expiry.
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
    """Return a token for an address. Its facts are readable by its holder; it is valid for this purpose until
    `until`.
    """
    from itsdangerous import URLSafeSerializer  # imported when a token is signed

    return str(URLSafeSerializer(secret, salt=purpose).dumps([int(until.timestamp()), dict(facts)]))


def unseal(secret: str, purpose: str, token: str, *, now: datetime) -> dict[str, Any]:
    """Return the facts of a token. Raise Invalid if this secret did not sign it for this purpose, Refused if it
    expired.
    """
    from itsdangerous import BadData, URLSafeSerializer

    try:
        until, facts = URLSafeSerializer(secret, salt=purpose).loads(token)
    except (BadData, ValueError):
        raise Invalid("seal_broken") from None
    if now.timestamp() >= until:
        raise Refused("seal_expired")
    return dict(facts)


def code_for(secret: str, purpose: str, word: str) -> str:
    """Return a six-digit code for a word. Only the secret can derive it, so the word alone may be stored."""
    made = hmac.new(secret.encode(), f"{purpose} {word}".encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(made) % 10**DIGITS:0{DIGITS}}"


def kept_secret(file: Path) -> str:
    """Return the secret of a file that only its owner may read (mode 600). Create it at the first call."""
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
        file.hardlink_to(draft)  # the first writer wins, with a whole file
    except FileExistsError:
        return file.read_text("ascii").strip()
    finally:
        draft.unlink()
    return made
