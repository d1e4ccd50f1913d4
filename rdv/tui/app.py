"""The agents' screens: which there are, the keys that hold everywhere, who is in, what is fresh.

Its first picture needs neither settings nor engine nor database: all are loaded behind it.
"""

import asyncio
import gc
import importlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on
from textual.app import App, ComposeResult, SystemCommand
from textual.binding import Binding
from textual.command import CommandPalette
from textual.screen import ModalScreen, Screen

from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.terms import Actor, Broken, Face, Invalid, NotAllowed, RdvError
from rdv.tui.flows import flow, patiently
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


def _everything() -> Any:
    return importlib.import_module("rdv.tui.widgets.palette").Everything


class Frame(Spoken, Screen[Any]):
    """What is seen while the engine is loaded: the frame of every page."""

    def compose(self) -> ComposeResult:
        yield Banner()
        yield Menu(tuple(ENTRIES))
        yield Keys()


class RdvApp(App[RdvError]):
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
        self._seconds = seconds
        self._used = seconds()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = "rdv-dark"

    def get_default_screen(self) -> Screen[Any]:
        """The frame comes first."""
        return Frame()

    def on_mount(self) -> None:
        """Paints, then loads."""
        self.set_interval(TICK_SECONDS, self._tick)
        self.call_after_refresh(self.begin)

    @flow("begin")
    async def begin(self) -> None:
        """Loads the settings and the engine, lets the agent in, opens the first page."""
        try:
            if self.settings is None:
                self.settings = await asyncio.to_thread(_settings)
                wording.speak(self.settings.lang)
            loading = asyncio.create_task(asyncio.to_thread(self._load))
            agent = await self._let_in(loading)
            await loading
        except Invalid as error:
            self.exit(error)
            return
        self.shift = importlib.import_module("rdv.tui.shift").Shift.begin(self.office, agent)
        watch = self.office.watch()
        await patiently(self, lambda: asyncio.to_thread(watch.changed, 0))  # told from here on; read behind it
        pages = self._entries()
        await self.action_open(self.first if self.first in pages else pages[0])
        self.watch_database(watch)
        if not gc.isenabled():  # as the command line leaves it: what was loaded stays, what comes now does not
            gc.freeze()
            gc.enable()

    def _load(self) -> None:
        office = importlib.import_module("rdv.engine.office")
        importlib.import_module(f"rdv.tui.screens.{PAGES[self.first].partition(':')[0]}")
        self.office = self.office or office.Office.open(self.settings, Face.SCREENS)

    async def _let_in(self, loading: "asyncio.Task[None]") -> Any:
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

        return await self.push_screen_wait(SignInScreen(check, login=self.settings.agent))

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

    @flow("count")
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
        if self.shift is not None and not isinstance(self.screen, SignInScreen):
            self.push_screen(SignInScreen(self._check, login=self.shift.agent.login, locked=True))

    # what is said

    def tell(self, error: RdvError) -> None:
        """What went wrong, as a sentence and what to do."""
        self.notify(wording.hint(error), title=wording.sentence(error), severity="error", timeout=8, markup=False)

    def waiting(self, error: Broken | None) -> None:
        """The database does not answer, and is tried again; None: it does."""
        self._warning = _(N_("⚠ Trying again… {problem}"), problem=error) if error else ""
        self._tick()

    @flow("act")
    async def action_undo(self) -> None:
        """Takes the last action back, where the rules allow it."""
        if self.shift is None:
            return
        if not self.shift.undos:
            self.notify(_(N_("Nothing to undo.")))
            return
        last = self.shift.undos.pop()
        await self.shift.run(last.function, **last.given)
        self.notify(_(N_("Undone: {what}."), what=last.said), markup=False)
        self._changed()

    def action_keys(self) -> None:
        """Every key that does something here, to be chosen, and what the signs mean."""
        help_dialog = importlib.import_module("rdv.tui.dialogs.help").HelpDialog
        self.push_screen(help_dialog(ours(self.screen.active_bindings)), self._do)

    def _do(self, active: Any) -> None:
        """What a key does, once what hides its screen is closed; None: nothing."""
        if active is not None:
            self.call_later(self.run_action, active.binding.action, active.node)

    @on(Address.Chosen)
    @flow("ask")
    async def action_portal(self) -> None:
        """Where citizens find the portal that is open beside these screens."""
        if self.shift is not None and not isinstance(self.screen, ModalScreen):
            portal_dialog = importlib.import_module("rdv.tui.dialogs.portal").PortalDialog
            await self.push_screen_wait(portal_dialog(self.portal, self.settings.mail_url))

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
            self.push_screen(CommandPalette(placeholder=_(N_("Which action?")), id="--command-palette"))

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
            yield SystemCommand(_(ENTRIES[entry][0]), _(N_("Menu")), self._opens(entry))
        for theme, name in NAMES.items():
            yield SystemCommand(_(name), _(N_("Colours")), lambda theme=theme: self.action_theme(theme))
        for language, name in (("fr", "Français"), ("en", "English")):
            yield SystemCommand(name, _(N_("Language")), self._speaks(language))

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
