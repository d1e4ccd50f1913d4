"""Frozen values of appointments: cards, files with their history, searches, and what a change does to them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rdv.engine.views.partners import PartnerCard
from rdv.terms import AppointmentStatus, Visibility


@dataclass(frozen=True, slots=True)
class AppointmentCard:
    """An appointment (A1) with its current status (A2). `comment` is None for agents who may not see it (G2).

    `arrived_at` is the time of the partner's arrival (A9); `displaced_by` is the cause of a lost slot (I2), a code that
    `wording.label` knows.
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
        """Return True if it has no outcome yet."""
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
    """A line of a history: actor, action, time, and facts (codes and ids; sentences are made when shown)."""

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
        """Return the number of appointments: « Etat civil (5) »."""
        return len(self.appointments)


@dataclass(frozen=True, slots=True)
class PartnerFile:
    """A partner's file: the appointments grouped by type (A7)."""

    card: PartnerCard
    groups: tuple[TypeGroup, ...]


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
    """The effect of a change on existing appointments (I1, I2).

    `appointments` are all those without a slot, as they read after the change; the counts say what became of them.
    `freed` counts released slots. `restorable` lost their slot earlier and can get it back; `restored` got it back.
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
        """Return True if no appointment or hold is affected."""
        return not self.appointments and not self.holds_dropped

    @property
    def unreachable(self) -> tuple[AppointmentCard, ...]:
        """Return the appointments to reschedule that no message can reach: their file has neither e-mail nor phone."""
        return tuple(
            card
            for card in self.appointments
            if card.status is AppointmentStatus.TO_RESCHEDULE and not card.partner.email and not card.partner.phone
        )
