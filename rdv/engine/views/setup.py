"""Frozen values of what an administrator sets up: agents, types, places, weeks, closures, counters."""

from dataclasses import dataclass
from datetime import date

from rdv.engine.core.schedule import Opening
from rdv.terms import Right


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
