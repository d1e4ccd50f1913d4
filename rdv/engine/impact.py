"""What a change of hours does to those who had a slot (I1, I2, S4).

A use case changes what it has to, then calls `settle`: claims whose slot is gone are dropped, and nobody is forgotten.
A preview is the same run, not kept (`Office.preview`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import and_, delete, insert, update
from sqlmodel import col, select

from rdv.engine.cards import LIVE, cards_of
from rdv.engine.notices import announce
from rdv.engine.office import Work
from rdv.engine.spans import Span, overlap
from rdv.engine.timetable import CounterHours, read_counters
from rdv.engine.views import Impact
from rdv.engine.week import expand, local_day, utc
from rdv.store.columns import seconds
from rdv.store.tables import Appointment, Claim, Counter, Place, table
from rdv.terms import AppointmentStatus, ClaimStatus, NoticeKind

_CLAIM = table(Claim)
_MARKS = (ClaimStatus.SUSPENDED, ClaimStatus.RESERVED)
_SEATED = (ClaimStatus.HELD, ClaimStatus.BOOKED)


class _Row(NamedTuple):
    start: int
    end: int
    seat: int
    status: str
    appointment: int | None
    desk: int | None


def settle(work: Work, counter_ids: Collection[int], *, cause: str) -> Impact:
    """Brings the claims of these counters back to slots that exist, after a change of what decides them.

    The counters' rows are owned by this transaction. `cause` names the change in the journal. An appointment whose
    slot still exists is left alone.
    """
    work.session.flush()
    lost: list[int] = []
    holds = 0
    for counter in read_counters(work.session, ids=counter_ids):
        rows = _rows(work, counter.id)
        gone, moved = _sort_out(counter, rows, _others_at_desk(work, counter, rows))
        _delete(work, counter.id, gone)
        _reseat(work, counter, moved)
        _widen_marks(work, counter, [row for row in rows if row not in gone])
        lost += [row.appointment for row in gone if row.appointment is not None]
        holds += sum(row.status == ClaimStatus.HELD for row in gone)
    return displace(work, lost, holds=holds, cause=cause)


def drop_all(work: Work, counter_id: int, *, cause: str) -> Impact:
    """Drops every claim of a counter that goes away."""
    rows = _rows(work, counter_id)
    _delete(work, counter_id, rows)
    lost = [row.appointment for row in rows if row.appointment is not None]
    return displace(work, lost, holds=sum(row.status == ClaimStatus.HELD for row in rows), cause=cause)


def displace(work: Work, appointment_ids: list[int], *, holds: int = 0, cause: str) -> Impact:
    """Says of appointments whose claim has just been dropped what they are now, and tells their partners (I2).

    Upcoming ones become *to reschedule* with an invitation to choose again; past ones without outcome keep their
    stored status and read *past without status*; those with an outcome keep it.
    """
    if not appointment_ids:
        return Impact(holds_dropped=holds)
    live = work.session.execute(
        select(
            Appointment.id, Appointment.ends_at, Appointment.counter_id, Appointment.starts_at, Place.timezone,
        )  # type: ignore[call-overload]
        .join(Counter, col(Counter.id) == col(Appointment.counter_id))
        .join(Place, col(Place.id) == col(Counter.place_id))
        .where(col(Appointment.id).in_(appointment_ids), col(Appointment.status).in_(LIVE))
        .order_by(col(Appointment.id))
    ).all()  # fmt: skip
    upcoming = [row.id for row in live if row.ends_at > work.now]
    if upcoming:
        work.session.execute(
            update(Appointment)
            .where(col(Appointment.id).in_(upcoming))
            .values(status=AppointmentStatus.TO_RESCHEDULE)
        )  # fmt: skip
    for row in live:
        start = row.starts_at.astimezone(ZoneInfo(row.timezone)).isoformat()
        where = {"counter_id": row.counter_id, "starts_at": start}
        work.record("appointment.displaced", "appointment", row.id, cause=cause, **where)
    announce(work, NoticeKind.INVITATION, upcoming, cause=cause)
    return Impact(
        appointments=tuple(cards_of(work, [row.id for row in live])),
        to_reschedule=len(upcoming),
        past_without_status=len(live) - len(upcoming),
        holds_dropped=holds,
    )


def _rows(work: Work, counter_id: int) -> list[_Row]:
    c = _CLAIM.c
    found = work.session.execute(
        select(seconds(c.starts_at), seconds(c.ends_at), c.seat, c.status, c.appointment_id, c.desk_id)  # type: ignore[call-overload]
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
    found = work.session.execute(
        select(seconds(c.starts_at), seconds(c.ends_at)).where(
            c.desk_id == counter.desk_id, c.counter_id != counter.id, c.ends_at > utc(newcomers[0].start)
        )
    )
    return [(start, end) for start, end in found]


def _sort_out(counter: CounterHours, rows: list[_Row], others: list[Span]) -> tuple[list[_Row], list[tuple[_Row, int]]]:
    """Which claims are gone, and which stay but need another seat or desk, with that seat."""
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
        free = [n for n in range(counter.capacity, 0, -1) if n not in {row.seat for row in seated}]
        for row in seated:
            clashes = row.status in _SEATED and any(overlap((row.start, row.end), span) for span in others)
            seat = row.seat if row.seat <= counter.capacity else (free.pop() if free else None)
            if ends.get(start) != row.end or seat is None or clashes:
                gone.append(row)
            elif seat != row.seat or (row.status in _SEATED and row.desk != counter.desk_id):
                moved.append((row, seat))
    return gone, moved


def _key(counter_id: int, row: _Row) -> Any:
    c = _CLAIM.c
    return and_(c.counter_id == counter_id, c.starts_at == utc(row.start), c.seat == row.seat)


def _delete(work: Work, counter_id: int, rows: Iterable[_Row]) -> None:
    for row in rows:
        work.session.execute(delete(Claim).where(_key(counter_id, row)))


def _reseat(work: Work, counter: CounterHours, moved: list[tuple[_Row, int]]) -> None:
    for row, seat in moved:
        desk = counter.desk_id if row.status in _SEATED else None
        work.session.execute(update(Claim).where(_key(counter.id, row)).values(seat=seat, desk_id=desk))


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
