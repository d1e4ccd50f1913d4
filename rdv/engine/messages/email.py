"""E-mail: building a message, and sending it through yagmail, or to a folder (N1)."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from rdv.engine.messages.outbox_folder import drop, folder_of
from rdv.engine.views.messages import OutgoingMessage, RenderedMessage
from rdv.terms import Invalid, RdvError

TIMEOUT = 20
"""Seconds that a mail server has for each answer."""


def build(
    message: OutgoingMessage, rendered: RenderedMessage, *, sender: tuple[str, str], now: datetime
) -> EmailMessage:
    """Return the e-mail: text, HTML and, for one appointment, the invitation for calendars, as three alternatives.

    Several appointments are attached as calendar files. Raises Invalid for a wrong address.
    """
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _address(*sender)
    mail["To"] = _address(message.name, message.to)
    mail["Subject"] = rendered.subject
    mail["Date"] = format_datetime(now.astimezone(UTC))
    mail["Message-ID"] = message.message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = message.language
    mail.set_content(rendered.text, cte="quoted-printable")
    mail.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    if len(rendered.invitations) == 1:
        _calendar(mail.add_alternative, rendered, rendered.invitations[0])
    else:
        for number, calendar in enumerate(rendered.invitations, start=1):
            _calendar(mail.add_attachment, rendered, calendar, filename=f"rdv-{number}.ics")
    return mail


def send_mail(url: str, mail: EmailMessage, *, name: str) -> None:
    """Send a message by a mail server, or write it to the folder of a `file:` address as `name`.eml.

    Raises RdvError("mail_unreachable") with what the server said.
    """
    with _telling(url):
        if url.startswith("file:"):
            drop(folder_of(url), f"{name}.eml", mail.as_bytes())
            return
        with _connected(url) as server:
            server.send_message(mail)


def check_mail(url: str) -> None:
    """Raise RdvError unless a message could be sent: the folder can be written to, or the server answers and knows
    the account."""
    with _telling(url):
        if url.startswith("file:"):
            folder_of(url)
            return
        with _connected(url) as server:
            server.noop()


def without_password(url: str) -> str:
    """Return the address of a mail server as people may read it."""
    password = urlsplit(url).password
    return url.replace(f":{password}@", ":***@") if password else url


def _address(name: str, address: str) -> Address:
    try:
        return Address(" ".join(name.split()), addr_spec=address)
    except (ValueError, IndexError, MessageError):  # as its parser of addresses happens to stumble
        raise Invalid("email", text=address) from None


def _calendar(add: Any, rendered: RenderedMessage, calendar: bytes, **more: str) -> None:
    add(calendar.decode(), subtype="calendar", cte="base64", params={"method": rendered.method}, **more)


@contextmanager
def _connected(url: str) -> Iterator[smtplib.SMTP]:
    """A server that is ready to take messages: TLS from the start for `smtps:`, STARTTLS before any password, and for
    none plain, which is for this machine or the town's own network."""
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError(f"{parts.scheme}:")
    import yagmail  # loaded when a message leaves

    secure, user = parts.scheme == "smtps", unquote(parts.username or "")
    context = ssl.create_default_context() if secure or user else None
    client = yagmail.SMTP(
        {user: user},  # a plain text without an at sign would become an account at Gmail
        unquote(parts.password or ""),
        host=parts.hostname,
        port=parts.port or (465 if secure else 587 if user else 25),
        smtp_ssl=secure,
        smtp_starttls={"context": context} if user and not secure else False,
        smtp_skip_login=not user,
        soft_email_validation=False,
        timeout=TIMEOUT,
        **({"context": context} if secure else {}),
    )
    client.set_logging(None)  # what it logs are addresses
    with client:
        client.login()
        yield client.smtp


@contextmanager
def _telling(url: str) -> Iterator[None]:
    try:
        yield
    except (OSError, smtplib.SMTPException, ValueError) as problem:
        raise RdvError("mail_unreachable", url=without_password(url), problem=_said(problem)) from problem


def _said(problem: Exception) -> str:
    """Return what a server said, without Python's way of saying it."""
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        problem = smtplib.SMTPResponseException(*next(iter(problem.recipients.values())))
    if isinstance(problem, smtplib.SMTPResponseException):
        text = problem.smtp_error
        return f"{problem.smtp_code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"
    return str(problem) or type(problem).__name__
