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
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60
DAY_SECONDS = DAY_MINUTES * 60
_EPOCH = date(1970, 1, 1).toordinal()
_BLOCK = 512


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


made = tuple.__new__
"""`made(Slot, pair)` costs half of a slot whose two are named: where thousands are made."""


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

    def week_on(self, day: date) -> tuple[Opening, ...]:
        """Return the openings that apply on this day; none if the counter is closed."""
        if day < self.first or (self.last is not None and day > self.last):
            return ()
        if any(first <= day <= last for first, last in self.closures):
            return ()
        return next((e.openings for e in self.exceptions if e.first <= day <= e.last), self.openings)

    def changes(self, first: date, until: date) -> list[date]:
        """Return `first`, each day in between from which another week may apply, and `until`; nothing for an empty
        period.
        """
        spans = [(self.first, self.last), *self.closures, *((e.first, e.last) for e in self.exceptions)]
        days = {first, until}
        for start, last in spans:
            days.add(start)
            if last is not None and last < until:
                days.add(last + timedelta(days=1))
        return sorted(day for day in days if first <= day <= until)


def instant(day: date, minutes: int, zone: ZoneInfo) -> int:
    """Return the instant of a wall-clock time, in seconds since 1970; `minutes` since midnight, 1440 is the next one.

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
    """Return the instant in (low, high] at which the zone's offset changes."""
    before = _offset(low, zone)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
    return high


def _offset(at: int, zone: ZoneInfo) -> timedelta | None:
    return datetime.fromtimestamp(at, zone).utcoffset()


class _Day(NamedTuple):
    """A weekday's openings in the order of time, and its slots in seconds from an even day's midnight."""

    openings: tuple[Opening, ...]
    slots: tuple[tuple[int, int], ...]


@lru_cache(maxsize=1024)
def _weekdays(openings: tuple[Opening, ...]) -> tuple[_Day, ...]:
    """Return a week cut into slots, Monday first."""
    days = [tuple(sorted(o for o in openings if o.weekday == weekday)) for weekday in range(7)]
    return tuple(
        _Day(
            day, tuple((at * 60, (at + o.slot) * 60) for o in day for at in range(o.start, o.end - o.slot + 1, o.slot))
        )
        for day in days
    )


@lru_cache(maxsize=16)
def _midnights(block: int, zone: ZoneInfo) -> list[int | None]:
    """Return the midnights of the BLOCK days from day `block * BLOCK` on, as instants.

    A day on which the clock changes is None.
    """
    first = max(block * _BLOCK, 1)
    days = map(date.fromordinal, range(first, (block + 1) * _BLOCK + 1))
    offsets = [_offset_seconds(datetime(day.year, day.month, day.day, tzinfo=zone)) for day in days]
    return [None] * (first - block * _BLOCK) + [
        (first + rank - _EPOCH) * DAY_SECONDS - offset if offset == after else None
        for rank, (offset, after) in enumerate(pairwise(offsets))
    ]


def _offset_seconds(wall: datetime) -> int:
    offset = wall.utcoffset()
    return 0 if offset is None else offset.days * DAY_SECONDS + offset.seconds


def slots_of_day(hours: Hours, day: date) -> list[Slot]:
    """Return the slots of one local day, in order (S1)."""
    return expand(hours, day, day + timedelta(days=1))


def expand(hours: Hours, first: date, until: date) -> list[Slot]:
    """Return the slots of the local days of `[first, until)`, in order."""
    slots: list[Slot] = []
    for start, end in pairwise(hours.changes(first, until)):
        week = _weekdays(hours.week_on(start))
        for ordinal in range(start.toordinal(), end.toordinal()):
            day = week[(ordinal - 1) % 7]
            if not day.openings:
                continue
            midnight = _midnights(ordinal // _BLOCK, hours.zone)[ordinal % _BLOCK]
            if midnight is None:
                slots += _uneven_day(date.fromordinal(ordinal), day.openings, hours.zone)
            else:
                slots += [made(Slot, (midnight + start, midnight + end)) for start, end in day.slots]
    return slots


def _uneven_day(day: date, openings: tuple[Opening, ...], zone: ZoneInfo) -> Iterator[Slot]:
    """Yield the slots of a day when the clock changes: cut in real time from the start of each opening."""
    for opening in openings:
        start, end = instant(day, opening.start, zone), instant(day, opening.end, zone)
        length = opening.slot * 60
        for at in range(start, end - length + 1, length):
            yield Slot(at, at + length)


def slot_at(hours: Hours, at: int) -> Slot | None:
    """Return the slot that starts at this instant, if the hours hold one."""
    return _starts(hours, local_day(at, hours.zone)).get(at)


@lru_cache(maxsize=1024)
def _starts(hours: Hours, day: date) -> dict[int, Slot]:
    """Return the slots of a day by start; cached, because the next call is often for the same day."""
    return {slot.start: slot for slot in slots_of_day(hours, day)}


def local_day(at: int, zone: ZoneInfo) -> date:
    """Return the day that the wall of this zone shows at this instant."""
    return datetime.fromtimestamp(at, zone).date()


def utc(at: int) -> datetime:
    """Return seconds since 1970 as an aware datetime."""
    return datetime.fromtimestamp(at, UTC)
