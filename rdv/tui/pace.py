"""The pace of what screens do by themselves: however much others change, it takes a small share of a processor."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

SOON = 0.05
"""Seconds until something is done that has rested long enough, because what changes together is done together."""

SHARE = 40
"""How many times as long as it took the work then rests: it takes a fortieth of a processor."""


class Pace:
    """How soon a work may be done again; `pause` is the least rest, in seconds."""

    def __init__(self, pause: float) -> None:
        self.pause = pause
        self._rests_until = 0.0

    @property
    def wait(self) -> float:
        """Return the seconds until it may be done."""
        return max(SOON, self._rests_until - time.monotonic())

    @contextmanager
    def working(self) -> Iterator[None]:
        """Do the work, then rest in proportion to the processor time that it took."""
        began = time.process_time()
        try:
            yield
        finally:
            self._rests_until = time.monotonic() + max(self.pause, SHARE * (time.process_time() - began))
