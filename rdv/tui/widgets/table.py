"""A list of rows: one to point at, several to mark; filled again without losing either."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding
from textual.message import Message
from textual.widgets import DataTable
from textual.widgets.data_table import RowKey

from rdv.engine.views.partners import PartnerCard
from rdv.i18n import wording
from rdv.i18n.sentences.mark import N_
from rdv.i18n.wording import say as _

MARK = "▪"

NARROWEST = 8
"""Cells that a column keeps of its width: with fewer it says nothing any more, and is left out."""

RULE = -1
"""The key of a row that only separates: it is neither opened nor marked."""


class Table(DataTable[Text]):
    """Rows by key. Space marks one; `*` marks those that are `due`, then all, then none; Enter or a double click opens
    one (`Opened`).

    Where there is little room the last columns are cut, then left out; the first `whole` ones come last to that.
    """

    BINDINGS: ClassVar[list[Any]] = [
        Binding("enter", "open", N_("Open"), key_display="⏎"),
        Binding("space", "mark", N_("Mark")),
        Binding("asterisk", "mark_all", N_("Mark all"), key_display="*", show=False),
    ]

    @dataclass
    class Opened(Message):
        """A row was opened, by its key."""

        table: "Table"
        key: int

        @property
        def control(self) -> "Table":
            """The table, for `on` with a selector."""
            return self.table

    @dataclass
    class Marked(Message):
        """Other rows are marked."""

        table: "Table"

    def __init__(self, *columns: str, markable: bool = False, whole: int = 1, **more: Any) -> None:
        super().__init__(cursor_type="row", zebra_stripes=True, **more)
        self.heads = columns
        self.markable, self.whole = markable, whole
        self.keys: list[int] = []
        self.filled: dict[int, Sequence[object]] = {}
        self.marked: set[int] = set()
        self.due: frozenset[int] = frozenset()
        self._named: list[tuple[str, Text]] = []
        self._wide: list[int] = []

    def on_mount(self) -> None:
        """The heads, in the language of the moment."""
        self._named = [("mark", Text(""))] if self.markable else []
        self._named += [(head, Text(_(head), no_wrap=True, overflow="ellipsis")) for head in self.heads]
        self._share([label.cell_len for _head, label in self._named])

    def fill(self, rows: Mapping[int, Sequence[object]], *, reveal: bool = False) -> None:
        """Show these rows, of facts or of styled texts. Cursor, marks and scrolling stay as far as they can.

        `reveal` scrolls to the cursor; a cursor that was seen before is seen afterwards in any case.
        """
        reveal = reveal or self._is_cursor_seen
        if rows == self.filled:
            self._reveal(reveal)
            return
        before, self.filled = self.filled, dict(rows)
        if list(before) == list(rows) and self._change({key: row for key, row in rows.items() if row != before[key]}):
            return
        pointed = self.pointed
        self.keys = list(rows)
        self.marked &= rows.keys()
        self._write(pointed)
        self._reveal(reveal)

    @property
    def _is_cursor_seen(self) -> bool:
        row = self.cursor_row - round(self.scroll_y)
        return 0 <= row < self.scrollable_content_region.height - self.header_height

    def _reveal(self, is_wanted: bool) -> None:
        """Scroll to the cursor, once the rows are laid out."""
        if is_wanted and self.keys:
            self.call_after_refresh(self._scroll_cursor_into_view, animate=False)

    def unmark(self) -> None:
        """Take all marks off."""
        if self.marked:
            self._set(set())

    def _change(self, rows: Mapping[int, Sequence[object]]) -> bool:
        """Write these rows anew where they stand, and paint no other; False where the columns become wider for them."""
        made = {key: self._cells(key, values) for key, values in rows.items()}
        if any(cell.cell_len > wide for cells in made.values() for cell, wide in zip(cells, self._wide, strict=True)):
            return False
        columns = [column.key for column in self.ordered_columns]
        for key, cells in made.items():
            self._data[RowKey(str(key))] = dict(zip(columns, cells, strict=False))  # the last have no room
        self._update_count += 1  # what is painted is kept under this number
        for key in made:
            self.refresh_row(self.get_row_index(str(key)))
        return True

    def _write(self, pointed: int | None) -> None:
        """Writes the rows anew, in the columns that there is room for."""
        rows, at, top = self.filled, self.cursor_row, self.scroll_y
        self.clear()
        made = {key: self._cells(key, values) for key, values in rows.items()}
        self._share(
            [
                max([label.cell_len, *(cells[number].cell_len for cells in made.values())])
                for number, (_head, label) in enumerate(self._named)
            ]
        )
        for key, cells in made.items():
            self.add_row(*cells[: len(self.columns)], key=str(key))
        if self.keys:
            row = self.keys.index(pointed) if pointed is not None and pointed in rows else min(at, len(self.keys) - 1)
            self.move_cursor(row=row, animate=False, scroll=False)
        self.scroll_to(y=top, animate=False)

    @property
    def pointed(self) -> int | None:
        """The key of the row under the cursor."""
        key = self.keys[self.cursor_row] if 0 <= self.cursor_row < len(self.keys) else RULE
        return None if key == RULE else key

    def point(self, key: int) -> None:
        """Puts the cursor on a row."""
        if key in self.keys:
            self.move_cursor(row=self.keys.index(key), animate=False)

    @property
    def chosen(self) -> list[int]:
        """The keys of the marked rows, in order; the pointed one where none is marked."""
        marked = [key for key in self.keys if key in self.marked]
        return marked or ([] if self.pointed is None else [self.pointed])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Marks are for lists that have them."""
        return self.markable if action in ("mark", "mark_all") else True

    def action_mark(self) -> None:
        """Marks the row, or takes its mark off, and goes down."""
        if self.pointed is not None:
            self._set({self.pointed} ^ self.marked)
            self.action_cursor_down()

    def action_mark_all(self) -> None:
        """Mark the rows that are due; again: all of them; again: none."""
        every = set(self.keys) - {RULE}
        steps = [step for step in (set(self.due & every), every) if step] + [set()]
        at = steps.index(self.marked) + 1 if self.marked in steps[:-1] else 0
        self._set(steps[at])

    def action_cursor_down(self) -> None:
        """Go down, past a row that only separates."""
        super().action_cursor_down()
        if self._is_on_rule:
            super().action_cursor_down()
        if self._is_on_rule:
            super().action_cursor_up()

    def action_cursor_up(self) -> None:
        """Go up, past a row that only separates."""
        super().action_cursor_up()
        if self._is_on_rule:
            super().action_cursor_up()
        if self._is_on_rule:
            super().action_cursor_down()

    @property
    def _is_on_rule(self) -> bool:
        return 0 <= self.cursor_row < len(self.keys) and self.keys[self.cursor_row] == RULE

    def action_open(self) -> None:
        """Opens the row under the cursor."""
        if self.pointed is not None:
            self.post_message(self.Opened(self, self.pointed))

    def on_click(self, event: events.Click) -> None:
        """A double click opens. A click on a mark, or where one would be, marks the row; on the head of them all."""
        at = event.style.meta
        if self.markable and at.get("column") == 0:
            if at["row"] < 0:
                self.action_mark_all()
            elif (key := self.keys[at["row"]]) != RULE:
                self._set({key} ^ self.marked)
        elif event.chain == 2:
            self.action_open()

    def on_resize(self) -> None:
        """Shares the new room out."""
        if len(self._shared()) != len(self.columns):
            self._write(self.pointed)
        else:
            self._share(self._wide)

    def _share(self, wide: list[int]) -> None:
        """Gives the columns, so wide as they would be, the room there is."""
        self._wide = wide
        shared = self._shared()
        if len(shared) != len(self.columns):
            self.clear(columns=True)
            for head, label in self._named[: len(shared)]:
                self.add_column(label, key=head)
        for column, cells in zip(self.ordered_columns, shared, strict=True):
            column.auto_width, column.width = False, cells
        self._require_update_dimensions = True
        self._clear_caches()
        self.refresh()

    def _shared(self) -> list[int]:
        """The widths of the columns that there is room for: that of the whole screen, until the list is seen."""
        bar = self.styles.scrollbar_size_vertical if len(self.keys) >= self.size.height else 0
        room = (self.size.width or self.app.size.width) - bar
        return share(self._wide, room, spared=self.whole + self.markable, around=2 * self.cell_padding)

    def _set(self, marked: set[int]) -> None:
        changed, self.marked = marked ^ self.marked, marked
        for key in changed:
            self.update_cell(str(key), "mark", self._mark(key))
        self.post_message(self.Marked(self))

    def _cells(self, key: int, values: Sequence[object]) -> list[Text]:
        cells = [value if isinstance(value, Text) else Text(printable(wording.plain(value))) for value in values]
        for cell in cells:
            cell.no_wrap, cell.overflow = True, "ellipsis"
        return [self._mark(key), *cells] if self.markable else cells

    def _mark(self, key: int) -> Text:
        return Text(MARK if key in self.marked else " ")


class Choices(Table):
    """Rows of which one is chosen."""

    BINDINGS: ClassVar[list[Any]] = [Binding("enter", "open", N_("Choose"), key_display="⏎")]


def share(wide: Sequence[int], room: int, *, spared: int = 0, around: int = 0) -> list[int]:
    """The widths of the columns that a room holds, with so much `around` each.

    The last give first, down to NARROWEST; where that cannot do they are left out. The `spared` ones come last to that.
    """
    least = [one if number < spared else min(one, NARROWEST) for number, one in enumerate(wide)]
    left = list(wide)
    while len(left) > max(1, spared) and sum(least[: len(left)]) + around * len(left) > room:
        left.pop()
    over = sum(left) + around * len(left) - room
    for number in reversed(range(len(left))):
        less = max(0, min(over, left[number] - NARROWEST))
        left[number] -= less
        over -= less
    return left


def printable(text: str) -> str:
    """The text without what a terminal would obey."""
    return "".join(character if character.isprintable() else " " for character in text)


def faded(row: Sequence[object]) -> tuple[Text, ...]:
    """Return a row as it looks once it has left its list."""
    cells = [value.plain if isinstance(value, Text) else printable(wording.plain(value)) for value in row]
    return tuple(Text(cell, "dim strike") for cell in cells)


def contact(partner: PartnerCard) -> str:
    """How a partner is reached: « +33 6 39 98 12 01 · jules.bois@example.org »."""
    return " · ".join(filter(None, (partner.phone and wording.phone(partner.phone), partner.email)))
