"""Frozen values for the portal. Datetimes are aware, in the zone of the place."""

from dataclasses import dataclass
from datetime import date, datetime

from rdv.terms import AppointmentStatus


@dataclass(frozen=True, slots=True)
class OpenType:
    """A type of appointment that citizens can book, and how far (C1, P4)."""

    id: int
    label: str
    description: str
    max_upcoming: int
    notice_hours: int
    horizon_days: int
    hold_minutes: int


@dataclass(frozen=True, slots=True)
class OpenPlace:
    """A place with a public counter of the type."""

    id: int
    label: str
    address: str


@dataclass(frozen=True, slots=True)
class FreeSlot:
    """A free time at a place; `seats` are those of all its counters."""

    type_id: int
    place_id: int
    place: str
    starts_at: datetime
    ends_at: datetime
    seats: int


@dataclass(frozen=True, slots=True)
class OpenWeek:
    """A type with its places, the first free slots, and those of the week that begins on `monday`."""

    type: OpenType
    places: tuple[OpenPlace, ...]
    today: date
    monday: date
    first: tuple[FreeSlot, ...]
    slots: tuple[FreeSlot, ...]


@dataclass(frozen=True, slots=True)
class Hold:
    """A slot that a citizen holds until `expires_at` (P2)."""

    counter_id: int
    type_id: int
    type: str
    description: str
    place_id: int
    place: str
    address: str
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime
    is_over: bool

    @property
    def key(self) -> str:
        """Return the word that identifies the hold in a form: counter and start."""
        return f"{self.counter_id}-{int(self.starts_at.timestamp())}"


@dataclass(frozen=True, slots=True)
class MyAppointment:
    """An appointment as its citizen sees it (P5): nothing of the agents, and what may still be done."""

    id: int
    type_id: int
    type: str
    description: str
    counter: str
    place_id: int
    place: str
    address: str
    starts_at: datetime
    ends_at: datetime
    status: AppointmentStatus
    may_move: bool
    may_cancel: bool

    @property
    def is_upcoming(self) -> bool:
        """Return True if the appointment is still ahead."""
        return self.status in (AppointmentStatus.PLANNED, AppointmentStatus.TO_RESCHEDULE)


@dataclass(frozen=True, slots=True)
class MyAppointments:
    """All appointments of a citizen: upcoming ones by start, past ones latest first."""

    upcoming: tuple[MyAppointment, ...]
    past: tuple[MyAppointment, ...]

    @property
    def to_reschedule(self) -> tuple[MyAppointment, ...]:
        """Those whose slot was taken away: the citizen is invited to choose again (P6)."""
        return tuple(one for one in self.upcoming if one.status is AppointmentStatus.TO_RESCHEDULE)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a session keeps: the account, and the version of its sessions; `after` is the page to go to first."""

    account: int
    version: int
    after: str = ""


@dataclass(frozen=True, slots=True)
class Citizen:
    """Somebody who is signed in; `code` is that of the partner's file. `language` None: that of the town."""

    account: int
    code: str
    name: str
    email: str
    phone: str | None
    language: str | None
    wants_email: bool
    wants_sms: bool
    has_password: bool


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody whose e-mail address is verified and who has no account yet; `name` is what is known of it."""

    email: str
    name: str
