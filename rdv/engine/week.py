"""Reference weeks, exceptions and closures to slots (C3–C6, S1, S7). Pure: no database, no clock.

Opening hours are wall clock; slots are instants. One function, `instant`, crosses from the first to the second. It is
monotonic, so openings that do not overlap on the wall never give slots that overlap in time, even on the two days
of the year when the clock changes:

- a wall-clock time that the spring change skips is the instant of the change;
- a wall-clock time that the autumn change repeats is its first occurrence.

Slots are cut from the start of each opening in real time: the opening 01:00–04:00 of a spring night holds two hours of
slots, that of an autumn night four, and each slot appears once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60
DAY_SECONDS = DAY_MINUTES * 60


class Opening(NamedTuple):
    """A stretch of a weekday during which a counter serves (C3).

    `weekday` is 0 for Monday; `start` and `end` are minutes since midnight (end ≤ 1440); `slot` is minutes.
    """

    weekday: int
    start: int
    end: int
    slot: int


class Slot(NamedTuple):
    """`[start, end)` in seconds since 1970 UTC."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ExceptionSpan:
    """From `first` to `last`, both included, `openings` replace the reference week; none of them closes (C5)."""

    first: date
    last: date
    openings: tuple[Opening, ...]


@dataclass(frozen=True, slots=True)
class Hours:
    """All that decides the slots of one counter (C4).

    Open from `first` to `last` (None: no end), both included. A closure, as (first, last) both included, wins over
    an exception, an exception over the week (C6).
    """

    zone: ZoneInfo
    first: date
    last: date | None
    openings: tuple[Opening, ...]
    exceptions: tuple[ExceptionSpan, ...] = ()
    closures: tuple[tuple[date, date], ...] = ()

    def on(self, day: date) -> tuple[Opening, ...]:
        """The openings of this very day, whatever order they were declared in."""
        if day < self.first or (self.last is not None and day > self.last):
            return ()
        if any(first <= day <= last for first, last in self.closures):
            return ()
        week = next((e.openings for e in self.exceptions if e.first <= day <= e.last), self.openings)
        weekday = day.weekday()
        return tuple(sorted(o for o in week if o.weekday == weekday))


def instant(day: date, minutes: int, zone: ZoneInfo) -> int:
    """The instant of a wall-clock time, in seconds since 1970; `minutes` since midnight, 1440 being the next midnight.

    Never decreases as the wall clock advances: see the module's docstring.
    """
    shift, minutes = divmod(minutes, DAY_MINUTES)
    wall = datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=zone) + timedelta(days=shift)
    earlier = int(wall.timestamp())
    later = int(wall.replace(fold=1).timestamp())
    if later < earlier:  # skipped by the clock: PEP 495 brackets the change between its two readings
        return _change_between(later, earlier, zone)
    return earlier


def _change_between(low: int, high: int, zone: ZoneInfo) -> int:
    """The instant in (low, high] at which the zone's offset changes."""
    before = _offset(low, zone)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
    return high


def _offset(at: int, zone: ZoneInfo) -> timedelta | None:
    return datetime.fromtimestamp(at, zone).utcoffset()


@lru_cache(maxsize=8192)
def _midnight(day: date, zone: ZoneInfo) -> tuple[int, bool]:
    """(midnight as an instant, whether the clock runs evenly until the next one)."""
    start, end = instant(day, 0, zone), instant(day, DAY_MINUTES, zone)
    return start, end - start == DAY_MINUTES * 60


def slots_of_day(hours: Hours, day: date) -> Iterator[Slot]:
    """The slots of one local day, in order (S1)."""
    openings = hours.on(day)
    if not openings:
        return
    midnight, even = _midnight(day, hours.zone)
    for opening in openings:
        if even:
            start, end = midnight + opening.start * 60, midnight + opening.end * 60
        else:
            start, end = instant(day, opening.start, hours.zone), instant(day, opening.end, hours.zone)
        length = opening.slot * 60
        for at in range(start, end - length + 1, length):
            yield Slot(at, at + length)


def expand(hours: Hours, first: date, until: date) -> list[Slot]:
    """The slots of the local days of `[first, until)`, in order."""
    first = max(first, hours.first)
    if hours.last is not None and hours.last < until:
        until = hours.last + timedelta(days=1)
    days = (first + timedelta(days=n) for n in range((until - first).days))
    return [slot for day in days for slot in slots_of_day(hours, day)]


def slot_at(hours: Hours, at: int) -> Slot | None:
    """The slot that starts at this instant, if the hours hold one."""
    return next((slot for slot in slots_of_day(hours, local_day(at, hours.zone)) if slot.start == at), None)


def local_day(at: int, zone: ZoneInfo) -> date:
    """The day that the wall of this zone shows at this instant."""
    return datetime.fromtimestamp(at, zone).date()


def utc(at: int) -> datetime:
    """Seconds since 1970 as an aware instant."""
    return datetime.fromtimestamp(at, UTC)
