"""Frozen values of what the database holds of a person, and of what was erased."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rdv.engine.views.appointments import AppointmentFile, HistoryView
from rdv.engine.views.partners import PartnerCard


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """A message to a citizen as the database keeps it (N2)."""

    id: int
    message_id: str
    kind: str
    channel: str
    address: str | None
    appointment_id: int | None
    facts: dict[str, Any]
    status: str
    made_at: datetime
    sent_at: datetime | None
    last_error: str | None


@dataclass(frozen=True, slots=True)
class PersonalData:
    """All that the database holds of a person.

    `accounts` are the addresses under which it signs in on the portal, `held` the starts of the slots held there (P2).
    """

    made_at: datetime
    card: PartnerCard
    merged: tuple[PartnerCard, ...]
    appointments: tuple[AppointmentFile, ...]
    accounts: tuple[str, ...]
    messages: tuple[MessageRecord, ...]
    held: tuple[datetime, ...]
    journal: tuple[HistoryView, ...]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The erased data of a person: `merged` are codes, the rest is counted; appointments stay, without comments."""

    code: str
    merged: tuple[str, ...]
    appointments: int
    comments: int
    messages: int
