"""Is everything in order? Settings, database, mail, SMS, one by one, for `rdv doctor`."""

import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from rdv.engine import agents
from rdv.engine.office import Office
from rdv.terms import RdvError

TIMEOUT = 5
"""Seconds to wait for a mail server."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What was looked at, what it is, and the error where it is not in order."""

    name: str
    told: str
    problem: RdvError | None = None


def examine(office: Office) -> list[Examined]:
    """Looks at each part in turn; nothing is written but a probe file in the outbox folder."""
    settings = office.settings
    return [
        _examined("database", office.database.label, lambda: _database(office)),
        _examined("agent", settings.agent, lambda: office.run(agents.list_agents, office.me)),
        _examined("mail", _without_password(settings.mail_url), lambda: _mail(settings.mail_url)),
        _examined("sms", _scheme(settings.sms_url), lambda: _sms(settings.sms_url)),
    ]


def _examined(name: str, told: str, look: Callable[[], object]) -> Examined:
    try:
        look()
    except RdvError as problem:
        return Examined(name, told, problem)
    return Examined(name, told)


def _database(office: Office) -> None:
    with office.database.read():
        pass


def _mail(url: str) -> None:
    """A folder that can be written to, or a server that answers and knows the account."""
    kind, _colon, rest = url.partition(":")
    try:
        if kind == "file":
            folder = Path(rest)
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / ".probe"
            probe.touch()
            probe.unlink()
        else:
            _greet(url)
    except (OSError, smtplib.SMTPException, ValueError) as problem:
        raise RdvError("mail_unreachable", url=_without_password(url), problem=str(problem)) from None


def _greet(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError(parts.scheme)
    make = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    with make(parts.hostname, parts.port or (465 if parts.scheme == "smtps" else 25), timeout=TIMEOUT) as server:
        if parts.username:
            if parts.scheme == "smtp":
                server.starttls()
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.noop()


def _sms(url: str | None) -> None:
    if url is not None and not urlsplit(url).scheme:
        raise RdvError("sms_url")


def _scheme(url: str | None) -> str:
    return "" if url is None else f"{urlsplit(url).scheme}://…"


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return url.replace(f":{parts.password}@", ":***@") if parts.password else url
