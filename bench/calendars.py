"""The same two weeks as our calendar or as Textual's DataTable: `python -m bench.calendars calendar|table COUNTERS`.

Arrows move the cursor, `n` shows the other week, `f` also moves to its first slot. Once a key is painted, the program
writes its processor time so far to the terminal's clipboard.
"""

import sys
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text
from textual import events, on
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.widgets import DataTable

from bench.town import FULL_WEEKS, MONDAY, NOW
from rdv import settings, tui
from rdv.engine.booking import slots
from rdv.engine.office import Office
from rdv.engine.views.slots import SlotView
from rdv.i18n.wording import hours, short_day
from rdv.tui.drawing import grid
from rdv.tui.drawing.grid import Grid
from rdv.tui.themes import THEMES
from rdv.tui.widgets.calendar import NARROWEST, Calendar
from rdv.tui.widgets.calendar_cells import HOURS

COLOURS = {"free": "#7bc67e on #1b2320", "booked": "bold #74b4f0 on #2a3a4b"}
LINES = 2
"""Lines of half an hour in a calendar of that size on the terminal of the figures."""


class Board(App[None]):
    """The app around both widgets; a subclass fills it."""

    CSS_PATH: ClassVar[Any] = [Path(tui.__file__).with_name("app.tcss")]
    BINDINGS: ClassVar[list[Any]] = [Binding("n", "turn"), Binding("f", "first")]

    def __init__(self, found: Sequence[Sequence[SlotView]], counters: int) -> None:
        super().__init__()
        self.found, self.counters = found, counters
        self.week = 0
        self.awaited: set[str] = set()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = THEMES[0].name

    def on_mount(self) -> None:
        """Show the first of the two weeks."""
        self.show(self.laid_out())

    def laid_out(self) -> Grid[SlotView]:
        """Lay the week out as the page of slots does."""
        monday = MONDAY + timedelta(weeks=FULL_WEEKS + 1 + self.week)
        days = [monday + timedelta(days=n) for n in range(5)]
        heads = [(n, f"Guichet {n}") for n in range(1, self.counters + 1)]
        return grid.lay_out(self.found[self.week], days=days, counters=heads, words=grid.slot_words)

    def show(self, laid_out: Grid[SlotView]) -> None:
        """Fill the widget."""
        raise NotImplementedError

    async def on_event(self, event: events.Event) -> None:
        """Wait until a key is handled and its change painted, in any order."""
        if isinstance(event, events.Key):
            self.awaited = {"change", "paint"}
        await super().on_event(event)

    def action_turn(self) -> None:
        """Show the other week."""
        self.week = 1 - self.week
        self.show(self.laid_out())
        self.changed()

    def action_first(self) -> None:
        """Move to the first slot of the other week."""
        self.action_turn()
        self.go_to_first()

    def go_to_first(self) -> None:
        """Move the cursor to the first slot."""
        raise NotImplementedError

    @on(Calendar.Moved)
    @on(DataTable.CellHighlighted)
    def changed(self) -> None:
        """Note that the key is handled."""
        self._answer("change")

    def post_display_hook(self) -> None:
        """Note that Textual has painted."""
        self._answer("paint")

    def _answer(self, came: str) -> None:
        if came in self.awaited:
            self.awaited.remove(came)
            if not self.awaited:
                self.copy_to_clipboard(str(time.process_time()))


class CalendarBoard(Board):
    """Our calendar."""

    def compose(self) -> ComposeResult:
        yield Calendar(id="board")

    def show(self, laid_out: Grid[SlotView]) -> None:
        """Fill the widget as the page does."""
        self.query_one(Calendar).show(laid_out, NOW)

    def go_to_first(self) -> None:
        """Move the cursor to the first slot."""
        calendar = self.query_one(Calendar)
        first = calendar.grid.columns[0]
        calendar.point(first.counter_id, first.blocks[0].start)


class TableBoard(Board):
    """The yardstick: one row a time, one column a day and counter, with given widths."""

    def compose(self) -> ComposeResult:
        yield DataTable(id="board", header_height=2, cell_padding=0)

    def show(self, laid_out: Grid[SlotView]) -> None:
        """Replace the columns, because their days changed, then the rows."""
        table: DataTable[Text] = self.query_one(DataTable)
        table.clear(columns=True)
        wide = max(NARROWEST, (self.size.width - HOURS) // len(laid_out.columns))
        for column in laid_out.columns:
            table.add_column(f"{short_day(column.day)}\n{column.counter}", width=wide)
        standing = [{block.row: block for block in column.blocks} for column in laid_out.columns]
        for row in range(laid_out.rows):
            cells = [_cell(blocks.get(row)) for blocks in standing]
            table.add_row(*cells, height=LINES, label=hours(laid_out.time_of(row)))

    def go_to_first(self) -> None:
        """Leave the cursor where a cleared table has it."""


def _cell(block: grid.Block[SlotView] | None) -> Text:
    if block is None:
        return Text()
    return Text("\n".join(block.lines[:LINES]), COLOURS[block.style], no_wrap=True, overflow="ellipsis")


BOARDS: dict[str, type[Board]] = {"calendar": CalendarBoard, "table": TableBoard}


def read(office: Office, counters: int, monday: date) -> list[SlotView]:
    """Read the slots of the first counters for a week."""
    chosen = [str(n) for n in range(1, counters + 1)]
    return office.run(slots.list_slots, office.me, first=monday, days=7, counters=chosen)


if __name__ == "__main__":
    office = Office.open(settings.load())
    mondays = [MONDAY + timedelta(weeks=FULL_WEEKS + 1 + n) for n in range(2)]
    BOARDS[sys.argv[1]]([read(office, int(sys.argv[2]), monday) for monday in mondays], int(sys.argv[2])).run()
