"""Frozen values of plans: bulk rescheduling, and the changes of a declared town hall."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rdv.engine.views.appointments import AppointmentCard, Impact


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
    """New slots for a set of appointments, and the appointments without one (I3).

    `gap` is how far the cost may be above that of the best possible plan, as a part of 1: 0 for the best one, None if
    nothing is proved.
    """

    moves: tuple[ProposedMove, ...] = ()
    unplaced: tuple[Unplaced, ...] = ()
    gap: float | None = 0.0


@dataclass(frozen=True, slots=True)
class Rescheduled:
    """The result of applying a plan: moved appointments, a new plan for those whose slot was taken, and refusals."""

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
    """The changes that applying a declared town hall makes (B3)."""

    changes: tuple[Change, ...]
    impact: Impact = field(default_factory=Impact)
