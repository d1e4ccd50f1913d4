"""The impact of a change of hours on booked slots (I1, I2, S4).

A use case makes its change, then calls `settle`: it drops claims whose slot is gone and announces that to partners. A
preview is the same run, rolled back (`Office.preview`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, delete, insert, select, update
from sqlmodel import col

from rdv.engine.core.schedule import Slot, expand, local_day, slot_at, utc
from rdv.engine.core.spans import Span, overlap
from rdv.engine.office import Work
from rdv.engine.seats.cards import cards_of
from rdv.engine.seats.claims import book, journal_slot
from rdv.engine.seats.counter_hours import CounterHours, read_counters
from rdv.engine.seats.message_queue import announce
from rdv.engine.seats.seating import read_seating
from rdv.engine.views.appointments import Impact
from rdv.store.bulk import in_batches
from rdv.store.columns import seconds
from rdv.store.tables import Appointment, Claim, Counter, Place, table
from rdv.terms import LIVE, AppointmentStatus, ClaimStatus, MessageKind

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
    """Drop the claims of these counters whose slot is gone after a change of hours, and return the impact.

    The transaction owns the counters. `cause` names the change in the journal. The impact offers appointments that lost
    their slot before and could have it back; with `restore`, they get it.
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
    """Return a counter's claims, those without a slot, and those that need another seat or desk, with that seat."""
    rows = _rows(work, counter.id)
    return rows, *_sort_out(counter, rows, _others_at_desk(work, counter, rows))


def drop_all(work: Work, counter_id: int, *, cause: str) -> Impact:
    """Drop every claim of a counter that is removed."""
    rows = _rows(work, counter_id)
    _delete(work, counter_id, rows)
    lost = [row.appointment for row in rows if row.appointment is not None]
    return displace(work, lost, holds=sum(row.status == ClaimStatus.HELD for row in rows), cause=cause)


def displace(work: Work, appointment_ids: list[int], *, holds: int = 0, cause: str) -> Impact:
    """Update appointments whose claim was just dropped, announce it, and return the impact (I2).

    Those without outcome become *to reschedule*; past ones read *past without status*. Partners of upcoming ones get
    an invitation to choose again. An outcome stays.
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
    announce(work, MessageKind.INVITATION, upcoming)
    return Impact(
        appointments=tuple(cards_of(work, [row.id for row in live])),
        to_reschedule=len(upcoming),
        past_without_status=len(live) - len(upcoming),
        holds_dropped=holds,
    )


def offer_back(
    work: Work, counter_ids: Collection[int], impact: Impact, *, restore: bool, slots: Collection[Slot] | None = None
) -> Impact:
    """Return the impact with the appointments that could have their slot back; with `restore`, they get it.

    Upcoming ones are *planned* again and announced; past ones own their slot again. `slots` limits them to these slots.
    """
    back = list(_could_go_back(work, counter_ids, slots))
    ids = [number for number, _counter, _slot in back]
    if not restore:
        return replace(impact, restorable=tuple(cards_of(work, ids)))
    for number, counter, slot in back:
        book(work, counter, slot, number)
        work.record("appointment.restore", "appointment", number, **journal_slot(counter, slot))
    work.session.execute(
        update(_APPOINTMENT).where(_APPOINTMENT.c.id.in_(ids)).values(status=AppointmentStatus.PLANNED.value)
    )
    work.session.expire_all()
    announce(work, MessageKind.CONFIRMATION, [number for number, _, slot in back if slot.end > work.instant])
    return replace(impact, restored=tuple(cards_of(work, ids)))


def _could_go_back(
    work: Work, counter_ids: Collection[int], slots: Collection[Slot] | None
) -> Iterator[tuple[int, CounterHours, Slot]]:
    """Yield appointments without outcome and without seat whose own slot exists and is free, with that slot.

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
    seating = read_seating(work, [(counter, slot) for _number, counter, slot in wanted])
    for number, counter, slot in wanted:
        if seating.take(counter, slot) is not None:
            yield number, counter, slot


def _live(work: Work, appointment_ids: Sequence[int]) -> list[Any]:
    """Return those without outcome among the appointments, in the order of their numbers."""
    a = _APPOINTMENT.c
    live: list[Any] = []
    for some in in_batches(sorted(appointment_ids)):
        live += work.session.execute(
            select(a.id, a.ends_at, a.counter_id, a.starts_at, col(Place.timezone))
            .join(Counter, col(Counter.id) == a.counter_id)
            .join(Place, col(Place.id) == col(Counter.place_id))
            .where(a.id.in_(some), a.status.in_(LIVE))
            .order_by(a.id)
        )
    return live


def _rows(work: Work, counter_id: int) -> list[_Row]:
    """Return the claims of a counter; expired holds are deleted first (P2)."""
    c = _CLAIM.c
    work.session.execute(delete(Claim).where(c.counter_id == counter_id, c.expires_at <= work.now))
    rows = work.session.execute(
        select(seconds(c.starts_at), seconds(c.ends_at), c.seat, c.status, c.appointment_id, c.desk_id)
        .where(c.counter_id == counter_id)
        .order_by(c.starts_at, c.seat)
    )
    return [_Row(*row) for row in rows]


def _others_at_desk(work: Work, counter: CounterHours, rows: list[_Row]) -> list[Span]:
    """Return when someone sits at the desk for another counter, if claims of this counter are new at the desk."""
    newcomers = [row for row in rows if row.status in _SEATED and row.desk != counter.desk_id]
    if counter.desk_id is None or not newcomers:
        return []
    c = _CLAIM.c
    work.session.execute(delete(Claim).where(c.desk_id == counter.desk_id, c.expires_at <= work.now))
    others = work.session.execute(
        select(seconds(c.starts_at), seconds(c.ends_at)).where(
            c.desk_id == counter.desk_id, c.counter_id != counter.id, c.ends_at > utc(newcomers[0].start)
        )
    )
    return [(start, end) for start, end in others]


def _sort_out(counter: CounterHours, rows: list[_Row], others: list[Span]) -> tuple[list[_Row], list[tuple[_Row, int]]]:
    """Return which claims are gone, and which stay but need another seat or desk, with that seat.

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
    """Run one statement for many rows, which is many times faster than one by one."""
    if rows:
        work.session.connection().execute(statement, rows)


def _widen_marks(work: Work, counter: CounterHours, rows: list[_Row]) -> None:
    """Mark the seats that a larger capacity adds to suspended or reserved slots (S3)."""
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
