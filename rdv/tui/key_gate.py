"""The key gate: keys, pastes and clicks are handed out one at a time.

A terminal sends keys in bursts. Textual posts them all to the widget that has the focus at the first one, so a name
typed behind the key that opens a dialog is obeyed as commands. The gate hands out the next key only when the previous
one was handled, with all that it caused. So a burst does what the same keys do one at a time.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any, ClassVar, TypeVar

from textual import events
from textual.app import App
from textual.command import CommandPalette
from textual.errors import NoWidget
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widgets import Input
from textual.worker import Worker, get_current_worker

T = TypeVar("T")

MOST = 1024
"""Events that may wait; later ones are dropped."""

ROUNDS = (2, 50)
"""How often the queues are passed through after a key, at least and at most: first behind the key itself, then behind
what its action posted, then as long as a queue is not empty."""

STUCK_SECONDS = 1.0
"""Once the gate has been closed for this time, Ctrl+Q passes at once and Escape abandons a reading."""

LATE_SECONDS = 0.3
"""After this time behind a closed gate, the last line says that keys wait."""

LOOK_SECONDS = 0.02
"""The time between two looks at a closed gate, because a screen does not tell when it is mounted."""


class KeyGate(App[T]):
    """An app that keeps what the agent types and clicks in order.

    The gate is closed while a screen opens, while a flow in the foreground is between two questions, and while a
    reading that a key began has no answer. Letters for a text field do not wait for readings.
    """

    REFUSED_ALONE: ClassVar[frozenset[str]] = frozenset({"delete"})
    """Keys without a letter that drop the keys behind them if they have no meaning here."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._waiting: deque[events.Event] = deque()
        self._handing: asyncio.Task[None] | None = None
        self._is_handling = self._has_no_meaning = False
        self._flows: set[Worker[Any]] = set()
        self._asking: set[Worker[Any]] = set()
        self._readings: set[Worker[Any]] = set()
        self._settled: Screen[Any] | None = None
        self._closed_at: float | None = None
        self._urgent: events.Event | None = None
        self._wake = asyncio.Event()

    # what the gate tells

    def keys_wait(self, is_late: bool) -> None:
        """Show that keys wait behind the closed gate, or no longer."""

    def keys_dropped(self, count: int) -> None:
        """Say how many keys were dropped."""

    @property
    def is_at_rest(self) -> bool:
        """Return True if no key waits and nothing that a key began is under way, apart from open questions."""
        is_handing = self._handing is not None and not self._handing.done()
        return not (is_handing or self._waiting or self._is_held or self._reads())

    # keys

    async def on_event(self, event: events.Event) -> None:
        """Keep what the agent types or clicks; pass everything else on."""
        if not isinstance(event, events.InputEvent | events.Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        if isinstance(event, events.Key) and self._is_stuck and self._takes_urgent(event):
            return
        if isinstance(event, events.MouseMove) and self._waiting and isinstance(self._waiting[-1], events.MouseMove):
            self._waiting[-1] = event
        elif len(self._waiting) < MOST:
            self._waiting.append(event)
        self._wake.set()
        if self._handing is None or self._handing.done():
            self._handing = asyncio.create_task(self._hand_out())

    async def _on_key(self, event: events.Key) -> None:
        """Run the binding of a key that no widget took, or note that there is none."""
        event.prevent_default()  # Textual calls `_on_key` of every base class: without this an action runs twice
        if not await self._check_bindings(event.key):
            self._has_no_meaning = event.is_printable or event.key in self.REFUSED_ALONE

    def drop_keys(self) -> None:
        """Forget the keys that wait: they were meant for something that did not happen."""
        count = sum(isinstance(event, events.Key) for event in self._waiting)
        self._waiting.clear()
        if count:
            self.keys_dropped(count)

    async def _hand_out(self) -> None:
        try:
            while self._waiting and self.is_running:
                await self._until_open()
                if self._waiting:
                    await self._hand_out_one(self._waiting.popleft())
        except Exception as problem:  # noqa: BLE001 - Textual shows what an action raises, so it gets it
            self.call_later(_raise, problem)
        finally:
            self._is_handling = False

    async def _hand_out_one(self, event: events.Event) -> None:
        self._has_no_meaning, self._is_handling = False, True
        way = self._way_of(event)
        await super().on_event(event)
        await self._settle(way)
        self._settled, self._is_handling = way[-2] if len(way) > 1 else None, False  # type: ignore[assignment]
        if self._has_no_meaning:
            self.drop_keys()

    def _way_of(self, event: events.Event) -> list[MessagePump]:
        """Return the pumps that an event passes through: from the widget that takes it up to the app."""
        target: Any = self.focused or self.screen
        if isinstance(event, events.MouseEvent):
            target = self.mouse_captured or self.screen
            with suppress(NoWidget):
                target = self.mouse_captured or self.screen.get_widget_at(event.x, event.y)[0]
        return [node for node in target.ancestors_with_self if isinstance(node, MessagePump)]

    # the gate

    async def _until_open(self) -> None:
        """Wait until the first key that waits can be handed out."""
        self._closed_at, is_late = time.monotonic(), False
        while self._waiting and self.is_running:
            if self._settled is not self.screen and self.screen.is_mounted:
                screen = self.screen
                await self._settle([screen, self])  # a screen takes its focus by a `call_later` of the app
                self._settled = screen
                continue
            is_open = self.screen.is_mounted and self._is_open_for(self._waiting[0])
            if is_open or self._waiting[0] is self._urgent:
                break
            if time.monotonic() - self._closed_at > LATE_SECONDS and not is_late:
                is_late = True
                self.keys_wait(True)
            self._settled = None
            self._wake.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_SECONDS)
        self._closed_at = None
        if is_late:
            self.keys_wait(False)

    @property
    def _is_stuck(self) -> bool:
        """Return True if the gate has been closed for long."""
        return self._closed_at is not None and time.monotonic() - self._closed_at > STUCK_SECONDS

    def _is_open_for(self, event: events.Event) -> bool:
        if self._is_held:
            return False
        return isinstance(event, events.MouseMove) or not self._reads() or self._is_typed_into_a_field(event)

    def _is_typed_into_a_field(self, event: events.Event) -> bool:
        field = self.focused
        if not isinstance(event, events.Key) or not isinstance(field, Input):
            return False
        return field.check_consume_key(event.key, event.character)

    def _takes_urgent(self, event: events.Key) -> bool:
        """Let a key pass that is pressed while the gate is stuck: Ctrl+Q at once; Escape ends the readings instead."""
        if event.key == "ctrl+q":
            self._urgent = event
            self._waiting.appendleft(event)
        elif event.key == "escape" and self._reads() and not self._is_held:
            self.drop_keys()
            for worker in self._reads():
                worker.cancel()
        else:
            return False
        self._wake.set()
        return True

    async def _settle(self, way: list[MessagePump]) -> None:
        """Wait until these pumps have handled what their queues hold, and what that caused."""
        least, most = ROUNDS
        for number in range(most):
            if number >= least and not any(pump.message_queue_size for pump in way if pump.is_running):
                return
            await _pass_through(way)

    # flows

    @property
    def _is_held(self) -> bool:
        """Return True if a flow in the foreground is between two questions."""
        self._flows = {worker for worker in self._flows if _is_under_way(worker)}
        return bool(self._flows - self._asking)

    def _reads(self) -> set[Worker[Any]]:
        """Return the readings that keys wait for; the search of the command palette is one."""
        self._readings = {worker for worker in self._readings if _is_under_way(worker)}
        screen = self.screen
        if not isinstance(screen, CommandPalette):
            return self._readings
        return self._readings | {one for one in self.workers if one.node is screen and _is_under_way(one)}

    def run_in_foreground(self, node: Any, flow: Callable[[], Awaitable[None]]) -> Worker[None]:
        """Run a flow; keys wait from this call on, but for the questions that it asks."""
        worker: Worker[None] = node.run_worker(flow, group="flow", exclusive=False, exit_on_error=False)
        self._flows.add(worker)
        return worker

    def run_reading(self, node: Any, name: str, flow: Callable[[], Awaitable[None]]) -> Worker[None]:
        """Run a reading, which ends an older one of the same name; keys wait for one that a key or a flow began."""
        older = {one for one in self._readings if one.node is node and one.group == name and _is_under_way(one)}
        worker: Worker[None] = node.run_worker(flow, group=name, exclusive=True, exit_on_error=False)
        if older or self._is_handling or self._is_held:
            self._readings.add(worker)
        return worker

    async def ask(self, dialog: Screen[Any]) -> Any:
        """Open a dialog from a flow and return its answer. The agent has the keys while it is open.

        The gate closes again in time: the answer wakes this coroutine before the gate has passed through the queues.
        """
        worker = get_current_worker()
        await self.until_unlocked()
        self._asking.add(worker)
        try:
            return await self.push_screen_wait(dialog)
        finally:
            self._asking.discard(worker)

    async def until_unlocked(self) -> None:
        """Wait until the screen is not locked, because a dialog must not open over the lock."""


async def _pass_through(way: Iterable[MessagePump]) -> None:
    """Wait until a marker has passed through the queue of each pump, one after the other."""
    loop = asyncio.get_running_loop()
    passed: asyncio.Future[None] = loop.create_future()
    left = iter(way)

    def done() -> None:
        if not passed.done():
            passed.set_result(None)

    def hop() -> None:
        for pump in left:
            if pump.call_later(hop):
                return
        done()

    at_last = loop.call_later(STUCK_SECONDS, done)  # a pump that ends keeps the marker
    hop()
    await passed
    at_last.cancel()


def _is_under_way(worker: Worker[Any]) -> bool:
    """Return True if a worker still has something to do; one that is ended before it begins never finishes."""
    return not (worker.is_finished or worker.is_cancelled)


def _raise(problem: Exception) -> None:
    raise problem
