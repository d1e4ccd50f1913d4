"""Appointments as messages show them: slots from the facts of the change, everything else as it is now."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from rdv.engine.office import Work
from rdv.engine.views.messages import MessageAppointment, MessageSlot
from rdv.store.tables import Appointment, AppointmentType, Counter, Place
from rdv.terms import AppointmentStatus


def read_appointments(work: Work, facts: Sequence[Mapping[str, Any]]) -> list[tuple[MessageAppointment, int]]:
    """Return the appointments of a message, each with the number of its latest change."""
    slots = [slot for fact in facts for slot in (fact, fact.get("before")) if slot]
    where = _wheres(work, {slot["counter_id"] for slot in slots})
    a, kind = Appointment, AppointmentType
    rows = {
        row.id: row
        for row in work.session.execute(
            select(a.id, a.sequence, a.status, a.ends_at, a.taken_at, kind.label, kind.description)  # type: ignore[call-overload]
            .join(kind, col(kind.id) == col(a.type_id))
            .where(col(a.id).in_([fact["id"] for fact in facts]))
        )
    }
    appointments = []
    for fact in facts:
        row = rows[fact["id"]]
        appointment = MessageAppointment(
            id=row.id,
            sequence=fact["sequence"],
            type=row.label,
            description=row.description,
            slot=_slot(fact, where),
            before=_slot(fact["before"], where) if fact.get("before") else None,
            status=AppointmentStatus(row.status),
            ends_at=row.ends_at,
            taken_at=row.taken_at,
        )
        appointments.append((appointment, row.sequence))
    return appointments


def _wheres(work: Work, counters: set[int]) -> dict[int, Any]:
    rows = work.session.execute(
        select(Counter.id, Counter.label, col(Place.label).label("place"), Place.address, Place.timezone)  # type: ignore[call-overload]
        .join(Place, col(Place.id) == col(Counter.place_id))
        .where(col(Counter.id).in_(counters))
    )
    return {row.id: row for row in rows}


def _slot(fact: Mapping[str, Any], where: Mapping[int, Any]) -> MessageSlot:
    row = where[fact["counter_id"]]
    zone = ZoneInfo(row.timezone)
    return MessageSlot(
        counter=row.label,
        place=row.place,
        address=row.address,
        starts_at=datetime.fromisoformat(fact["starts_at"]).astimezone(zone),
        ends_at=datetime.fromisoformat(fact["ends_at"]).astimezone(zone),
    )
