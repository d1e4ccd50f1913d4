"""The contents of messages, and messages as the outbox shows them. Datetimes are aware, in the zone of the place."""

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
    """An appointment in a message: the slot is that of the change, labels are current.

    `before` is the old slot of a moved one; `status` and `ends_at` are those at the time of sending.
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
    """A message on its way: recipient, language, contents. `attempt` is 1 the first time.

    `to` is an e-mail address or a phone number; `partner_id` is None and `name` empty if no file has it.
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
    """A message of the outbox as lists show it; `to` is its current address.

    `last_error` is the failure in words; of a dropped message, the reason, as a code with a label.
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
    """The results of a round of a worker, in numbers."""

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
