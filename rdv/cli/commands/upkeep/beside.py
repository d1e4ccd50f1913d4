"""The portal as a child process of the demonstration: it inherits a listening socket and ends with its input."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rdv.terms import Invalid

USUAL = 8000
"""The preferred port, so that links in yesterday's messages still work today."""

PATIENCE = 10
"""Seconds that the portal has to stop."""

EVERYWHERE = "0.0.0.0"
NOWHERE = "192.0.2.1"
"""A documentation address: the route towards it shows which of our addresses other machines can reach."""


@contextmanager
def portal_beside(settings: Mapping[str, str], *, host: str, log: Path) -> Iterator[str]:
    """Serve the portal with these settings (`RDV_…`) inside the block, and yield its address.

    The socket listens at once, so an early visitor waits for the portal. The portal logs to a file. Raises
    Invalid("cannot_listen") if this machine cannot listen at the host.
    """
    with _listening(host) as listener, log.open("wb") as told:
        address = f"http://{_seen_as(host)}:{listener.getsockname()[1]}"
        with subprocess.Popen(
            # -P: ignore a folder named `portal` in the current directory
            [sys.executable, "-P", "-m", "portal.child", str(listener.fileno())],
            env={**os.environ, **settings, "RDV_PORTAL_URL": address},
            stdin=subprocess.PIPE,
            stdout=told,
            stderr=told,
            pass_fds=[listener.fileno()],
            start_new_session=True,  # terminal signals are for the screens
        ) as process:
            listener.close()  # the child process owns the socket from here on
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
    """Return the host under which other machines reach this one. No packet is sent to find out."""
    if host != EVERYWHERE:
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        try:
            way.connect((NOWHERE, 9))
        except OSError:  # no network
            return "127.0.0.1"
        return str(way.getsockname()[0])
