"""A citizen's own appointments: seeing, changing, cancelling them, and no one else's (P5, P6)."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import defer
from sqlmodel import col, select

from rdv.engine.booking.appointments import check_live, relocated, withdrawn, zone_of
from rdv.engine.citizens.holds import lock_citizen, seats_for, take_first
from rdv.engine.citizens.offer import open_type
from rdv.engine.lookup.references import LARGEST_ID
from rdv.engine.messages.facts import read_appointments
from rdv.engine.messages.invitations import publication
from rdv.engine.office import Work, citizen_case
from rdv.engine.seats import claims
from rdv.engine.seats.cards import status_now
from rdv.engine.seats.counter_hours import lock_counters
from rdv.engine.seats.message_queue import announce, slot_fact
from rdv.engine.views.portal import MyAppointment, MyAppointments
from rdv.store.tables import Appointment, AppointmentType, Counter, Place, table
from rdv.terms import LIVE, AppointmentStatus, MessageKind, NotFound, Refused

_UNREAD = defer(Appointment.comment)  # type: ignore[arg-type]
"""Agents' comments are not for the portal, whose role on PostgreSQL may not read them."""

_READ = [column.name for column in table(Appointment).c if column.name != "comment"]


@citizen_case(writes=False)
def list_mine(work: Work) -> MyAppointments:
    """Return the citizen's appointments, to come and past (P5)."""
    appointments = _read(work)
    upcoming = tuple(one for one in appointments if one.is_upcoming and one.ends_at > work.now)
    return MyAppointments(upcoming, tuple(one for one in reversed(appointments) if one not in upcoming))


@citizen_case(writes=False)
def show_mine(work: Work, *, appointment: int) -> MyAppointment:
    """Return a citizen's appointment. Raise NotFound for another person's, as for one that does not exist (P5)."""
    return _mine(work, appointment)


@citizen_case(writes=False)
def my_calendar(work: Work, *, appointment: int) -> bytes:
    """Return a citizen's appointment as a calendar file, which updates the invitations of earlier messages (N1).

    Raises NotFound for another person's appointment.
    """
    one = _mine(work, appointment)
    row = work.session.get_one(Appointment, appointment, options=[_UNREAD])
    fact = slot_fact(row.counter_id, one.starts_at, one.ends_at) | {"id": appointment, "sequence": row.sequence}
    appointment_facts, _sequence = read_appointments(work, [fact])[0]
    base = work.settings.portal_url.rstrip("/")
    url = f"{base}/rendez-vous/{appointment}" if base else ""
    gone = row.status in (AppointmentStatus.CANCELLED, AppointmentStatus.TO_RESCHEDULE)
    return publication(appointment_facts, gone=gone, organizer=work.settings.sender, url=url, now=work.now)


@citizen_case()
def move_mine(work: Work, *, appointment: int, place: int, start: datetime) -> MyAppointment:
    """Move one of the citizen's appointments to another free slot of its type, within its delays (A4, P4, P5).

    At its own slot, nothing changes. Raises NotFound for another person's appointment, Refused if it is too late or
    closed, Conflict if the slot was taken first (S5).
    """
    before = _mine(work, appointment)
    kind = open_type(work, before.type_id)
    counters, slots = seats_for(work, kind, place, start)
    row = _locked(work, appointment)
    is_there = row.status == AppointmentStatus.PLANNED and row.starts_at == start
    if is_there and row.counter_id in {one.id for one in counters}:
        return _mine(work, appointment)
    _check_delay(work, row, kind)
    zone = zone_of(work, row.counter_id)
    slot_before = slot_fact(row.counter_id, row.starts_at.astimezone(zone), row.ends_at.astimezone(zone))
    claims.give_back(work.session, appointment)
    counter = take_first(counters, slots, lambda one, slot: claims.book(work, one, slot, appointment, reserved=False))
    relocated(work, row, counter, slots[counter.id], slot_before)
    return _mine(work, appointment)


@citizen_case()
def cancel_mine(work: Work, *, appointment: int) -> MyAppointment:
    """Cancel one of the citizen's appointments, within the delay of its type; a cancelled one stays cancelled (P5).

    Raises NotFound for another person's appointment, Refused if it is too late or closed.
    """
    before = _mine(work, appointment)
    row = _locked(work, appointment)
    if row.status == AppointmentStatus.CANCELLED:
        return before
    _check_delay(work, row, work.session.get_one(AppointmentType, row.type_id))
    withdrawn(work, row)
    announce(work, MessageKind.CANCELLATION, [appointment])
    return _mine(work, appointment)


def _locked(work: Work, appointment: int) -> Appointment:
    """Return the citizen's appointment, owned by this transaction, with its counter shared: counters come first."""
    while True:
        row = work.session.get_one(Appointment, appointment, options=[_UNREAD])
        counter_id = row.counter_id
        lock_counters(work.session, [counter_id], change=False)
        lock_citizen(work)
        work.session.refresh(row, _READ, with_for_update=True)
        if row.counter_id == counter_id:
            break
    if row.partner_id != work.citizen_id:  # a file that was merged since
        raise _none(appointment)
    return row


def _check_delay(work: Work, row: Appointment, kind: AppointmentType) -> None:
    """Raise Refused when the appointment is over with, or too near for its citizen to change it (P5)."""
    check_live(row)
    if not _may_change(work, row.status, row.starts_at, row.ends_at, kind.notice_hours):
        zone = zone_of(work, row.counter_id)
        raise Refused("too_late", rule="P5", start=row.starts_at.astimezone(zone), hours=kind.notice_hours)


def _may_change(work: Work, status: str, starts_at: datetime, ends_at: datetime, notice_hours: int) -> bool:
    """Return True if a citizen may still change an appointment: until the notice before it, or its start.

    An appointment to reschedule has no slot any longer, so it may change until its end.
    """
    if status == AppointmentStatus.TO_RESCHEDULE:
        return ends_at > work.now
    return status == AppointmentStatus.PLANNED and starts_at - timedelta(hours=notice_hours) > work.now


def _mine(work: Work, appointment: int) -> MyAppointment:
    rows = _read(work, Appointment.id == appointment) if 0 < appointment <= LARGEST_ID else []
    if not rows:
        raise _none(appointment)
    return rows[0]


def _none(appointment: int) -> NotFound:
    return NotFound("not_found", rule="P5", kind="appointment", ref=appointment, close=())


def _read(work: Work, *where: Any) -> list[MyAppointment]:
    a = Appointment
    rows = work.session.execute(
        select(
            a.id, a.type_id, col(AppointmentType.label).label("type"), AppointmentType.description,
            col(Counter.label).label("counter"), Counter.place_id, col(Place.label).label("place"), Place.address,
            Place.timezone, a.starts_at, a.ends_at, a.status, AppointmentType.notice_hours,
            AppointmentType.public,
        )  # type: ignore[call-overload]
        .join(AppointmentType, col(AppointmentType.id) == col(a.type_id))
        .join(Counter, col(Counter.id) == col(a.counter_id))
        .join(Place, col(Place.id) == col(Counter.place_id))
        .where(a.partner_id == work.citizen_id, *where)
        .order_by(a.starts_at, a.id)
    ).all()  # fmt: skip
    appointments = []
    for row in rows:
        zone = ZoneInfo(row.timezone)
        may = row.status in LIVE and _may_change(work, row.status, row.starts_at, row.ends_at, row.notice_hours)
        appointments.append(
            MyAppointment(
                row.id, row.type_id, row.type, row.description, row.counter, row.place_id, row.place, row.address,
                row.starts_at.astimezone(zone), row.ends_at.astimezone(zone),
                status_now(row.status, row.ends_at, work.now), may and row.public, may,
            )
        )  # fmt: skip
    return appointments
