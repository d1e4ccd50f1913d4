"""The stored side of slots: reading claims, taking a seat, giving it back (decision 1, S5, C7, P2)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, bindparam, delete, insert, null, or_, select, update
from sqlmodel import Session, col

from rdv.engine.core.availability import Offered, Seat, offer
from rdv.engine.core.schedule import Hours, Slot, expand, instant, made, utc
from rdv.engine.core.seating import Seating
from rdv.engine.core.spans import Span
from rdv.engine.office import Work
from rdv.engine.seats.counter_hours import CounterHours
from rdv.store.bulk import in_batches
from rdv.store.columns import locks_rows, seconds
from rdv.store.tables import LONGEST_SLOT_SECONDS, Agent, Appointment, Claim, JournalEntry, Partner, table
from rdv.terms import PORTAL, ActorKind, ClaimStatus, Conflict, Refused, SlotStatus

_CLAIM, _APPOINTMENT, _PARTNER = table(Claim), table(Appointment), table(Partner)
_SEATS = (
    select(
        _CLAIM.c.counter_id, seconds(_CLAIM.c.starts_at), seconds(_CLAIM.c.ends_at), _CLAIM.c.seat, _CLAIM.c.status,
        _CLAIM.c.appointment_id, seconds(_CLAIM.c.expires_at), null(),
    )
    .where(
        _CLAIM.c.counter_id.in_(bindparam("counters", expanding=True)),
        _CLAIM.c.starts_at >= bindparam("first"),
        _CLAIM.c.starts_at < bindparam("until"),
    )
    .order_by(_CLAIM.c.counter_id, _CLAIM.c.starts_at, _CLAIM.c.seat)
)  # fmt: skip
_NAMED_SEATS = (
    _SEATS.with_only_columns(*list(_SEATS.selected_columns)[:-1], _PARTNER.c.name)
    .outerjoin(_APPOINTMENT, _APPOINTMENT.c.id == _CLAIM.c.appointment_id)
    .outerjoin(_PARTNER, _PARTNER.c.id == _APPOINTMENT.c.partner_id)
)
_NAMES = (
    select(_APPOINTMENT.c.id, _PARTNER.c.name)
    .join(_PARTNER, _PARTNER.c.id == _APPOINTMENT.c.partner_id)
    .where(_APPOINTMENT.c.id.in_(bindparam("appointments", expanding=True)))
)
_ON_SLOT = (
    select(_CLAIM.c.seat, _CLAIM.c.status, _CLAIM.c.appointment_id, seconds(_CLAIM.c.expires_at))
    .where(_CLAIM.c.counter_id == bindparam("counter"), _CLAIM.c.starts_at == bindparam("start"))
    .order_by(_CLAIM.c.seat)
)
"""Compares the key itself: PostgreSQL plans that once, and a range each time."""
_STATUS = {str(status): status for status in ClaimStatus}
_INSERTED = insert(_CLAIM)
_LONGEST = timedelta(seconds=LONGEST_SLOT_SECONDS)
_SEATING = tuple(f"appointment.{verb}" for verb in ("assign", "move", "reopen", "restore"))
_TRIES = 100  # a seat lost to someone else is looked for again: more often than any counter has seats


@dataclass(frozen=True, slots=True)
class Days:
    """Local days `[first, until)`, seen by each counter in its own zone."""

    first: date
    until: date

    def span(self, counters: Iterable[CounterHours]) -> Span:
        """Return the instants that these days cover, for all of these counters."""
        spans = [self.span_in(zone) for zone in {counter.zone for counter in counters}]
        return min(start for start, _ in spans), max(end for _, end in spans)

    def span_in(self, zone: ZoneInfo) -> Span:
        """Return the instants that these days cover in one zone."""
        return instant(self.first, 0, zone), instant(self.until, 0, zone)


def offers(
    work: Work, counters: Sequence[CounterHours], days: Days, *, within: Span | None = None, named: bool = False
) -> Iterator[tuple[CounterHours, Iterator[Offered]]]:
    """Yield the slots of the days with their statuses, counter by counter, in at most two queries.

    `within`: only slots that start in that span; `named`: with the names of booked partners.
    """
    if not counters:
        return
    span = within or days.span(counters)
    seats = read_seats(work.session, [counter.id for counter in counters], span, named=named)
    sitting = span if within is None else (span[0], span[1] + LONGEST_SLOT_SECONDS)  # until the last of them ends
    desks = read_desks(work, [counter.desk_id for counter in counters if counter.desk_id is not None], sitting)
    slots: dict[Hours, list[Slot]] = {}  # many counters have the same hours
    for counter in counters:
        there = slots.get(counter.hours)
        if there is None:
            there = slots[counter.hours] = _starting(expand(counter.hours, days.first, days.until), within)
        yield counter, offered(work, counter, there, seats.get(counter.id, ()), desks)


def _starting(slots: list[Slot], within: Span | None) -> list[Slot]:
    """Return the slots that start in the span; all of them without a span."""
    return slots if within is None else [slot for slot in slots if within[0] <= slot.start < within[1]]


def offered(
    work: Work, counter: CounterHours, slots: Iterable[Slot], seats: Iterable[Seat], desks: "DeskSpans"
) -> Iterator[Offered]:
    """Yield these slots of one counter with their statuses."""
    elsewhere = [] if counter.desk_id is None else [s for who, s in desks.get(counter.desk_id, ()) if who != counter.id]
    return offer(slots, seats, capacity=counter.capacity, desk_taken=elsewhere, now=work.instant)


DeskSpans = dict[int, list[tuple[int, Span]]]
"""By desk: which counter has someone sit there, and when."""


def add_names(work: Work, slots: Iterable[tuple[CounterHours, Offered]]) -> list[tuple[CounterHours, Offered]]:
    """Return the same slots with the names of booked partners, for few slots."""
    chosen = list(slots)
    booked = [seat.appointment for _, seen in chosen for seat in seen.claims if seat.appointment is not None]
    names: dict[int | None, str] = {}
    for some in in_batches(booked):
        names.update((number, name) for number, name in work.session.execute(_NAMES, {"appointments": some}))
    return [
        (
            counter,
            seen._replace(claims=tuple(seat._replace(partner=names.get(seat.appointment)) for seat in seen.claims)),
        )
        for counter, seen in chosen
    ]


def read_seats(session: Session, counters: Sequence[int], span: Span, *, named: bool = False) -> dict[int, list[Seat]]:
    """Return the claims that start in the span, by counter."""
    by_counter: dict[int, list[Seat]] = defaultdict(list)
    statement = _NAMED_SEATS if named else _SEATS
    bounds = {"counters": list(counters), "first": utc(span[0]), "until": utc(span[1])}
    for counter, start, end, seat, status, appointment, expires, partner in session.execute(statement, bounds).all():
        by_counter[counter].append(made(Seat, (start, end, seat, _STATUS[status], appointment, expires, partner)))
    return by_counter


def read_desks(work: Work, desks: Sequence[int], span: Span) -> DeskSpans:
    """Return when someone sits at these desks within the span: booked, or held for a citizen."""
    by_desk: DeskSpans = defaultdict(list)
    if not desks:
        return by_desk
    c = _CLAIM.c
    rows = work.session.execute(
        select(c.desk_id, c.counter_id, seconds(c.starts_at), seconds(c.ends_at)).where(
            c.desk_id.in_(set(desks)), *_overlapping(span), or_(c.expires_at.is_(None), c.expires_at > work.now)
        )
    )
    for desk, counter, start, end in rows:
        by_desk[desk].append((counter, (start, end)))
    return by_desk


def look(work: Work, counter: CounterHours, slot: Slot) -> Offered:
    """Return one slot as it stands now, without the names of its partners."""
    return _seating(work, counter, slot, _seats_of(work, counter, slot)).look(counter, slot)


def _seats_of(work: Work, counter: CounterHours, slot: Slot) -> list[Seat]:
    """Return the claims on a slot, expired holds among them."""
    rows = work.session.execute(_ON_SLOT, {"counter": counter.id, "start": utc(slot.start)})
    return [
        Seat(slot.start, slot.end, seat, _STATUS[status], appointment, expires)
        for seat, status, appointment, expires in rows
    ]


def _seating(work: Work, counter: CounterHours, slot: Slot, seats: list[Seat]) -> Seating:
    """Return the seats of one slot, and the claims at its desk at the same time."""
    seating = Seating(work.instant)
    seating.add_claims(counter.id, seats)
    if counter.desk_id is not None:
        for counter_id, span in read_desks(work, [counter.desk_id], slot)[counter.desk_id]:
            seating.add_at_desk(counter.desk_id, counter_id, span)
    return seating


def book(work: Work, counter: CounterHours, slot: Slot, appointment_id: int, *, reserved: bool = True) -> int:
    """Take a seat of the slot for an appointment and return its number (S5).

    A reserved seat may be taken (S3) if `reserved`; the caller has checked rights and locked the counter's row. Raises
    Conflict if no seat is left or the desk is taken, Refused if the slot is suspended.
    """
    values = {"status": ClaimStatus.BOOKED, "appointment_id": appointment_id, "desk_id": counter.desk_id}
    return _take(work, counter, slot, values, reserved=reserved)


def hold(work: Work, counter: CounterHours, slot: Slot, partner_id: int, until: datetime) -> int:
    """Hold a free seat of the slot for a citizen until then and return its number (P2); raise as `book` does."""
    values = {
        "status": ClaimStatus.HELD, "partner_id": partner_id, "expires_at": until, "desk_id": counter.desk_id,
    }  # fmt: skip
    return _take(work, counter, slot, values, reserved=False)


def confirm(work: Work, counter_id: int, slot: Slot, partner_id: int, appointment_id: int) -> bool:
    """Turn the seat that a citizen holds into one of an appointment; return False if the hold has ended (P2)."""
    c = _CLAIM.c
    values = {"status": ClaimStatus.BOOKED, "appointment_id": appointment_id, "partner_id": None, "expires_at": None}
    held = (c.status == ClaimStatus.HELD, c.partner_id == partner_id, c.expires_at > work.now)
    return _turn(work.session, counter_id, slot, values, *held)


def _take(work: Work, counter: CounterHours, slot: Slot, values: dict[str, Any], *, reserved: bool) -> int:
    if counter.desk_id is not None:
        _sweep(work, counter, slot)
    for _ in range(_TRIES):
        seats = _seats_of(work, counter, slot)
        if not all(seat.holds_at(work.instant) for seat in seats):
            _sweep(work, counter, slot)
        seating = _seating(work, counter, slot, seats)
        seat = seating.take(counter, slot, reserved=reserved)
        if seat is None:
            is_citizen = work.actor.kind is ActorKind.CITIZEN  # citizens do not see agents
            offered = seating.look(counter, slot)
            raise taken(counter, offered, by=None if is_citizen else taker(work, offered))
        if seat.was_reserved:
            is_it = (_CLAIM.c.seat == seat.seat, _CLAIM.c.status == ClaimStatus.RESERVED)
            is_ours = _turn(work.session, counter.id, slot, values, *is_it)
        else:
            is_ours = _insert(work.session, counter.id, slot, seat.seat, values)
        if is_ours:
            return seat.seat
    raise Conflict("slot_taken", rule="S5", counter=counter.label, start=local(slot.start, counter))


def taken(counter: CounterHours, seen: Offered, *, by: str | None = None) -> Refused | Conflict:
    """Return the error why the slot cannot be taken; `by` is who has it: an agent's login, or the portal."""
    facts: dict[str, Any] = {
        "counter": counter.label, "start": local(seen.slot.start, counter), "type": counter.type,
    }  # fmt: skip
    if seen.status is SlotStatus.SUSPENDED:
        return Refused("slot_suspended", rule="S3", **facts)
    if seen.status is SlotStatus.OCCUPIED:
        return Conflict("desk_taken", rule="C7", **facts)
    if seen.status is SlotStatus.HELD:
        return Conflict("slot_held", rule="S5", **facts)
    return Conflict("slot_taken", rule="S5", **facts, by=by)


def taker(work: Work, seen: Offered) -> str | None:
    """Return who seated the last appointment on this slot, or who took it elsewhere; None if it has none."""
    seated = [claim.appointment for claim in seen.claims if claim.appointment is not None]
    if not seated:
        return None
    entry = work.session.execute(
        select(col(JournalEntry.actor_kind), col(JournalEntry.actor))
        .where(
            col(JournalEntry.subject) == "appointment",
            col(JournalEntry.subject_id).in_(seated),
            col(JournalEntry.action).in_(_SEATING),
        )
        .order_by(col(JournalEntry.id).desc())
        .limit(1)
    ).first()
    if entry is not None:
        return entry.actor if entry.actor_kind == ActorKind.AGENT else PORTAL
    taken_by = select(col(Agent.login)).join(Appointment, col(Appointment.taken_by) == col(Agent.id))
    return work.session.scalars(taken_by.where(col(Appointment.id) == max(seated))).first() or PORTAL


def give_back(session: Session, appointment_id: int) -> None:
    """Free the seat of an appointment, if any."""
    session.execute(delete(Claim).where(_CLAIM.c.appointment_id == appointment_id))


def mark(work: Work, counter: CounterHours, slot: Slot, status: ClaimStatus) -> None:
    """Make every seat of the slot suspended or reserved; the caller takes care of who was there."""
    c = _CLAIM.c
    work.session.execute(delete(Claim).where(c.counter_id == counter.id, c.starts_at == utc(slot.start)))
    work.session.execute(
        insert(Claim), [_row(counter.id, slot, seat, {"status": status}) for seat in range(1, counter.capacity + 1)]
    )


def unmark(work: Work, counter: CounterHours, slot: Slot) -> None:
    """Free the suspended and reserved seats of the slot."""
    c = _CLAIM.c
    marks = (ClaimStatus.SUSPENDED, ClaimStatus.RESERVED)
    work.session.execute(
        delete(Claim).where(c.counter_id == counter.id, c.starts_at == utc(slot.start), c.status.in_(marks))
    )


def local(at: int, counter: CounterHours) -> datetime:
    """Return an instant in the zone of the counter."""
    return wall(at, counter.zone)


@lru_cache(maxsize=8192)
def wall(at: int, zone: ZoneInfo) -> datetime:
    """Return an instant in a zone; cached, because counters share the starts of their slots."""
    return datetime.fromtimestamp(at, zone)


def journal_time(at: int, counter: CounterHours) -> str:
    """Return an instant as the journal stores it: ISO 8601 with the offset of the place."""
    return local(at, counter).isoformat()


def journal_slot(counter: CounterHours, slot: Slot) -> dict[str, Any]:
    """Return a slot as the journal stores it."""
    return {"counter_id": counter.id, "starts_at": journal_time(slot.start, counter)}


def _overlapping(span: Span) -> tuple[Any, ...]:
    """Return the conditions on claims that overlap the span; the first one lets the index start near it."""
    c = _CLAIM.c
    return (c.starts_at > utc(span[0]) - _LONGEST, c.starts_at < utc(span[1]), c.ends_at > utc(span[0]))


def _sweep(work: Work, counter: CounterHours, slot: Slot) -> None:
    """Delete expired holds, here and at the desk, because they still occupy the key (P2)."""
    c = _CLAIM.c
    here = c.counter_id == counter.id if counter.desk_id is None else or_(
        c.counter_id == counter.id, c.desk_id == counter.desk_id
    )  # fmt: skip
    work.session.execute(
        delete(_CLAIM).where(
            and_(here, c.status == ClaimStatus.HELD, c.expires_at <= work.now, *_overlapping(slot))
        )
    )  # fmt: skip


def _row(counter_id: int, slot: Slot, seat: int, values: dict[str, Any]) -> dict[str, Any]:
    return {
        "counter_id": counter_id, "starts_at": utc(slot.start), "ends_at": utc(slot.end), "seat": seat, **values,
    }  # fmt: skip


def _insert(session: Session, counter_id: int, slot: Slot, seat: int, values: dict[str, Any]) -> bool:
    """Return True if the seat is ours; on PostgreSQL a lost race returns no row instead of breaking the transaction."""
    row = _row(counter_id, slot, seat, values)
    if locks_rows(session):
        return session.execute(_unless_taken(), row).first() is not None
    session.execute(_INSERTED, row)
    return True


@cache
def _unless_taken() -> Any:
    from sqlalchemy.dialects import postgresql  # only where it is spoken

    return postgresql.insert(_CLAIM).on_conflict_do_nothing().returning(_CLAIM.c.seat)


def _turn(session: Session, counter_id: int, slot: Slot, values: dict[str, Any], *which: Any) -> bool:
    """Turn one claim of the slot into another; return False if someone else was faster."""
    c = _CLAIM.c
    ours = (
        update(_CLAIM)
        .where(c.counter_id == counter_id, c.starts_at == utc(slot.start), *which)
        .values(**values)
        .returning(c.seat)
    )
    return session.execute(ours).first() is not None
