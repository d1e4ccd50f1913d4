"""Partners, slots and appointments that a declared town hall carries: for training, migration, demonstration (B3)."""

from datetime import datetime
from typing import Any

from sqlmodel import col, select

from rdv import moments
from rdv.engine import claims
from rdv.engine.applying import Applying
from rdv.engine.appointments import write_appointment
from rdv.engine.cards import code_of
from rdv.engine.claims import told
from rdv.engine.declaration import DeclaredAppointment, DeclaredPartner, DeclaredSlot
from rdv.engine.office import Work
from rdv.engine.partners import add_partner, find_or_add, find_partner, set_partner
from rdv.engine.references import id_of
from rdv.engine.slots import find_slot, slots_between
from rdv.engine.timetable import CounterHours, lock_counters, read_counter
from rdv.engine.week import Slot, slot_at
from rdv.store.tables import Agent, Appointment, Counter, Partner, Place
from rdv.terms import AppointmentStatus, ClaimStatus, NotFound, Refused, SlotStatus, fold


def bring_partner(applying: Applying, one: DeclaredPartner) -> None:
    """A partner by its code, or by its name where no code is declared."""
    work = applying.work
    given: dict[str, Any] = {"name": one.name, "phone": one.phone, "email": one.email}
    row = _known_partner(work, one.code or one.name)
    if row is None:
        card = add_partner(work, code=one.code, **given)
        applying.note("added", "partner", f"{card.name} ({card.code})", {})
        return
    before = {name: getattr(row, name) for name in given}
    card = set_partner(work, partner=code_of(id_of(row)), **given)
    fields = {name: (was, getattr(card, name)) for name, was in before.items() if was != getattr(card, name)}
    if fields:
        applying.note("changed", "partner", f"{card.name} ({card.code})", fields)


def _known_partner(work: Work, ref: str) -> Partner | None:
    try:
        return find_partner(work, ref)
    except NotFound:
        return None


def bring_slot(applying: Applying, one: DeclaredSlot) -> None:
    """Free slots become reserved or suspended; whatever else stands on one is left alone."""
    work = applying.work
    place = _owned(work, one.counter, one.place)
    status = ClaimStatus(one.status)
    to = None if one.to is None else moments.at(one.to)
    for slot in slots_between(work, place, moments.at(one.start), to):
        if claims.look(work, place, slot).status is SlotStatus.FREE:
            claims.mark(work, place, slot, status)
            verb = "reserve" if status is ClaimStatus.RESERVED else "suspend"
            work.record(f"slot.{verb}", "counter", place.id, starts_at=told(slot.start, place))
            applying.note("added", "slot", f"{place.label}, {claims.local(slot.start, place):%Y-%m-%d %H:%M}", {})


def bring_appointment(applying: Applying, one: DeclaredAppointment) -> None:
    """An appointment as it was taken elsewhere: no message is sent. Known already, moved or not, it is left alone."""
    work = applying.work
    place = _owned(work, one.counter, one.place)
    person = find_or_add(work, one.partner)
    start = _local(one.start, place)
    taken_at = None if one.taken_at is None else _local(one.taken_at, place)
    if _is_known(work, id_of(person), place, start, taken_at):
        return
    taken_by = _agent_id(work, one.taken_by)
    status = AppointmentStatus(one.status)
    slot = _slot_or_span(work, place, one, start)
    appointment_id = write_appointment(
        work, place, slot, id_of(person),
        comment=one.comment, status=status, taken_at=taken_at or work.now, taken_by=taken_by,
    )  # fmt: skip
    if status in (AppointmentStatus.PLANNED, AppointmentStatus.DONE, AppointmentStatus.NO_SHOW):
        if slot_at(place.hours, slot.start) == slot:
            claims.book(work, place, slot, appointment_id)
        elif slot.end > work.instant:
            raise NotFound("no_slot", rule="S1", counter=place.label, start=start, close=())
    facts = {"counter_id": place.id, "starts_at": told(slot.start, place), "status": status}
    work.record("appointment.import", "appointment", appointment_id, **facts)
    applying.note("added", "appointment", f"{person.name}, {place.label}, {start:%Y-%m-%d %H:%M}", {})


def _slot_or_span(work: Work, place: CounterHours, one: DeclaredAppointment, start: datetime) -> Slot:
    """The slot at this start, unless an end is declared: then what is declared, slot or not."""
    at = int(start.timestamp())
    if one.end is not None:
        end = int(_local(one.end, place).timestamp())
        if end <= at:
            raise Refused("period_backwards", rule="A1", first=start, last=_local(one.end, place))
        return Slot(at, end)
    return find_slot(work, place, moments.at(one.start))


def _is_known(work: Work, partner_id: int, place: CounterHours, start: datetime, taken_at: datetime | None) -> bool:
    a = Appointment
    same_place = (col(a.counter_id) == place.id) & (col(a.starts_at) == start)
    same_taking = (col(a.type_id) == place.type_id) & (col(a.taken_at) == taken_at)
    known = same_place if taken_at is None else same_place | same_taking
    return work.session.exec(select(a.id).where(col(a.partner_id) == partner_id, known)).first() is not None


def _agent_id(work: Work, login: str | None) -> int | None:
    if login is None:
        return None
    found = work.session.exec(select(Agent.id).where(Agent.login == login).order_by(col(Agent.id).desc())).first()
    if found is None:
        raise NotFound("not_found", kind="agent", ref=login, close=())
    return found


def _owned(work: Work, label: str, place: str | None) -> CounterHours:
    """The counter that the file means, owned by this transaction; `place` tells those of one label apart."""
    where = [col(Counter.removed) == 0, col(Counter.key) == fold(label)]
    if place is not None:
        where.append(col(Place.key) == fold(place))
    found = list(work.session.exec(select(Counter.id).join(Place).where(*where)))
    if not found:
        raise NotFound("not_found", kind="counter", ref=label, close=())
    if len(found) > 1 or found[0] is None:
        raise Refused("ambiguous", kind="counter", ref=label, candidates=tuple(map(str, found)))
    lock_counters(work.session, [found[0]], change=True)
    return read_counter(work.session, found[0])


def _local(when: datetime, place: CounterHours) -> datetime:
    return when if when.tzinfo else when.replace(tzinfo=place.zone)
