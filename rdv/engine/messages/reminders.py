"""Reminders: made due from the appointments as they stand, at the hours that their type says (N1).

Nothing is planned ahead: an appointment that is moved or cancelled, or whose partner is given an address later, is
looked at when the time has come. A look reads alone, and writes only what it found, in batches.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from typing import Any

from sqlalchemy import String, and_, cast, func, literal, or_
from sqlmodel import col, select

from rdv.changes import Changes, Part
from rdv.engine.core.reminder_delays import read_delays
from rdv.engine.office import Work, use_case
from rdv.engine.seats.message_queue import channels_of, concerned, fact_of, new_message, queue_messages
from rdv.store.bulk import in_batches
from rdv.store.columns import seconds
from rdv.store.tables import Appointment, AppointmentType, Message, Partner, table
from rdv.terms import AppointmentStatus, Channel, MessageKind, Right

MOST_AT_ONCE = 100
"""How many reminders are written in one transaction: some 30 ms of work."""

_APPOINTMENT = table(Appointment)


@dataclass(frozen=True, slots=True)
class Due:
    """A reminder whose time has come: which appointment, and how many hours ahead its type says."""

    appointment: int
    hours: int


@use_case(Right.MODULE, writes=False)
def due_reminders(work: Work, *, since: datetime | None = None) -> list[Due]:
    """Return the appointments whose partners need a reminder on some channel and have none, by start.

    Of several delays that have passed, the shortest counts, so that a partner gets one reminder. A partner who got the
    slot after that time was informed of it then, and gets no reminder. With `since`, return only reminders due since
    then.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    for number, text in work.session.execute(select(AppointmentType.id, AppointmentType.reminder_hours)):
        groups[text].append(number)
    found: list[tuple[datetime, Due]] = []
    for text, types in groups.items():
        delays = sorted(read_delays(text))
        for shorter, hours in zip([0, *delays], delays, strict=False):
            first = work.now + timedelta(hours=shorter)
            if since is not None:
                first = max(first, since + timedelta(hours=hours))
            rows = work.session.execute(_missing(work, types, hours, first))
            found += [(start, Due(number, hours)) for number, start in rows]
    return [due for _start, due in sorted(found, key=lambda one: (one[0], one[1].appointment))]


@use_case(Right.MODULE)
def make_reminders(work: Work, *, due: Sequence[Due]) -> int:
    """Queue these reminders if they are still due, one per appointment, slot, delay and channel. Return how many.

    Callers pass at most MOST_AT_ONCE, because other writers of a SQLite file wait.
    """
    hours_of = {one.appointment: one.hours for one in due}
    a = _APPOINTMENT.c
    still = (a.id.in_(list(hours_of)), a.status == AppointmentStatus.PLANNED, a.starts_at > work.now)
    rows = [row for row in work.session.execute(concerned(*still)) if _holds(work, row, hours_of[row.id])]
    known = _known(work, [row.id for row in rows])
    messages = []
    for row in rows:
        hours = hours_of[row.id]
        for channel in channels_of(row):
            slot = f"{row.id} {row.counter_id} {int(row.starts_at.timestamp())}"
            once = f"{MessageKind.REMINDER} {slot} {hours} {channel}"
            if once not in known and (channel is Channel.EMAIL or work.settings.sms_url is not None):
                facts = {"appointments": [fact_of(row)], "hours": hours}
                who = {"partner_id": row.partner_id, "appointment_id": row.id, "once": once}
                messages.append(new_message(work, MessageKind.REMINDER, channel, facts=facts, **who))
    queue_messages(work, messages)
    work.touch(Changes.of(Part.MESSAGES))
    return len(messages)


def _missing(work: Work, types: list[int], hours: int, first: datetime) -> Any:
    """Return the query of planned appointments of these types, from `first` to `hours` ahead, that lack a reminder.

    The database finds existing reminders by their key, so a look that finds nothing reads no rows.
    """
    a, p, n = _APPOINTMENT.c, table(Partner).c, table(Message).c

    def lacks(wants: Any, address: Any, channel: Channel) -> Any:
        key = (MessageKind.REMINDER.value, a.id, a.counter_id, seconds(a.starts_at), hours, channel.value)
        once = reduce(lambda text, part: text.concat(" ").concat(part), map(_text, key))
        return and_(wants, address.is_not(None), ~select(n.id).where(n.once == once).exists())

    ways = [lacks(p.wants_email, p.email, Channel.EMAIL)]
    if work.settings.sms_url is not None:
        ways.append(lacks(p.wants_sms, p.phone, Channel.SMS))
    told_before = seconds(func.coalesce(a.told_at, a.taken_at)) <= seconds(a.starts_at) - hours * 3600
    return (
        select(a.id, a.starts_at)
        .join(Partner, p.id == a.partner_id)
        .where(
            a.status == AppointmentStatus.PLANNED,
            a.starts_at > first,
            a.starts_at <= work.now + timedelta(hours=hours),
            a.type_id.in_(types),
            told_before,
            or_(*ways),
        )
    )


def _text(part: Any) -> Any:
    return literal(part) if isinstance(part, str) else cast(part, String)


def _holds(work: Work, row: Any, hours: int) -> bool:
    """Return True if the reminder is still due: the slot is as near, and its partner was informed of it before."""
    ahead = timedelta(hours=hours)
    return bool(row.starts_at <= work.now + ahead and (row.told_at or row.taken_at) <= row.starts_at - ahead)


def _known(work: Work, appointments: list[int]) -> set[str | None]:
    known: set[str | None] = set()
    for some in in_batches(appointments):
        of_them = (Message.kind == MessageKind.REMINDER, col(Message.appointment_id).in_(some))
        known.update(work.session.scalars(select(Message.once).where(*of_them)))
    return known
