"""Appointments: assigning, moving, cancelling, closing with an outcome, arrivals (A1–A9)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Unpack
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlmodel import col, select

from rdv.date_input import Moment
from rdv.engine.booking.partners import find_or_add
from rdv.engine.booking.slots import find_slot
from rdv.engine.core.schedule import Slot, slot_at, utc
from rdv.engine.lookup.authorisation import need_on_types
from rdv.engine.lookup.partner_lookup import partner_card
from rdv.engine.lookup.references import LARGEST_ID, Ref, find, find_id, id_of
from rdv.engine.office import Work, use_case
from rdv.engine.seats import claims
from rdv.engine.seats.cards import cards_of, read_cards, read_history, status_now
from rdv.engine.seats.claims import journal_slot, local
from rdv.engine.seats.counter_hours import CounterHours, lock_counters, read_counter, read_counters
from rdv.engine.seats.lists import ListFilters, list_where
from rdv.engine.seats.message_queue import announce, confirm_new, slot_fact
from rdv.engine.views.appointments import AppointmentCard, AppointmentFile
from rdv.store.tables import Appointment, AppointmentType, Claim, Counter, JournalEntry, Place, table
from rdv.terms import LIVE, PORTAL, AppointmentStatus, MessageKind, NotFound, Refused, Right

_WRITTEN = insert(table(Appointment)).returning(table(Appointment).c.id)


@use_case(writes=False)
def list_appointments(work: Work, *, limit: int | None = None, **filters: Unpack[ListFilters]) -> list[AppointmentCard]:
    """Return the appointments of a list, by start, with filters that combine: see `lists`."""
    return read_cards(work, *list_where(work, limit, **filters), limit=limit)


@use_case(writes=False)
def show_appointment(work: Work, *, appointment: int) -> AppointmentFile:
    """Return an appointment with its whole history."""
    card = _card(work, appointment)
    history = read_history(work, JournalEntry.subject == "appointment", JournalEntry.subject_id == appointment)
    return AppointmentFile(card, tuple(history))


@use_case(Right.APPOINTMENTS)
def assign(
    work: Work,
    *,
    counter: Ref,
    start: Moment,
    partner: str,
    phone: str | None = None,
    email: str | None = None,
    comment: str = "",
) -> AppointmentCard:
    """Give a free or reserved slot to a partner, known or new (A3).

    Raises Conflict if someone was faster (S5, C7), Refused for a suspended or past slot, NotFound if no slot starts
    then.
    """
    target, slot = _bookable(work, find_id(work.session, Counter, counter), start)
    person = find_or_add(work, partner, phone=phone, email=email)
    number = write_appointment(work, target, slot, id_of(person), comment=comment, told_at=work.now)
    claims.book(work, target, slot, number)
    work.record("appointment.assign", "appointment", number, **journal_slot(target, slot))
    starts_at, ends_at = local(slot.start, target), local(slot.end, target)
    confirm_new(work, person, number, slot_fact(target.id, starts_at, ends_at))
    return AppointmentCard(
        id=number, type=target.type, counter_id=target.id, counter=target.label, place=target.place,
        partner=partner_card(person), starts_at=starts_at, ends_at=ends_at, status=AppointmentStatus.PLANNED,
        taken_at=work.now.astimezone(target.zone), taken_by=PORTAL if work.agent_id is None else work.actor.name,
        comment=comment, has_slot=True, type_id=target.type_id, place_id=target.place_id,
    )  # fmt: skip


@use_case(Right.APPOINTMENTS)
def move(work: Work, *, appointment: int, start: Moment, counter: Ref | None = None) -> AppointmentCard:
    """Move an appointment without outcome to another slot of its type (A4); its old slot is free at the same moment.

    `counter` is by default the one it has. Raises Refused for another type, or an appointment with an outcome.
    """
    target_id = None if counter is None else id_of(find(work.session, Counter, counter))
    row = _locked(work, appointment, also=target_id)
    check_live(row)
    target, slot = _bookable(work, target_id or row.counter_id, start)
    if target.type_id != row.type_id:
        raise Refused("other_type", rule="A4", counter=target.label, type=target.type)
    zone = zone_of(work, row.counter_id)
    slot_before = slot_fact(row.counter_id, row.starts_at.astimezone(zone), row.ends_at.astimezone(zone))
    claims.give_back(work.session, appointment)
    claims.book(work, target, slot, appointment)
    relocated(work, row, target, slot, slot_before)
    return _card(work, appointment)


@use_case(Right.APPOINTMENTS)
def cancel(work: Work, *, appointments: Sequence[int]) -> list[AppointmentCard]:
    """Cancel appointments without outcome, all or none; their slots are free at the same moment."""
    upcoming = []
    for number in appointments:
        row = _locked(work, number)
        withdrawn(work, row)
        if row.ends_at > work.now:
            upcoming.append(number)
    announce(work, MessageKind.CANCELLATION, upcoming)
    return cards_of(work, appointments)


@use_case(Right.APPOINTMENTS)
def mark_done(work: Work, *, appointments: Sequence[int]) -> list[AppointmentCard]:
    """Mark appointments as done (A6), all or none; from the morning of their day on."""
    return _close(work, appointments, AppointmentStatus.DONE)


@use_case(Right.APPOINTMENTS)
def mark_no_show(work: Work, *, appointments: Sequence[int]) -> list[AppointmentCard]:
    """Mark appointments as no show (A6), all or none; from their start on."""
    return _close(work, appointments, AppointmentStatus.NO_SHOW)


@use_case(Right.APPOINTMENTS)
def mark_arrived(work: Work, *, appointments: Sequence[int], arrived: bool = True) -> list[AppointmentCard]:
    """Mark citizens as arrived, or not after all, all or none (A9), for planned appointments of today.

    A second mark keeps the first time. Raises Refused for another day, or an appointment that is not planned.
    """
    for number in appointments:
        row = _locked(work, number)
        if row.status != AppointmentStatus.PLANNED:
            reads = status_now(row.status, row.ends_at, work.now)
            raise Refused("not_expected", rule="A9", appointment=number, status=reads)
        start = row.starts_at.astimezone(zone_of(work, row.counter_id))
        if start.date() != work.now.astimezone(start.tzinfo).date():
            raise Refused("not_today", rule="A9", appointment=number, start=start)
        if arrived != (row.arrived_at is not None):
            row.arrived_at = work.now if arrived else None
            work.session.flush()
            work.record("appointment.arrived" if arrived else "appointment.not_arrived", "appointment", number)
    return cards_of(work, appointments)


@use_case(Right.APPOINTMENTS)
def reopen(work: Work, *, appointments: Sequence[int]) -> list[AppointmentCard]:
    """Take outcomes back, all or none: done, no show or cancelled appointments are planned again (A8).

    A cancelled or upcoming appointment gets its own slot back unless it still has it. Raises Refused if the slot is
    gone or suspended, Conflict if it is taken.
    """
    for number in appointments:
        row = _locked(work, number)
        before = AppointmentStatus(row.status)
        if before in LIVE:
            raise Refused("appointment_open", rule="A8", appointment=number)
        if before is AppointmentStatus.CANCELLED or row.ends_at > work.now:
            counter, slot = _own_slot(work, row)
            if work.session.exec(select(Claim.seat).where(Claim.appointment_id == number)).first() is None:
                claims.book(work, counter, slot, number)
        has_seat = work.session.exec(select(Claim.seat).where(Claim.appointment_id == number)).first() is not None
        row.status = AppointmentStatus.PLANNED if has_seat else AppointmentStatus.TO_RESCHEDULE
        work.session.flush()
        work.record("appointment.reopen", "appointment", number, status=before)
        if before is AppointmentStatus.CANCELLED and row.ends_at > work.now:
            announce(work, MessageKind.CONFIRMATION, [number])
    return cards_of(work, appointments)


def _close(work: Work, appointments: Sequence[int], outcome: AppointmentStatus) -> list[AppointmentCard]:
    """Give an outcome, or replace it by the other one; the slot stays taken, because it was used."""
    for number in appointments:
        row = _locked(work, number)
        if row.status == AppointmentStatus.CANCELLED:
            raise _over(row)
        zone = zone_of(work, row.counter_id)
        if outcome is AppointmentStatus.NO_SHOW:
            too_early = row.starts_at > work.now
        else:
            too_early = row.starts_at.astimezone(zone).date() > work.now.astimezone(zone).date()
        if too_early:
            raise Refused("too_early", rule="A6", appointment=number, start=row.starts_at.astimezone(zone))
        if row.status != outcome:
            row.status = outcome
            work.session.flush()
            work.record(f"appointment.{outcome}", "appointment", number)
    return cards_of(work, appointments)


def relocated(work: Work, row: Appointment, counter: CounterHours, slot: Slot, slot_before: dict[str, Any]) -> None:
    """Move an appointment to the slot whose seat it just got (A4), and announce it."""
    number = id_of(row)
    row.counter_id, row.starts_at, row.ends_at = counter.id, utc(slot.start), utc(slot.end)
    row.status, row.arrived_at = AppointmentStatus.PLANNED, None
    work.session.flush()
    before = {name: slot_before[name] for name in ("counter_id", "starts_at")}
    work.record("appointment.move", "appointment", number, before=before, **journal_slot(counter, slot))
    announce(work, MessageKind.MOVE, [number], before={number: slot_before})


def withdrawn(work: Work, row: Appointment) -> None:
    """Cancel an appointment without outcome and free its slot; the caller announces it.

    Raises Refused for an appointment with an outcome.
    """
    check_live(row)
    row.status, row.arrived_at = AppointmentStatus.CANCELLED, None
    claims.give_back(work.session, id_of(row))
    work.session.flush()
    work.record("appointment.cancel", "appointment", row.id)


def write_appointment(
    work: Work, counter: CounterHours, slot: Slot, partner_id: int, *, comment: str, told_at: datetime | None = None
) -> int:
    """Store an appointment without a seat and return its id. `told_at` is the time at which its partner was informed
    of it.
    """
    row = {
        "type_id": counter.type_id,
        "counter_id": counter.id,
        "partner_id": partner_id,
        "starts_at": utc(slot.start),
        "ends_at": utc(slot.end),
        "status": AppointmentStatus.PLANNED,
        "taken_at": work.now,
        "taken_by": work.agent_id,
        "comment": comment,
        "sequence": 0 if told_at is None else 1,
        "told_at": told_at,
    }
    return int(work.session.execute(_WRITTEN, row).scalar_one())


def zone_of(work: Work, counter_id: int) -> ZoneInfo:
    """Return the zone of a counter's place, even if the counter was removed."""
    name = work.session.exec(
        select(Place.timezone).join(Counter, col(Counter.place_id) == col(Place.id)).where(Counter.id == counter_id)
    ).one()
    return ZoneInfo(name)


def _bookable(work: Work, counter_id: int, start: Moment) -> tuple[CounterHours, Slot]:
    """Return the counter, shared by this transaction, and its slot at this start, if the actor may book there (G2)."""
    lock_counters(work.session, [counter_id], change=False)
    counter = read_counter(work.session, counter_id)
    need_on_types(work, Right.APPOINTMENTS, {counter.type_id: counter.type})
    slot = find_slot(work, counter, start)
    if slot.end <= work.instant:
        raise Refused("slot_past", rule="A3", counter=counter.label)
    return counter, slot


def _locked(work: Work, appointment: int, *, also: int | None = None) -> Appointment:
    """Return the appointment, owned by this transaction, with its counter (and another) shared: counters come first.

    Raises NotFound, or NotAllowed without the type's service (G2).
    """
    while True:
        row = work.session.get(Appointment, appointment) if appointment <= LARGEST_ID else None
        if row is None:
            raise NotFound("not_found", kind="appointment", ref=appointment, close=())
        counter_id = row.counter_id
        lock_counters(work.session, [counter_id] + ([] if also is None else [also]), change=False)
        work.session.refresh(row, with_for_update=True)
        if row.counter_id == counter_id:
            break
    label = work.session.exec(select(AppointmentType.label).where(AppointmentType.id == row.type_id)).one()
    need_on_types(work, Right.APPOINTMENTS, {row.type_id: label})
    return row


def _own_slot(work: Work, row: Appointment) -> tuple[CounterHours, Slot]:
    """Return an appointment's counter and slot; raise Refused if either has changed."""
    slot = Slot(int(row.starts_at.timestamp()), int(row.ends_at.timestamp()))
    for counter in read_counters(work.session, ids=[row.counter_id]):
        if counter.type_id != row.type_id:
            raise Refused("other_type", rule="A4", counter=counter.label, type=counter.type)
        if slot_at(counter.hours, slot.start) == slot:
            return counter, slot
    label = work.session.exec(select(Counter.label).where(Counter.id == row.counter_id)).one()
    start = row.starts_at.astimezone(zone_of(work, row.counter_id))
    raise Refused("slot_gone", rule="A8", appointment=row.id, counter=label, start=start)


def check_live(row: Appointment) -> None:
    """Raise Refused for an appointment with an outcome."""
    if row.status not in LIVE:
        raise _over(row)


def _over(row: Appointment) -> Refused:
    return Refused("appointment_over", rule="A2", appointment=row.id, status=AppointmentStatus(row.status))


def _card(work: Work, appointment: int) -> AppointmentCard:
    cards = cards_of(work, [appointment]) if appointment <= LARGEST_ID else []
    if not cards:
        raise NotFound("not_found", kind="appointment", ref=appointment, close=())
    return cards[0]
