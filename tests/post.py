"""A post office for tests: a real mail server and a real gateway of SMS, on this machine."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


@dataclass
class PostOffice:
    """A mail server: `boxes` are the raw messages as they arrived, `refuse` is its answer when it accepts none.

    With `hang_up` it closes the connection after each message, without an answer. `attempts` counts the messages that
    clients delivered, with any result.
    """

    boxes: list[bytes] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refuse: str = ""
    hang_up: bool = False
    attempts: int = 0
    port: int = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - as aiosmtpd calls it
        self.attempts += 1
        if self.hang_up:
            server.transport.close()
        if self.refuse:
            return self.refuse
        self.boxes.append(envelope.original_content)
        self.senders.append(envelope.mail_from)
        self.recipients += envelope.rcpt_tos
        return "250 taken"

    @property
    def messages(self) -> list[EmailMessage]:
        """Return the messages, parsed."""
        found = [message_from_bytes(raw, policy=default) for raw in self.boxes]
        return [one for one in found if isinstance(one, EmailMessage)]

    @property
    def ids(self) -> list[str]:
        """Return the Message-IDs."""
        return [str(one["Message-ID"]) for one in self.messages]


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        return int(closed.getsockname()[1])


@contextmanager
def open_post_office(**more: Any) -> Iterator[PostOffice]:
    """Run a mail server; `more` are options of aiosmtpd's controller, for example for TLS and accounts."""
    office = PostOffice(port=free_port())
    controller = Controller(office, hostname="127.0.0.1", port=office.port, **more)
    controller.start()
    try:
        yield office
    finally:
        controller.stop()


def knows(user: str, password: str) -> Any:
    """Return an authenticator that accepts one account."""

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        wanted = LoginPassword(user.encode(), password.encode())
        return AuthResult(success=data == wanted, handled=False)

    return authenticate


@dataclass
class Gateway:
    """Takes SMS as a town's own gateway does: `seen` are the documents that were posted, with their path."""

    seen: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    answer: int = 200
    port: int = 0


@contextmanager
def open_gateway() -> Iterator[Gateway]:
    """Run a web server that accepts SMS as JSON."""
    gateway = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if gateway.answer == 200:
                gateway.seen.append((self.path, json.loads(body)))
            self.send_response(gateway.answer)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            """Write nothing on standard error."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        gateway.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield gateway
        server.shutdown()
        thread.join()
