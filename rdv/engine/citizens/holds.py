"""Holds: a citizen's slots until they are validated or their time has run out (P1–P3)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func
from sqlmodel import col, select

from rdv.changes import NOTHING, Changes
from rdv.engine.booking.appointments import write_appointment, zone_of
from rdv.engine.citizens.offer import open_type, public_counters, window
from rdv.engine.core.schedule import Slot, slot_at
from rdv.engine.lookup.references import LARGEST_ID, id_of
from rdv.engine.office import Work, citizen_case
from rdv.engine.seats import claims
from rdv.engine.seats.claims import local
from rdv.engine.seats.counter_hours import CounterHours, lock_counters, read_counters
from rdv.engine.seats.message_queue import announce
from rdv.engine.views.portal import Hold
from rdv.store.tables import Appointment, AppointmentType, Claim, Counter, Partner, Place, table
from rdv.terms import LIVE, ClaimStatus, Conflict, Invalid, MessageKind, NotFound, Refused

_CLAIM = table(Claim)
LONGEST_REMARK = 500


@citizen_case(writes=False)
def my_holds(work: Work) -> list[Hold]:
    """Return the slots that the citizen holds, by start, expired ones included while they are free."""
    return _read_holds(work)


@citizen_case()
def hold(work: Work, *, type: int, place: int, start: datetime) -> Hold:
    """Hold a free slot of a type at a place, at any public counter, for the hold time of the type (P2).

    A slot that the citizen already holds stays held. Raises NotFound if no slot starts then, Refused outside of notice
    and horizon (P4) or past the type's maximum of upcoming appointments (P1), Conflict if the slot was taken first
    (S5).
    """
    kind = open_type(work, type)
    counters, slots = seats_for(work, kind, place, start)
    lock_citizen(work)
    wanted = (type, place, start)
    mine = [one for one in _read_holds(work) if (one.type_id, one.place_id, one.starts_at) == wanted]
    if mine and not mine[0].is_over:
        return mine[0]
    work.session.execute(delete(Claim).where(_CLAIM.c.partner_id == work.citizen_id, _CLAIM.c.expires_at <= work.now))
    _check_maximum(work, kind)
    until = work.now + timedelta(minutes=kind.hold_minutes)
    counter = take_first(
        counters, slots, lambda one, slot: claims.hold(work, one, slot, work.citizen_id, until)
    )  # fmt: skip
    work.touch(Changes(frozenset({(counter.id, start.astimezone(counter.zone).date())})))
    return next(one for one in _read_holds(work) if (one.counter_id, one.starts_at) == (counter.id, start))


@citizen_case()
def release_hold(work: Work, *, counter: int, start: datetime) -> None:
    """Give back a slot that the citizen holds; do nothing if the hold has ended."""
    c = _CLAIM.c
    held = (c.counter_id == counter, c.starts_at == start, c.partner_id == work.citizen_id)
    released = work.session.execute(delete(_CLAIM).where(*held).returning(c.seat)).first()
    day = start.astimezone(zone_of(work, counter)).date() if released else None
    work.touch(NOTHING if day is None else Changes(frozenset({(counter, day)})))


@citizen_case()
def validate(work: Work, *, slots: Sequence[tuple[int, datetime]], remark: str = "") -> list[int]:
    """Turn held slots, each as (counter, start), into planned appointments, all or none, with one confirmation (P3).

    Returns the numbers of the appointments. Slots that were validated before stay booked, so that a repeated request
    books once. Raises Refused for no slots, Conflict if a hold has expired: nothing is booked then.
    """
    if not slots:
        raise Refused("nothing_held", rule="P3")
    if len(remark) > LONGEST_REMARK:
        raise Invalid("remark_long", most=LONGEST_REMARK)
    wanted = sorted({(number, start) for number, start in slots if 0 < number <= LARGEST_ID})
    lock_counters(work.session, [number for number, _ in wanted], change=False)
    lock_citizen(work)
    counters = {one.id: one for one in read_counters(work.session, ids=[number for number, _ in wanted])}
    booked: list[int] = []
    new: list[int] = []
    lost: list[datetime] = []
    for number, start in wanted:
        counter = counters.get(number)
        slot = slot_at(counter.hours, int(start.timestamp())) if counter else None
        known = _booked_before(work, number, start)
        if known is not None:
            booked.append(known)
        elif counter is None or slot is None or (new_number := _confirm(work, counter, slot, remark)) is None:
            lost.append(start.astimezone(counter.zone) if counter else start)
        else:
            booked.append(new_number)
            new.append(new_number)
    if lost or len(wanted) < len(set(slots)):
        raise Conflict("hold_lost", rule="P3", starts=tuple(lost))
    announce(work, MessageKind.CONFIRMATION, new)
    return booked


def seats_for(
    work: Work, kind: AppointmentType, place: int, start: datetime
) -> tuple[list[CounterHours], dict[int, Slot]]:
    """Return the public counters where a slot of the type starts then, shared by this transaction, and their slots.

    Raises NotFound when there is none, Refused outside of notice and horizon (P4).
    """
    type_id = id_of(kind)
    where = (Counter.type_id == type_id, Counter.place_id == (place if 0 < place <= LARGEST_ID else 0))
    lock_counters(work.session, work.session.exec(select(Counter.id).where(*where)), change=False)  # type: ignore[arg-type]
    at = int(start.timestamp())
    counters = public_counters(work, type_id, place)
    slots = {one.id: slot for one in counters if (slot := slot_at(one.hours, at)) is not None}
    offering = [one for one in counters if one.id in slots]
    if not offering:
        raise NotFound("no_slot_there", rule="S1", start=start.astimezone(counters[0].zone) if counters else start)
    earliest, until = window(work, kind, offering[0])
    if not earliest <= at < until:
        raise Refused("outside_window", rule="P4", start=local(at, offering[0]), type=kind.label)
    return offering, slots


def take_first(counters: Sequence[CounterHours], slots: dict[int, Slot], take: Any) -> CounterHours:
    """Take the slot at the first counter with a seat left and return that counter; raise the last counter's error."""
    problem: Refused | Conflict | None = None
    for counter in counters:
        try:
            take(counter, slots[counter.id])
        except (Refused, Conflict) as refusal:
            problem = refusal
        else:
            return counter
    start = local(slots[counters[0].id].start, counters[0])
    raise Conflict("just_taken", rule="S5", start=start) from problem


def lock_citizen(work: Work) -> None:
    """Have two holds or validations of one citizen, on two devices, follow each other (P1). Counters come first."""
    work.session.execute(select(Partner.id).where(Partner.id == work.citizen_id).with_for_update()).one()


def _confirm(work: Work, counter: CounterHours, slot: Slot, remark: str) -> int | None:
    """Return the number of the appointment that a hold has become; None if the hold has ended."""
    number = write_appointment(work, counter, slot, work.citizen_id, comment=remark.strip())
    if not claims.confirm(work, counter.id, slot, work.citizen_id, number):
        return None
    work.record("appointment.take", "appointment", number, **claims.journal_slot(counter, slot))
    return number


def _booked_before(work: Work, counter: int, start: datetime) -> int | None:
    a = Appointment
    mine = (a.counter_id == counter, a.starts_at == start, a.partner_id == work.citizen_id, a.status == LIVE[0])
    return work.session.exec(select(a.id).where(*mine).order_by(col(a.id).desc())).first()


def _check_maximum(work: Work, kind: AppointmentType) -> None:
    """Raise Refused when holds and upcoming appointments of the type reach its maximum, across sessions (P1)."""
    a, c = Appointment, _CLAIM.c
    ahead = (a.partner_id == work.citizen_id, a.type_id == kind.id, col(a.status).in_(LIVE), a.ends_at > work.now)
    upcoming = work.session.execute(select(func.count()).select_from(a).where(*ahead)).scalar_one()
    held = work.session.execute(
        select(func.count())
        .select_from(_CLAIM)
        .join(Counter, col(Counter.id) == c.counter_id)
        .where(c.partner_id == work.citizen_id, c.expires_at > work.now, col(Counter.type_id) == kind.id)
    ).scalar_one()
    if upcoming + held >= kind.max_upcoming:
        raise Refused("too_many_upcoming", rule="P1", type=kind.label, most=kind.max_upcoming)


def _read_holds(work: Work) -> list[Hold]:
    c = _CLAIM.c
    rows = work.session.execute(
        select(
            c.counter_id, c.starts_at, c.ends_at, c.expires_at, Counter.type_id,
            col(AppointmentType.label).label("type"), AppointmentType.description, Counter.place_id,
            col(Place.label).label("place"), Place.address, Place.timezone,
        )  # type: ignore[call-overload]
        .select_from(_CLAIM)
        .join(Counter, col(Counter.id) == c.counter_id)
        .join(AppointmentType, col(AppointmentType.id) == col(Counter.type_id))
        .join(Place, col(Place.id) == col(Counter.place_id))
        .where(c.partner_id == work.citizen_id, c.status == ClaimStatus.HELD)
        .order_by(c.starts_at, c.counter_id)
    )  # fmt: skip
    return [
        Hold(
            row.counter_id, row.type_id, row.type, row.description, row.place_id, row.place, row.address,
            row.starts_at.astimezone(zone), row.ends_at.astimezone(zone), row.expires_at.astimezone(zone),
            row.expires_at <= work.now,
        )
        for row in rows
        for zone in [ZoneInfo(row.timezone)]
    ]  # fmt: skip
