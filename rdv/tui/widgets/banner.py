"""The first two lines of every screen: the town, the agent and the time; the menu."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.tui.widgets.lines import write

ENTRIES: dict[str, tuple[str, str]] = {
    "today": (N_("Today"), N_("Now")),
    "slots": (N_("Slots"), N_("Slots")),
    "planned": (N_("Planned appointments"), N_("Planned")),
    "to_reschedule": (N_("To reschedule"), N_("Reschedule")),
    "past": (N_("Without status"), N_("Past")),
    "partners": (N_("Partners"), N_("Partners")),
    "counters": (N_("Counters"), N_("Counters")),
    "searches": (N_("Searches"), N_("Searches")),
    "messages": (N_("Messages"), N_("Messages")),
}
"""The menu « Rendez-vous »: what each entry is called, and its short name for narrow screens."""

AT_TIMES = "messages"
"""The entry that is shown where something waits there, or while it is open: its key always opens it."""

LONGEST = 8
"""Letters of a name where even the short ones do not fit."""


class Address(Static):
    """The address of the portal; a click on it says so."""

    ALLOW_SELECT: ClassVar[bool] = False

    class Chosen(Message):
        """It was clicked."""

    def on_click(self) -> None:
        """Says so."""
        self.post_message(self.Chosen())


class Banner(Horizontal):
    """Who is on and what time it is; a warning when the database does not answer; the portal, where one is open."""

    def __init__(self, agent: str = "", time: str = "") -> None:
        super().__init__()
        self.agent, self.time = agent, time

    def compose(self) -> ComposeResult:
        yield Static("rdv", id="program", markup=False)
        yield Address("", id="address", markup=False)
        yield Static("", id="warning", markup=False)
        yield Static(f"{self.agent}  {self.time}", id="clock", markup=False)

    def warn(self, warning: str) -> None:
        """Show what is the matter."""
        for line in self.query("#warning").results(Static):
            line.update(warning)

    def tick(self, time: str, warning: str, portal: str = "") -> None:
        """Show the time, a warning and the address of the portal; what is shown already is not painted again."""
        for name, text in (("#clock", f"{self.agent}  {time}"), ("#warning", warning), ("#address", portal)):
            for line in self.query(name).results(Static):  # none yet while the screen is being made
                write(line, text)
                line.display = bool(text) or name == "#warning"


class Menu(Widget, can_focus=False):
    """The line with the entries of the menu and their numbers, the open one highlighted."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"menu--entry", "menu--open", "menu--count"}

    @dataclass
    class Chosen(Message):
        """An entry was clicked."""

        entry: str

    def __init__(self, entries: tuple[str, ...] = (), opened: str = "") -> None:
        super().__init__()
        self.entries, self.opened = entries, opened
        self.counts: dict[str, int] = {}

    def count(self, counts: dict[str, int]) -> None:
        """Shows how many wait in some entries."""
        if counts != self.counts:
            self.counts = counts
            self.refresh()

    def render(self) -> Content:
        """The entries, in the widest form that fits."""
        return Content.assemble(*(Content.styled(text, self._style_of(entry)) for entry, text in self._parts()))

    def _parts(self) -> list[tuple[str, str]]:
        shown = [e for e in self.entries if e != AT_TIMES or e == self.opened or self.counts.get(e)]
        parts: list[tuple[str, str]] = []
        for form in (self._full, self._plain, self._short, self._shortest):
            parts = [(entry, form(number, entry)) for number, entry in enumerate(shown, 1)]
            if sum(len(text) for _entry, text in parts) <= self.size.width:
                break
        return parts

    def _style_of(self, entry: str) -> Any:
        return self.get_visual_style("menu--open" if entry == self.opened else "menu--entry", partial=True)

    def _label(self, entry: str, which: int) -> str:
        waiting = self.counts.get(entry)
        return f"{_(ENTRIES[entry][which])} {waiting}" if waiting else _(ENTRIES[entry][which])

    def _full(self, number: int, entry: str) -> str:
        return f" {number} {self._label(entry, 0)} "

    def _plain(self, number: int, entry: str) -> str:
        return f" {number} {self._label(entry, 1)} "

    def _short(self, number: int, entry: str) -> str:
        return f" {_(ENTRIES[entry][1])}{' ' if entry == self.opened else ''}"

    def _shortest(self, number: int, entry: str) -> str:
        name, waiting = _(ENTRIES[entry][1]), self.counts.get(entry)
        cut = name if len(name) <= LONGEST else f"{name[: LONGEST - 2]}."
        return f" {cut} {waiting}" if waiting else f" {cut}"

    def on_click(self, event: events.Click) -> None:
        """Opens the entry under the mouse."""
        at = 0
        for entry, text in self._parts():
            if at <= event.x < at + len(text):
                self.post_message(self.Chosen(entry))
                return
            at += len(text)


def told_time(now: datetime) -> str:
    """« mar. 04/04 16:35 »."""
    return f"{wording.short_day(now)} {wording.clock(now)}"
