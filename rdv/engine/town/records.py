"""Partners, slots and appointments that a declared town hall carries: for training, migration, demonstration (B3)."""

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime

from rdv import date_input
from rdv.engine.booking.partners import add_partner, find_or_add, set_partner
from rdv.engine.booking.slots import slots_between
from rdv.engine.booking.taken_elsewhere import TakenElsewhere, agent_id, place_arrivals, write_arrivals
from rdv.engine.lookup.counter_index import CounterIndex
from rdv.engine.lookup.partner_lookup import code_of, find_partner
from rdv.engine.lookup.references import id_of
from rdv.engine.office import Work
from rdv.engine.seats import claims
from rdv.engine.seats.claims import journal_time
from rdv.engine.seats.counter_hours import CounterHours, lock_counters, read_counters
from rdv.engine.town.changes import ChangeCollector
from rdv.engine.town.declaration import DeclaredAppointment, DeclaredPartner, DeclaredSlot
from rdv.store.tables import Partner
from rdv.terms import AppointmentStatus, ClaimStatus, NotFound, SlotStatus


def bring_partner(collector: ChangeCollector, one: DeclaredPartner) -> None:
    """Add or change a partner, found by code, or by name if no code is declared."""
    work = collector.work
    fields = one.model_dump(exclude={"code"}, exclude_none=True)
    row = _known_partner(work, one.code or one.name)
    if row is None:
        card = add_partner(work, code=one.code, **fields)
        collector.note("added", "partner", f"{card.name} ({card.code})", {})
        return
    before = {name: getattr(row, name) for name in fields}
    card = set_partner(work, partner=code_of(id_of(row)), **fields)
    changes = {name: (was, getattr(card, name)) for name, was in before.items() if was != getattr(card, name)}
    if changes:
        collector.note("changed", "partner", f"{card.name} ({card.code})", changes)


def _known_partner(work: Work, ref: str) -> Partner | None:
    try:
        return find_partner(work, ref)
    except NotFound:
        return None


def bring_slots(collector: ChangeCollector, declared: Sequence[DeclaredSlot]) -> None:
    """Reserve or suspend free slots; a slot with any claim is left alone."""
    counters = _own_counters(collector.work, [(one.counter, one.place) for one in declared])
    for one, counter in zip(declared, counters, strict=True):
        _bring_slots(collector, one, counter)


def _bring_slots(collector: ChangeCollector, one: DeclaredSlot, counter: CounterHours) -> None:
    work = collector.work
    status = ClaimStatus(one.status)
    to = None if one.to is None else date_input.at(one.to)
    for slot in slots_between(work, counter, date_input.at(one.start), to):
        offered = claims.look(work, counter, slot)
        if offered.status is SlotStatus.FREE and not offered.claims:
            claims.mark(work, counter, slot, status)
            verb = "reserve" if status is ClaimStatus.RESERVED else "suspend"
            work.record(f"slot.{verb}", "counter", counter.id, starts_at=journal_time(slot.start, counter))
            start = claims.local(slot.start, counter)
            collector.note("added", "slot", f"{counter.label}, {start:%Y-%m-%d %H:%M}", {})


def bring_appointments(collector: ChangeCollector, declared: Sequence[DeclaredAppointment]) -> None:
    """Bring appointments that were taken elsewhere."""
    work = collector.work
    counters = _own_counters(work, [(one.counter, one.place) for one in declared])
    people = {ref: find_or_add(work, ref) for ref in dict.fromkeys(one.partner for one in declared)}
    appointments = [
        TakenElsewhere(
            counter=counter,
            person=people[one.partner],
            start=date_input.at(one.start),
            end=one.end and _local(one.end, counter),
            status=AppointmentStatus(one.status),
            taken_at=one.taken_at and _local(one.taken_at, counter),
            taken_by=None if one.taken_by is None else agent_id(work, one.taken_by),
            comment=one.comment,
        )
        for one, counter in zip(declared, counters, strict=True)
    ]
    arrivals = place_arrivals(work, appointments, lambda _one: nullcontext())
    collector.changes += write_arrivals(work, arrivals)


def _own_counters(work: Work, names: Sequence[tuple[str, str | None]]) -> list[CounterHours]:
    """Return the counters with these labels and places, owned by this transaction."""
    if not names:
        return []
    index = CounterIndex.read(work.session)
    ids = [index.find(label, place) for label, place in names]
    lock_counters(work.session, ids, change=True)
    counters = {counter.id: counter for counter in read_counters(work.session, ids=set(ids))}
    return [counters[number] for number in ids]


def _local(when: datetime, counter: CounterHours) -> datetime:
    return when if when.tzinfo else when.replace(tzinfo=counter.zone)
