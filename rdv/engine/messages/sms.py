"""SMS: the length of one, and sending it through Apprise, which supports many services, or to a folder (N1)."""

import logging
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, urlsplit

from rdv.engine.messages.outbox_folder import drop, folder_of
from rdv.terms import RdvError

GSM = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The alphabet of which an SMS holds 160 characters (GSM 03.38); any other character makes it 70."""

EXTENDED = "^{}\\[~]|€"
"""Characters that need the room of two."""

SINGLE = 160
PHONE = "{phone}"
"""Where an address of `RDV_SMS_URL` has the number."""

_NEAR = str.maketrans(
    {"’": "'", "‘": "'", "`": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "œ": "oe", "Œ": "OE"}
)


def plain(text: str) -> str:
    """Return the text in the alphabet of an SMS; other characters become the nearest one, or a question mark."""
    quoted = re.sub(r"«\s*|\s*»", '"', text).translate(_NEAR)
    spread = (c if c in GSM + EXTENDED else unicodedata.normalize("NFKD", c) for c in quoted)
    bare = (c for c in "".join(spread) if not unicodedata.combining(c))
    return "".join(c if c in GSM + EXTENDED else " " if c.isspace() else "?" for c in bare)


def length(text: str) -> int:
    """Return how much room a text in that alphabet takes: an SMS has 160."""
    return len(text) + sum(c in EXTENDED for c in text)


def send_sms(url: str, phone: str, text: str, *, name: str) -> None:
    """Send one SMS to a number in international form, or write it to the folder of a `file:` address as `name`.txt.

    Raises RdvError("sms_failed") with what the service said.
    """
    if url.startswith("file:"):
        with _telling():
            drop(folder_of(url), f"{name}.txt", f"{phone}\n\n{text}\n".encode())
        return
    import apprise  # costs more than all the rest of a worker: loaded when an SMS leaves

    gateway = apprise.Apprise()
    with apprise.LogCapture(level=logging.WARNING) as said:  # type: ignore[no-untyped-call]
        has_left = gateway.add(addressed(url, phone)) and gateway.notify(body=text)
        if not has_left:
            raise RdvError("sms_failed", problem=" ".join(said.getvalue().split()) or "?")


def addressed(url: str, phone: str) -> str:
    """Return the address of one SMS: the number in the place of `{phone}`, else as the last part of the path."""
    number = quote(phone, safe="")
    if PHONE in url:
        return url.replace(PHONE, number)
    head, mark, query = url.partition("?")
    return f"{head.rstrip('/')}/{number}{mark}{query}"


def check_sms(url: str) -> None:
    """Raise RdvError unless messages could be sent by this address: a service that Apprise knows, or a folder."""
    if url.startswith("file:"):
        with _telling():
            folder_of(url)
        return
    if not urlsplit(url).scheme:
        raise RdvError("sms_url")
    import apprise

    if apprise.Apprise.instantiate(addressed(url, "+33639980000"), suppress_exceptions=True) is None:
        raise RdvError("sms_url")


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise RdvError("sms_failed", problem=str(problem)) from problem
