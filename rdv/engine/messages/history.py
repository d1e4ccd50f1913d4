"""The outbox for agents: sent, waiting and parked messages, and retries (N3)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlmodel import col, select

from rdv.date_input import Moment
from rdv.engine.lookup.authorisation import need_on_types
from rdv.engine.lookup.partner_lookup import find_partner, partner_card
from rdv.engine.lookup.references import LARGEST_ID, id_of
from rdv.engine.office import Work, use_case
from rdv.engine.views.messages import MessageCard
from rdv.store.columns import UNSENT
from rdv.store.tables import Appointment, AppointmentType, Message, Partner
from rdv.terms import Channel, MessageKind, MessageStatus, NotFound, Refused, Right

MOST = 100


@use_case(writes=False)
def list_messages(
    work: Work,
    *,
    statuses: Sequence[MessageStatus] = (),
    kinds: Sequence[MessageKind] = (),
    channels: Sequence[Channel] = (),
    partner: str | None = None,
    appointment: int | None = None,
    first: Moment | None = None,
    last: Moment | None = None,
    limit: int = MOST,
) -> list[MessageCard]:
    """Return messages, latest first, with filters that combine; days are those of creation, in the settings' zone.

    A partner has the messages of the file; an appointment has the messages that name it, alone or with others.
    """
    zone = ZoneInfo(work.settings.zone)
    where: list[Any] = [
        column.in_(values)
        for column, values in (
            (col(Message.status), statuses), (col(Message.kind), kinds), (col(Message.channel), channels),
        )
        if values
    ]  # fmt: skip
    if statuses and MessageStatus.SENT not in statuses:
        where.append(text(UNSENT))
    if partner is not None:
        where.append(col(Message.partner_id) == find_partner(work, partner).id)
    if first is not None:
        where.append(col(Message.made_at) >= first.instant(zone, work.now))
    if last is not None:
        day_after = work.day(last, zone) + timedelta(days=1)
        where.append(col(Message.made_at) < Moment(calendar=day_after).instant(zone, work.now))
    if appointment is not None:
        owner = select(Appointment.partner_id).where(Appointment.id == appointment)
        where.append(col(Message.partner_id).in_(owner) if appointment <= LARGEST_ID else col(Message.id).is_(None))
    if appointment is None:
        return _cards(work, *where, limit=limit)
    return [card for card in _cards(work, *where) if appointment in card.appointments][:limit]


@use_case(writes=False)
def show_message(work: Work, *, message: int) -> MessageCard:
    """Return one message of the outbox."""
    cards = _cards(work, Message.id == message) if message <= LARGEST_ID else []
    if not cards:
        raise NotFound("not_found", kind="notice", ref=message, close=())
    return cards[0]


@use_case(Right.APPOINTMENTS)
def retry_messages(work: Work, *, messages: Sequence[int]) -> list[MessageCard]:
    """Try waiting, parked or dropped messages again from now on with all their attempts, all or none.

    Raises Refused for a message that was sent or is being sent, NotAllowed without the services of the types (G2).
    """
    for number in messages:
        show_message(work, message=number)
        row = work.session.get_one(Message, number, with_for_update=True)
        _need_types(work, row)
        is_taken = row.claimed_until is not None and row.claimed_until > work.now
        if row.status == MessageStatus.SENT or is_taken:
            raise Refused("notice_sent", rule="N3", notice=number)
        row.status, row.attempts, row.due_at, row.last_error = MessageStatus.WAITING, 0, work.now, None
        row.worker = row.claimed_until = None
        work.session.flush()
        work.record("notice.retry", "notice", number, kind=row.kind, channel=row.channel)
    return [show_message(work, message=number) for number in messages]


def _need_types(work: Work, row: Message) -> None:
    """Raise NotAllowed unless the actor may book on the types of the appointments of a message (G2)."""
    numbers = [fact["id"] for fact in row.facts.get("appointments", ())]
    kinds = work.session.execute(
        select(col(AppointmentType.id), col(AppointmentType.label))
        .join(Appointment, col(Appointment.type_id) == col(AppointmentType.id))
        .where(col(Appointment.id).in_(numbers))
    ).all()
    need_on_types(work, Right.APPOINTMENTS, {row[0]: row[1] for row in kinds})


def _cards(work: Work, *where: Any, limit: int | None = None) -> list[MessageCard]:
    """Return the messages that pass the conditions, the latest first."""
    zone = ZoneInfo(work.settings.zone)
    rows = work.session.execute(
        select(Message, Partner)
        .outerjoin(Partner, col(Partner.id) == col(Message.partner_id))
        .where(*where)
        .order_by(col(Message.id).desc())
        .limit(limit)
    )
    return [_card(row, partner, zone) for row, partner in rows]


def _card(row: Message, partner: Partner | None, zone: ZoneInfo) -> MessageCard:
    to = row.address
    if partner is not None:
        to = partner.email if row.channel == Channel.EMAIL else partner.phone
    return MessageCard(
        id=id_of(row),
        message_id=row.message_id,
        kind=MessageKind(row.kind),
        channel=Channel(row.channel),
        status=MessageStatus(row.status),
        partner=None if partner is None else partner_card(partner),
        to=to,
        appointments=tuple(fact["id"] for fact in row.facts.get("appointments", ())),
        made_at=row.made_at.astimezone(zone),
        due_at=row.due_at.astimezone(zone),
        attempts=row.attempts,
        last_error=row.last_error,
        sent_at=None if row.sent_at is None else row.sent_at.astimezone(zone),
    )
