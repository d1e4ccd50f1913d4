"""The outbox: what citizens are told, written in the transaction of the change that it announces (N2)."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert
from sqlmodel import col, select

from rdv.engine.cards import in_batches
from rdv.engine.office import Work
from rdv.store.tables import Appointment, Notice, Partner
from rdv.terms import Channel, NoticeKind, NoticeStatus


def announce(work: Work, kind: NoticeKind, appointment_ids: Sequence[int], **facts: Any) -> None:
    """Queues one message a channel for each partner concerned, on the channels that the file knows (N1).

    A partner with several of the appointments gets one message that names them all, however many lost their slot.
    """
    known: dict[tuple[Channel, int], list[int]] = defaultdict(list)
    for some in in_batches(appointment_ids):
        for appointment_id, partner_id, email, phone in work.session.execute(
            select(Appointment.id, Appointment.partner_id, Partner.email, Partner.phone)
            .join(Partner, col(Partner.id) == col(Appointment.partner_id))
            .where(col(Appointment.id).in_(some))
            .order_by(col(Appointment.starts_at), col(Appointment.id))
        ):
            for channel, address in ((Channel.EMAIL, email), (Channel.SMS, phone)):
                if address:
                    known[channel, partner_id].append(appointment_id)
    rows = [
        {
            "message_id": f"<{uuid.uuid4()}@rdv>", "kind": kind, "channel": channel, "appointment_id": numbers[0],
            "facts": facts | {"appointments": numbers}, "status": NoticeStatus.WAITING, "made_at": work.now,
            "due_at": work.now, "attempts": 0,
        }
        for (channel, _partner), numbers in known.items()
    ]  # fmt: skip
    if rows:
        work.session.connection().execute(insert(Notice), rows)
