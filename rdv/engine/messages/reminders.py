"""Reminders: made due from the appointments as they stand, at the hours that their type says (N1).

Nothing is planned ahead: whoever is moved, cancelled or given an address later is looked at when the time has come.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, or_
from sqlmodel import col, select

from rdv.engine.core.reminder_delays import read_delays
from rdv.engine.office import Work, use_case
from rdv.engine.seats.message_queue import channels_of, concerned, fact_of, new_message, queue_messages
from rdv.store.bulk import in_batches
from rdv.store.tables import Appointment, AppointmentType, Message, table
from rdv.terms import AppointmentStatus, Channel, MessageKind, Right

_APPOINTMENT = table(Appointment)


@use_case(Right.MODULE)
def make_reminders(work: Work) -> int:
    """Queues the reminders whose time has come, one an appointment, slot, delay and channel; returns how many.

    Of several delays that have passed, the shortest counts: nobody gets two reminders at once. Whoever was given the
    slot after that time has just been told of it and is not reminded.
    """
    due = [(row, hours) for row, hours in _due(work) if _was_told_before(row, hours)]
    known = _known(work, [row.id for row, _hours in due])
    messages = []
    for row, hours in due:
        for channel in channels_of(row):
            slot = f"{row.id} {row.counter_id} {int(row.starts_at.timestamp())}"
            once = f"{MessageKind.REMINDER} {slot} {hours} {channel}"
            if once not in known and (channel is Channel.EMAIL or work.settings.sms_url is not None):
                facts = {"appointments": [fact_of(row)], "hours": hours}
                who = {"partner_id": row.partner_id, "appointment_id": row.id, "once": once}
                messages.append(new_message(work, MessageKind.REMINDER, channel, facts=facts, **who))
    queue_messages(work, messages)
    return len(messages)


def _due(work: Work) -> Iterator[tuple[Any, int]]:
    """Upcoming planned appointments with the delay that has passed last."""
    a = _APPOINTMENT.c
    delays = {
        number: sorted(read_delays(text))
        for number, text in work.session.execute(select(AppointmentType.id, AppointmentType.reminder_hours))
        if text
    }
    spans = [
        and_(
            a.type_id == number,
            a.starts_at > work.now + timedelta(hours=shorter),
            a.starts_at <= work.now + timedelta(hours=hours),
        )
        for number, some in delays.items()
        for shorter, hours in zip([0, *some], some, strict=False)
    ]
    if spans:
        for row in work.session.execute(concerned(a.status == AppointmentStatus.PLANNED, or_(*spans))):
            ahead = row.starts_at - work.now
            yield row, next(hours for hours in delays[row.type_id] if ahead <= timedelta(hours=hours))


def _was_told_before(row: Any, hours: int) -> bool:
    return bool((row.told_at or row.taken_at) <= row.starts_at - timedelta(hours=hours))


def _known(work: Work, appointments: list[int]) -> set[str | None]:
    known: set[str | None] = set()
    for some in in_batches(appointments):
        of_them = (Message.kind == MessageKind.REMINDER, col(Message.appointment_id).in_(some))
        known.update(work.session.scalars(select(Message.once).where(*of_them)))
    return known
