"""Following what others change: a page reads it soon, together with what follows, and never spends much on it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import reduce
from operator import or_
from typing import Any, Protocol

from textual.timer import Timer
from textual.worker import Worker, WorkerCancelled

from rdv.changes import NOTHING, Changes
from rdv.tui.pace import Pace

PAUSE = 0.5
"""Seconds between two readings of what others change, at least."""


class Page(Protocol):
    """A screen that can read what changed."""

    def catch_up(self, changes: Changes) -> Worker[None] | None:
        """Read what changed; None: nothing of it is shown."""

    def set_timer(self, delay: float, callback: Any = None) -> Timer:
        """Call something later."""

    def run_worker(self, work: Any, name: str | None = "", group: str = "default") -> Worker[Any]:
        """Run a coroutine in the background of the screen."""


class Following:
    """The changes of others that a page has not read yet."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._ahead: list[tuple[float, Changes]] = []
        self._timer: Timer | None = None
        self._pace = Pace(PAUSE)
        self.readings, self.read_at = 0, 0.0
        """How many readings of the whole page are under way, and when the latest of all began."""

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read the whole page, which covers all earlier changes."""
        self.readings, self.read_at = self.readings + 1, time.monotonic()
        try:
            yield
        finally:
            self.readings -= 1

    def note(self, changes: Changes, at: float) -> None:
        """Read this soon: it was changed by then."""
        self._ahead.append((at, changes))
        if self._timer is None:
            self._timer = self._page.set_timer(self._pace.wait, self._begin)

    def _begin(self) -> None:
        self._page.run_worker(self._catch_up(), group="catch-up")

    async def _catch_up(self) -> None:
        """Read what was changed since the reading of the whole page began, then rest."""
        ahead, self._ahead = self._ahead, []
        changes = reduce(or_, (some for at, some in ahead if at >= self.read_at), NOTHING)
        if changes:
            with self._pace.working(), suppress(WorkerCancelled):  # by a newer reading of the whole page
                reading = self._page.catch_up(changes)
                if reading is not None:
                    await reading.wait()
        self._timer = None
        if self._ahead:
            at, some = self._ahead.pop()
            self.note(some, at)
