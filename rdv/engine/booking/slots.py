"""Slots: seeing them, finding free ones, suspending, reserving, releasing (S1–S6)."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from itertools import chain, groupby, islice
from typing import Any

from rdv.date_input import Moment
from rdv.engine.core.availability import Offered, Seat
from rdv.engine.core.schedule import DAY_SECONDS, Slot, expand, local_day, made, slot_at
from rdv.engine.lookup.authorisation import need_on_types, services_of_types
from rdv.engine.lookup.references import Ref, find_id, find_ids
from rdv.engine.office import Work, use_case
from rdv.engine.seats import claims
from rdv.engine.seats.claims import Days, journal_time, local, wall
from rdv.engine.seats.counter_hours import CounterHours, lock_counters, read_counter, read_counters
from rdv.engine.seats.impact import displace, offer_back
from rdv.engine.seats.next_free import first_day, free_between, free_on
from rdv.engine.views.appointments import Impact
from rdv.engine.views.slots import SlotView
from rdv.store.tables import AppointmentType, Counter, Place
from rdv.terms import ClaimStatus, NotFound, Refused, Right, SlotStatus

MAX_DAYS = 400
"""A list of slots covers at most this many days: more is a mistake, or an export."""

_NOBODY: tuple[tuple[int, ...], tuple[str, ...]] = ((), ())

SEARCH_DAYS = 731
"""How far the next free slots are looked for."""


@use_case(writes=False)
def list_slots(
    work: Work,
    *,
    first: Moment | date,
    last: Moment | date | None = None,
    days: int = 7,
    counters: Sequence[Ref] = (),
    types: Sequence[Ref] = (),
    places: Sequence[Ref] = (),
    statuses: Collection[SlotStatus] = (),
) -> list[SlotView]:
    """Return the slots of some days, counter by counter (S6).

    From `first` to `last` (included), or `days` days from `first`; each counter in the time of its place. Filters
    combine; those not given let all pass. Raises Refused for more than MAX_DAYS days or a `last` before `first`.
    """
    if abs(days) > MAX_DAYS:
        raise Refused("period_long", rule="S6", days=days, most=MAX_DAYS)
    by_counter: dict[int, list[SlotView]] = {}
    chosen = choose_counters(work, counters=counters, types=types, places=places)
    for zone, of_zone in groupby(sorted(chosen, key=lambda c: c.zone.key), key=lambda c: c.zone):
        start = work.day(first, zone)
        until = start + timedelta(days=days) if last is None else work.day(last, zone) + timedelta(days=1)
        check_period(start, until)
        for counter, offered in claims.offers(work, list(of_zone), Days(start, until), named=True):
            shown = [seen for seen in offered if seen.status in statuses] if statuses else offered
            by_counter[counter.id] = views(counter, shown)
    return [slot for counter in chosen for slot in by_counter[counter.id]]


@use_case(writes=False)
def next_free(
    work: Work,
    *,
    type: Ref,
    places: Sequence[Ref] = (),
    counters: Sequence[Ref] = (),
    count: int = 5,
    near: Moment | None = None,
) -> list[SlotView]:
    """Return the next `count` free slots of a type, earliest first, at any counter.

    With `near`: the slots nearest to that moment, before and after it, nearest first, in the time of each place. A past
    moment means now.
    """
    chosen = choose_counters(work, counters=counters, types=[type], places=places)
    if near is not None and chosen and count > 0:
        return _free_near(work, chosen, count, near)
    if not chosen:
        return []
    stop = first_day(work.instant, chosen) + timedelta(days=SEARCH_DAYS)
    free = islice(free_between(work, chosen, work.instant, stop), max(count, 0))
    return [slot for counter, seen in claims.add_names(work, free) for slot in views(counter, [seen])]


@use_case(Right.APPOINTMENTS)
def suspend(work: Work, *, counter: Ref, start: Moment, to: Moment | None = None) -> Impact:
    """Block slots for everyone (S3). Booked appointments become to reschedule (S4). See `_mark` for errors."""
    return _mark(work, ClaimStatus.SUSPENDED, counter, start, to)


@use_case(Right.APPOINTMENTS)
def reserve(work: Work, *, counter: Ref, start: Moment, to: Moment | None = None) -> Impact:
    """Keep slots for the administration (S3). Booked appointments become to reschedule (S4)."""
    return _mark(work, ClaimStatus.RESERVED, counter, start, to)


@use_case(Right.APPOINTMENTS, Right.COUNTERS)
def release(work: Work, *, counter: Ref, start: Moment, to: Moment | None = None, restore: bool = False) -> Impact:
    """Free reserved slots, and suspended ones, which needs the right to manage the counter (S2).

    The impact counts the freed slots and lists the appointments that could get one back. Raises Refused if none of the
    slots is reserved or suspended.
    """
    owned = _owned(work, counter)
    of_type = services_of_types(work.session, [owned.type_id]).get(owned.type_id, frozenset())
    freed: set[Slot] = set()
    for slot in slots_between(work, owned, start, to):
        seen = claims.look(work, owned, slot)
        marks = {claim.status for claim in seen.claims} & {ClaimStatus.SUSPENDED, ClaimStatus.RESERVED}
        if not marks:
            continue
        needed = Right.COUNTERS if ClaimStatus.SUSPENDED in marks else Right.APPOINTMENTS
        work.need_on_type(needed, of_type, owned.type)
        claims.unmark(work, owned, slot)
        work.record("slot.release", "counter", owned.id, starts_at=journal_time(slot.start, owned))
        freed.add(slot)
    if not freed:
        raise Refused("nothing_to_release", rule="S2", counter=owned.label)
    return offer_back(work, [owned.id], Impact(freed=len(freed)), restore=restore, slots=freed)


def _mark(work: Work, status: ClaimStatus, counter: Ref, start: Moment, to: Moment | None) -> Impact:
    """Suspend or reserve the slots that start in `[start, to)`, or the one at `start`; those already over are left.

    Raises NotFound when no slot starts there, Refused when all are over, or to reserve a suspended one (S2).
    """
    owned = _owned(work, counter)
    need_on_types(work, Right.APPOINTMENTS, {owned.type_id: owned.type})
    ahead = [slot for slot in slots_between(work, owned, start, to) if slot.end > work.instant]
    if not ahead:
        raise Refused("slot_past", rule="S2", counter=owned.label)
    lost: list[int] = []
    holds = 0
    for slot in ahead:
        seen = claims.look(work, owned, slot)
        if status is ClaimStatus.RESERVED and seen.status is SlotStatus.SUSPENDED:
            raise Refused("slot_suspended_first", rule="S2", counter=owned.label, start=local(slot.start, owned))
        if [claim.status for claim in seen.claims] == [status] * owned.capacity:
            continue
        lost += [claim.appointment for claim in seen.claims if claim.appointment is not None]
        holds += sum(claim.status is ClaimStatus.HELD for claim in seen.claims)
        claims.mark(work, owned, slot, status)
        verb = "suspend" if status is ClaimStatus.SUSPENDED else "reserve"
        work.record(f"slot.{verb}", "counter", owned.id, starts_at=journal_time(slot.start, owned))
    return displace(work, lost, holds=holds, cause=f"slot_{status}")


def _owned(work: Work, counter: Ref) -> CounterHours:
    """Return the counter, owned by this transaction."""
    counter_id = find_id(work.session, Counter, counter)
    lock_counters(work.session, [counter_id], change=True)
    return read_counter(work.session, counter_id)


def choose_counters(
    work: Work, *, counters: Sequence[Ref] = (), types: Sequence[Ref] = (), places: Sequence[Ref] = ()
) -> list[CounterHours]:
    """Return the counters that pass the filters (S6); an empty filter lets all pass."""

    def ids(model: Any, refs: Sequence[Ref]) -> list[int] | None:
        return find_ids(work.session, model, refs) if refs else None

    return read_counters(
        work.session, ids=ids(Counter, counters), types=ids(AppointmentType, types), places=ids(Place, places)
    )


def check_period(start: date, until: date) -> None:
    """Raise Refused for a period that ends before it starts, or is longer than MAX_DAYS."""
    if until <= start:
        raise Refused("period_backwards", rule="S6", first=start, last=until - timedelta(days=1))
    if (until - start).days > MAX_DAYS:
        raise Refused("period_long", rule="S6", days=(until - start).days, most=MAX_DAYS)


def find_slot(work: Work, counter: CounterHours, start: Moment) -> Slot:
    """Return the slot of a counter that starts at this moment.

    Raises Refused for a day outside the counter's validity (C4), NotFound with the nearest starts of that day when no
    slot starts then (S1).
    """
    at = int(start.instant(counter.zone, work.now).timestamp())
    slot = slot_at(counter.hours, at)
    if slot is not None:
        return slot
    day = local_day(at, counter.zone)
    check_validity(counter, day)
    starts = [local(s.start, counter) for s in expand(counter.hours, day, day + timedelta(days=1))]
    wanted = local(at, counter)
    near = tuple(sorted(sorted(starts, key=lambda s: abs(s - wanted))[:3]))
    raise NotFound("no_slot", rule="S1", counter=counter.label, start=wanted, close=near)


def check_validity(counter: CounterHours, day: date) -> None:
    """Raise Refused when the counter is not open to bookings on this day (C4)."""
    if day < counter.hours.first:
        raise Refused("before_first_day", rule="C4", counter=counter.label, day=day, first=counter.hours.first)
    if counter.hours.last is not None and day > counter.hours.last:
        raise Refused("after_last_day", rule="C4", counter=counter.label, day=day, last=counter.hours.last)


def slots_between(work: Work, counter: CounterHours, start: Moment, to: Moment | None) -> list[Slot]:
    """Return the slot at `start`, or those that start in `[start, to)`; a date as `to` is included.

    Raises NotFound if there is none, Refused for a period that is backwards or too long.
    """
    if to is None and start.at is not None:
        return [find_slot(work, counter, start)]
    low = int(start.instant(counter.zone, work.now).timestamp())
    first = local_day(low, counter.zone)
    end = to or Moment(calendar=first)
    final = end.day(work.now.astimezone(counter.zone).date())
    check_period(first, final + timedelta(days=1))
    high = None if end.at is None else int(end.instant(counter.zone, work.now).timestamp())
    if high is not None and high <= low:
        raise Refused("period_backwards", rule="S6", first=local(low, counter), last=local(high, counter))
    slots = [
        slot
        for slot in expand(counter.hours, first, final + timedelta(days=1))
        if slot.start >= low and (high is None or slot.start < high)
    ]
    if not slots:
        check_validity(counter, first)
        raise NotFound("no_slot", rule="S1", counter=counter.label, start=local(low, counter), close=())
    return slots


def views(counter: CounterHours, offered: Iterable[Offered]) -> list[SlotView]:
    """Return slots of a counter as faces receive them."""
    return [
        made(SlotView, (
            counter.id, counter.label, counter.type, counter.place, wall(start, zone), wall(end, zone), status, seats,
            *(_booked(standing) if standing else _NOBODY),
        ))
        for zone in [counter.zone]
        for (start, end), status, seats, standing in offered
    ]  # fmt: skip


def _booked(standing: Iterable[Seat]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Return the appointments among the claims of a slot, and their partners."""
    numbers = tuple([seat.appointment for seat in standing if seat.appointment is not None])
    return numbers, tuple([seat.partner or "" for seat in standing if seat.appointment is not None])


def _free_near(work: Work, counters: list[CounterHours], count: int, near: Moment) -> list[SlotView]:
    """Return the free slots nearest to a moment: read more and more days around it, until no other can be nearer."""
    today = first_day(work.instant, counters)
    stop = today + timedelta(days=SEARCH_DAYS)
    latest = work.instant + SEARCH_DAYS * DAY_SECONDS
    wanted = {
        zone: min(max(int(near.instant(zone, work.now).timestamp()), work.instant), latest)
        for zone in {counter.zone for counter in counters}
    }
    middle = min(local_day(at, zone) for zone, at in wanted.items())

    def away(one: tuple[CounterHours, Offered]) -> int:
        return abs(one[1].slot.start - wanted[one[0].zone])

    reach = 7
    while True:
        days = Days(max(middle - timedelta(days=reach), today), min(middle + timedelta(days=reach), stop))
        offers = chain.from_iterable(free_on(work, counters, days))
        free = sorted(offers, key=lambda one: (away(one), one[1].slot, one[0].id))[:count]
        sure = (reach - 2) * DAY_SECONDS  # zones are less than two days apart
        is_sure = len(free) == count and away(free[-1]) < sure
        if is_sure or (days.first, days.until) == (today, stop):
            return [slot for counter, seen in claims.add_names(work, free) for slot in views(counter, [seen])]
        reach *= 2
