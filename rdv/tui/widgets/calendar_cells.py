"""The cells of a calendar as they are painted: heads, hours, blocks. Those that nothing points at are kept."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size

from rdv.i18n import wording
from rdv.tui.drawing.grid import Block, Grid
from rdv.tui.widgets.table import printable

HOURS = 6
"""Cells of the column that tells the time."""

STYLES = (
    "free", "held", "booked", "reserved", "suspended", "occupied",
    "planned", "to_reschedule", "done", "no_show", "past_without_status",
    "head", "today", "hours", "empty", "cursor", "selected", "now", "past",
)  # fmt: skip

Styled = Callable[..., Style]
"""Gives the style of a name of STYLES, or what it adds to another one (`partial=True`)."""


class Cells:
    """Paints the cells of a grid at a time."""

    def __init__(self, styled: Styled) -> None:
        self._styled = styled
        self._styles: dict[tuple[str, ...], Style] = {}
        self._kept: dict[int, dict[tuple[int, Size], list[Segment]]] = {}

    def forget(self, *columns: int) -> None:
        """Paint these columns anew from now on; all of them when none is named."""
        if not columns:
            self._kept.clear()
        for number in columns:
            self._kept.pop(number, None)

    def restyle(self) -> None:
        """Paint everything anew in other styles."""
        self._styles.clear()
        self._kept.clear()

    def style(self, *names: str) -> Style:
        """Return a style with what others add to it."""
        if names not in self._styles:
            style = self._styled(names[0])
            for name in names[1:]:
                style += self._styled(name, partial=True)
            self._styles[names] = style
        return self._styles[names]

    # the head and the hours

    def days(self, grid: Grid[Any], wide: int, now: datetime | None) -> list[Segment]:
        """Return the days above all columns."""
        segments = []
        for day, columns in groupby(grid.columns, key=lambda column: column.day):
            style = self.style("head", "today") if now and day == now.date() else self.style("head")
            segments.append(Segment(_fit(wording.short_day(day), sum(wide for _ in columns)), style))
        return segments

    def counters(self, grid: Grid[Any], seen: range, wide: int) -> list[Segment]:
        """Return the counters above the columns that are seen, and a blank for those to their left."""
        heads = [f"{_fit(grid.columns[number].counter, wide - 1)} " for number in seen]
        blank = [Segment(" " * (seen.start * wide))] if seen.start else []
        return [*blank, *(Segment(head, self.style("head")) for head in heads)]

    def hour(self, grid: Grid[Any], row: int, line: int, now: datetime | None) -> Segment:
        """Return the time of a row, or the mark of `now`, which is given where today is shown."""
        if now and line == 0 and grid.row_of(now.hour * 60 + now.minute) == row:
            return Segment(f"▶{now:%H:%M}", self.style("hours", "now"))
        minutes = grid.time_of(row)
        text = wording.hours(minutes) if line == 0 and row < grid.rows and minutes % 30 == 0 else ""
        return Segment(text.ljust(HOURS), self.style("hours"))

    # the blocks

    def kept(self, number: int, line: int, size: Size, make: Callable[[], list[Segment]]) -> list[Segment]:
        """Return a line of a column as it was painted before, or else as it is made now."""
        painted = self._kept.setdefault(number, {})
        if (line, size) not in painted:
            painted[line, size] = make()
        return painted[line, size]

    def block(
        self, block: Block[Any] | None, nth: int, wide: int, now: datetime | None, marks: Sequence[str] = ()
    ) -> list[Segment]:
        """Return the nth line of a block, or a blank where none stands."""
        if block is None:
            return [Segment(" " * wide, self.style("empty"))]
        is_past = now is not None and block.items[0].ends_at <= now
        style = self.style(block.style, *(("past",) if is_past else ()), *marks)
        text = block.lines[nth] if nth < len(block.lines) else ""
        edge = Segment("▏" if nth == 0 else " ", self.style(block.style))
        return [edge, Segment(_fit(text, wide - 2), style), Segment(" ", self.style("empty"))]


@lru_cache(maxsize=4096)
def _fit(text: str, width: int) -> str:
    """Return the text in so many cells, with … where it goes on."""
    plain = printable(text)
    return set_cell_size(plain, width) if cell_len(plain) <= width else set_cell_size(plain, width - 1) + "…"
