"""The part of the app that leaves in order: behind the last write, with the terminal as it was."""

import asyncio
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from rdv.i18n.wording import say as _
from rdv.tui.flows import background
from rdv.tui.notices import Notices

if TYPE_CHECKING:
    from rdv.tui.shift import Shift

END_SECONDS = 5.0
"""How long the end of the program may wait for writes after a signal."""


class Leaving(Notices):
    """An app that saves what was done before it ends."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.shift: Shift | None = None
        self._is_leaving = False

    def on_load(self) -> None:
        """End in order at a signal, so that the terminal is as it was."""
        with suppress(ValueError, NotImplementedError, RuntimeError):  # only the main thread gets signals
            for number in (signal.SIGTERM, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(number, self._end, number)

    async def action_quit(self) -> None:
        """Leave once the writes that wait are made; asked again, leave without them."""
        if self.shift is None or not self.shift.writes.is_busy or self._is_leaving:
            self.exit()
            return
        self._is_leaving = True
        self.notify(_("Leaving once the last action is saved. Ctrl+Q again: without it."), severity="warning")
        self.leave()

    @background
    async def leave(self) -> None:
        """Leave behind the last write."""
        if self.shift is not None:
            await self.shift.writes.finish()
        self.exit()

    def _end(self, number: int) -> None:
        """End at a signal."""
        self.end(128 + number)

    @background
    async def end(self, code: int) -> None:
        """Leave with an exit code, behind the last write unless it takes too long."""
        if self.shift is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.shift.writes.finish(), END_SECONDS)
        self.exit(return_code=code)
