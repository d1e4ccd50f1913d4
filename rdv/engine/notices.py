"""The outbox: what citizens are told, written in the transaction of the change that it announces (N2)."""

import uuid
from typing import Any

from sqlalchemy import insert
from sqlmodel import col, select

from rdv.engine.office import Work
from rdv.store.tables import Appointment, Notice, Partner
from rdv.terms import Channel, NoticeKind, NoticeStatus


def announce(work: Work, kind: NoticeKind, appointment_ids: list[int], **facts: Any) -> None:
    """Queues one message a channel for the partner of each appointment, on the channels that the file knows (N1)."""
    if not appointment_ids:
        return
    contacts = work.session.execute(
        select(Appointment.id, Partner.email, Partner.phone)
        .join(Partner, col(Partner.id) == col(Appointment.partner_id))
        .where(col(Appointment.id).in_(appointment_ids))
        .order_by(col(Appointment.id))
    )
    rows = [
        {
            "message_id": f"<{uuid.uuid4()}@rdv>", "kind": kind, "channel": channel, "appointment_id": appointment_id,
            "facts": facts, "status": NoticeStatus.WAITING, "made_at": work.now, "due_at": work.now, "attempts": 0,
        }
        for appointment_id, email, phone in contacts
        for channel, address in ((Channel.EMAIL, email), (Channel.SMS, phone))
        if address
    ]  # fmt: skip
    if rows:
        work.session.execute(insert(Notice), rows)
