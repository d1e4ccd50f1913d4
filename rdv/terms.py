"""The vocabulary of rdv as code: statuses, rights, actors and the error tree.

A leaf: it imports nothing of rdv, and every room speaks with these words. The French names are in
`docs/glossary.md`; the sentences that people read are made by `rdv.i18n.wording` alone.

The error tree, drawn once:

    RdvError
    ├── Invalid      what was given cannot be read (25:00, an unknown key)           exit code 2
    ├── Refused      a rule said no, and which one                                   exit code 1
    ├── Conflict     someone was faster, or holds what is wanted                     exit code 1
    ├── NotAllowed   the actor lacks the right or the service (G1, G2)               exit code 3
    ├── NotFound     nothing answers to this reference                               exit code 4
    └── Broken       the database is absent, unreachable, locked out or too old      exit code 5
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum

Clock = Callable[[], datetime]
"""Says what time it is, as an aware instant. Nothing else in rdv reads a clock."""


class SlotStatus(StrEnum):
    """What a slot is to whoever looks at it (S1)."""

    FREE = "free"
    HELD = "held"
    BOOKED = "booked"
    RESERVED = "reserved"
    SUSPENDED = "suspended"
    OCCUPIED = "occupied"


class ClaimStatus(StrEnum):
    """Why a seat of a slot is not free: the stored part of `SlotStatus`."""

    HELD = "held"
    BOOKED = "booked"
    RESERVED = "reserved"
    SUSPENDED = "suspended"


class AppointmentStatus(StrEnum):
    """What became of an appointment (A2). `PAST_WITHOUT_STATUS` is derived, never stored."""

    PLANNED = "planned"
    TO_RESCHEDULE = "to_reschedule"
    CANCELLED = "cancelled"
    DONE = "done"
    NO_SHOW = "no_show"
    PAST_WITHOUT_STATUS = "past_without_status"


LIVE = (AppointmentStatus.PLANNED, AppointmentStatus.TO_RESCHEDULE)
"""The statuses of an appointment without outcome."""


class AppointmentList(StrEnum):
    """The lists of appointments that the counter works from (A5, A6, A7)."""

    PLANNED = "planned"
    TO_RESCHEDULE = "to-reschedule"
    PAST_WITHOUT_STATUS = "past-without-status"
    ALL = "all"


class Grouping(StrEnum):
    """What a line of the figures is about (F1)."""

    COUNTER = "counter"
    TYPE = "type"
    PLACE = "place"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    @property
    def is_time(self) -> bool:
        """Whether the lines are stretches of time."""
        return self in (Grouping.DAY, Grouping.WEEK, Grouping.MONTH)


class Right(StrEnum):
    """What an agent may do (G1)."""

    MODULE = "module"
    COUNTERS = "counters"
    APPOINTMENTS = "appointments"


class Channel(StrEnum):
    """How a citizen is told."""

    EMAIL = "email"
    SMS = "sms"


class MessageKind(StrEnum):
    """What a message to a citizen says (N1)."""

    CONFIRMATION = "confirmation"
    MOVE = "move"
    CANCELLATION = "cancellation"
    INVITATION = "invitation"
    REMINDER = "reminder"
    SIGN_UP = "sign_up"
    SIGN_IN = "sign_in"
    NEW_EMAIL = "new_email"


class MessageStatus(StrEnum):
    """Where a message stands in the outbox (N2, N3): *parked* after too many failures, *dropped* when of no use."""

    WAITING = "waiting"
    SENT = "sent"
    PARKED = "parked"
    DROPPED = "dropped"


LANGUAGES = ("fr", "en")
"""The languages in which the program speaks, to agents and to citizens."""

PORTAL = "portal"
"""Who took an appointment that no agent took: the citizen, on the portal."""


class ActorKind(StrEnum):
    """Who can act: a person of the counter, a citizen, or the program's own work."""

    AGENT = "agent"
    CITIZEN = "citizen"
    JOB = "job"


class Audience(StrEnum):
    """For whom a use case is: agents, by their rights; citizens, about themselves; anybody, signed in or not."""

    AGENTS = "agents"
    CITIZENS = "citizens"
    ANYBODY = "anybody"


class Face(StrEnum):
    """A program that opens the database: how much of a server it takes is sized by what it is."""

    COMMANDS = "commands"
    SCREENS = "screens"
    PORTAL = "portal"
    WORKER = "worker"


class Visibility(StrEnum):
    """Who sees a saved search (Q1)."""

    PERSONAL = "personal"
    SERVICE = "service"


class Keep(Enum):
    """What a use case is told of a field that stays as it is, where None means that it is emptied."""

    KEEP = "keep"


KEEP = Keep.KEEP


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts. An agent is named by login, a citizen by the code of the partner's file, a job by its name."""

    kind: ActorKind
    name: str

    @classmethod
    def agent(cls, login: str) -> "Actor":
        """The agent who signs in under this login."""
        return cls(ActorKind.AGENT, login)

    @classmethod
    def citizen(cls, code: str) -> "Actor":
        """The citizen whose file has this code."""
        return cls(ActorKind.CITIZEN, code)

    @classmethod
    def job(cls, name: str) -> "Actor":
        """The program itself: setting up a database, sending what waits."""
        return cls(ActorKind.JOB, name)


VISITOR = Actor(ActorKind.CITIZEN, "")
"""Somebody on the portal who has not signed in."""


class RdvError(Exception):
    """An error that carries facts; `wording.sentence` makes the sentence.

    `error` is a stable identifier that scripts may test; `rule` is the number of the rule that speaks
    (docs/rules.md); `facts` are what the sentence needs.
    """

    def __init__(self, error: str, /, *, rule: str | None = None, **facts: object) -> None:
        super().__init__(error)
        self.error = error
        self.rule = rule
        self.facts = facts

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{self.error}({told})"


class Invalid(RdvError):
    """What was given cannot be read."""


class Refused(RdvError):
    """A rule said no."""


class Conflict(RdvError):
    """Someone was faster."""


class NotAllowed(RdvError):
    """The actor lacks the right or the service."""


class NotFound(RdvError):
    """Nothing answers to this reference."""


class Broken(RdvError):
    """The database cannot serve."""


_PLAIN = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "’": "'", "ʼ": "'", "-": " ", "‐": " ", "‑": " "})


def fold(text: str) -> str:
    """The text as people compare it: no accents, no case, no hyphens, single spaces."""
    if text.isascii():  # most are
        return " ".join(text.replace("-", " ").casefold().split())
    spread = unicodedata.normalize("NFKD", text).translate(_PLAIN)
    return " ".join("".join(c for c in spread if not unicodedata.combining(c)).casefold().split())
