"""The outbox: messages to citizens, written in the transaction of the change that they announce (N2)."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update
from sqlmodel import col

from rdv.engine.office import Work
from rdv.store.bulk import in_batches
from rdv.store.tables import Appointment, Counter, Message, Partner, Place, table
from rdv.terms import Channel, MessageKind, MessageStatus

_APPOINTMENT = table(Appointment)
_WRITTEN = insert(table(Message))

Slot = dict[str, Any]
"""A slot as facts keep it: `counter_id`, `starts_at` and `ends_at`, ISO 8601 with the offset of the place."""


def announce(
    work: Work, kind: MessageKind, appointment_ids: Sequence[int], *, before: Mapping[int, Slot] | None = None
) -> None:
    """Queue one message a channel for each partner concerned, on the channels that the partner uses (N1).

    A partner of several appointments gets one message that names them all. `before` are the slots that moved
    appointments had. Facts hold the slots as they are now, so that each message stays true to its change; names and
    addresses are read when it is sent.
    """
    _count(work, appointment_ids)
    known: dict[tuple[Channel, int], list[dict[str, Any]]] = defaultdict(list)
    for some in in_batches(appointment_ids):
        for row in work.session.execute(concerned(_APPOINTMENT.c.id.in_(some))):
            fact = fact_of(row)
            if before and row.id in before:
                fact["before"] = before[row.id]
            for channel in channels_of(row):
                known[channel, row.partner_id].append(fact)
    messages = []
    for (channel, partner_id), facts in known.items():
        about = {"appointments": facts}
        first = facts[0]["id"]
        messages.append(new_message(work, kind, channel, partner_id=partner_id, appointment_id=first, facts=about))
    queue_messages(work, messages)


def confirm_new(work: Work, partner: Partner, appointment_id: int, slot: Slot) -> None:
    """Queue what `announce` would about a new appointment, which counts as announced, without reading it back."""
    facts = {"appointments": [{"id": appointment_id, "sequence": 1, **slot}]}
    about = partial(new_message, work, MessageKind.CONFIRMATION, partner_id=partner.id, appointment_id=appointment_id)
    queue_messages(work, [about(channel, facts=facts) for channel in channels_of(partner)])


def new_message(
    work: Work,
    kind: MessageKind,
    channel: Channel,
    *,
    partner_id: int | None = None,
    address: str | None = None,
    appointment_id: int | None = None,
    once: str | None = None,
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    """Return a message that is due at once, for `queue_messages`: to a partner, or to an address that is in no file."""
    return {
        "message_id": f"<{uuid.uuid4()}@rdv>", "kind": kind, "channel": channel, "partner_id": partner_id,
        "address": address, "appointment_id": appointment_id, "once": once, "facts": dict(facts),
        "status": MessageStatus.WAITING, "made_at": work.now, "due_at": work.now, "attempts": 0,
    }  # fmt: skip


def queue_messages(work: Work, messages: Iterable[dict[str, Any]]) -> None:
    """Put messages into the outbox, in the transaction of the change (N2)."""
    rows = list(messages)
    if rows:
        work.session.connection().execute(_WRITTEN, rows)


def slot_fact(counter_id: int, starts_at: datetime, ends_at: datetime) -> Slot:
    """Return a slot as the facts of a message hold it; the times are those of the place."""
    return {"counter_id": counter_id, "starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat()}


def _count(work: Work, appointment_ids: Sequence[int]) -> None:
    """Count one more announced change, because calendars take the message with the highest number."""
    a = _APPOINTMENT.c
    for some in in_batches(appointment_ids):
        counted = update(_APPOINTMENT).where(a.id.in_(some)).values(sequence=a.sequence + 1, told_at=work.now)
        work.session.connection().execute(counted)


def concerned(*where: Any) -> Any:
    """Return the query of the appointments that pass the conditions, by start, with what a message needs of them."""
    a = _APPOINTMENT.c
    return (
        select(
            a.id, a.sequence, a.type_id, a.counter_id, a.starts_at, a.ends_at, a.partner_id, a.taken_at, a.told_at,
            col(Place.timezone), col(Partner.email), col(Partner.phone), col(Partner.wants_email),
            col(Partner.wants_sms),
        )
        .join(Partner, col(Partner.id) == a.partner_id)
        .join(Counter, col(Counter.id) == a.counter_id)
        .join(Place, col(Place.id) == col(Counter.place_id))
        .where(*where)
        .order_by(a.starts_at, a.id)
    )  # fmt: skip


def channels_of(row: Any) -> list[Channel]:
    """Return the channels with an address that the partner wants."""
    ways = ((Channel.EMAIL, row.wants_email and row.email), (Channel.SMS, row.wants_sms and row.phone))
    return [channel for channel, address in ways if address]


def fact_of(row: Any) -> dict[str, Any]:
    """Return an appointment as the facts of a message hold it."""
    zone = ZoneInfo(row.timezone)
    slot = slot_fact(row.counter_id, row.starts_at.astimezone(zone), row.ends_at.astimezone(zone))
    return {"id": row.id, "sequence": row.sequence, **slot}
