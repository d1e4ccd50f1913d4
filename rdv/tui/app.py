"""The agents' screens: which there are, the keys that hold everywhere, who is in, what is fresh.

Its first picture needs neither settings nor engine nor database: all are loaded behind it.
"""

import asyncio
import gc
import importlib
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on
from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding
from textual.command import CommandPalette
from textual.screen import ModalScreen, Screen

from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.terms import Actor, Broken, Face, NotAllowed, RdvError
from rdv.tui.flows import PERMANENT, background, foreground, patiently
from rdv.tui.key_gate import KeyGate
from rdv.tui.screens.sign_in import SignInScreen
from rdv.tui.themes import THEMES
from rdv.tui.translated import Spoken
from rdv.tui.widgets.banner import ENTRIES, Address, Banner, Menu, told_time
from rdv.tui.widgets.keys import Keys, called

if TYPE_CHECKING:
    from rdv.settings import Settings

PAGES: dict[str, str] = {
    "today": "today:TodayPage",
    "slots": "slots:SlotsPage",
    "planned": "planned:PlannedPage",
    "to_reschedule": "appointment_lists:ToReschedulePage",
    "past": "appointment_lists:PastPage",
    "partners": "partners:PartnersPage",
    "counters": "counters:CountersPage",
    "searches": "searches:SearchesPage",
    "messages": "messages:MessagesPage",
}
"""Where each entry of the menu is, in `rdv.tui.screens`."""

NAMES = {"rdv-dark": N_("Dark"), "rdv-light": N_("Light"), "rdv-contrast": N_("High contrast")}
"""What the themes are called."""

TICK_SECONDS = 1.0
WATCH_SECONDS = 0.2
"""How long leaving may have to wait for whoever watches the database."""
AGAIN_SECONDS = 1.0
"""Until it is tried again after the database was away."""
ANNOUNCE_SECONDS = 1.5
"""After this time without an answer at the start, the screen says that the database does not answer."""
END_SECONDS = 5.0
"""How long the end of the program may wait for writes after a signal."""


def _everything() -> Any:
    return importlib.import_module("rdv.tui.widgets.palette").Everything


class Frame(Spoken, Screen[Any]):
    """What is seen while the engine is loaded: the frame of every page."""

    def compose(self) -> ComposeResult:
        yield Banner()
        yield Menu(tuple(ENTRIES))
        yield Keys()


class RdvApp(KeyGate[RdvError]):
    """The program. `first` is the entry that it opens with; `seconds` measures the time without use; `portal` is the
    address of the citizens' site that is open beside it.

    Without `settings` it reads those in force, behind its first picture; where they cannot be read it ends, and what
    `run` returns says why.
    """

    CSS_PATH: ClassVar[Any] = ["app.tcss"]
    TITLE = "rdv"
    COMMANDS: ClassVar[Any] = {_everything}
    BINDINGS: ClassVar[list[Any]] = [
        *(
            Binding(str(number), f"open_number({number})", N_("Menu"), show=False)
            for number, _entry in enumerate(ENTRIES, 1)
        ),
        Binding("u", "undo", N_("Undo")),
        Binding("i", "portal", N_("Site"), tooltip=N_("The citizens' site")),
        Binding("question_mark,f1", "app.keys", N_("Help")),
        Binding("ctrl+p", "command_palette", N_("Everything"), key_display="^p"),
        Binding("ctrl+l", "lock", N_("Lock"), show=False),
        Binding("ctrl+q", "quit", N_("Quit"), show=False),
    ]

    def __init__(
        self,
        settings: "Settings | None" = None,
        *,
        office: Any = None,
        first: str = "slots",
        seconds: Callable[[], float] = time.monotonic,
        portal: str = "",
    ) -> None:
        super().__init__()
        self.settings: Any = settings
        self.office, self.first, self.portal = office, first, portal
        self.shift: Any = None
        self.pages: dict[str, Any] = {}
        self.opened = ""
        self._warning = ""
        self._is_leaving = False
        self._seconds = seconds
        self._used = seconds()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = "rdv-dark"

    def get_default_screen(self) -> Screen[Any]:
        """The frame comes first."""
        return Frame()

    def on_load(self) -> None:
        """End in order at a signal, so that the terminal is as it was."""
        with suppress(ValueError, NotImplementedError, RuntimeError):  # only the main thread gets signals
            for number in (signal.SIGTERM, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(number, self._end, number)

    def on_mount(self) -> None:
        """Paint, then load. Keys wait from here on for the first page."""
        self.set_interval(TICK_SECONDS, self._tick)
        self.begin()

    @foreground
    async def begin(self) -> None:
        """Load the settings and the engine, let the agent in, open the first page."""
        await self._until_painted()
        try:
            if self.settings is None:
                self.settings = await asyncio.to_thread(_settings)
                wording.speak(self.settings.lang)
            connecting = asyncio.create_task(self._connect())
            connecting.add_done_callback(self._leave_if_hopeless)
            agent = await self._let_in(connecting)
            watch = await connecting
        except RdvError as error:
            self.exit(error)
            return
        self.shift = importlib.import_module("rdv.tui.shift").Shift.begin(self.office, agent)
        self.shift.writes.witness = self
        pages = self._entries()
        await self.action_open(self.first if self.first in pages else pages[0])
        self.watch_database(watch)
        if not gc.isenabled():  # as the command line leaves it: what was loaded stays, what comes now does not
            gc.freeze()
            gc.enable()

    async def _until_painted(self) -> None:
        painted = asyncio.Event()
        self.call_after_refresh(painted.set)
        await painted.wait()

    async def _connect(self) -> Any:
        """Load the engine, and return what watches the database, once it answers. Raise what no retry cures."""
        await asyncio.to_thread(self._load)
        watch = self.office.watch()
        notice = self.set_timer(ANNOUNCE_SECONDS, self._announce)
        try:
            await patiently(self, lambda: asyncio.to_thread(watch.changed, 0), hopeless=PERMANENT)
        finally:
            notice.stop()
        return watch  # it tells of changes from here on: pages read behind it

    def _announce(self) -> None:
        self._warn(_("⚠ The database does not answer yet…"))

    def _leave_if_hopeless(self, connecting: "asyncio.Task[Any]") -> None:
        """End the program where there is no database, also while a password is asked."""
        error = None if connecting.cancelled() else connecting.exception()
        if isinstance(error, RdvError):
            self.exit(error)

    def _load(self) -> None:
        office = importlib.import_module("rdv.engine.office")
        importlib.import_module(f"rdv.tui.screens.{PAGES[self.first].partition(':')[0]}")
        self.office = self.office or office.Office.open(self.settings, Face.SCREENS)

    async def _let_in(self, loading: "asyncio.Task[Any]") -> Any:
        """The agent: the operating system's user where the settings trust it, else whoever knows a password."""
        if self.settings.sign_in == "system":
            await loading
            agents = importlib.import_module("rdv.engine.setup.agents")

            async def who() -> Any:
                return await asyncio.to_thread(self.office.run, agents.who_am_i, self.office.me)

            try:
                return await patiently(self, who)
            except NotAllowed as error:  # someone else may know a password
                self.tell(error)

        async def check(login: str, password: str) -> Any:
            await loading
            return await self._check(login, password)

        return await self.ask(SignInScreen(check, login=self.settings.agent))

    async def _check(self, login: str, password: str) -> Any:
        signing_in = importlib.import_module("rdv.engine.setup.passwords")
        agents = importlib.import_module("rdv.engine.setup.agents")
        agent = await asyncio.to_thread(signing_in.sign_in, self.office, login=login, password=password)
        return await asyncio.to_thread(self.office.run, agents.who_am_i, Actor.agent(agent.login))

    # the pages

    async def action_open(self, entry: str) -> None:
        """Opens an entry of the menu."""
        if self.shift is None or isinstance(self.screen, ModalScreen) or entry not in self._entries():
            return
        if entry not in self.pages:
            module, _colon, name = PAGES[entry].partition(":")
            made = getattr(importlib.import_module(f"rdv.tui.screens.{module}"), name)(self.shift)
            self.install_screen(made, f"{entry} {wording.language()}")
            self.pages[entry] = made
        is_first, self.opened = not self.opened, entry
        page = self.pages[entry]
        await (self.push_screen(page) if is_first else self.switch_screen(page))
        self._tick()
        self.count()

    async def action_open_number(self, number: int) -> None:
        """Opens an entry by its place in the menu of this agent."""
        if self.shift is not None and number <= len(self._entries()):
            await self.action_open(self._entries()[number - 1])

    def _entries(self) -> Any:
        return importlib.import_module("rdv.tui.base.page").entries(self.shift)

    @on(Menu.Chosen)
    async def _chosen(self, event: Menu.Chosen) -> None:
        await self.action_open(event.entry)

    # what is fresh

    def watch_database(self, watch: Any) -> None:
        """Reads again whenever someone, anywhere, changed something."""
        self.run_worker(lambda: self._watch(watch), thread=True, exit_on_error=False, group="watch")

    def _watch(self, watch: Any) -> None:
        try:
            while self.is_running:
                try:
                    if watch.changed(WATCH_SECONDS):
                        self.call_from_thread(self._changed)
                except Broken as error:
                    self.call_from_thread(self.waiting, error)
                    time.sleep(AGAIN_SECONDS)
        finally:
            watch.close()

    def _changed(self) -> None:
        self.waiting(None)
        page = self.pages.get(self.opened)
        if page is not None:
            page.reload()
            self.count()

    @background
    async def count(self) -> None:
        """How many wait in the lists, in the menu."""
        counts = importlib.import_module("rdv.engine.booking.counts")
        outbox = importlib.import_module("rdv.engine.messages.outbox")
        found, left = await self.shift.run(counts.count_lists), await self.shift.run(outbox.outbox_state)
        waiting = {"to_reschedule": found.to_reschedule, "past": found.past_without_status, "messages": left.parked}
        for screen in self.screen_stack:
            for menu in screen.query(Menu):
                menu.count(waiting)

    def _tick(self) -> None:
        """The time, once a second; locks when nobody is there."""
        if self.shift is None:
            return
        now = self.shift.now
        for screen in self.screen_stack:
            for banner in screen.query(Banner):
                banner.tick(told_time(now), self._warning, self.portal)
        minutes = self.settings.lock_minutes
        if minutes and self._seconds() - self._used > minutes * 60 and self.settings.sign_in == "password":
            self.action_lock()

    async def on_event(self, event: events.Event) -> None:
        """Any key or click says that somebody is there."""
        if isinstance(event, events.Key | events.MouseDown):
            self._used = self._seconds()
        await super().on_event(event)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only who has a password can lock: it takes one to come back. Only a site that is open can be shown."""
        if action == "portal":
            return bool(self.portal)
        return action != "lock" or (self.shift is not None and self.shift.agent.has_password)

    def action_lock(self) -> None:
        """Hides everything until the same agent gives the password again; what was being typed stays."""
        if self.shift is not None and not self._is_locked:
            self.clear_notifications()
            self.push_screen(SignInScreen(self._check, login=self.shift.agent.login, locked=True))

    @property
    def _is_locked(self) -> bool:
        return any(isinstance(screen, SignInScreen) for screen in self.screen_stack)

    async def until_unlocked(self) -> None:
        """Wait until the screen is not locked, because a dialog must not open over the lock."""
        while self.shift is not None and self._is_locked:
            await asyncio.sleep(TICK_SECONDS)

    # what is said

    def tell(self, error: RdvError) -> None:
        """What went wrong, as a sentence and what to do."""
        self.notify(wording.hint(error), title=wording.sentence(error), severity="error", timeout=8, markup=False)

    def waiting(self, error: Broken | None, writes: int = 0) -> None:
        """Say that the database does not answer, and how many writes wait; None: that it does."""
        text = _("⚠ Trying again… {problem}", problem=error) if error else ""
        if writes:
            text = _("{warning} · {count} actions wait", warning=text, count=writes)
        self._warn(text)

    def _warn(self, text: str) -> None:
        self._warning = text
        for screen in self.screen_stack:
            for banner in screen.query(Banner):
                banner.warn(text)

    def said(self, text: str) -> None:
        """Say what was done, and what `u` does now."""
        self.notify(text, timeout=6, markup=False)

    def failed(self, what: str, error: RdvError) -> None:
        """Say what was not done, and why."""
        text = " ".join(filter(None, (wording.sentence(error), wording.hint(error))))
        self.notify(text, title=what, severity="error", timeout=10, markup=False)

    def written(self) -> None:
        """Show what was written."""
        self._changed()

    def keys_wait(self, is_late: bool) -> None:
        """Show on the last line that keys wait."""
        for line in self.screen.query(Keys):
            line.waits = is_late

    def keys_dropped(self, count: int) -> None:
        """Say that keys were ignored, because they were meant for something that did not happen."""
        self.notify(_("Keys ignored: {count}", count=count), severity="warning", markup=False)

    def action_undo(self) -> None:
        """Take the last action back, or say why that is not possible."""
        if self.shift is not None:
            self.shift.writes.undo()

    # the end

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

    def action_keys(self) -> None:
        """Every key that does something here, to be chosen, and what the signs mean."""
        help_dialog = importlib.import_module("rdv.tui.dialogs.help").HelpDialog
        self.push_screen(help_dialog(ours(self.screen.active_bindings)), self._do)

    def _do(self, active: Any) -> None:
        """What a key does, once what hides its screen is closed; None: nothing."""
        if active is not None:
            self.call_later(self.run_action, active.binding.action, active.node)

    @on(Address.Chosen)
    def action_portal(self) -> None:
        """Show where citizens find the portal that is open beside these screens."""
        if self.shift is not None and not isinstance(self.screen, ModalScreen):
            portal_dialog = importlib.import_module("rdv.tui.dialogs.portal").PortalDialog
            self.push_screen(portal_dialog(self.portal, self.settings.mail_url))

    def action_theme(self, name: str) -> None:
        """Dark, light, high contrast."""
        self.theme = name

    async def action_language(self, language: str) -> None:
        """Another language: the pages are made anew."""
        if language == wording.language():
            return
        wording.speak(language)
        spoken, self.pages = self.pages, {}
        await self.action_open(self.opened)
        for page in spoken.values():
            self.uninstall_screen(page)
            await page.remove()

    def get_key_display(self, binding: Binding) -> str:
        """What a key is called, in the language of the moment."""
        return binding.key_display or called(binding.key)

    def action_command_palette(self) -> None:
        """The palette, in the language of the moment."""
        if self.shift is not None and not isinstance(self.screen, SignInScreen | CommandPalette):
            self.push_screen(CommandPalette(placeholder=_("Which action?"), id="--command-palette"))

    def get_system_commands(self, screen: Screen[Any]) -> Any:
        """The palette: every key in force, every entry, the themes, the languages."""
        if self.shift is None:
            return
        told: dict[str, Any] = {}
        for active in ours(screen.active_bindings).values():
            told.setdefault(active.binding.action, active)  # the first of its keys
        for action, active in told.items():
            binding = active.binding
            if not action.startswith(("open_number", "command_palette")):
                said = _(binding.tooltip) if binding.tooltip else binding.description
                yield SystemCommand(said, self.get_key_display(binding), lambda active=active: self._do(active))
        for entry in self._entries():
            yield SystemCommand(_(ENTRIES[entry][0]), _("Menu"), self._opens(entry))
        for theme, name in NAMES.items():
            yield SystemCommand(_(name), _("Colours"), lambda theme=theme: self.action_theme(theme))
        for language, name in (("fr", "Français"), ("en", "English")):
            yield SystemCommand(name, _("Language"), self._speaks(language))

    def _opens(self, entry: str) -> Any:
        return lambda: self.call_later(self.action_open, entry)

    def _speaks(self, language: str) -> Any:
        return lambda: self.call_later(self.action_language, language)


def _settings() -> Any:
    return importlib.import_module("rdv.settings").load()


def ours(active: dict[str, Any]) -> dict[str, Any]:
    """The keys in force that do what the program is for: not those that widgets have by themselves."""
    return {key: one for key, one in active.items() if one.binding.description and _is_ours(one)}


def _is_ours(active: Any) -> bool:
    classes = [one for one in type(active.node).__mro__ if one.__module__.startswith("rdv.")]
    return any(active.binding.action == b.action for one in classes for b in one.__dict__.get("BINDINGS", ()))
