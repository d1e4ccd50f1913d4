"""Following the database: a thread tells the app that someone, anywhere, changed something."""

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.message import Message

from rdv.changes import Changes
from rdv.terms import Broken

if TYPE_CHECKING:
    from rdv.engine.office import Office

WATCH_SECONDS = 0.2
"""How long leaving the program may wait for the thread."""

AGAIN_SECONDS = 1.0
"""The pause between two tries at a database that does not answer."""


class Follower:
    """Watches an office for an app, and posts `Changed` and `Away` to it."""

    @dataclass
    class Changed(Message):
        """Someone committed changes by then, in seconds of `time.monotonic`."""

        changes: Changes
        at: float

    @dataclass
    class Away(Message):
        """The database does not answer; it is asked again."""

        problem: Broken

    def __init__(self, office: "Office", app: App[Any]) -> None:
        self._watch, self._app = office.watch(own=False), app
        self._office = office

    async def begin(self) -> None:
        """Start to listen: every change from here on is told. Raises Broken while the database does not answer."""
        await asyncio.to_thread(self._watch.changed, 0)

    def follow(self) -> None:
        """Tell of changes for as long as the app runs; for a thread of its own."""
        self._office.listeners.append(self._tell)  # what is done here is known at once
        try:
            while self._app.is_running:
                try:
                    if changes := self._watch.changed(WATCH_SECONDS):
                        self._tell(changes)
                except Broken as problem:
                    self._app.post_message(self.Away(problem))
                    time.sleep(AGAIN_SECONDS)
        finally:
            self._office.listeners.remove(self._tell)
            self._watch.close()

    def _tell(self, changes: Changes) -> None:
        self._app.post_message(self.Changed(changes, time.monotonic()))
