"""The public offer of the portal: types, places and free slots, within notice and horizon (P1, P4)."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import groupby, islice
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from rdv.engine.core.availability import Offered
from rdv.engine.core.schedule import DAY_SECONDS, instant, local_day
from rdv.engine.lookup.references import LARGEST_ID, id_of
from rdv.engine.office import Work, public_case
from rdv.engine.seats.claims import Days, local, wall
from rdv.engine.seats.counter_hours import CounterHours, read_counters
from rdv.engine.seats.free_seats import FreeSeats, free_seats
from rdv.engine.seats.next_free import free_between
from rdv.engine.views.portal import FreeSlot, OpenPlace, OpenType, OpenWeek
from rdv.store.tables import AppointmentType, Counter, Place
from rdv.terms import NotFound

MOST_DAYS = 31
"""A page shows at most this many days."""

WEEK_DAYS = 7

MOST_SLOTS = 50
"""The first free slots are at most this many."""


@public_case()
def open_types(work: Work) -> list[OpenType]:
    """Return the types that citizens can book: on the portal, and served by a public counter (P4)."""
    rows = work.session.exec(
        select(AppointmentType)
        .where(col(AppointmentType.public), col(AppointmentType.id).in_(select(Counter.type_id).where(*_public())))
        .order_by(AppointmentType.key)
    )
    return [type_view(row) for row in rows]


@public_case()
def open_places(work: Work, *, type: int) -> list[OpenPlace]:
    """Return the places where citizens can book a type (P4)."""
    row = open_type(work, type)
    return _places(work, select(Counter.place_id).where(Counter.type_id == row.id, *_public()))


@public_case()
def free_slots(
    work: Work, *, type: int, place: int | None = None, first: date | None = None, days: int = 7
) -> list[FreeSlot]:
    """Return the free slots of some days, by start, within notice and horizon of the type, at public counters (P4).

    A time that several counters of a place offer appears once. `first` is today by default; at most MOST_DAYS days.
    """
    row = open_type(work, type)
    return _of_days(work, row, public_counters(work, id_of(row), place), first, days)


@public_case()
def first_free(
    work: Work, *, type: int, place: int | None = None, after: date | None = None, count: int = 5
) -> list[FreeSlot]:
    """Return the first free slots of a type, earliest first, from a day on (P4)."""
    row = open_type(work, type)
    return _first(work, row, public_counters(work, id_of(row), place), after, count)


@public_case()
def look(work: Work, *, type: int, place: int | None = None, week: date | None = None, count: int = 4) -> OpenWeek:
    """Return all that the page of a choice needs: the type, its places, the first free slots, and those of a week.

    `week` is any of its days; without one, the week of the first free slot.
    """
    row = open_type(work, type)
    places = _places(work, select(Counter.place_id).where(Counter.type_id == row.id, *_public()))
    chosen = public_counters(work, id_of(row), place)
    first = _first(work, row, chosen, None, count)
    today = local_day(work.instant, ZoneInfo(work.settings.zone))
    day = week or (first[0].starts_at.date() if first else today)
    monday = day - timedelta(days=day.weekday())
    slots = _of_days(work, row, chosen, monday, WEEK_DAYS)
    return OpenWeek(type_view(row), tuple(places), today, monday, tuple(first), tuple(slots))


def _places(work: Work, ids: Any) -> list[OpenPlace]:
    rows = work.session.exec(select(Place).where(col(Place.id).in_(ids)).order_by(Place.key))
    return [OpenPlace(id_of(place), place.label, place.address) for place in rows]


def _of_days(
    work: Work, row: AppointmentType, counters: list[CounterHours], first: date | None, days: int
) -> list[FreeSlot]:
    """Return the free slots of some days at these counters, by start and place."""
    free: list[tuple[FreeSeats, ZoneInfo]] = []
    for zone, of_zone in groupby(sorted(counters, key=lambda one: one.zone.key), key=lambda one: one.zone):
        in_zone = list(of_zone)
        start = first or local_day(work.instant, zone)
        shown = Days(start, start + timedelta(days=min(max(days, 0), MOST_DAYS)))
        earliest, until = window(work, row, in_zone[0])
        free += [(one, zone) for one in free_seats(work, in_zone, shown) if earliest <= one.slot.start < until]
    free.sort(key=lambda one: (one[0].slot.start, one[0].place, one[0].place_id))
    return [
        FreeSlot(id_of(row), place_id, place, wall(slot.start, zone), wall(slot.end, zone), seats)
        for (slot, place, place_id, seats), zone in free
    ]


def _first(
    work: Work, row: AppointmentType, counters: list[CounterHours], after: date | None, count: int
) -> list[FreeSlot]:
    if not counters:
        return []
    windows = [window(work, row, counter) for counter in counters]
    earliest, until = min(low for low, _ in windows), max(high for _, high in windows)
    if after is not None:
        earliest = max(earliest, min(instant(after, 0, counter.zone) for counter in counters))
    high = {counter.id: bound for counter, (_, bound) in zip(counters, windows, strict=True)}
    stop = max(local_day(until, counter.zone) for counter in counters) + timedelta(days=1)
    seen = (one for one in free_between(work, counters, earliest, stop) if one[1].slot.start < high[one[0].id])
    return list(islice(_merged(seen), min(max(count, 0), MOST_SLOTS)))


def open_type(work: Work, type: int) -> AppointmentType:
    """Return a type that citizens can book. Raise NotFound if it is not on the portal (P4)."""
    row = work.session.get(AppointmentType, type) if 0 < type <= LARGEST_ID else None
    if row is None or not row.public:
        raise NotFound("not_found", kind="type", ref=type, close=())
    return row


def public_counters(work: Work, type: int, place: int | None = None) -> list[CounterHours]:
    """Return the counters of a type, at a place, where citizens can book (P4)."""
    places = None if place is None else [place if 0 < place <= LARGEST_ID else 0]
    return [counter for counter in read_counters(work.session, types=[type], places=places) if counter.public]


def window(work: Work, type: AppointmentType, counter: CounterHours) -> tuple[int, int]:
    """Return when a slot has to start for a citizen to book it: `[earliest, until)`, in seconds since 1970 (P4).

    The notice is in hours from now; the horizon is in days of the place, the last one included.
    """
    last = local_day(work.instant, counter.zone) + timedelta(days=type.horizon_days)
    notice = work.instant + type.notice_hours * 3600
    return notice, max(notice, instant(last, 0, counter.zone) + DAY_SECONDS)


def type_view(row: AppointmentType) -> OpenType:
    """Return a type as the portal shows it."""
    return OpenType(
        id_of(row), row.label, row.description, row.max_upcoming, row.notice_hours, row.horizon_days, row.hold_minutes
    )


def _public() -> tuple[Any, ...]:
    return (col(Counter.public), col(Counter.removed) == 0)


def _merged(free: Iterable[tuple[CounterHours, Offered]]) -> Iterator[FreeSlot]:
    """Yield slots in the order of time, those of one place and start made one."""
    ready: dict[tuple[int, int], FreeSlot] = {}
    at = None
    for counter, seen in free:
        if at != seen.slot.start:
            yield from ready.values()
            at, ready = seen.slot.start, {}
        key = (counter.place_id, seen.slot.start)
        more = ready[key].seats if key in ready else 0
        first = ready.get(key)
        ready[key] = FreeSlot(
            counter.type_id, counter.place_id, counter.place, local(seen.slot.start, counter),
            first.ends_at if first else local(seen.slot.end, counter), more + seen.seats_free,
        )  # fmt: skip
    yield from ready.values()
