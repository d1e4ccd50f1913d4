"""The town's mail server: a real one, which notes the identity of each message that it takes, before it says so."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from faults.network import free_port
from faults.told import Notebook, read_lines


class Post:
    """Takes mail, unless it is told to `refuse`."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.notebook = Notebook(file)
        self.refuse = False
        self.port = free_port()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - as aiosmtpd calls it
        """Takes one message."""
        if self.refuse:
            return "451 try again later"
        message = message_from_bytes(envelope.original_content)
        self.notebook.line(message=message["Message-ID"], to=envelope.rcpt_tos)
        return "250 taken"

    def taken(self) -> "Counter[str]":
        """How often each message has come, by its identity."""
        return Counter(line["message"] for line in read_lines(self.file))


@contextmanager
def open_post(file: Path) -> Iterator[Post]:
    """A mail server on this machine."""
    post = Post(file)
    controller = Controller(post, hostname="127.0.0.1", port=post.port)
    controller.start()
    try:
        yield post
    finally:
        controller.stop()
