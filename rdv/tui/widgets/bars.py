"""Bars of buttons one line high: filters, the period, actions."""

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Static

from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.tui.widgets.lines import write

FILTERS = {"types": N_("Type"), "places": N_("Place"), "counters": N_("Counter")}
MODES = {"day": N_("Days"), "week": N_("Weeks"), "month": N_("Months"), "list": N_("List")}


class Press(Static):
    """A word to click; keys do the same."""

    ALLOW_SELECT: ClassVar[bool] = False

    @dataclass
    class Pressed(Message):
        """It was clicked."""

        name: str

    def __init__(self, text: str, name: str, classes: str = "") -> None:
        super().__init__(text, name=name, classes=classes, markup=False)

    def on_click(self, event: events.Click) -> None:
        """Says so."""
        event.stop()
        self.post_message(self.Pressed(self.name or ""))


class FilterBar(Horizontal):
    """Type, place, counter: what each is narrowed to, `Pressed` with the name of the filter."""

    def compose(self) -> ComposeResult:
        for name, label in FILTERS.items():
            yield Press(self._text(label, ()), name)

    def show(self, chosen: dict[str, tuple[str, ...]]) -> None:
        """Shows the labels that are chosen, by filter."""
        for press in self.query(Press):
            write(press, self._text(FILTERS[press.name or ""], chosen.get(press.name or "", ())))
            press.set_class(bool(chosen.get(press.name or "")), "-set")

    def _text(self, label: str, chosen: tuple[str, ...]) -> str:
        told = chosen[0] if len(chosen) == 1 else _("{count} chosen", count=len(chosen)) if chosen else _("all")
        return f"{_(label)} : {told} ▾"


class PeriodBar(Horizontal):
    """‹ Today ›, the period in words, and the modes: `Pressed` with back, today, forward, date or a mode."""

    def __init__(self, modes: tuple[str, ...]) -> None:
        super().__init__()
        self.modes = modes

    def compose(self) -> ComposeResult:
        yield Press("‹", "back")
        yield Press(_("Today"), "today")
        yield Press("›", "forward")
        yield Press("", "date", classes="-title")
        for mode in self.modes:
            yield Press(_(MODES[mode]), mode, classes="-mode")

    def show(self, title: str, mode: str) -> None:
        """Shows the period and which mode is on."""
        for press in self.query(Press):
            if press.name == "date":
                write(press, title)
            press.set_class(press.name == mode, "-on")
