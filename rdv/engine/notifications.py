"""The outbox as agents see it: what was sent, what waits, what is parked, and trying that again (N3)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlmodel import col, select

from rdv.engine.message_views import NoticeCard
from rdv.engine.office import Work, use_case
from rdv.engine.partners import find_partner, partner_card
from rdv.engine.references import LARGEST_ID, id_of
from rdv.engine.timetable import need_on_types
from rdv.moments import Moment
from rdv.store.columns import UNSENT
from rdv.store.tables import Appointment, AppointmentType, Notice, Partner
from rdv.terms import Channel, NotFound, NoticeKind, NoticeStatus, Refused, Right

MOST = 100


@use_case(writes=False)
def list_notices(
    work: Work,
    *,
    statuses: Sequence[NoticeStatus] = (),
    kinds: Sequence[NoticeKind] = (),
    channels: Sequence[Channel] = (),
    partner: str | None = None,
    appointment: int | None = None,
    first: Moment | None = None,
    last: Moment | None = None,
    limit: int = MOST,
) -> list[NoticeCard]:
    """Messages, the latest first, with filters that combine; days are those when they were made, in the settings' zone.

    Those of a partner are those of the file; those of an appointment name it, be it among others.
    """
    zone = ZoneInfo(work.settings.zone)
    where: list[Any] = [
        column.in_(values)
        for column, values in (
            (col(Notice.status), statuses), (col(Notice.kind), kinds), (col(Notice.channel), channels),
        )
        if values
    ]  # fmt: skip
    if statuses and NoticeStatus.SENT not in statuses:
        where.append(text(UNSENT))
    if partner is not None:
        where.append(col(Notice.partner_id) == find_partner(work, partner).id)
    if first is not None:
        where.append(col(Notice.made_at) >= first.instant(zone, work.now))
    if last is not None:
        day_after = work.day(last, zone) + timedelta(days=1)
        where.append(col(Notice.made_at) < Moment(calendar=day_after).instant(zone, work.now))
    if appointment is not None:
        owner = select(Appointment.partner_id).where(Appointment.id == appointment)
        where.append(col(Notice.partner_id).in_(owner) if appointment <= LARGEST_ID else col(Notice.id).is_(None))
    if appointment is None:
        return _cards(work, *where, limit=limit)
    return [card for card in _cards(work, *where) if appointment in card.appointments][:limit]


@use_case(writes=False)
def show_notice(work: Work, *, notice: int) -> NoticeCard:
    """One message of the outbox."""
    cards = _cards(work, Notice.id == notice) if notice <= LARGEST_ID else []
    if not cards:
        raise NotFound("not_found", kind="notice", ref=notice, close=())
    return cards[0]


@use_case(Right.APPOINTMENTS)
def retry_notices(work: Work, *, notices: Sequence[int]) -> list[NoticeCard]:
    """Has messages that wait, are parked or were dropped tried again from now on, all or none, with all their attempts.

    Raises Refused for one that was sent or that a worker is sending, NotAllowed without the services of the types (G2).
    """
    for number in notices:
        show_notice(work, notice=number)
        row = work.session.get_one(Notice, number, with_for_update=True)
        _need_types(work, row)
        is_taken = row.claimed_until is not None and row.claimed_until > work.now
        if row.status == NoticeStatus.SENT or is_taken:
            raise Refused("notice_sent", rule="N3", notice=number)
        row.status, row.attempts, row.due_at, row.last_error = NoticeStatus.WAITING, 0, work.now, None
        row.worker = row.claimed_until = None
        work.session.flush()
        work.record("notice.retry", "notice", number, kind=row.kind, channel=row.channel)
    return [show_notice(work, notice=number) for number in notices]


def _need_types(work: Work, row: Notice) -> None:
    """The actor may book on the types of the appointments that a message is about (G2)."""
    numbers = [fact["id"] for fact in row.facts.get("appointments", ())]
    kinds = work.session.execute(
        select(col(AppointmentType.id), col(AppointmentType.label))
        .join(Appointment, col(Appointment.type_id) == col(AppointmentType.id))
        .where(col(Appointment.id).in_(numbers))
    ).all()
    need_on_types(work, Right.APPOINTMENTS, {row[0]: row[1] for row in kinds})


def _cards(work: Work, *where: Any, limit: int | None = None) -> list[NoticeCard]:
    """The messages that pass the conditions, the latest first, as they are read."""
    zone = ZoneInfo(work.settings.zone)
    rows = work.session.execute(
        select(Notice, Partner)
        .outerjoin(Partner, col(Partner.id) == col(Notice.partner_id))
        .where(*where)
        .order_by(col(Notice.id).desc())
        .limit(limit)
    )
    return [_card(row, partner, zone) for row, partner in rows]


def _card(row: Notice, partner: Partner | None, zone: ZoneInfo) -> NoticeCard:
    to = row.address
    if partner is not None:
        to = partner.email if row.channel == Channel.EMAIL else partner.phone
    return NoticeCard(
        id=id_of(row),
        message_id=row.message_id,
        kind=NoticeKind(row.kind),
        channel=Channel(row.channel),
        status=NoticeStatus(row.status),
        partner=None if partner is None else partner_card(partner),
        to=to,
        appointments=tuple(fact["id"] for fact in row.facts.get("appointments", ())),
        made_at=row.made_at.astimezone(zone),
        due_at=row.due_at.astimezone(zone),
        attempts=row.attempts,
        last_error=row.last_error,
        sent_at=None if row.sent_at is None else row.sent_at.astimezone(zone),
    )
