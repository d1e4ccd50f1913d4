"""The agents' screens: their pages, the keys that work everywhere, the agent at work, and what is fresh.

The first picture needs neither settings nor engine nor database, because they load behind it.
"""

import asyncio
import gc
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on
from textual.app import ComposeResult, SystemCommand
from textual.binding import ActiveBinding, Binding
from textual.command import CommandPalette, Provider
from textual.screen import ModalScreen, Screen
from textual.timer import Timer

from rdv.changes import Part
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.terms import Face, NotAllowed, RdvError
from rdv.tui.entrance import Entrance
from rdv.tui.flows import PERMANENT, background, foreground, patiently
from rdv.tui.follower import Follower
from rdv.tui.leaving import Leaving
from rdv.tui.pace import Pace
from rdv.tui.pages import page_class
from rdv.tui.screens.sign_in import SignInScreen
from rdv.tui.themes import THEMES
from rdv.tui.translated import Spoken
from rdv.tui.widgets.banner import ENTRIES, Address, Banner, Menu, told_time
from rdv.tui.widgets.keys import Keys, called

if TYPE_CHECKING:
    from rdv.engine.office import Office
    from rdv.engine.views.setup import AgentView
    from rdv.settings import Settings
    from rdv.tui.base.page import Page

TICK_SECONDS = 1.0
COUNT_SECONDS = 1.0
"""The least seconds between two counts of the menu."""
ANNOUNCE_SECONDS = 1.5
"""After this time without an answer at the start, the screen says that the database does not answer."""


def _palette() -> type[Provider]:
    from rdv.tui.palette import Everything

    return Everything


class Frame(Spoken, Screen[Any]):
    """The frame of every page, shown while the engine loads."""

    def compose(self) -> ComposeResult:
        yield Banner()
        yield Menu(tuple(ENTRIES))
        yield Keys()


class RdvApp(Leaving):
    """The program. `first` is its first entry; `seconds` measures the time without use; `portal` is the address of a
    portal that runs next to it.

    Without `settings` it reads those in force, behind its first picture. If they cannot be read it ends, and `run`
    returns the error.
    """

    CSS_PATH: ClassVar[Any] = ["app.tcss"]
    TITLE = "rdv"
    COMMANDS: ClassVar[Any] = {_palette}
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
        office: "Office | None" = None,
        first: str = "slots",
        seconds: Callable[[], float] = time.monotonic,
        portal: str = "",
    ) -> None:
        super().__init__()
        self.settings, self.office, self.first, self.portal = settings, office, first, portal
        self.pages: dict[str, Page] = {}
        self.opened = ""
        self._entrance: Entrance | None = None
        self._follower: Follower | None = None
        self._minute: datetime | None = None
        self._recount: Timer | None = None
        self._counting = Pace(COUNT_SECONDS)
        self._seconds = seconds
        self._used = seconds()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = "rdv-dark"

    def get_default_screen(self) -> Screen[Any]:
        """Return the frame, which comes first."""
        return Frame()

    def on_mount(self) -> None:
        """Paint, then load. Keys wait from here on for the first page."""
        self.set_interval(TICK_SECONDS, self._tick)
        self.begin()

    @foreground
    async def begin(self) -> None:
        """Load the settings and the engine, let the agent in, open the first page."""
        await self._until_painted()
        try:
            settings = self.settings
            if settings is None:
                settings = self.settings = await asyncio.to_thread(_read_settings)
                wording.speak(settings.lang)
            opening = asyncio.create_task(self._open_office(settings))
            opening.add_done_callback(self._leave_if_hopeless)
            entrance = self._entrance = Entrance(opening)
            agent = await self._let_in(entrance, settings)
            office = await opening
        except RdvError as error:
            self.exit(error)
            return
        from rdv.tui.shift import Shift

        self.shift = Shift.begin(office, agent)
        self.shift.writes.witness = self
        pages = self._entries()
        await self.action_open(self.first if self.first in pages else pages[0])
        if self._follower is not None:
            self.run_worker(self._follower.follow, thread=True, exit_on_error=False, group="watch")
        if not gc.isenabled():  # the command line turned it off: modules stay, later objects do not
            gc.freeze()
            gc.enable()

    async def _until_painted(self) -> None:
        painted = asyncio.Event()
        self.call_after_refresh(painted.set)
        await painted.wait()

    async def _open_office(self, settings: "Settings") -> "Office":
        """Load the engine, and return the office once its database answers. Raise what no retry cures."""
        office = self.office = await asyncio.to_thread(self._load, settings)
        follower = self._follower = Follower(office, self)  # before the first page reads, so that no change is missed
        notice = self.set_timer(ANNOUNCE_SECONDS, self._announce)
        try:
            await patiently(self, follower.begin, hopeless=PERMANENT)
        finally:
            notice.stop()
        return office

    def _load(self, settings: "Settings") -> "Office":
        from rdv.engine.office import Office

        page_class(self.first)
        return self.office or Office.open(settings, Face.SCREENS)

    def _announce(self) -> None:
        self._warn(_("⚠ The database does not answer yet…"))

    def _leave_if_hopeless(self, opening: "asyncio.Task[Office]") -> None:
        """End the program where there is no database, also while a password is asked."""
        error = None if opening.cancelled() else opening.exception()
        if isinstance(error, RdvError):
            self.exit(error)

    async def _let_in(self, entrance: Entrance, settings: "Settings") -> "AgentView":
        """Return the agent: the operating system's user if the settings trust it, else a person with a password."""
        if settings.sign_in == "system":
            await entrance.opened()
            try:
                return await patiently(self, entrance.admit_user)
            except NotAllowed as error:  # another agent may know a password
                self.tell(error)
        agent: AgentView = await self.ask(SignInScreen(entrance.check, login=settings.agent))
        return agent

    # the pages

    async def action_open(self, entry: str) -> None:
        """Open an entry of the menu."""
        if self.shift is None or isinstance(self.screen, ModalScreen) or entry not in self._entries():
            return
        if entry not in self.pages:
            self.pages[entry] = page_class(entry)(self.shift)
            self.install_screen(self.pages[entry], f"{entry} {wording.language()}")
        is_first, self.opened = not self.opened, entry
        page = self.pages[entry]
        await (self.push_screen(page) if is_first else self.switch_screen(page))
        self._tick()
        self.count()

    async def action_open_number(self, number: int) -> None:
        """Open an entry by its place in the menu of this agent."""
        if self.shift is not None and number <= len(self._entries()):
            await self.action_open(self._entries()[number - 1])

    def _entries(self) -> tuple[str, ...]:
        """Return the entries of the menu that the agent can use; none before an agent is in."""
        if self.shift is None:
            return ()
        from rdv.tui.base.page import entries

        return entries(self.shift)

    @on(Menu.Chosen)
    async def _chosen(self, event: Menu.Chosen) -> None:
        await self.action_open(event.entry)

    # changes

    @on(Follower.Changed)
    def _changed(self, event: Follower.Changed) -> None:
        self.waiting(None)
        if self.shift is None:
            return
        if event.changes.everything:
            self.shift.forget()
        page = self.pages.get(self.opened)
        if page is not None:
            page.follow(event.changes, event.at)
        if event.changes.touch(Part.LISTS, Part.PARKED) and self._recount is None:
            self._recount = self.set_timer(self._counting.wait, self.count)

    @on(Follower.Away)
    def _away(self, event: Follower.Away) -> None:
        self.waiting(event.problem)

    @background
    async def count(self) -> None:
        """Show in the menu how many appointments and messages wait in the lists."""
        from rdv.engine.booking.counts import count_lists
        from rdv.engine.messages.outbox import outbox_state

        if self._recount is not None:
            self._recount.stop()
            self._recount = None
        if self.shift is None:
            return
        with self._counting.working():
            lists, outbox = await self.shift.run(count_lists), await self.shift.run(outbox_state)
        waiting = {"to_reschedule": lists.to_reschedule, "past": lists.past_without_status, "messages": outbox.parked}
        for screen in self._seen_screens():
            for menu in screen.query(Menu):
                menu.count(waiting)

    def _seen_screens(self) -> list[Screen[Any]]:
        """Return the page and what stands over it, or the frame while there is no page."""
        return [screen for screen in self.screen_stack if not (self.opened and isinstance(screen, Frame))]

    def _tick(self) -> None:
        """Show the time, once a second, and lock the screen after some time without use."""
        if self.shift is None:
            return
        now, settings = self.shift.now, self.shift.office.settings
        for screen in self._seen_screens():
            for banner in screen.query(Banner):
                banner.tick(told_time(now), self._warning, self.portal)
        minute = now.replace(second=0, microsecond=0)
        has_passed, self._minute = self._minute not in (None, minute), minute
        if has_passed and (page := self.pages.get(self.opened)) is not None:
            page.minute_passed()
        minutes = settings.lock_minutes
        if minutes and self._seconds() - self._used > minutes * 60 and settings.sign_in == "password":
            self.action_lock()

    async def on_event(self, event: events.Event) -> None:
        """Note that the agent is there, at any key or click."""
        if isinstance(event, events.Key | events.MouseDown):
            self._used = self._seconds()
        await super().on_event(event)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Allow the lock to agents with a password, who can come back, and the portal if it is open."""
        if action == "portal":
            return bool(self.portal)
        return action != "lock" or (self.shift is not None and self.shift.agent.has_password)

    def action_lock(self) -> None:
        """Hide everything until the same agent gives the password again; typed text stays."""
        if self.shift is not None and self._entrance is not None and not self._is_locked:
            self.clear_notifications()
            self.push_screen(SignInScreen(self._entrance.check, login=self.shift.agent.login, locked=True))

    @property
    def _is_locked(self) -> bool:
        return any(isinstance(screen, SignInScreen) for screen in self.screen_stack)

    async def until_unlocked(self) -> None:
        """Wait until the screen is not locked, because a dialog must not open over the lock."""
        while self.shift is not None and self._is_locked:
            await asyncio.sleep(TICK_SECONDS)

    # messages

    def written(self) -> None:
        """Show what was written."""
        if self.shift is not None:
            self.shift.forget()
        if (page := self.pages.get(self.opened)) is not None:
            page.reload()

    def action_undo(self) -> None:
        """Take the last action back, or say why that is not possible."""
        if self.shift is not None:
            self.shift.writes.undo()

    def action_keys(self) -> None:
        """List every key that does something here, to be chosen, and the signs."""
        from rdv.tui.dialogs.help import HelpDialog
        from rdv.tui.palette import ours

        self.push_screen(HelpDialog(ours(self.screen.active_bindings)), self._do)

    def _do(self, active: ActiveBinding | None) -> None:
        """Do what a key does; None: nothing was chosen."""
        from rdv.tui.palette import run

        if active is not None:
            run(self, active)()

    @on(Address.Chosen)
    def action_portal(self) -> None:
        """Show the address of the portal that runs next to these screens."""
        from rdv.tui.dialogs.portal import PortalDialog

        if self.shift is not None and not isinstance(self.screen, ModalScreen):
            self.push_screen(PortalDialog(self.portal, self.shift.office.settings.mail_url))

    def action_theme(self, name: str) -> None:
        """Change the theme: dark, light, high contrast."""
        self.theme = name

    async def action_language(self, language: str) -> None:
        """Change the language and build the pages again."""
        if language == wording.language():
            return
        wording.speak(language)
        spoken, self.pages = self.pages, {}
        await self.action_open(self.opened)
        for page in spoken.values():
            self.uninstall_screen(page)
            await page.remove()

    def get_key_display(self, binding: Binding) -> str:
        """Return the name of a key in the current language."""
        return binding.key_display or called(binding.key)

    def action_command_palette(self) -> None:
        """Open the palette in the current language."""
        if self.shift is not None and not isinstance(self.screen, SignInScreen | CommandPalette):
            self.push_screen(CommandPalette(placeholder=_("Which action?"), id="--command-palette"))

    def get_system_commands(self, screen: Screen[Any]) -> Iterator[SystemCommand]:
        """Return what the palette offers: every key in force, every entry, the themes, the languages."""
        from rdv.tui.palette import commands

        return commands(self, screen, self._entries()) if self.shift is not None else iter(())


def _read_settings() -> "Settings":
    from rdv import settings

    return settings.load()
