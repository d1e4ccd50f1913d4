"""The calendar: columns of days and counters, rows of time, painted line by line.

It takes a `Grid` and says what is pointed at; it knows nothing of slots or appointments.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import Any, ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.tui.drawing.cursor import Pointer
from rdv.tui.drawing.grid import Block, Grid
from rdv.tui.widgets.table import printable

HOURS = 6
"""Cells of the column that tells the time."""

NARROWEST = 12
"""Cells: a column is never narrower, the calendar scrolls instead."""

STYLES = (
    "free", "held", "booked", "reserved", "suspended", "occupied",
    "planned", "to_reschedule", "done", "no_show", "past_without_status",
    "head", "today", "hours", "empty", "cursor", "selected", "now", "past",
)  # fmt: skip


class Calendar(ScrollView, can_focus=True):
    """Slots or appointments to point at: arrows or mouse; shift with arrows, or a drag, takes several of a counter."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"calendar--{name}" for name in STYLES}
    BINDINGS: ClassVar[list[Any]] = [
        Binding("up", "go(0, -1)", show=False),
        Binding("down", "go(0, 1)", show=False),
        Binding("left", "go(-1, 0)", show=False),
        Binding("right", "go(1, 0)", show=False),
        Binding("shift+up", "go(0, -1, True)", show=False),
        Binding("shift+down", "go(0, 1, True)", show=False),
        Binding("shift+left", "go(-1, 0, True)", show=False),
        Binding("shift+right", "go(1, 0, True)", show=False),
        Binding("home", "edge(0)", show=False),
        Binding("end", "edge(-1)", show=False),
        Binding("enter", "open", N_("Open"), key_display="⏎"),
    ]

    @dataclass
    class Opened(Message):
        """A block was opened: Enter, or a double click."""

        calendar: "Calendar"
        block: Block[Any]

    @dataclass
    class Moved(Message):
        """Another block is pointed at, or others are selected."""

        calendar: "Calendar"

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.now: datetime | None = None
        self._pointer = Pointer()
        self._head = 1
        self._dragging = False
        self._styles: dict[str, Style] = {}
        self._plain: dict[tuple[int, int, Size], list[Segment]] = {}

    def show(self, grid: Grid[Any], now: datetime | None, *, day: date | None = None) -> None:
        """Show another picture. The cursor stays on its slot if it is there still; `day` sends it to that day.

        In other columns than before the picture scrolls to the cursor; otherwise it stays where it was scrolled to.
        """
        self.now = now
        before, columns = self._pointer.key, self._columns()
        self._pointer.show(grid, now, day=day)
        self._plain.clear()
        self._head = 2 if len({column.counter_id for column in grid.columns}) > 1 else 1
        self._measure()
        self.refresh()
        if self._pointer.key != before or day is not None or self._columns() != columns:
            self.call_after_refresh(self._reveal)
        self.post_message(self.Moved(self))

    def _columns(self) -> list[tuple[date, int]]:
        return [(column.day, column.counter_id) for column in self.grid.columns]

    def point(self, counter_id: int, start: datetime) -> bool:
        """Points at what starts then at a counter; False when it is not shown."""
        self._pointer.anchor = None
        found = self._pointer.find((start.date(), counter_id, start))
        if found:
            self._reveal()
            self.refresh()
            self.post_message(self.Moved(self))
        return found

    @property
    def grid(self) -> Grid[Any]:
        """What is shown."""
        return self._pointer.grid

    @property
    def pointed(self) -> Block[Any] | None:
        """The block under the cursor."""
        return self._pointer.block

    @property
    def selection(self) -> tuple[Block[Any], ...]:
        """The selected blocks of one counter, in the order of time; without a selection, the pointed one."""
        return self._pointer.selection

    # moving

    def action_go(self, across: int, down: int, extend: bool = False) -> None:
        """One block up or down, or the nearest of the next column that has any."""
        self._move_to(*self._pointer.beside(across, down, same_counter=extend), extend=extend)

    def action_edge(self, index: int) -> None:
        """The first or the last block of the column."""
        column = self._pointer.at(self._pointer.column)
        if column and column.blocks:
            self._move_to(self._pointer.column, index % len(column.blocks), extend=False)

    def action_open(self) -> None:
        """Opens what is pointed at."""
        if self.pointed is not None:
            self.post_message(self.Opened(self, self.pointed))

    def _move_to(self, column: int, index: int, *, extend: bool) -> None:
        before, several = self._pointer.place, self._pointer.anchor is not None
        self._pointer.move(column, index, extend=extend)
        if self._reveal() or several or extend:
            self.refresh()
        else:
            self._repaint(*before)
            self._repaint(column, index)
        if several or (column, index) != before:
            self.post_message(self.Moved(self))

    # where things are painted

    @property
    def room(self) -> Size:
        """What is seen at once beside the scroll bars, also of those that the next layout alone will draw."""
        whole, (narrow, low) = self.container_size, self._bars
        styles = self.styles
        return whole - Size(styles.scrollbar_size_vertical * low, styles.scrollbar_size_horizontal * narrow)

    @property
    def _bars(self) -> tuple[bool, bool]:
        """Whether it takes a scroll bar across, and one down: one leaves less room, and may make the other needed."""
        (width, height), styles = self.container_size, self.styles
        wide, tall = HOURS + NARROWEST * len(self.grid.columns), self.head + self.grid.rows
        narrow, low = wide > width, tall > height
        return (
            narrow or (low and wide > width - styles.scrollbar_size_vertical),
            low or (narrow and tall > height - styles.scrollbar_size_horizontal),
        )

    @property
    def head(self) -> int:
        """Lines of the head: days, and counters where there are several."""
        return self._head

    @property
    def cell(self) -> Size:
        """Cells of a column and lines of a row: what room there is, shared; a row has three lines at most."""
        return self._cell_in(self.room)

    def _cell_in(self, room: Size) -> Size:
        wide = (room.width - HOURS) // max(1, len(self.grid.columns))
        tall = (room.height - self.head) // max(1, self.grid.rows)
        return Size(max(NARROWEST, wide), max(1, min(3, tall)))

    def _measure(self) -> None:
        wide, tall = self.cell
        self.virtual_size = Size(HOURS + wide * len(self.grid.columns), self.head + tall * self.grid.rows)
        self.show_horizontal_scrollbar, self.show_vertical_scrollbar = self._bars  # how far it scrolls hangs on them

    def on_resize(self) -> None:
        """Shares the new room out."""
        self._measure()
        self._reveal()
        self.refresh()

    def on_focus(self) -> None:
        """Shows what is pointed at."""
        self._reveal()

    def notify_style_update(self) -> None:
        """Another theme: other styles."""
        super().notify_style_update()
        self._styles.clear()
        self._plain.clear()

    def _region(self, column: int, index: int) -> Region:
        """Where a block stands in the whole calendar, below the head and right of the hours."""
        block = self.grid.columns[column].blocks[index]
        wide, tall = self.cell
        return Region(HOURS + column * wide, self.head + block.row * tall, wide, block.height * tall)

    def _reveal(self) -> bool:
        """Scrolls to what is pointed at, past the head and the hours; True when that moved the picture.

        Its whole day is shown where there is room, but nothing moves more than it must under a mouse.
        """
        room, before = self.room, self.scroll_offset
        if self.pointed is None or not room:
            return False
        region = self._region(*self._pointer.place)
        day = region if self._dragging else self._day_region(region)
        left, top = before.x, before.y
        if day.x - left < HOURS:
            left = day.x - HOURS
        elif day.right - left > room.width:
            left = day.right - room.width
        if region.y - top < self.head:
            top = region.y - self.head
        elif region.bottom - top > room.height:
            top = region.bottom - room.height
        if (left, top) != before:
            self.scroll_to(left, top, animate=False, force=True, immediate=True)
        return self.scroll_offset != before

    def _day_region(self, region: Region) -> Region:
        """As wide as all the counters of the day that is pointed at, where they are seen at once; else the same."""
        columns, wide = self.grid.columns, self.cell.width
        day = columns[self._pointer.column].day
        numbers = [number for number, column in enumerate(columns) if column.day == day]
        if len(numbers) * wide > self.room.width - HOURS:
            return region
        return Region(HOURS + numbers[0] * wide, region.y, len(numbers) * wide, region.height)

    def _repaint(self, column: int, index: int) -> None:
        found = self._pointer.at(column)
        if found and index < len(found.blocks):
            self.refresh(self._region(column, index).translate(-self.scroll_offset))

    def watch_scroll_x(self, old_value: float, new_value: float) -> None:
        """All of it moves."""
        super().watch_scroll_x(old_value, new_value)
        self.refresh()

    # painting

    def render_line(self, y: int) -> Strip:
        """One line of the calendar: the head stays on top, the hours on the left."""
        room, (left, top) = self.room, self.scroll_offset
        cell = self._cell_in(room)
        columns = len(self.grid.columns)
        if y < self.head:
            cells = self._days(cell.width) if y == 0 else self._counters(cell.width)
            first = Segment(" " * HOURS, self._style("head"))
        else:
            row, line = divmod(y - self.head + top, cell.height)
            columns = min(columns, (left + room.width) // cell.width + 1)
            cells = self._row(row, line, range(left // cell.width, columns), cell)
            first = self._hour(row, line)
        whole = Strip(cells, columns * cell.width)
        body = whole.crop_extend(left, left + room.width - HOURS, self._style("empty"))
        return Strip([first, *body], HOURS + body.cell_length)

    def _days(self, wide: int) -> list[Segment]:
        segments = []
        today = self.now.date() if self.now else None
        for day, columns in groupby(self.grid.columns, key=lambda column: column.day):
            width = sum(wide for _ in columns)
            style = self._style("head", "today") if day == today else self._style("head")
            segments.append(Segment(_fit(wording.short_day(day), width), style))
        return segments

    def _counters(self, wide: int) -> list[Segment]:
        return [Segment(f"{_fit(column.counter, wide - 1)} ", self._style("head")) for column in self.grid.columns]

    def _hour(self, row: int, line: int) -> Segment:
        minutes = self.grid.time_of(row)
        now = self.now
        if now and self.grid.row_of(now.hour * 60 + now.minute) == row and line == 0 and self._shows_today():
            return Segment(f"▶{now:%H:%M}", self._style("hours", "now"))
        told = wording.hours(minutes) if line == 0 and row < self.grid.rows and minutes % 30 == 0 else ""
        return Segment(told.ljust(HOURS), self._style("hours"))

    def _shows_today(self) -> bool:
        return self.now is not None and any(column.day == self.now.date() for column in self.grid.columns)

    def _row(self, row: int, line: int, seen: range, cell: Size) -> list[Segment]:
        """The cells of a line, over the columns that are seen; those to their left are blank."""
        segments = [Segment(" " * (seen.start * cell.width))] if seen.start else []
        chosen = set(map(id, self.selection)) if self._pointer.anchor else set()
        pointed, index = self._pointer.place
        for number in seen:
            marks: list[str] = []
            if chosen or number == pointed:
                found = self._block_at(number, row)
                if found is not None and id(self.grid.columns[number].blocks[found]) in chosen:
                    marks.append("selected")
                if (number, found) == (pointed, index) and self.has_focus:
                    marks.append("cursor")
            segments += self._cell(number, row, line, cell, marks) if marks else self._kept(number, row, line, cell)
        return segments

    def _kept(self, number: int, row: int, line: int, size: Size) -> list[Segment]:
        """A cell that nothing points at, as it was painted before."""
        key = number, row * size.height + line, size
        if key not in self._plain:
            self._plain[key] = self._cell(number, row, line, size)
        return self._plain[key]

    def _cell(self, number: int, row: int, line: int, size: Size, marks: Sequence[str] = ()) -> list[Segment]:
        index = self._block_at(number, row)
        if index is None:
            return [Segment(" " * size.width, self._style("empty"))]
        block = self.grid.columns[number].blocks[index]
        is_past = self.now is not None and block.items[0].ends_at <= self.now
        style = self._style(block.style, *(("past",) if is_past else ()), *marks)
        nth = (row - block.row) * size.height + line
        text = block.lines[nth] if nth < len(block.lines) else ""
        edge = Segment("▏" if nth == 0 else " ", self._style(block.style))
        return [edge, Segment(_fit(text, size.width - 2), style), Segment(" ", self._style("empty"))]

    def _block_at(self, number: int, row: int) -> int | None:
        """The block of a column that stands on a row."""
        column = self._pointer.at(number)
        index = bisect_right(column.blocks, row, key=attrgetter("row")) - 1 if column else -1
        if column is None or index < 0 or row >= column.blocks[index].row + column.blocks[index].height:
            return None
        return index

    def _style(self, *names: str) -> Style:
        key = " ".join(names)
        if key not in self._styles:
            style = self.get_component_rich_style(f"calendar--{names[0]}")
            for name in names[1:]:
                style += self.get_component_rich_style(f"calendar--{name}", partial=True)
            self._styles[key] = style
        return self._styles[key]

    # the mouse

    def _under(self, event: events.MouseEvent) -> tuple[int, int] | None:
        """The column and the block under the mouse."""
        offset = event.get_content_offset(self)
        if offset is None or offset.x < HOURS or offset.y < self.head:
            return None
        wide, tall = self.cell
        number = (offset.x - HOURS + self.scroll_offset.x) // wide
        row = (offset.y - self.head + self.scroll_offset.y) // tall
        index = self._block_at(number, row)
        return None if index is None else (number, index)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Points at what is under the mouse; a drag takes what follows."""
        found = self._under(event)
        if found is not None:
            self._dragging = True
            self.capture_mouse()
            self._move_to(*found, extend=event.shift)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Takes all from where the drag began, as long as it is the same counter."""
        found = self._under(event) if self._dragging else None
        if found and found != self._pointer.place:
            columns = self.grid.columns
            if columns[found[0]].counter_id == columns[self._pointer.column].counter_id:
                self._move_to(*found, extend=True)

    def on_mouse_up(self) -> None:
        """Ends the drag."""
        self._dragging = False
        self.release_mouse()

    def on_click(self, event: events.Click) -> None:
        """A double click opens."""
        if event.chain == 2 and self._under(event) is not None:
            self.action_open()


@lru_cache(maxsize=4096)
def _fit(text: str, width: int) -> str:
    """The text in so many cells, with … where it goes on."""
    plain = printable(text)
    return set_cell_size(plain, width) if cell_len(plain) <= width else set_cell_size(plain, width - 1) + "…"
