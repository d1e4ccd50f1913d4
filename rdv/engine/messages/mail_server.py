"""The mail server of the town: yagmail connects, signs in and sends (N1).

This module is imported when a message leaves, because yagmail takes 80 ms to load.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote, urlsplit

import yagmail
import yagmail.sender

TIMEOUT = 20
"""Seconds to connect, and then seconds that the server has for each answer."""

smtp_errors = yagmail.sender.smtplib
"""Where yagmail finds the exceptions that it raises."""


class MailServer(yagmail.SMTP):  # type: ignore[misc]  # yagmail publishes no types
    """A yagmail client that sends the messages of rdv unchanged.

    yagmail builds messages that cannot hold a calendar invitation, and uses the login as the sender. After a lost
    connection it waits and sends again, which could deliver a message twice (N3).
    """

    def __init__(self, url: str) -> None:
        """Prepare a connection: TLS from the start for `smtps:`, STARTTLS before a password, plain without account.

        Raise ValueError if the address is not that of a mail server.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError(f"{parts.scheme}:")
        secure, user = parts.scheme == "smtps", unquote(parts.username or "")
        context = ssl.create_default_context() if secure or user else None
        super().__init__(
            {user: user},  # as a plain text, a login without an at sign would become an account at Gmail
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
        self.set_logging(None)  # yagmail logs addresses

    def prepare_send(self, to: Any, subject: Any, contents: EmailMessage, *_others: Any) -> tuple[Any, EmailMessage]:
        """Return the message as rdv built it, where yagmail would build another one."""
        return to, contents

    def _attempt_send(self, _to: Any, message: EmailMessage) -> None:
        """Send the message once, between the addresses of its headers."""
        self.smtp.send_message(message)


def send(url: str, message: EmailMessage) -> None:
    """Send a message through the server at an address. Raise OSError with the server's words if it refuses."""
    with _in_the_servers_words(), MailServer(url) as server:
        server.send(contents=message)


def check(url: str) -> None:
    """Raise OSError unless the server at an address answers and accepts the account."""
    with _in_the_servers_words(), MailServer(url) as server:
        server.login()
        server.smtp.noop()


@contextmanager
def _in_the_servers_words() -> Iterator[None]:
    """Turn an answer of the server into an OSError that quotes it, without the notation of Python."""
    try:
        yield
    except smtp_errors.SMTPRecipientsRefused as problem:
        [(code, text)] = problem.recipients.values()
        raise OSError(_quoted(code, text)) from problem
    except smtp_errors.SMTPResponseException as problem:
        raise OSError(_quoted(problem.smtp_code, problem.smtp_error)) from problem


def _quoted(code: int, text: bytes | str) -> str:
    return f"{code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"
