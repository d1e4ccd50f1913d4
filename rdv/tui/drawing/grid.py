"""Slots and appointments laid out as calendars: place, words and style of each block.

Pure: views in, columns and blocks out. No Textual, no clock, no database. Rows are wall-clock time. On the night that
repeats an hour, a second block of the same rows goes below, so that every slot appears once (S7).
"""

from calendar import monthrange
from collections import Counter as Tally
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from itertools import groupby
from math import gcd
from typing import Generic, Protocol, TypeVar

from rdv.engine.views.appointments import AppointmentCard
from rdv.engine.views.slots import SlotView
from rdv.i18n import wording
from rdv.i18n.wording import say as _
from rdv.terms import SlotStatus

FINEST = 5
"""The least minutes of a row, for any slots."""

WASTE = 7
"""How many times as much may be read as is needed, so that one reading does."""

USUAL_HOURS = (8 * 60, 18 * 60)
"""The rows of a calendar where nothing stands, in minutes since midnight."""


class Timed(Protocol):
    """An item of a calendar."""

    @property
    def counter_id(self) -> int:
        """Return the counter's id."""

    @property
    def starts_at(self) -> datetime:
        """Return the start, in the time of the place."""

    @property
    def ends_at(self) -> datetime:
        """Return the end, in the time of the place."""


T = TypeVar("T", bound=Timed)


@dataclass(frozen=True, slots=True)
class Block(Generic[T]):
    """Rows `[row, row + height)` of a column: the items that start then, their words, and the name of their style.

    `lines` begins with the most important text; a block shows as many lines as fit.
    """

    row: int
    height: int
    items: tuple[T, ...]
    lines: tuple[str, ...]
    style: str

    @property
    def start(self) -> datetime:
        """Return the start, in the time of the place."""
        return self.items[0].starts_at


Words = Callable[[tuple[T, ...]], tuple[tuple[str, ...], str]]
"""Says of things that start together: their lines and the name of their style."""


class Stack(Generic[T]):
    """The things of a counter on a day, measured once; their blocks are made when they are first looked at."""

    __slots__ = ("_blocks", "_made_for", "_words", "high", "is_plain", "items", "low", "unit")

    def __init__(self, items: Iterable[T], words: Words[T]) -> None:
        self.items, self._words = tuple(items), words
        self._blocks: tuple[Block[T], ...] = ()
        self._made_for: tuple[int, int] | None = None
        self.unit, self.low, self.high, self.is_plain = 0, 24 * 60, 0, True
        """The longest time in which every start and length is whole, the first and the last minute, and whether each
        thing stands below the one before, as all do but in the night that repeats an hour."""
        free_from, before = 0, None
        for item in self.items:
            start, length = _minutes(item.starts_at), _length(item)
            self.unit = gcd(self.unit, start, length)
            self.low, self.high = min(self.low, start), max(self.high, start + length)
            if (start, item.starts_at.fold) != before:
                self.is_plain &= start >= free_from
                free_from, before = start + length, (start, item.starts_at.fold)

    def blocks(self, first: int, step: int) -> tuple[Block[T], ...]:
        """Return the things in the order of time, in rows of `step` minutes from `first` on."""
        if self._made_for != (first, step):
            self._blocks, self._made_for = _blocks(self.items, first, step, self._words), (first, step)
        return self._blocks


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """A counter on a day, in rows of `step` minutes from `first` on; without a stack nothing stands there."""

    day: date
    counter_id: int
    counter: str
    stack: Stack[T] | None
    first: int
    step: int

    @property
    def blocks(self) -> tuple[Block[T], ...]:
        """Return the blocks in order of time."""
        return self.stack.blocks(self.first, self.step) if self.stack else ()


@dataclass(frozen=True, slots=True)
class Grid(Generic[T]):
    """A calendar: rows of `step` minutes from `first` (minutes since midnight) on, one column a day and counter."""

    step: int
    first: int
    rows: int
    columns: tuple[Column[T], ...]

    def has_frame_of(self, other: "Grid[T]") -> bool:
        """Return True if rows and column heads are the same, with any blocks."""
        return (self.step, self.first, self.rows, len(self.columns)) == (
            other.step, other.first, other.rows, len(other.columns),
        ) and all(
            (one.day, one.counter_id, one.counter) == (two.day, two.counter_id, two.counter)
            for one, two in zip(self.columns, other.columns, strict=True)
        )  # fmt: skip

    def time_of(self, row: int) -> int:
        """Return the wall-clock time of a row, in minutes since midnight."""
        return self.first + row * self.step

    def row_of(self, minutes: int) -> int | None:
        """Return the row of a time of day, or None if the calendar does not show it."""
        row = (minutes - self.first) // self.step
        return row if 0 <= row < self.rows else None


@dataclass(frozen=True, slots=True)
class DaySum:
    """A day of a month view: how many slots are free, taken, or kept from citizens."""

    day: date
    free: int = 0
    taken: int = 0
    kept: int = 0

    @property
    def is_open(self) -> bool:
        """Return True if the day has a slot."""
        return self.free + self.taken + self.kept > 0


def lay_out(
    items: Iterable[T],
    *,
    days: Sequence[date],
    counters: Sequence[tuple[int, str]],
    words: Words[T],
    busy_only: bool = False,
) -> Grid[T]:
    """Lay out a calendar of some days and counters (id, label), day by day.

    Every counter has its column each day; with `busy_only` only those with items that day, and at least one.
    """
    return arrange(stack_up(items, words), days=days, counters=counters, busy_only=busy_only)


Stacks = Mapping[tuple[date, int], Stack[T]]
"""The items of each day and counter."""


def stack_up(items: Iterable[T], words: Words[T]) -> dict[tuple[date, int], Stack[T]]:
    """Sort things by day and counter."""
    held: dict[tuple[date, int], list[T]] = {}
    for item in items:
        held.setdefault((item.starts_at.date(), item.counter_id), []).append(item)
    return {place: Stack(some, words) for place, some in held.items()}


def arrange(
    held: Stacks[T], *, days: Sequence[date], counters: Sequence[tuple[int, str]], busy_only: bool = False
) -> Grid[T]:
    """Lay out what has been sorted; see `lay_out`."""
    step = _step(held.values())
    first, last = _span(held.values(), step)
    columns = tuple(
        Column(day, number, label, held.get((day, number)), first, step)
        for day in days
        for number, label in _of_day(day, counters, held, busy_only)
    )
    odd = [
        column for column in columns if column.stack and not (column.stack.is_plain and column.stack.unit % step == 0)
    ]
    lowest = max((block.row + block.height for column in odd for block in column.blocks), default=0)
    return Grid(step, first, max((last - first) // step, lowest), columns)


def few_reads(places: Collection[tuple[int, date]]) -> list[tuple[date, date, list[int]]]:
    """Return stretches of days and counters that hold these counters on these days, and not much more."""
    by_day: dict[date, list[int]] = {}
    for counter, day in sorted(places):
        by_day.setdefault(day, []).append(counter)
    first, last, counters = min(by_day), max(by_day), sorted({counter for counter, _day in places})
    if ((last - first).days + 1) * len(counters) <= WASTE * len(places):
        return [(first, last, counters)]
    return [(day, day, some) for day, some in by_day.items()]


def slot_words(slots: tuple[SlotView, ...]) -> tuple[tuple[str, ...], str]:
    """Return the words of a slot: its sign, and its partner or status (S1)."""
    slot = slots[0]
    sign = wording.SIGNS[slot.status]
    who = ", ".join(slot.partners)
    if slot.status is SlotStatus.FREE and slot.seats_free > 1:
        said = _("{count} free", count=slot.seats_free)
    elif slot.status is SlotStatus.RESERVED:
        said = _("reserved")
    else:
        said = who or wording.label(slot.status)
    lines = (f"{sign} {said}", f"{wording.clock(slot.starts_at)}–{wording.clock(slot.ends_at)}")
    return (*lines, who) if who and who != said else lines, str(slot.status)


def appointment_words(cards: tuple[AppointmentCard, ...]) -> tuple[tuple[str, ...], str]:
    """Return « 09:00 Planifié : BOIS Jules », as the manual's calendar shows it."""
    card = cards[0]
    names = ", ".join(one.partner.name for one in cards)
    lines = (
        f"{wording.SIGNS[card.status]} {names}",
        f"{wording.clock(card.starts_at)} {wording.label(card.status)}",
        card.comment or (wording.phone(card.partner.phone) if card.partner.phone else ""),
    )
    return tuple(filter(None, lines)), str(card.status)


def sum_days(slots: Iterable[SlotView], days: Sequence[date]) -> list[DaySum]:
    """Return the days of a month with their slots counted."""
    tally: Tally[tuple[date, str]] = Tally()
    for slot in slots:
        day = slot.starts_at.date()
        tally[day, "taken"] += len(slot.appointments) or slot.status in (SlotStatus.HELD, SlotStatus.OCCUPIED)
        tally[day, "free"] += slot.seats_free if slot.status is SlotStatus.FREE else 0
        tally[day, "kept"] += slot.status in (SlotStatus.RESERVED, SlotStatus.SUSPENDED)
    return [DaySum(day, *(tally[day, part] for part in ("free", "taken", "kept"))) for day in days]


def sum_appointments(cards: Iterable[AppointmentCard], days: Sequence[date]) -> list[DaySum]:
    """Return the days of a month with their appointments counted."""
    tally = Tally(card.starts_at.date() for card in cards)
    return [DaySum(day, taken=tally[day]) for day in days]


def week_days(day: date) -> list[date]:
    """Return Monday to Sunday around a day."""
    monday = day - timedelta(days=day.weekday())
    return [monday + timedelta(days=n) for n in range(7)]


def month_days(day: date) -> list[date]:
    """Return the whole weeks of the month of a day, Monday first."""
    first = day.replace(day=1)
    start = first - timedelta(days=first.weekday())
    next_month = (first + timedelta(days=32)).replace(day=1)
    weeks = ((next_month - start).days + 6) // 7
    return [start + timedelta(days=n) for n in range(weeks * 7)]


def shown_days(days: Sequence[date], busy: Iterable[date]) -> list[date]:
    """Return Monday to Friday, and the days of the weekend with items."""
    busy = set(busy)
    return [day for day in days if day.weekday() < 5 or day in busy]


def month_after(day: date, months: int) -> date:
    """Return the same day some months later (earlier below zero), or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def near(columns: Sequence[Column[T]], column: int, row: int) -> int | None:
    """Return the index of the block of a column nearest to a row, or None for an empty column."""
    blocks = columns[column].blocks
    return min(range(len(blocks)), key=lambda n: _distance(blocks[n], row)) if blocks else None


def _of_day(
    day: date, counters: Sequence[tuple[int, str]], held: Mapping[tuple[date, int], object], busy_only: bool
) -> Sequence[tuple[int, str]]:
    busy = [counter for counter in counters if (day, counter[0]) in held]
    return counters if not busy_only else busy or [(0, "")]


def _distance(block: Block[T], row: int) -> int:
    return max(block.row - row, row - (block.row + block.height - 1), 0)


def _minutes(when: datetime) -> int:
    return when.hour * 60 + when.minute


def _length(item: Timed) -> int:
    return int((item.ends_at.timestamp() - item.starts_at.timestamp()) // 60)


def _step(stacks: Iterable[Stack[T]]) -> int:
    """Return the minutes of a row: the longest that divides every start and length, not below FINEST."""
    whole = reduce(gcd, (stack.unit for stack in stacks), 0) or 30
    return next(step for step in (60, 30, 20, 15, 10, FINEST) if whole % step == 0 or step == FINEST)


def _span(stacks: Collection[Stack[T]], step: int) -> tuple[int, int]:
    """Return the first and the last minute shown: whole hours around all items."""
    if not stacks:
        return USUAL_HOURS
    first = min(stack.low for stack in stacks) // 60 * 60
    last = max(stack.high for stack in stacks)
    return first, min(-(-last // step) * step, 24 * 60)


def _blocks(items: Iterable[T], first: int, step: int, words: Words[T]) -> tuple[Block[T], ...]:
    blocks: list[Block[T]] = []
    free_from = 0
    ordered = sorted(items, key=lambda item: item.starts_at.timestamp())
    for _start, together in groupby(ordered, key=lambda item: item.starts_at.timestamp()):
        some = tuple(together)
        row = max((_minutes(some[0].starts_at) - first) // step, free_from)
        height = max(1, -(-_length(some[0]) // step))
        lines, style = words(some)
        blocks.append(Block(row, height, some, lines, style))
        free_from = row + height
    return tuple(blocks)
