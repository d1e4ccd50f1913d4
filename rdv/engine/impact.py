"""What a change of hours does to those who had a slot (I1, I2, S4).

A use case changes what it has to, then calls `settle`: claims whose slot is gone are dropped, and nobody is forgotten.
A preview is the same run, not kept (`Office.preview`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, delete, insert, select, update
from sqlmodel import col

from rdv.engine.cards import LIVE, cards_of, in_batches
from rdv.engine.claims import Days, book, offers, told
from rdv.engine.notices import announce
from rdv.engine.office import Work
from rdv.engine.spans import Span, overlap
from rdv.engine.timetable import CounterHours, read_counters
from rdv.engine.views import Impact
from rdv.engine.week import Slot, expand, local_day, slot_at, utc
from rdv.store.columns import seconds
from rdv.store.tables import Appointment, Claim, Counter, Place, table
from rdv.terms import AppointmentStatus, ClaimStatus, NoticeKind, SlotStatus

_CLAIM = table(Claim)
_APPOINTMENT = table(Appointment)
_MARKS = (ClaimStatus.SUSPENDED, ClaimStatus.RESERVED)
_SEATED = (ClaimStatus.HELD, ClaimStatus.BOOKED)


class _Row(NamedTuple):
    start: int
    end: int
    seat: int
    status: str
    appointment: int | None
    desk: int | None


def settle(work: Work, counter_ids: Collection[int], *, cause: str, restore: bool = False) -> Impact:
    """Brings the claims of these counters back to slots that exist, after a change of what decides them.

    The counters' rows are owned by this transaction. `cause` names the change in the journal. An appointment whose
    slot still exists is left alone. One that lost its slot before and could have it back is offered in the impact,
    and gets it with `restore`.
    """
    work.session.flush()
    lost: list[int] = []
    holds = 0
    for counter in read_counters(work.session, ids=counter_ids):
        rows, gone, moved = misplaced(work, counter)
        _delete(work, counter.id, gone)
        _reseat(work, counter, moved)
        dropped = set(gone)
        _widen_marks(work, counter, [row for row in rows if row not in dropped])
        lost += [row.appointment for row in gone if row.appointment is not None]
        holds += sum(row.status == ClaimStatus.HELD for row in gone)
    impact = displace(work, lost, holds=holds, cause=cause)
    return offer_back(work, counter_ids, impact, restore=restore)


def misplaced(work: Work, counter: CounterHours) -> tuple[list[_Row], list[_Row], list[tuple[_Row, int]]]:
    """The claims of a counter; those whose slot is gone; and those that need another seat or desk, with that seat."""
    rows = _rows(work, counter.id)
    return rows, *_sort_out(counter, rows, _others_at_desk(work, counter, rows))


def drop_all(work: Work, counter_id: int, *, cause: str) -> Impact:
    """Drops every claim of a counter that goes away."""
    rows = _rows(work, counter_id)
    _delete(work, counter_id, rows)
    lost = [row.appointment for row in rows if row.appointment is not None]
    return displace(work, lost, holds=sum(row.status == ClaimStatus.HELD for row in rows), cause=cause)


def displace(work: Work, appointment_ids: list[int], *, holds: int = 0, cause: str) -> Impact:
    """Record what appointments are whose claim has just been dropped, and tell their partners (I2).

    Those without outcome become *to reschedule*; past ones read *past without status*. Partners of upcoming ones are
    invited to choose again. Those with an outcome keep it.
    """
    live = _live(work, appointment_ids)
    upcoming = [row.id for row in live if row.ends_at > work.now]
    _execute_many(
        work,
        update(_APPOINTMENT).where(_APPOINTMENT.c.id == bindparam("number")),
        [{"number": row.id, "status": AppointmentStatus.TO_RESCHEDULE.value} for row in live],
    )
    for row in live:
        start = row.starts_at.astimezone(ZoneInfo(row.timezone)).isoformat()
        where = {"counter_id": row.counter_id, "starts_at": start}
        work.record("appointment.displaced", "appointment", row.id, cause=cause, **where)
    announce(work, NoticeKind.INVITATION, upcoming)
    return Impact(
        appointments=tuple(cards_of(work, [row.id for row in live])),
        to_reschedule=len(upcoming),
        past_without_status=len(live) - len(upcoming),
        holds_dropped=holds,
    )


def offer_back(
    work: Work, counter_ids: Collection[int], impact: Impact, *, restore: bool, slots: Collection[Slot] | None = None
) -> Impact:
    """The impact with the appointments that could have their own slot back, first taken first; with `restore` they do.

    Upcoming ones are *planned* again and their partners are told; past ones own their slot again. Where `slots` are
    named, those of these alone.
    """
    back = list(_could_go_back(work, counter_ids, slots))
    ids = [number for number, _counter, _slot in back]
    if not restore:
        return replace(impact, restorable=tuple(cards_of(work, ids)))
    for number, counter, slot in back:
        book(work, counter, slot, number)
        where = {"counter_id": counter.id, "starts_at": told(slot.start, counter)}
        work.record("appointment.restore", "appointment", number, **where)
    work.session.execute(
        update(_APPOINTMENT).where(_APPOINTMENT.c.id.in_(ids)).values(status=AppointmentStatus.PLANNED.value)
    )
    work.session.expire_all()
    announce(work, NoticeKind.CONFIRMATION, [number for number, _, slot in back if slot.end > work.instant])
    return replace(impact, restored=tuple(cards_of(work, ids)))


def _could_go_back(
    work: Work, counter_ids: Collection[int], slots: Collection[Slot] | None
) -> Iterator[tuple[int, CounterHours, Slot]]:
    """Appointments without outcome and without seat whose very slot exists and is free, with that slot.

    First taken, first served: no seat and no desk is promised twice (C7). A counter that serves another type by now
    gives nothing back.
    """
    a = _APPOINTMENT.c
    rows = work.session.execute(
        select(a.id, a.counter_id, a.type_id, seconds(a.starts_at), seconds(a.ends_at))
        .outerjoin(_CLAIM, _CLAIM.c.appointment_id == a.id)
        .where(a.counter_id.in_(counter_ids), a.status.in_(LIVE), _CLAIM.c.seat.is_(None))
        .order_by(a.taken_at, a.id)
    ).all()
    counters = {counter.id: counter for counter in read_counters(work.session, ids={row[1] for row in rows})}
    wanted = [
        (number, counters[counter_id], Slot(start, end))
        for number, counter_id, type_id, start, end in rows
        if counter_id in counters and counters[counter_id].type_id == type_id
        if slots is None or (start, end) in slots
        if slot_at(counters[counter_id].hours, start) == (start, end)
    ]
    free = _free_seats(work, wanted)
    desks: dict[int, list[Slot]] = defaultdict(list)
    for number, counter, slot in wanted:
        at_desk = [] if counter.desk_id is None else desks[counter.desk_id]
        if free.get((counter.id, slot), 0) > 0 and not any(overlap(slot, other) for other in at_desk):
            free[counter.id, slot] -= 1
            at_desk.append(slot)
            yield number, counter, slot


def _free_seats(work: Work, wanted: Sequence[tuple[int, CounterHours, Slot]]) -> dict[tuple[int, Slot], int]:
    """How many seats are free in the slots of the days concerned, by counter and slot."""
    slots: dict[int, list[Slot]] = defaultdict(list)
    for _number, counter, slot in wanted:
        slots[counter.id].append(slot)
    found: dict[tuple[int, Slot], int] = {}
    for counter in {counter.id: counter for _number, counter, _slot in wanted}.values():
        first, last = (local_day(pick(slots[counter.id]).start, counter.zone) for pick in (min, max))
        for _counter, offered in offers(work, [counter], Days(first, last + timedelta(days=1))):
            found |= {(counter.id, o.slot): o.seats_free for o in offered if o.status is SlotStatus.FREE}
    return found


def _live(work: Work, appointment_ids: Sequence[int]) -> list[Any]:
    """Those without outcome among the appointments, in the order of their numbers."""
    a = _APPOINTMENT.c
    found: list[Any] = []
    for some in in_batches(sorted(appointment_ids)):
        found += work.session.execute(
            select(a.id, a.ends_at, a.counter_id, a.starts_at, col(Place.timezone))
            .join(Counter, col(Counter.id) == a.counter_id)
            .join(Place, col(Place.id) == col(Counter.place_id))
            .where(a.id.in_(some), a.status.in_(LIVE))
            .order_by(a.id)
        )
    return found


def _rows(work: Work, counter_id: int) -> list[_Row]:
    """The claims of a counter that stand; a hold that has run out is nobody's and goes first (P2)."""
    c = _CLAIM.c
    work.session.execute(delete(Claim).where(c.counter_id == counter_id, c.expires_at <= work.now))
    found = work.session.execute(
        select(seconds(c.starts_at), seconds(c.ends_at), c.seat, c.status, c.appointment_id, c.desk_id)
        .where(c.counter_id == counter_id)
        .order_by(c.starts_at, c.seat)
    )
    return [_Row(*row) for row in found]


def _others_at_desk(work: Work, counter: CounterHours, rows: list[_Row]) -> list[Span]:
    """When someone sits at the counter's desk for another counter, as far as the rows that newly come to it need."""
    newcomers = [row for row in rows if row.status in _SEATED and row.desk != counter.desk_id]
    if counter.desk_id is None or not newcomers:
        return []
    c = _CLAIM.c
    work.session.execute(delete(Claim).where(c.desk_id == counter.desk_id, c.expires_at <= work.now))
    found = work.session.execute(
        select(seconds(c.starts_at), seconds(c.ends_at)).where(
            c.desk_id == counter.desk_id, c.counter_id != counter.id, c.ends_at > utc(newcomers[0].start)
        )
    )
    return [(start, end) for start, end in found]


def _sort_out(counter: CounterHours, rows: list[_Row], others: list[Span]) -> tuple[list[_Row], list[tuple[_Row, int]]]:
    """Which claims are gone, and which stay but need another seat or desk, with that seat.

    Where seats are too few, an appointment stays before a hold or a mark, then the lower seat before the higher.
    """
    if not rows:
        return [], []
    days = local_day(rows[0].start, counter.zone), local_day(rows[-1].start, counter.zone) + timedelta(days=1)
    ends = {slot.start: slot.end for slot in expand(counter.hours, *days)}
    by_start: dict[int, list[_Row]] = defaultdict(list)
    for row in rows:
        by_start[row.start].append(row)
    gone: list[_Row] = []
    moved: list[tuple[_Row, int]] = []
    for start, seated in by_start.items():
        stay: list[_Row] = []
        for row in sorted(seated, key=lambda row: (row.status != ClaimStatus.BOOKED, row.seat)):
            clashes = row.status in _SEATED and any(overlap((row.start, row.end), span) for span in others)
            fits = ends.get(start) == row.end and len(stay) < counter.capacity and not clashes
            (stay if fits else gone).append(row)
        free = [n for n in range(counter.capacity, 0, -1) if n not in {row.seat for row in stay}]
        for row in stay:
            seat = row.seat if row.seat <= counter.capacity else free.pop()
            if seat != row.seat or (row.status in _SEATED and row.desk != counter.desk_id):
                moved.append((row, seat))
    return gone, moved


def _delete(work: Work, counter_id: int, rows: Sequence[_Row]) -> None:
    c = _CLAIM.c
    one = delete(_CLAIM).where(
        c.counter_id == bindparam("counter"), c.starts_at == bindparam("start"), c.seat == bindparam("number")
    )
    _execute_many(work, one, [{"counter": counter_id, "start": utc(r.start), "number": r.seat} for r in rows])


def _reseat(work: Work, counter: CounterHours, moved: list[tuple[_Row, int]]) -> None:
    c = _CLAIM.c
    for row, seat in moved:
        desk = counter.desk_id if row.status in _SEATED else None
        here = (c.counter_id == counter.id, c.starts_at == utc(row.start), c.seat == row.seat)
        work.session.execute(update(_CLAIM).where(*here).values(seat=seat, desk_id=desk))


def _execute_many(work: Work, statement: Any, rows: list[dict[str, Any]]) -> None:
    """One statement for many rows: the driver's own way, many times faster than one by one."""
    if rows:
        work.session.connection().execute(statement, rows)


def _widen_marks(work: Work, counter: CounterHours, rows: list[_Row]) -> None:
    """A suspended or reserved slot is so on every seat, those that a larger capacity adds included (S3)."""
    by_start: dict[int, list[_Row]] = defaultdict(list)
    for row in rows:
        by_start[row.start].append(row)
    for seated in by_start.values():
        mark = next((row for row in seated if row.status in _MARKS), None)
        highest = max(row.seat for row in seated)
        if mark is None or highest >= counter.capacity:
            continue
        work.session.execute(
            insert(Claim),
            [
                {
                    "counter_id": counter.id, "starts_at": utc(mark.start), "ends_at": utc(mark.end),
                    "seat": seat, "status": mark.status,
                }
                for seat in range(highest + 1, counter.capacity + 1)
            ],
        )  # fmt: skip
