"""The page of free slots, as one process serves it to eight visitors, against a bare page of the same weight."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median, quantiles

from starlette.types import ASGIApp, Message

from bench.bare import app as bare_app
from bench.measure import Figure, Goal, Pair, alternate
from bench.rush import free_ports, portals, wait_for
from bench.town import Town
from portal.app import create_app

GOAL, SLOWEST, ALL_PLACES = 0.25, 5, 10
"""Of the requests a second, of the time that one in a hundred takes at least, and of the processor time of a week of
all places."""

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
    yield _processor(town, runs)


def _processor(town: Town, runs: int) -> Figure:
    """Compare the processor time of a week of all places, read and drawn anew each time, with a bare page's."""
    app = create_app(town.office)
    with asyncio.Runner() as runner:

        def all_places() -> bytes:
            app.state.site.weeks.answers.clear()
            return runner.run(_answer(app, "/rendez-vous/nouveau", f"type=1&semaine={town.usual_monday}"))

        def bare_page(rows: int) -> bytes:
            return runner.run(_answer(bare_app, "/", f"rows={rows}"))

        a_row = (len(bare_page(1000)) - len(bare_page(0))) / 1000
        rows = round(len(all_places()) / a_row)
        pair = alternate(all_places, lambda: bare_page(rows), runs=runs, clock=time.process_time)
    return Figure("page of all places, processor", town.where, YARDSTICK, Goal(ALL_PLACES), pair)


async def _answer(app: ASGIApp, path: str, query: str) -> bytes:
    """Return the body that an application answers with, asked without a server between."""
    body: list[bytes] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        assert message.get("status", 200) == 200, message
        body.append(message.get("body", b""))

    scope = {
        "type": "http", "method": "GET", "path": path, "root_path": "", "query_string": query.encode(), "headers": [],
        "http_version": "1.1", "scheme": "http", "server": ("localhost", 80), "client": ("127.0.0.1", 1),
    }  # fmt: skip
    await app(scope, receive, send)
    return b"".join(body)


class Visits:
    """Everybody asks for a page, again and again, over one connection each; called once for each visit of all."""

    def __init__(self, port: int, path: str) -> None:
        self._port = port
        self._asked = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        self._percentiles: list[list[float]] = []

    def __call__(self) -> None:
        seconds = asyncio.run(self._all())
        self._percentiles.append(quantiles(seconds, n=100, method="inclusive"))

    @property
    def p50(self) -> float:
        """The seconds that half of the requests of a visit take at most: the median of the visits, as `p99`."""
        return median(visit[49] for visit in self._percentiles[1:])

    @property
    def p99(self) -> float:
        """The seconds that 99 in 100 requests of a visit take at most: the median of the visits, without the first."""
        return median(visit[98] for visit in self._percentiles[1:])

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
