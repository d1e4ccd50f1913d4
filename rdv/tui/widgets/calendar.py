"""The calendar: columns of days and counters, rows of time, painted line by line.

It takes a `Grid` and says what is pointed at; it knows nothing of slots or appointments.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from operator import attrgetter
from typing import Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from rdv.i18n.sentences.mark import N_
from rdv.tui.drawing.cursor import Pointer
from rdv.tui.drawing.grid import Block, Column, Grid
from rdv.tui.widgets.calendar_cells import HOURS, STYLES, Cells

NARROWEST = 12
"""Cells: a column is never narrower, the calendar scrolls instead."""


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
        self._days: set[date] = set()
        self._cells = Cells(self._styled)

    def show(self, grid: Grid[Any], now: datetime | None, *, day: date | None = None) -> None:
        """Show another picture, and paint what is new. The cursor stays on its slot if it is there still.

        `day` sends the cursor to that day. In other columns than before the picture scrolls to the cursor; otherwise
        it stays where it was scrolled to.
        """
        shown, then, self.now = self.grid, self.now, now
        key, columns = self._pointer.key, self._columns()
        self._pointer.show(grid, now, day=day)
        if self._pointer.key == key and day is None and grid.has_frame_of(shown):
            for number, (old, new) in enumerate(zip(shown.columns, grid.columns, strict=True)):
                if old.stack is not new.stack:
                    self._repaint_column(number, old)
            self._repaint_time(then)
            return
        self._cells.forget()
        self._days = {column.day for column in grid.columns}
        self._head = 2 if len({column.counter_id for column in grid.columns}) > 1 else 1
        self._measure()
        self.refresh()
        if self._pointer.key != key or day is not None or self._columns() != columns:
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
        self._cells.restyle()

    def _styled(self, name: str, *, partial: bool = False) -> Style:
        return self.get_component_rich_style(f"calendar--{name}", partial=partial)

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

    def _seen(self) -> range:
        """The columns that are seen, by their numbers."""
        wide = self.cell.width
        first = self.scroll_offset.x // wide
        return range(first, min(len(self.grid.columns), (self.scroll_offset.x + self.room.width) // wide + 1))

    def _repaint_column(self, number: int, before: Column[Any]) -> None:
        """Paint the blocks of a column that differ from those that stood there before."""
        self._cells.forget(number)
        if number not in self._seen():
            return
        old, new = before.blocks, self.grid.columns[number].blocks
        looks = [{(one.row, one.height, one.lines, one.style): one for one in blocks} for blocks in (old, new)]
        wide, tall = self.cell
        for look in looks[0].keys() ^ looks[1].keys():
            row, height = look[0], look[1]
            region = Region(HOURS + number * wide, self.head + row * tall, wide, height * tall)
            self.refresh(region.translate(-self.scroll_offset))

    def _repaint_time(self, then: datetime | None) -> None:
        """Paint what another time changes: the mark of now, and what is over since then."""
        if then == self.now or then is None or self.now is None:
            return
        if then.date() != self.now.date():
            self._cells.forget()
            self.refresh()
            return
        for moment in (then, self.now):
            row = self.grid.row_of(moment.hour * 60 + moment.minute)
            if row is not None and self._shows_today():
                y = self.head + row * self.cell.height - self.scroll_offset.y
                self.refresh(Region(0, y, HOURS, 1))
        for number in self._seen():
            for index, block in enumerate(self.grid.columns[number].blocks):
                if then < block.items[0].ends_at <= self.now:
                    self._cells.forget(number)
                    self._repaint(number, index)

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
        room, (left, top), cells = self.room, self.scroll_offset, self._cells
        cell, seen = self._cell_in(room), self._seen()
        width = seen.stop * cell.width
        if y == 0:
            line, width = cells.days(self.grid, cell.width, self.now), len(self.grid.columns) * cell.width
            first = Segment(" " * HOURS, cells.style("head"))
        elif y < self.head:
            line, first = cells.counters(self.grid, seen, cell.width), Segment(" " * HOURS, cells.style("head"))
        else:
            row, nth = divmod(y - self.head + top, cell.height)
            line = self._row(row, nth, seen, cell)
            first = cells.hour(self.grid, row, nth, self.now if self._shows_today() else None)
        body = Strip(line, width).crop_extend(left, left + room.width - HOURS, cells.style("empty"))
        return Strip([first, *body], HOURS + body.cell_length)

    def _shows_today(self) -> bool:
        return self.now is not None and self.now.date() in self._days

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
            make = partial(self._block_line, number, row, line, cell, marks)
            segments += make() if marks else self._cells.kept(number, row * cell.height + line, cell, make)
        return segments

    def _block_line(self, number: int, row: int, line: int, cell: Size, marks: Sequence[str]) -> list[Segment]:
        """A line of what stands on a row of a column."""
        index = self._block_at(number, row)
        block = None if index is None else self.grid.columns[number].blocks[index]
        nth = line if block is None else (row - block.row) * cell.height + line
        return self._cells.block(block, nth, cell.width, self.now, marks)

    def _block_at(self, number: int, row: int) -> int | None:
        """The block of a column that stands on a row."""
        column = self._pointer.at(number)
        index = bisect_right(column.blocks, row, key=attrgetter("row")) - 1 if column else -1
        if column is None or index < 0 or row >= column.blocks[index].row + column.blocks[index].height:
            return None
        return index

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
