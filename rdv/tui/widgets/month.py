"""A month: a square a day, with how many slots are free and taken."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar

from rich.cells import set_cell_size
from rich.segment import Segment
from textual import events
from textual.binding import Binding
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _
from rdv.tui.drawing.grid import DaySum


class Month(Widget, can_focus=True):
    """Days to point at; Enter or a double click opens one (`Opened`)."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "month--head", "month--day", "month--other", "month--today", "month--shut", "month--full", "month--cursor",
    }  # fmt: skip
    BINDINGS: ClassVar[list[Any]] = [
        Binding("left", "go(-1)", show=False),
        Binding("right", "go(1)", show=False),
        Binding("up", "go(-7)", show=False),
        Binding("down", "go(7)", show=False),
        Binding("enter", "open", N_("Open"), key_display="⏎"),
    ]

    @dataclass
    class Opened(Message):
        """A day was opened."""

        day: date

    @dataclass
    class Left(Message):
        """An arrow went past the days that are shown."""

        day: date

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.days: list[DaySum] = []
        self.day = date(2000, 1, 1)
        self.today = self.day

    def show(self, days: list[DaySum], day: date, today: date) -> None:
        """Shows whole weeks; `day` is pointed at, and its month is the one that stands out."""
        shown, self.days, self.day, self.today = (self.days, self.day, self.today), days, day, today
        if shown != (days, day, today):
            self.refresh()

    def action_go(self, days: int) -> None:
        """Some days on."""
        wanted = self.day + timedelta(days=days)
        if self.days and self.days[0].day <= wanted <= self.days[-1].day and wanted.month == self.day.month:
            self.day = wanted
            self.refresh()
        else:
            self.post_message(self.Left(wanted))

    def action_open(self) -> None:
        """Opens the day."""
        self.post_message(self.Opened(self.day))

    @property
    def _wide(self) -> int:
        return max(4, self.size.width // 7)

    @property
    def _tall(self) -> int:
        return max(2, (self.size.height - 1) // max(1, len(self.days) // 7))

    def render_line(self, y: int) -> Strip:
        """The names of the weekdays, then the weeks."""
        wide = self._wide
        if y == 0:
            head = self.get_component_rich_style("month--head")
            names = [set_cell_size(f" {wording.weekday(number)}", wide) for number in range(7)]
            return Strip([Segment(name, head) for name in names]).adjust_cell_length(self.size.width, head)
        week, line = divmod(y - 1, self._tall)
        days = self.days[week * 7 : week * 7 + 7]
        blank = self.get_component_rich_style("month--day")
        return Strip([self._cell(one, line, wide) for one in days]).adjust_cell_length(self.size.width, blank)

    def _cell(self, one: DaySum, line: int, wide: int) -> Segment:
        style = "month--day" if one.day.month == self.day.month else "month--other"
        if line == 0:
            text = f"{one.day.day:>2}"
            style = "month--today" if one.day == self.today else style
        else:
            text = self._told(one, line)
            if one.is_open and not one.free:
                style = "month--full"
        if self.has_focus and one.day == self.day:
            style = "month--cursor"
        return Segment(set_cell_size(f" {text}", wide - 1) + " ", self.get_component_rich_style(style))

    def _told(self, one: DaySum, line: int) -> str:
        told = []
        if one.free:
            told.append(_("{count} free", count=one.free))
        if one.taken:
            told.append(_("{count} taken", count=one.taken))
        if one.kept:
            told.append(_("{count} kept", count=one.kept))
        if self._tall == 2:
            return f"{one.free}·{one.taken}" if one.is_open else ""
        return told[line - 1] if line - 1 < len(told) else ""

    def on_click(self, event: events.Click) -> None:
        """Points at a day; a double click opens it."""
        index = (event.y - 1) // self._tall * 7 + min(event.x // self._wide, 6)
        if event.y > 0 and index < len(self.days):
            self.day = self.days[index].day
            self.refresh()
            if event.chain == 2:
                self.action_open()
