"""The outbox: workers claim messages one by one, send them outside the transaction, and record the outcome (N3).

Delivery is at least once: a claim that no worker settles expires with its lease, and the message is sent again under
the same Message-ID. The claim counts the attempt, so that a message that kills its worker is parked in the end.
"""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from rdv.changes import Changes, Part
from rdv.engine.core.quiet_hours import quiet_until
from rdv.engine.lookup.references import id_of
from rdv.engine.messages.facts import read_appointments
from rdv.engine.office import Work, use_case
from rdv.engine.views.messages import MessageAppointment, OutboxState, OutgoingMessage
from rdv.store.tables import Message, Partner
from rdv.terms import AppointmentStatus, Channel, MessageKind, MessageStatus, Right

LEASE = timedelta(minutes=10)
"""How long a worker owns a message: longer than any mail server takes."""

DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 1440))
"""The delays after the first, second… failure of a message; after one more it is parked (N3)."""


@use_case(Right.MODULE)
def claim_next(work: Work, *, worker: str) -> OutgoingMessage | None:
    """Return the next due message, leased to this worker; None if nothing is due.

    Drop obsolete messages, postpone messages due during quiet hours, and park messages that used up their attempts. A
    partner's messages on one channel leave in the order of their changes.
    """
    work.touch(Changes.of(Part.MESSAGES))
    while (row := _next_due(work)) is not None:
        partner = work.session.get(Partner, row.partner_id) if row.partner_id is not None else None
        message = _outgoing(work, row, partner)
        if row.attempts > len(DELAYS):
            _settle(row, MessageStatus.PARKED, row.last_error or "worker_lost")
            work.touch(Changes.of(Part.PARKED))
        elif (why := _why_not(work, row, partner, message)) is not None:
            _settle(row, MessageStatus.DROPPED, why)
        elif (until := _quiet_until(work, message)) is not None:
            row.due_at = until
        else:
            row.attempts += 1
            row.worker, row.claimed_until = worker, work.now + LEASE
            work.session.flush()
            return message
        work.session.flush()
    return None


@use_case(Right.MODULE)
def record_sent(work: Work, *, message: int) -> None:
    """Record that a message was sent, even if another worker owns it by now."""
    row = _locked(work, message)
    if row is None or row.status != MessageStatus.WAITING:
        return
    _settle(row, MessageStatus.SENT, None)
    row.sent_at = work.now
    work.touch(Changes.of(Part.MESSAGES))
    _note(work, row, "told")


@use_case(Right.MODULE)
def record_failed(work: Work, *, message: int, worker: str, problem: str) -> MessageStatus | None:
    """Record a failure: the message is due again later, or parked after the last attempt (N3).

    Returns its new status; None if another worker owns it by now.
    """
    row = _locked(work, message)
    if row is None or row.worker != worker:
        return None
    work.touch(Changes.of(Part.MESSAGES))
    if row.attempts > len(DELAYS):
        _settle(row, MessageStatus.PARKED, problem)
        work.touch(Changes.of(Part.PARKED))
        _note(work, row, "not_told")
    else:
        _settle(row, MessageStatus.WAITING, problem)
        row.due_at = work.now + DELAYS[row.attempts - 1]
    return MessageStatus(row.status)


@use_case(writes=False)
def outbox_state(work: Work) -> OutboxState:
    """Return how many messages are due, wait for later and are parked, and since when the oldest is due."""
    n, count = Message, func.count()
    due = (col(n.status) == MessageStatus.WAITING, col(n.due_at) <= work.now)
    number, oldest = work.session.execute(select(count, func.min(n.due_at)).where(*due)).one()
    later = select(count).where(col(n.status) == MessageStatus.WAITING, col(n.due_at) > work.now)
    parked = select(count).where(col(n.status) == MessageStatus.PARKED)
    return OutboxState(
        number, work.session.execute(later).scalar_one(), work.session.execute(parked).scalar_one(), oldest
    )


def _next_due(work: Work) -> Message | None:
    """Lock and return the first due message that no worker owns and no earlier message to the partner delays."""
    n, earlier = Message, aliased(Message)
    before_it = (
        select(earlier.id)
        .where(
            earlier.partner_id == n.partner_id,
            earlier.channel == n.channel,
            earlier.status == MessageStatus.WAITING,
            col(earlier.id) < col(n.id),
            or_(col(earlier.due_at) <= work.now, col(earlier.claimed_until) > work.now),
        )
        .exists()
    )
    return work.session.scalars(
        select(n)
        .where(
            n.status == MessageStatus.WAITING,
            col(n.due_at) <= work.now,
            or_(col(n.claimed_until).is_(None), col(n.claimed_until) <= work.now),
            ~before_it,
        )
        .order_by(col(n.due_at), col(n.id))
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).first()


def _outgoing(work: Work, row: Message, partner: Partner | None) -> OutgoingMessage:
    """Return the message to send now, with the appointments for which it is still accurate."""
    appointments = read_appointments(work, row.facts.get("appointments", ()))
    address = row.address
    if partner is not None:
        address = partner.email if row.channel == Channel.EMAIL else partner.phone
    language = partner.language if partner is not None else row.facts.get("language")
    return OutgoingMessage(
        id=id_of(row),
        message_id=row.message_id,
        kind=MessageKind(row.kind),
        channel=Channel(row.channel),
        to=address or "",
        name=partner.name if partner is not None else "",
        language=language or work.settings.lang,
        partner_id=row.partner_id,
        appointments=tuple(one for one, sequence in appointments if _holds(work, row, one, sequence)),
        facts=row.facts,
        made_at=row.made_at,
        attempt=row.attempts + 1,
    )


def _why_not(work: Work, row: Message, partner: Partner | None, message: OutgoingMessage) -> str | None:
    """Return why the message is dropped, as a code with a label; None if it is sent."""
    if message.channel is Channel.SMS and work.settings.sms_url is None:
        return "channel_off"
    if "code" in row.facts and work.now.timestamp() >= row.facts["code"]["until"]:
        return "changed_since"
    if partner is not None and not (partner.wants_email if message.channel is Channel.EMAIL else partner.wants_sms):
        return "not_wanted"
    if not message.to:
        return "no_address"
    if row.appointment_id is not None and not message.appointments:
        return "changed_since"
    return None


def _holds(work: Work, row: Message, appointment: MessageAppointment, sequence: int) -> bool:
    """Return True if the message is still accurate.

    Past appointments, reminders of changed appointments and messages superseded by a later change are dropped.
    """
    if row.kind == MessageKind.REMINDER:
        is_current = appointment.sequence == sequence and appointment.status is AppointmentStatus.PLANNED
        return is_current and appointment.slot.starts_at > work.now
    is_late = row.attempts > 0 or row.due_at > row.made_at
    return appointment.slot.ends_at > work.now and not (is_late and appointment.sequence != sequence)


def _quiet_until(work: Work, message: OutgoingMessage) -> Any:
    """Return the end of the quiet hours at the place if the message has to wait for it: an SMS or a reminder (N3)."""
    hours = work.settings.quiet
    may_wait = message.channel is Channel.SMS or message.kind is MessageKind.REMINDER
    if hours is None or not may_wait or not message.appointments:
        return None
    zone = message.appointments[0].slot.starts_at.tzinfo
    return quiet_until(work.now, zone, hours) if isinstance(zone, ZoneInfo) else None


def _locked(work: Work, message: int) -> Message | None:
    return work.session.get(Message, message, with_for_update=True)


def _settle(row: Message, status: MessageStatus, problem: str | None) -> None:
    row.status, row.last_error, row.worker, row.claimed_until = status, problem, None, None


def _note(work: Work, row: Message, verb: str) -> None:
    """Note in the history of each appointment whether the message was sent (G3)."""
    for fact in row.facts.get("appointments", ()):
        work.record(f"appointment.{verb}", "appointment", fact["id"], kind=row.kind, channel=row.channel, notice=row.id)
