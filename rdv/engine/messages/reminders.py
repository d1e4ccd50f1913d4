"""Reminders: made due from the appointments as they stand, at the hours that their type says (N1).

Nothing is planned ahead: whoever is moved, cancelled or given an address later is looked at when the time has come.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, or_
from sqlmodel import col, select

from rdv.changes import Changes, Part
from rdv.engine.office import Work, use_case
from rdv.engine.seats.cards import in_batches
from rdv.engine.seats.message_queue import channels_of, concerned, fact_of, notice, write
from rdv.store.tables import Appointment, AppointmentType, Notice, table
from rdv.terms import AppointmentStatus, Channel, Invalid, NoticeKind, Right

MOST_HOURS = 8760
MOST_DELAYS = 5

_APPOINTMENT = table(Appointment)


@use_case(Right.MODULE)
def make_reminders(work: Work) -> int:
    """Queues the reminders whose time has come, one an appointment, slot, delay and channel; returns how many.

    Of several delays that have passed, the shortest counts: nobody gets two reminders at once. Whoever was given the
    slot after that time has just been told of it and is not reminded.
    """
    due = [(row, hours) for row, hours in _due(work) if _was_told_before(row, hours)]
    known = _known(work, [row.id for row, _hours in due])
    made = []
    for row, hours in due:
        for channel in channels_of(row):
            slot = f"{row.id} {row.counter_id} {int(row.starts_at.timestamp())}"
            once = f"{NoticeKind.REMINDER} {slot} {hours} {channel}"
            if once not in known and (channel is Channel.EMAIL or work.settings.sms_url is not None):
                facts = {"appointments": [fact_of(row)], "hours": hours}
                who = {"partner_id": row.partner_id, "appointment_id": row.id, "once": once}
                made.append(notice(work, NoticeKind.REMINDER, channel, facts=facts, **who))
    write(work, made)
    work.touch(Changes.of(Part.MESSAGES))
    return len(made)


def read_delays(text: str) -> tuple[int, ...]:
    """The hours before an appointment when its partner is reminded, as a type stores them: « 48,2 »."""
    return tuple(int(hours) for hours in text.split(",") if hours)


def checked_delays(hours: Iterable[int]) -> tuple[int, ...]:
    """Each of them once, the longest first; raises Invalid for what cannot be (C1)."""
    found = tuple(sorted(set(hours), reverse=True))
    if len(found) > MOST_DELAYS:
        raise Invalid("reminders_many", rule="C1", most=MOST_DELAYS)
    for one in found:
        if not 1 <= one <= MOST_HOURS:
            raise Invalid("number", field="reminder_hours", number=one, least=1)
    return found


def written_delays(hours: Iterable[int]) -> str:
    """The hours as a type stores them."""
    return ",".join(map(str, hours))


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
    found: set[str | None] = set()
    for some in in_batches(appointments):
        of_them = (Notice.kind == NoticeKind.REMINDER, col(Notice.appointment_id).in_(some))
        found.update(work.session.scalars(select(Notice.once).where(*of_them)))
    return found
