"""The town's mail server: a real one, which notes the Message-ID of each message before it accepts it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from faults.network import free_port
from faults.notebook import Notebook, read_lines


class Post:
    """Accepts mail unless `refuse` is set."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.notebook = Notebook(file)
        self.refuse = False
        self.port = free_port()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - as aiosmtpd calls it
        """Accept one message."""
        if self.refuse:
            return "451 try again later"
        message = message_from_bytes(envelope.original_content)
        self.notebook.line(message=message["Message-ID"], to=envelope.rcpt_tos)
        return "250 taken"

    def taken(self) -> "Counter[str]":
        """Return how often each Message-ID has arrived."""
        return Counter(line["message"] for line in read_lines(self.file))


@contextmanager
def open_post(file: Path) -> Iterator[Post]:
    """Run a mail server on this machine within the block."""
    post = Post(file)
    controller = Controller(post, hostname="127.0.0.1", port=post.port)
    controller.start()
    try:
        yield post
    finally:
        controller.stop()
