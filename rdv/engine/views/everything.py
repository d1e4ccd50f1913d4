"""What faces receive: frozen values, made inside the transaction. Datetimes are aware, in the zone of the place."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from rdv.engine.core.schedule import Opening
from rdv.terms import AppointmentStatus, Right, SlotStatus, Visibility


@dataclass(frozen=True, slots=True)
class LabelView:
    """A service or a desk, with the number of things that use it."""

    id: int
    label: str
    used_by: int = 0


@dataclass(frozen=True, slots=True)
class AgentView:
    """An agent (G1)."""

    id: int
    login: str
    name: str
    rights: tuple[Right, ...]
    services: tuple[str, ...]
    has_password: bool


@dataclass(frozen=True, slots=True)
class TypeView:
    """A type of appointment (C1)."""

    id: int
    label: str
    description: str
    services: tuple[str, ...]
    public: bool
    max_upcoming: int
    notice_hours: int
    horizon_days: int
    hold_minutes: int
    reminder_hours: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A place (C2)."""

    id: int
    label: str
    address: str
    timezone: str


@dataclass(frozen=True, slots=True)
class WeekView:
    """A reference week with its openings, Monday first (C3)."""

    id: int
    label: str
    openings: tuple[Opening, ...]
    used_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClosureView:
    """Days when a place (None: every place) is shut, both included (C6)."""

    id: int
    label: str
    place: str | None
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class ExceptionView:
    """An exception period (C5); no week closes the counter."""

    id: int
    first_day: date
    last_day: date
    week: str | None


@dataclass(frozen=True, slots=True)
class CounterView:
    """A counter as its form shows it (C4)."""

    id: int
    label: str
    type: str
    place: str
    first_day: date
    last_day: date | None
    week: str
    desk: str | None
    capacity: int
    public: bool
    exceptions: tuple[ExceptionView, ...] = ()


class SlotView(NamedTuple):
    """A slot and what stands on it (S1). `appointments` and `partners` go together, one a booked seat.

    A named tuple, made four times faster than a frozen dataclass: a week of a large town has 13,000.
    """

    counter_id: int
    counter: str
    type: str
    place: str
    starts_at: datetime
    ends_at: datetime
    status: SlotStatus
    seats_free: int
    appointments: tuple[int, ...] = ()
    partners: tuple[str, ...] = ()

    @property
    def appointment_id(self) -> int | None:
        """The appointment of the slot, the first one where several are seated."""
        return self.appointments[0] if self.appointments else None


@dataclass(frozen=True, slots=True)
class PartnerCard:
    """A partner as lists show one: `code` is C and six digits or more (A7).

    `language` is that of messages, None: as the settings say; what is not wanted is not sent (N1).
    """

    id: int
    code: str
    name: str
    phone: str | None
    email: str | None
    appointments: int = 0
    language: str | None = None
    wants_email: bool = True
    wants_sms: bool = True


@dataclass(frozen=True, slots=True)
class AppointmentCard:
    """An appointment (A1), its status as it reads now (A2). `comment` is None for those who may not see it (G2).

    `arrived_at` says since when the partner is at the counter (A9); `displaced_by` is the cause that took the slot of
    one that has none (I2), a code that `wording.label` knows.
    """

    id: int
    type: str
    counter_id: int
    counter: str
    place: str
    partner: PartnerCard
    starts_at: datetime
    ends_at: datetime
    status: AppointmentStatus
    taken_at: datetime
    taken_by: str
    comment: str | None
    has_slot: bool
    type_id: int
    place_id: int
    arrived_at: datetime | None = None
    displaced_by: str | None = None

    @property
    def is_live(self) -> bool:
        """Whether it has no outcome yet."""
        return self.status in (
            AppointmentStatus.PLANNED,
            AppointmentStatus.TO_RESCHEDULE,
            AppointmentStatus.PAST_WITHOUT_STATUS,
        )


@dataclass(frozen=True, slots=True)
class ListCounts:
    """How long the lists of appointments are (A5, A6)."""

    planned_today: int
    to_reschedule: int
    past_without_status: int


@dataclass(frozen=True, slots=True)
class HistoryView:
    """One line of a history: who did what, when, and the facts (codes and ids; sentences are made when shown)."""

    id: int
    at: datetime
    actor_kind: str
    actor: str
    action: str
    subject: str
    subject_id: int | None
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AppointmentFile:
    """An appointment with its whole story."""

    card: AppointmentCard
    history: tuple[HistoryView, ...]


@dataclass(frozen=True, slots=True)
class TypeGroup:
    """The appointments of one type in a partner's file, latest first (A7)."""

    type: str
    appointments: tuple[AppointmentCard, ...]

    @property
    def count(self) -> int:
        """How many there are: « Etat civil (5) »."""
        return len(self.appointments)


@dataclass(frozen=True, slots=True)
class PartnerFile:
    """A partner's file: the appointments grouped by type (A7)."""

    card: PartnerCard
    groups: tuple[TypeGroup, ...]


@dataclass(frozen=True, slots=True)
class Message:
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
    messages: tuple[Message, ...]
    held: tuple[datetime, ...]
    journal: tuple[HistoryView, ...]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was erased of a person: `merged` are codes, the rest is counted; the appointments stay, without comments."""

    code: str
    merged: tuple[str, ...]
    appointments: int
    comments: int
    messages: int


@dataclass(frozen=True, slots=True)
class SearchView:
    """A saved search (Q1): `filters` are the options of the list of `entry`, as they were written."""

    id: int
    label: str
    entry: str
    visibility: Visibility
    service: str | None
    author: str
    filters: dict[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class Found:
    """A saved search with what it finds (Q2): AppointmentCard, SlotView or PartnerCard, as its entry says."""

    search: SearchView
    views: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Impact:
    """What a change does to existing appointments (I1, I2).

    `appointments` are all those whose slot is gone, as they read after the change; the counts say what became of them.
    `freed` counts slots that were released. `restorable` lost their slot earlier and could have it back; `restored`
    have got it back.
    """

    appointments: tuple[AppointmentCard, ...] = ()
    to_reschedule: int = 0
    past_without_status: int = 0
    holds_dropped: int = 0
    freed: int = 0
    restorable: tuple[AppointmentCard, ...] = ()
    restored: tuple[AppointmentCard, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nobody is touched."""
        return not self.appointments and not self.holds_dropped

    @property
    def unreachable(self) -> tuple[AppointmentCard, ...]:
        """Those to reschedule whom no message can tell: their file has neither e-mail nor phone."""
        return tuple(
            card
            for card in self.appointments
            if card.status is AppointmentStatus.TO_RESCHEDULE and not card.partner.email and not card.partner.phone
        )


@dataclass(frozen=True, slots=True)
class ProposedMove:
    """A new slot for an appointment (I3); `card` is the appointment as it is."""

    card: AppointmentCard
    counter_id: int
    counter: str
    place: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Unplaced:
    """An appointment that gets no new slot, and why (a code of `wording.REASONS`); no card: there is no such one."""

    appointment: int
    card: AppointmentCard | None
    why: str


@dataclass(frozen=True, slots=True)
class ReschedulePlan:
    """New slots for a set of appointments, and those for whom there is none (I3)."""

    moves: tuple[ProposedMove, ...] = ()
    unplaced: tuple[Unplaced, ...] = ()


@dataclass(frozen=True, slots=True)
class Rescheduled:
    """What applying a plan did: who was moved, a new plan for those whose slot someone took, who cannot be moved."""

    moved: tuple[AppointmentCard, ...]
    again: ReschedulePlan
    refused: tuple[Unplaced, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a plan: `action` is added, changed or removed; `fields` maps a field to (before, after)."""

    action: str
    kind: str
    label: str
    fields: dict[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """What applying a declared town hall changes (B3)."""

    changes: tuple[Change, ...]
    impact: Impact = Impact()
