"""Work outside the event loop, so that no page waits for another page's reads or computations."""

import os
import sys
import threading
from asyncio import get_running_loop
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

T = TypeVar("T")

SWITCH_SECONDS = 0.0005
"""How long a thread that computes keeps the interpreter when the event loop wants it. Python's own 5 ms would pass at
each step of a page."""

LANES = 4
"""Threads that argon2 itself uses for one hash (RFC 9106)."""

NICENESS = 10
"""How far hashing gives way to pages where processors are scarce."""


class Threads:
    """The threads of one portal.

    At most `connections` use cases run at once. Password hashes have separate threads, because each takes 64 MiB and
    several processors: sign-ins wait for each other, and no page waits for them.
    """

    def __init__(self, connections: int) -> None:
        self._limiter = CapacityLimiter(connections)
        many = max(1, (os.cpu_count() or 1) // LANES)
        self._hashing = ThreadPoolExecutor(many, thread_name_prefix="hashing", initializer=_give_way)

    async def run(self, work: Callable[[], T]) -> T:
        """Run what reads, writes or computes for more than a moment."""
        return await to_thread.run_sync(work, limiter=self._limiter)

    async def hash(self, work: Callable[[], T]) -> T:
        """Run what hashes a password."""
        return await get_running_loop().run_in_executor(self._hashing, copy_context().run, work)

    def close(self) -> None:
        """End the threads once their work is done."""
        self._hashing.shutdown(wait=False)


def share_interpreter() -> None:
    """Let the event loop have the interpreter soon after it asks, in this whole process."""
    sys.setswitchinterval(SWITCH_SECONDS)


def _give_way() -> None:
    if sys.platform == "linux":  # elsewhere it would slow the whole process
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
