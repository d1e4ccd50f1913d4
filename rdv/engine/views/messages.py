"""What messages are made of, and how the outbox shows them. Datetimes are aware, in the zone of the place."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rdv.engine.views.partners import PartnerCard
from rdv.terms import AppointmentStatus, Channel, MessageKind, MessageStatus


@dataclass(frozen=True, slots=True)
class MessageSlot:
    """A slot that a message names."""

    counter: str
    place: str
    address: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class MessageAppointment:
    """An appointment as a message tells of it: the slot is that of the change, labels are as they are now.

    `before` is the slot that a moved one had; `status` and `ends_at` are what they are when the message is sent.
    """

    id: int
    sequence: int
    type: str
    description: str
    slot: MessageSlot
    before: MessageSlot | None
    status: AppointmentStatus
    ends_at: datetime
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message on its way: to whom, in which language, about what. `attempt` is 1 the first time.

    `to` is an e-mail address or a phone number; `partner_id` is None and `name` empty where nobody's file knows it.
    """

    id: int
    message_id: str
    kind: MessageKind
    channel: Channel
    to: str
    name: str
    language: str
    partner_id: int | None
    appointments: tuple[MessageAppointment, ...]
    facts: dict[str, Any]
    made_at: datetime
    attempt: int


@dataclass(frozen=True, slots=True)
class MessageCard:
    """A message of the outbox as lists show one; `to` is the address that it goes to as things stand.

    `last_error` says what failed, in words; of one that is dropped, why, as a code that has a label.
    """

    id: int
    message_id: str
    kind: MessageKind
    channel: Channel
    status: MessageStatus
    partner: PartnerCard | None
    to: str | None
    appointments: tuple[int, ...]
    made_at: datetime
    due_at: datetime
    attempts: int
    last_error: str | None
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class OutboxState:
    """How the outbox stands: how many are `due` now, wait for later, are parked; since when the oldest is due."""

    due: int = 0
    later: int = 0
    parked: int = 0
    oldest_due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """What a round of a worker did, in numbers."""

    reminders: int = 0
    sent: int = 0
    failed: int = 0
    parked: int = 0


@dataclass(frozen=True, slots=True)
class RenderedMessage:
    """A message as it is sent; an SMS is `text` alone. `invitations` are calendar files, all of this `method`."""

    text: str
    subject: str = ""
    html: str = ""
    invitations: tuple[bytes, ...] = ()
    method: str = ""
