"""A network to PostgreSQL that can be cut: a proxy on this machine, which needs no privileges.

Four faults: `cut` resets every connection, new ones too. `stall` delays everything, then goes on. `swallow` drops
requests and answers, then resets every connection. `doubt` delivers a COMMIT and resets the connection before the
answer, so that the client never learns the result.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine
from typing import Any

WAYS = ("cut", "stall", "swallow", "doubt")
_RESET = struct.pack("ii", 1, 0)


class Network:
    """Forwards connections from `port` to another port of this machine."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.way: str | None = None
        self.loop = asyncio.new_event_loop()
        self.open = asyncio.Event()
        self.lines: set[asyncio.StreamWriter] = set()
        self.tasks: set[asyncio.Task[None]] = set()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.server = self._do(self._listen())
        self.port = int(self.server.sockets[0].getsockname()[1])

    def fail(self, way: str) -> None:
        """Start this fault."""
        self._do(self._fail(way))

    def mend(self) -> None:
        """End the fault."""
        self._do(self._mend())

    def close(self) -> None:
        """Stop forwarding."""
        self._do(self._close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    async def _listen(self) -> asyncio.Server:
        self.open.set()
        return await asyncio.start_server(self._carry, "127.0.0.1", 0)

    async def _fail(self, way: str) -> None:
        self.way = way
        if way != "doubt":
            self.open.clear()
        if way == "cut":
            self._reset()

    async def _mend(self) -> None:
        if self.way == "swallow":
            self._reset()
        self.way = None
        self.open.set()

    async def _close(self) -> None:
        self.server.close()
        self._reset()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def _reset(self) -> None:
        for line in self.lines:
            _hang_up(line)
        self.lines.clear()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        self.lines.add(writer)
        away: asyncio.StreamWriter | None = None
        try:
            if self.way == "cut":
                return
            there, away = await asyncio.open_connection("127.0.0.1", self.target)
            self.lines.add(away)
            deaf = asyncio.Event()
            ways = (self._pump(reader, away, deaf), self._pump(there, writer, deaf))
            both = [asyncio.ensure_future(way) for way in ways]
            try:
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for one in both:
                    one.cancel()
                await asyncio.gather(*both, return_exceptions=True)
        except (OSError, asyncio.CancelledError):
            pass  # PostgreSQL is away, or the network is closed: the reset below informs the client
        finally:
            for line in (writer, away):
                if line is not None:
                    self.lines.discard(line)
                    _hang_up(line)
            self.tasks.discard(task)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, deaf: asyncio.Event) -> None:
        while data := await reader.read(65536):
            if deaf.is_set():
                return  # the answer, which never arrives
            if self.way == "swallow":
                continue
            await self.open.wait()
            if self.way == "doubt" and b"COMMIT\0" in data:
                deaf.set()
            writer.write(data)
            await writer.drain()


def _hang_up(line: asyncio.StreamWriter) -> None:
    """Reset a connection at once; data on its way is lost."""
    end = line.get_extra_info("socket")
    if end is not None and end.fileno() != -1:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    line.transport.abort()


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        return int(closed.getsockname()[1])
