"""The portal as a child process of a demonstration, which also sends its messages, as long as its parent lives.

`python -m portal.child NUMBER` serves on the listening socket of that number. Standard input is the life line: when it
ends, the portal ends too, whatever happened to the parent.
"""

import os
import socket
import sys
import threading

import uvicorn

from portal.app import create_app
from portal.threads import share_interpreter
from rdv import logs
from rdv.engine.office import Office
from rdv.engine.upkeep.worker import own_name
from rdv.engine.upkeep.worker import serve as send
from rdv.i18n import wording
from rdv.settings import load
from rdv.terms import Face

GRACE = 2
"""Seconds that requests under way have to be answered at the end."""


def serve(number: int) -> None:
    """Serve pages, and send messages in a thread, until the life line ends or a signal comes."""
    share_interpreter()
    settings = load()
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(Office.open(settings, Face.PORTAL)),
            access_log=False,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=GRACE,
        )
    )
    ended = threading.Event()

    def live() -> None:
        while os.read(sys.stdin.fileno(), 1):
            pass
        server.should_exit = True
        ended.set()

    given = {"worker": own_name(), "stopped": ended.is_set, "wait": ended.wait}
    sender = threading.Thread(target=send, args=(Office.open(settings, Face.WORKER),), kwargs=given)
    threading.Thread(target=live, daemon=True).start()
    sender.start()
    try:
        server.run(sockets=[socket.socket(fileno=number)])
    finally:
        ended.set()
        sender.join()


if __name__ == "__main__":
    wording.speak()
    logs.start()
    serve(int(sys.argv[1]))
