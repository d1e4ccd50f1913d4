"""E-mail: building a message, and sending it through a mail server or to a folder (N1)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from rdv.engine.messages.outbox_folder import drop, folder_of
from rdv.engine.views.messages import OutgoingMessage, RenderedMessage
from rdv.terms import Invalid, RdvError


def build(
    message: OutgoingMessage, rendered: RenderedMessage, *, sender: tuple[str, str], now: datetime
) -> EmailMessage:
    """Return the e-mail as it is sent: text and HTML with the same content, and invitations for calendars.

    The invitation of a single appointment is a third alternative, which mail programs act upon. Invitations of several
    appointments are attached as files. Raise Invalid if an address is not valid.
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
    """Send a message through a mail server, or write it to the folder of a `file:` address as `name`.eml.

    Raise RdvError("mail_unreachable") with the answer of the server.
    """
    with _explained(url):
        if url.startswith("file:"):
            drop(folder_of(url), f"{name}.eml", mail.as_bytes())
        else:
            from rdv.engine.messages import mail_server  # loads yagmail

            mail_server.send(url, mail)


def check_mail(url: str) -> None:
    """Raise RdvError unless a message could be sent: the folder is writable, or the server accepts the account."""
    with _explained(url):
        if url.startswith("file:"):
            folder_of(url)
        else:
            from rdv.engine.messages import mail_server  # loads yagmail

            mail_server.check(url)


def without_password(url: str) -> str:
    """Return the address of a mail server with the password hidden."""
    password = urlsplit(url).password
    return url.replace(f":{password}@", ":***@") if password else url


def _address(name: str, address: str) -> Address:
    try:
        return Address(" ".join(name.split()), addr_spec=address)
    except (ValueError, IndexError, MessageError):  # Python's parser of addresses raises any of these
        raise Invalid("email", text=address) from None


def _calendar(add: Any, rendered: RenderedMessage, calendar: bytes, **more: str) -> None:
    add(calendar.decode(), subtype="calendar", cte="base64", params={"method": rendered.method}, **more)


@contextmanager
def _explained(url: str) -> Iterator[None]:
    """Turn a failure to send into RdvError("mail_unreachable")."""
    try:
        yield
    except (OSError, ValueError) as problem:
        reason = str(problem) or type(problem).__name__
        raise RdvError("mail_unreachable", url=without_password(url), problem=reason) from problem
