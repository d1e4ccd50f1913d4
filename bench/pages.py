"""The page of free slots, as one process serves it to eight visitors, against a bare page of the same weight."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench.measure import Figure, Goal, alternate
from bench.rush import PORTS, portals, wait_for
from bench.town import Town

GOAL = 0.25
VISITORS, ASKED = 8, 10
"""How many ask at once, and how often each."""


def measure(town: Town, runs: int) -> Iterator[Figure]:
    """Requests a second, of whoever has not signed in."""
    with portals(town.office.database, PORTS[:1]), bare(PORTS[1]):
        pair = alternate(
            lambda: asyncio.run(visit(PORTS[0], f"/rendez-vous/nouveau?type=1&lieu=1&semaine={town.usual_monday}")),
            lambda: asyncio.run(visit(PORTS[1], "/")),
            runs=runs,
        )
    yield Figure("page of free slots", town.where, "a bare page of the same weight", Goal(GOAL, of_rate=True), pair)


async def visit(port: int, path: str) -> None:
    """Everybody asks for the page, again and again, over one connection each."""
    await asyncio.gather(*[_visitor(port, path) for _ in range(VISITORS)])


async def _visitor(port: int, path: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    asked = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    for _ in range(ASKED):
        writer.write(asked)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        assert b" 200 " in head.splitlines()[0], head
        length = next(line for line in head.splitlines() if line.startswith(b"content-length"))
        await reader.readexactly(int(length.split(b":")[1]))
    writer.close()
    await writer.wait_closed()


@contextmanager
def bare(port: int) -> Iterator[None]:
    """The yardstick, in a process of its own."""
    command = [sys.executable, "-m", "uvicorn", "bench.bare:app", "--port", str(port), "--no-access-log"]
    running = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}/")
        yield
    finally:
        running.terminate()
        running.wait(60)
