"""The base of lists with rows that can be marked: the items, the marked ones, the chosen ones."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from textual import on
from textual.widgets import DataTable, Static

from rdv.i18n.wording import say as _
from rdv.tui.base.page import Page
from rdv.tui.shift import Shift
from rdv.tui.widgets.lines import write
from rdv.tui.widgets.table import Table

T = TypeVar("T")


class Marking(Page, Generic[T]):
    """A page with a Table, a line `#summary` where there is room for one, and `#detail` of what is pointed at."""

    def __init__(self, shift: Shift) -> None:
        super().__init__(shift)
        self.found: dict[int, T] = {}
        self.gone: int | None = None
        """The row under the cursor if it has left the list: it stays until the cursor leaves it."""

    # for subclasses

    def summary(self) -> str:
        """Return the count as text."""
        raise NotImplementedError

    def detail(self, one: T) -> str:
        """Return the details that a narrow list cuts."""
        raise NotImplementedError

    def show(self) -> None:
        """Show what was found."""
        raise NotImplementedError

    # for all lists

    def take(self, found: Mapping[int, T]) -> None:
        """Take what was read. The row under the cursor stays, so that no key acts on the row that takes its place."""
        pointed = self.query_one(Table).pointed
        before, self.found, self.gone = self.found, dict(found), None
        if self.is_elsewhere or not found or pointed is None or pointed in found or pointed not in before:
            return
        self.gone = pointed
        above = {*itertools.takewhile(lambda number: number != pointed, before)} & found.keys()
        at = max((number + 1 for number, key in enumerate(found) if key in above), default=0)
        rows = [*found.items()]
        self.found = dict([*rows[:at], (pointed, before[pointed]), *rows[at:]])

    @property
    def count_found(self) -> int:
        """Return how many there are, without the row that has left the list."""
        return len(self.found) - (self.gone is not None)

    def fill(self, rows: Mapping[int, Sequence[object]]) -> None:
        """Show what was found, as these rows. The row under the cursor and the marks stay."""
        table = self.query_one(Table)
        table.fill(rows, reveal=self.is_elsewhere)
        self.is_elsewhere = False
        if self.found and self.focused is None:
            table.focus()
        self._tell()

    @on(DataTable.RowHighlighted)
    def _let_go(self) -> None:
        """Take the row that has left the list away, once the cursor has left it."""
        if self.gone is not None and self.query_one(Table).pointed not in (self.gone, None):
            del self.found[self.gone]
            self.gone = None
            self.show()

    @on(Table.Marked)
    @on(DataTable.RowHighlighted)
    def _tell(self) -> None:
        """Say how many there are and how many are marked, and all of the one under the cursor."""
        table = self.query_one(Table)
        marked = _("marked: {count}", count=len(table.marked)) if table.marked else ""
        for line in self.query("#summary").results(Static):
            write(line, " · ".join(filter(None, (self.summary(), marked))))
        one = self.found.get(table.pointed or 0)
        write(self.query_one("#detail", Static), self.detail(one) if one is not None else "")

    @property
    def chosen(self) -> list[T]:
        """Return the marked ones, else the one under the cursor."""
        return [self.found[number] for number in self.query_one(Table).chosen if number in self.found]

    def targets(self) -> list[T]:
        """Return what a key acts on; a key that has nothing to act on has no meaning."""
        return self.required(self.chosen)
