"""The portal beside the screens of a demonstration, its messages sent as well: for as long as whoever began it lives.

`python -m portal.child NUMBER` serves on the socket of that number, which listens already. Standard input is the life
line: when it ends, so does the portal, whatever became of the program that held its other end.
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
    """Serves pages, and sends messages in a thread, until the life line ends or a signal comes."""
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
