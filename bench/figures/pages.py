"""The page of free slots, as one process serves it to eight visitors, against a bare page of the same weight."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median, quantiles

from bench.measure import Figure, Goal, Pair, alternate
from bench.rush import free_ports, portals, wait_for
from bench.town import Town

GOAL, SLOWEST = 0.25, 5
"""Of the requests a second, and of the time that one in a hundred takes at least."""

VISITORS, ASKED = 8, 10
"""How many ask at once, and how often each."""

YARDSTICK = "a bare page of the same weight"


def measure(town: Town, runs: int) -> Iterator[Figure]:
    """Requests a second and the slowest of a hundred, of whoever has not signed in."""
    ours, bare_one = free_ports(2)
    with portals(town.office.database, [ours]), bare(bare_one):
        page = Visits(ours, f"/rendez-vous/nouveau?type=1&lieu=1&semaine={town.usual_monday}")
        yardstick = Visits(bare_one, "/")
        pair = alternate(page, yardstick, runs=runs)
    yield Figure("page of free slots", town.where, YARDSTICK, Goal(GOAL, of_rate=True), pair)
    yield Figure("page of free slots, p99", town.where, YARDSTICK, Goal(SLOWEST), Pair(page.p99, yardstick.p99))


class Visits:
    """Everybody asks for a page, again and again, over one connection each; called once for each visit of all."""

    def __init__(self, port: int, path: str) -> None:
        self._port = port
        self._asked = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        self._slowest: list[float] = []

    def __call__(self) -> None:
        seconds = asyncio.run(self._all())
        self._slowest.append(quantiles(seconds, n=100, method="inclusive")[98])

    @property
    def p99(self) -> float:
        """The seconds that 99 in 100 requests of a visit take at most: the median of the visits, without the first."""
        return median(self._slowest[1:])

    async def _all(self) -> list[float]:
        each = await asyncio.gather(*[self._one() for _ in range(VISITORS)])
        return [seconds for one in each for seconds in one]

    async def _one(self) -> list[float]:
        seconds = []
        reader, writer = await self._connected()
        try:
            for asked_before in range(ASKED):
                started = time.perf_counter()
                try:
                    await self._ask(reader, writer)
                except (ConnectionError, asyncio.IncompleteReadError):
                    if not asked_before:
                        raise
                    # a server ends a connection that has rested for too long, be it as the next request is under way:
                    # browsers send a GET again then, over another connection
                    writer.close()
                    reader, writer = await self._connected()
                    await self._ask(reader, writer)
                seconds.append(time.perf_counter() - started)
        finally:
            writer.close()
        return seconds

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self._port)

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(self._asked)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        assert b" 200 " in head.splitlines()[0], head
        length = next(line for line in head.splitlines() if line.startswith(b"content-length"))
        await reader.readexactly(int(length.split(b":")[1]))


@contextmanager
def bare(port: int) -> Iterator[None]:
    """The yardstick, in a process of its own."""
    command = [sys.executable, "-m", "uvicorn", "bench.bare:app", "--port", str(port), "--no-access-log"]
    running = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}/", running)
        yield
    finally:
        running.terminate()
        running.wait(60)
