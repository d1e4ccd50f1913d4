"""Free seats by place and start, added up by the database: for pages that show many counters at once.

The database counts the claims, because thousands of them as objects cost more than all the rest of such a page. A sum
over the counters of a place is right because no claim stands where no slot is (decision 4). Two cases need each claim,
and are read counter by counter: a desk that counters share, and starts of one place whose slots differ in length.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, case, func, or_, select

from rdv.engine.core.schedule import Hours, Slot, expand, utc
from rdv.engine.core.spans import Span
from rdv.engine.office import Work
from rdv.engine.seats.claims import Days, offers
from rdv.engine.seats.counter_hours import CounterHours
from rdv.store.columns import seconds
from rdv.store.tables import LONGEST_SLOT_SECONDS, Claim, Counter, table
from rdv.terms import ClaimStatus, SlotStatus

_CLAIM, _COUNTER = table(Claim).c, table(Counter).c
_STANDS = or_(_CLAIM.expires_at.is_(None), _CLAIM.expires_at > bindparam("now"))
_BY_SLOT = (
    select(
        _CLAIM.counter_id,
        _CLAIM.starts_at,
        func.count().label("claims"),
        func.max(case((_CLAIM.status == ClaimStatus.SUSPENDED, 1), else_=0)).label("suspended"),
    )
    .where(
        _CLAIM.counter_id.in_(bindparam("counters", expanding=True)),
        _CLAIM.starts_at >= bindparam("first"),
        _CLAIM.starts_at < bindparam("until"),
        _STANDS,
    )
    .group_by(_CLAIM.counter_id, _CLAIM.starts_at)
    .subquery()
)
_ALL_SEATS = or_(_BY_SLOT.c.suspended == 1, _BY_SLOT.c.claims > _COUNTER.capacity)
_TAKEN = (
    select(
        _COUNTER.place_id,
        seconds(_BY_SLOT.c.starts_at),
        func.sum(case((_ALL_SEATS, _COUNTER.capacity), else_=_BY_SLOT.c.claims)),
    )
    .join(table(Counter), _COUNTER.id == _BY_SLOT.c.counter_id)
    .group_by(_COUNTER.place_id, _BY_SLOT.c.starts_at)
)
"""Taken seats by place and start. One suspended seat suspends its whole slot. A slot with more claims than seats, as
its counter had more of them before, takes no seat of another counter."""

_SITTING = (
    select(_CLAIM.desk_id, _CLAIM.counter_id)
    .where(
        _CLAIM.desk_id.in_(bindparam("desks", expanding=True)),
        _CLAIM.starts_at > bindparam("first"),
        _CLAIM.starts_at < bindparam("until"),
        _STANDS,
    )
    .distinct()
)


class FreeSeats(NamedTuple):
    """A slot with free seats at a place, at any of its counters."""

    slot: Slot
    place: str
    place_id: int
    seats: int


def free_seats(work: Work, counters: Sequence[CounterHours], days: Days) -> list[FreeSeats]:
    """Return the slots of some days that have a free seat, place by place.

    Where several counters of a place have a slot at one start, their seats are added up.
    """
    if not counters:
        return []
    span = days.span(counters)
    exact = _with_busy_desks(work, counters, span)
    slots: dict[Hours, list[Slot]] = {}
    by_place: dict[int, list[CounterHours]] = defaultdict(list)
    for counter in counters:
        by_place[counter.place_id].append(counter)
        if counter.hours not in slots:
            slots[counter.hours] = expand(counter.hours, days.first, days.until)
    free: list[FreeSeats] = []
    counted: list[tuple[CounterHours, dict[Slot, int]]] = []
    for of_place in by_place.values():
        seats = _seats(of_place, slots)
        if len({slot.start for slot in seats}) < len(seats) or any(counter.id in exact for counter in of_place):
            free += _one_by_one(work, of_place, days)
        else:
            counted.append((of_place[0], seats))
    places = {counter.place_id for counter, _ in counted}
    taken = _taken(work, [counter.id for counter in counters if counter.place_id in places], span)
    for counter, seats in counted:
        for slot, there in seats.items():
            left = there - taken.get((counter.place_id, slot.start), 0)
            if left > 0:
                free.append(FreeSeats(slot, counter.place, counter.place_id, left))
    return free


def _seats(counters: Iterable[CounterHours], slots: dict[Hours, list[Slot]]) -> dict[Slot, int]:
    """Return the seats, free or not, that some counters have together in each slot."""
    capacities: dict[Hours, int] = defaultdict(int)
    for counter in counters:
        capacities[counter.hours] += counter.capacity
    seats: dict[Slot, int] = defaultdict(int)
    for hours, capacity in capacities.items():
        for slot in slots[hours]:
            seats[slot] += capacity
    return seats


def _taken(work: Work, counters: Sequence[int], span: Span) -> dict[tuple[int, int], int]:
    bounds = {"counters": counters, "first": utc(span[0]), "until": utc(span[1]), "now": work.now}
    return {(place, start): int(taken) for place, start, taken in work.session.execute(_TAKEN, bounds).all()}


def _with_busy_desks(work: Work, counters: Iterable[CounterHours], span: Span) -> Collection[int]:
    """Return the counters at whose desk someone sits for another counter during the span, or just before it."""
    desks = {counter.id: counter.desk_id for counter in counters if counter.desk_id is not None}
    if not desks:
        return ()
    bounds = {
        "desks": list(set(desks.values())), "first": utc(span[0] - LONGEST_SLOT_SECONDS), "until": utc(span[1]),
        "now": work.now,
    }  # fmt: skip
    sitting: dict[int, set[int]] = defaultdict(set)
    for desk, counter in work.session.execute(_SITTING, bounds).all():
        sitting[desk].add(counter)
    return {counter for counter, desk in desks.items() if sitting.get(desk, set()) - {counter}}


def _one_by_one(work: Work, counters: Sequence[CounterHours], days: Days) -> Iterator[FreeSeats]:
    """Yield the free slots of a place by start; of slots that start together, the end is that of the first counter."""
    slots: dict[int, Slot] = {}
    seats: dict[int, int] = defaultdict(int)
    for _, offered in offers(work, sorted(counters, key=lambda counter: counter.id), days):
        for one in offered:
            if one.status is SlotStatus.FREE:
                slots.setdefault(one.slot.start, one.slot)
                seats[one.slot.start] += one.seats_free
    for start, slot in slots.items():
        yield FreeSeats(slot, counters[0].place, counters[0].place_id, seats[start])
