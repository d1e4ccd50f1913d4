"""The cursor of a calendar and its moves. Pure: no Textual."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from rdv.tui.drawing.grid import USUAL_HOURS, Block, Column, Grid, near

EMPTY: Grid[Any] = Grid(30, USUAL_HOURS[0], 0, ())

Key = tuple[date, int, datetime]
"""The identity of a block across reloads: the day, the counter, the start."""


@dataclass(slots=True)
class Pointer:
    """A place in a grid, by column and block, and where a selection began."""

    grid: Grid[Any] = field(default_factory=lambda: EMPTY)
    column: int = 0
    index: int = 0
    anchor: Key | None = None

    @property
    def place(self) -> tuple[int, int]:
        """Return column and block, by their numbers."""
        return self.column, self.index

    @property
    def block(self) -> Block[Any] | None:
        """Return the block under the cursor."""
        column = self.at(self.column)
        return column.blocks[self.index] if column and self.index < len(column.blocks) else None

    @property
    def key(self) -> Key | None:
        """Return the identity of the block under the cursor."""
        column, block = self.at(self.column), self.block
        return (column.day, column.counter_id, block.start) if column and block else None

    @property
    def selection(self) -> tuple[Block[Any], ...]:
        """Return the blocks of one counter from the start of the selection to the cursor, in order of time."""
        here = self.key
        if here is None:
            return ()
        low, high = sorted((here[2], (self.anchor or here)[2]))
        return tuple(
            block
            for column in self.grid.columns
            if column.counter_id == here[1]
            for block in column.blocks
            if low <= block.start <= high
        )

    def at(self, number: int) -> Column[Any] | None:
        """Return a column by its number."""
        return self.grid.columns[number] if 0 <= number < len(self.grid.columns) else None

    def show(self, grid: Grid[Any], now: datetime | None, *, day: date | None = None) -> None:
        """Point into another grid: at the same thing if it is there still, else near it, else near now.

        If a `day` is wanted, point at that day, at the same counter and time if possible.
        """
        before = self.key
        self.grid = grid
        if before is not None and day in (None, before[0]) and self.find(before):
            return
        self.anchor = None
        beside = before[2] if before else now
        minutes = beside.hour * 60 + beside.minute if beside else grid.first
        day = day or (before[0] if before else None)
        today = now.date() if now else None
        counter = before[1] if before else None
        filled = [number for number, column in enumerate(grid.columns) if column.stack]

        def far(number: int) -> tuple[bool, bool, bool, int]:
            column = grid.columns[number]
            return column.day != day, column.day != today, column.counter_id != counter, number

        self.column = min(filled, key=far, default=0)
        self.index = (near(grid.columns, self.column, (minutes - grid.first) // grid.step) or 0) if filled else 0

    def find(self, key: Key) -> bool:
        """Move to the block of this identity. Return False if there is none."""
        for number, column in enumerate(self.grid.columns):
            if (column.day, column.counter_id) != key[:2]:
                continue
            for index, block in enumerate(column.blocks):
                if block.start == key[2]:
                    self.column, self.index = number, index
                    return True
        return False

    def move(self, column: int, index: int, *, extend: bool) -> None:
        """Move elsewhere; `extend` keeps the start of the selection, or begins one here."""
        self.anchor = (self.anchor or self.key) if extend else None
        self.column, self.index = column, index

    def beside(self, across: int, down: int, *, same_counter: bool) -> tuple[int, int]:
        """Return the block some blocks up or down, or the nearest one of the next column with any."""
        here = self.block
        if here is None:
            return self.place
        if down:
            return self.column, max(0, min(self.index + down, len(self.grid.columns[self.column].blocks) - 1))
        column = self._next_column(across, same_counter=same_counter)
        return column, self.index if column == self.column else near(self.grid.columns, column, here.row) or 0

    def _next_column(self, across: int, *, same_counter: bool) -> int:
        columns = self.grid.columns
        number = self.column + across
        while 0 <= number < len(columns):
            if columns[number].stack and (
                not same_counter or columns[number].counter_id == columns[self.column].counter_id
            ):
                return number
            number += across
        return self.column
