"""The screens, driven as people drive them, on the frozen manual's town hall."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from textual._compositor import Compositor
from textual.pilot import Pilot
from textual.widgets import Button, Static

from rdv import date_input
from rdv.engine.office import Office
from rdv.engine.setup import agents
from rdv.engine.setup.counters import list_counters
from rdv.store.session import Database
from rdv.terms import Right
from rdv.tui.app import RdvApp
from rdv.tui.screens.sign_in import SignInScreen
from rdv.tui.widgets.calendar import Calendar
from tests.conftest import FrozenClock, office_on
from tests.databases import Databases

SMALL, USUAL, LARGE = (80, 24), (120, 40), (200, 60)

PATIENCE, LOOK = 30, 0.005
"""Seconds after which what is not seen never will be, and between two looks."""

Opened = Door = Callable[..., AbstractAsyncContextManager["Hand"]]

SECRET, WRONG = "correct horse battery", "correct horse batterie"
"""A password, and what somebody types for it."""


looking: list[asyncio.Task[Any] | None] = []
"""Who looks whether the event loop is idle: two screens may be tried at once."""


async def until_idle(min_sleep: float = 0, max_sleep: float = PATIENCE) -> None:
    """Until nothing is ready to run in the event loop, look after look: whatever was sent has been handled."""
    ready = asyncio.get_running_loop()._ready
    deadline = time.monotonic() + max_sleep
    calm = 0
    looking.append(asyncio.current_task())
    try:
        while calm < 3 and time.monotonic() < deadline:
            await asyncio.sleep(0)
            calm = calm + 1 if len(ready) < len(looking) else 0
    finally:
        looking.pop()


@pytest.fixture(autouse=True)
def _a_pilot_who_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual's pilot guesses from the processor's time whether a program is idle: slowly, and on a busy machine
    wrongly. The event loop knows."""
    for module in ("app", "pilot"):
        monkeypatch.setattr(f"textual.{module}.wait_for_idle", until_idle)


PAINT = Compositor.render_update


@pytest.fixture(autouse=True)
def _painted_once_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip the frames between a key and its result, because no terminal shows them: a hand paints when it settles."""

    def skip(compositor: Compositor, full: bool = False, **options: Any) -> object:
        if full:
            return PAINT(compositor, full, **options)
        compositor._dirty_regions.clear()
        return None

    monkeypatch.setattr(Compositor, "render_update", skip)


@pytest.fixture(autouse=True)
def _quick_hands(monkeypatch: pytest.MonkeyPatch) -> None:
    """A button that was pressed takes no other press for as long as it blinks; no hand is that quick, these are."""
    monkeypatch.setattr(Button, "_start_active_affect", lambda _button: None)


class Hand:
    """What a person does at a screen, and what is to be seen."""

    def __init__(self, app: RdvApp, pilot: Pilot[None]) -> None:
        self.app, self.pilot = app, pilot

    async def settle(self) -> None:
        """Wait until nothing is under way: messages are handled, flows are done or wait for a dialog. Then paint."""
        await self.pilot.pause()
        await self.until(lambda: self.app._resize_event is None and self.app.is_at_rest and not self._is_busy())
        await self.pilot.pause()
        self.app.screen._compositor.render_update(full=True, screen_stack=self.app._background_screens)

    def _is_busy(self) -> bool:
        """Return True if something is under way; a flow that waits for an open dialog is not."""
        writes = self.app.shift is not None and self.app.shift.writes.is_busy
        under_way = {one for one in self.app.workers if not one.is_finished and one.group != "watch"}
        return writes or bool(under_way - self.app._asking)

    async def until(self, seen: Callable[[], bool]) -> None:
        """Until something is to be seen, such as what someone else did; fails when it never is."""
        deadline = time.monotonic() + PATIENCE
        while not seen():
            assert time.monotonic() < deadline, f"{self.text}\n{[(w.group, w.name, w.node) for w in self.app.workers]}"
            await self.pilot.pause(LOOK)

    async def press(self, *keys: str) -> None:
        """One key after the other."""
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def type(self, text: str) -> None:
        """A text, letter by letter."""
        await self.pilot.press(*("space" if letter == " " else letter for letter in text))
        await self.settle()

    async def click(self, selector: Any, **more: Any) -> None:
        """A click on a widget."""
        await self.pilot.click(selector, **more)
        await self.settle()

    async def narrow(self, *counters: str) -> None:
        """Shows these counters only."""
        every = self.app.office.run(list_counters, self.app.office.me)
        chosen = tuple(view.id for view in every if view.label in counters)
        self.app.shift.filters = replace(self.app.shift.filters, counters=chosen)
        self.app.screen.reload()
        await self.settle()

    async def point(self, counter: str, start: str) -> None:
        """The cursor of the calendar on a slot: « Guichet 1 », « 2017-04-06T09:00 »."""
        calendar = self.app.screen.query_one(Calendar)
        found = next(
            block.items[0]
            for column in calendar.grid.columns
            for block in column.blocks
            if column.counter.startswith(counter) and block.start.isoformat().startswith(start)
        )
        assert calendar.point(found.counter_id, found.starts_at)
        await self.settle()

    @property
    def text(self) -> str:
        """All that is on the screen, line by line."""
        width, _height = self.app.size
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text[:width].rstrip() for strip in strips)

    @property
    def told(self) -> str:
        """What was notified, and what dialogs complain of."""
        notes = [f"{note.title} {note.message}" for note in self.app._notifications]
        lines = [str(line.render()) for line in self.app.screen.query(".dialog--error").results(Static)]
        return "\n".join(notes + lines)


@pytest.fixture
def speaks_french(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RDV_LANG", "fr")


@pytest.fixture
def town(databases: Databases, manual: Database, clock: FrozenClock) -> Iterator[Office]:
    """Open the manual's town hall on SQLite, on its Tuesday at 16:35."""
    with databases.fresh("sqlite", like=manual) as database:
        office = office_on(database, clock)
        office.run(agents.set_agent, office.me, agent="root", services=["Action sociale"], rights=tuple(Right))
        office.settings = office.settings.model_copy(update={"sign_in": "system", "zone": "Europe/Paris"})
        yield office


@pytest.fixture
def opened(town: Office, speaks_french: None) -> Opened:
    """Opens the screens at an entry of the menu: `async with opened("slots", size=SMALL) as hand`."""

    @asynccontextmanager
    async def open_at(
        entry: str = "slots", *, size: tuple[int, int] = USUAL, office: Office = town
    ) -> AsyncIterator[Hand]:
        app = RdvApp(office.settings, office=office, first=entry)
        async with app.run_test(size=size) as pilot:
            hand = Hand(app, pilot)
            await hand.until(lambda: app.opened)
            await hand.settle()
            yield hand

    return open_at


def at(text: str) -> Any:
    """A moment as people write it."""
    return date_input.read(text)


class Idle:
    """The seconds of a clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def idle() -> Idle:
    return Idle()


@pytest.fixture
def door(town: Office, idle: Idle, speaks_french: None) -> Door:
    """The screens as whoever knows a password finds them: lucie has one."""
    town.run(agents.set_password, town.me, agent="lucie", password=SECRET)
    town.settings = town.settings.model_copy(update={"sign_in": "password", "agent": "", "lock_minutes": 15})

    @asynccontextmanager
    async def stand_before(*, size: tuple[int, int] = USUAL) -> AsyncIterator[Hand]:
        app = RdvApp(town.settings, office=town, seconds=idle)
        async with app.run_test(size=size) as pilot:
            hand = Hand(app, pilot)
            await hand.until(lambda: isinstance(app.screen, SignInScreen))
            await hand.settle()
            yield hand

    return stand_before
