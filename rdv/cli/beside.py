"""The portal as a process beside the screens: begun with a socket that listens, ended by the end of its input."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rdv.terms import Invalid

USUAL = 8000
"""The port of choice: links of yesterday's messages still lead somewhere today."""

PATIENCE = 10
"""Seconds that the portal has to end by itself."""

EVERYWHERE = "0.0.0.0"
NOWHERE = "192.0.2.1"
"""An address kept for examples: the way that would lead there tells which of ours others reach us at."""


@contextmanager
def portal_beside(settings: Mapping[str, str], *, host: str, log: Path) -> Iterator[str]:
    """Serves the portal of these settings (`RDV_…`) within the block, and gives its address.

    The socket listens at once: whoever is faster than the portal waits for it. What it logs goes to a file. Raises
    Invalid("cannot_listen") where this machine does not listen at the host.
    """
    with _listening(host) as listener, log.open("wb") as told:
        address = f"http://{_seen_as(host)}:{listener.getsockname()[1]}"
        with subprocess.Popen(
            # -P: a folder `portal` where one happens to work is not ours
            [sys.executable, "-P", "-m", "portal.child", str(listener.fileno())],
            env={**os.environ, **settings, "RDV_PORTAL_URL": address},
            stdin=subprocess.PIPE,
            stdout=told,
            stderr=told,
            pass_fds=[listener.fileno()],
            start_new_session=True,  # what the terminal tells the screens is not for it
        ) as process:
            listener.close()  # the process has it: without it, nobody is to listen
            try:
                yield address
            finally:
                assert process.stdin is not None
                process.stdin.close()
                try:
                    process.wait(PATIENCE)
                except subprocess.TimeoutExpired:
                    process.kill()


def _listening(host: str) -> socket.socket:
    try:
        return socket.create_server((host, USUAL))
    except OSError:
        try:
            return socket.create_server((host, 0))
        except OSError as problem:
            raise Invalid("cannot_listen", host=host, problem=problem.strerror or str(problem)) from problem


def _seen_as(host: str) -> str:
    """The host as others write it; nothing is sent to find out."""
    if host != EVERYWHERE:
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        try:
            way.connect((NOWHERE, 9))
        except OSError:  # no network
            return "127.0.0.1"
        return str(way.getsockname()[0])
