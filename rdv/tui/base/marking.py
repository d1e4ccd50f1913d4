"""What lists whose rows can be marked share: what was found, how much of it is marked, what is chosen."""

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

    # what subclasses say

    def summary(self) -> str:
        """How many there are."""
        raise NotImplementedError

    def detail(self, one: T) -> str:
        """What a narrow list has no room for."""
        raise NotImplementedError

    # what they have

    def fill(self, rows: Mapping[int, Sequence[object]]) -> None:
        """Shows what was found, as these rows; what is pointed at and what is marked stays."""
        table = self.query_one(Table)
        table.fill(rows)
        if self.found and self.focused is None:
            table.focus()
        self._tell()

    @on(Table.Marked)
    @on(DataTable.RowHighlighted)
    def _tell(self) -> None:
        """How many there are, how many are marked; all of the one that is pointed at."""
        table = self.query_one(Table)
        marked = _("marked: {count}", count=len(table.marked)) if table.marked else ""
        for line in self.query("#summary").results(Static):
            write(line, " · ".join(filter(None, (self.summary(), marked))))
        one = self.found.get(table.pointed or 0)
        write(self.query_one("#detail", Static), self.detail(one) if one is not None else "")

    @property
    def chosen(self) -> list[T]:
        """The marked ones, else the one that is pointed at."""
        return [self.found[number] for number in self.query_one(Table).chosen if number in self.found]
