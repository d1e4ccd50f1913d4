"""The vocabulary of rdv as code: statuses, rights, actors and the error tree.

A leaf: it imports nothing of rdv, and all rooms use these words. The French names are in `docs/glossary.md`; only
`rdv.i18n.wording` writes the sentences that people read.

The error tree:

    RdvError
    ├── Invalid      the input cannot be read (25:00, an unknown key)               exit code 2
    ├── Refused      a rule refuses                                                 exit code 1
    ├── Conflict     another agent or citizen was faster, or holds the slot         exit code 1
    ├── NotAllowed   the actor lacks the right or the service (G1, G2)              exit code 3
    ├── NotFound     nothing has this reference                                     exit code 4
    └── Broken       the database is absent, unreachable, locked or too old         exit code 5
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum

Clock = Callable[[], datetime]
"""Returns the current time as an aware instant. Nothing else in rdv reads a clock."""


class SlotStatus(StrEnum):
    """The status of a slot (S1)."""

    FREE = "free"
    HELD = "held"
    BOOKED = "booked"
    RESERVED = "reserved"
    SUSPENDED = "suspended"
    OCCUPIED = "occupied"


class ClaimStatus(StrEnum):
    """The status of a seat that is not free: the stored part of `SlotStatus`."""

    HELD = "held"
    BOOKED = "booked"
    RESERVED = "reserved"
    SUSPENDED = "suspended"


class AppointmentStatus(StrEnum):
    """The status of an appointment (A2). `PAST_WITHOUT_STATUS` is derived, never stored."""

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
    """The subject of a line of statistics (F1)."""

    COUNTER = "counter"
    TYPE = "type"
    PLACE = "place"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    @property
    def is_time(self) -> bool:
        """Return True if the lines are periods."""
        return self in (Grouping.DAY, Grouping.WEEK, Grouping.MONTH)


class Right(StrEnum):
    """A right of an agent (G1)."""

    MODULE = "module"
    COUNTERS = "counters"
    APPOINTMENTS = "appointments"


class Channel(StrEnum):
    """How a message reaches a citizen."""

    EMAIL = "email"
    SMS = "sms"


class MessageKind(StrEnum):
    """The kind of a message to a citizen (N1)."""

    CONFIRMATION = "confirmation"
    MOVE = "move"
    CANCELLATION = "cancellation"
    INVITATION = "invitation"
    REMINDER = "reminder"
    SIGN_UP = "sign_up"
    SIGN_IN = "sign_in"
    NEW_EMAIL = "new_email"


class MessageStatus(StrEnum):
    """The state of a message in the outbox (N2, N3): *parked* after too many failures, *dropped* when obsolete."""

    WAITING = "waiting"
    SENT = "sent"
    PARKED = "parked"
    DROPPED = "dropped"


LANGUAGES = ("fr", "en")
"""The languages of the program, for agents and citizens."""

PORTAL = "portal"
"""The taker of an appointment that a citizen took on the portal."""


class ActorKind(StrEnum):
    """A kind of actor: an agent, a citizen, or the program itself."""

    AGENT = "agent"
    CITIZEN = "citizen"
    JOB = "job"


class Audience(StrEnum):
    """The audience of a use case: agents by their rights, citizens about themselves, or any visitor."""

    AGENTS = "agents"
    CITIZENS = "citizens"
    ANYBODY = "anybody"


class Face(StrEnum):
    """A program that opens the database; it decides the limits on the server."""

    COMMANDS = "commands"
    SCREENS = "screens"
    PORTAL = "portal"
    WORKER = "worker"


class Visibility(StrEnum):
    """Who sees a saved search (Q1)."""

    PERSONAL = "personal"
    SERVICE = "service"


class Keep(Enum):
    """The value of a field that stays unchanged, where None empties it."""

    KEEP = "keep"


KEEP = Keep.KEEP


@dataclass(frozen=True, slots=True)
class Actor:
    """The author of an act. An agent is named by login, a citizen by the code of the partner's file, a job by its
    name.
    """

    kind: ActorKind
    name: str

    @classmethod
    def agent(cls, login: str) -> "Actor":
        """Return the agent with this login."""
        return cls(ActorKind.AGENT, login)

    @classmethod
    def citizen(cls, code: str) -> "Actor":
        """Return the citizen whose file has this code."""
        return cls(ActorKind.CITIZEN, code)

    @classmethod
    def job(cls, name: str) -> "Actor":
        """Return the program itself, for example to create a database or send messages."""
        return cls(ActorKind.JOB, name)


VISITOR = Actor(ActorKind.CITIZEN, "")
"""A visitor of the portal who has not signed in."""


class RdvError(Exception):
    """An error that carries facts; `wording.sentence` makes the sentence.

    `error` is a stable identifier that scripts may test. `rule` is the number of the rule that refuses (docs/rules.md).
    `facts` fill the sentence.
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
    """The input cannot be read."""


class Refused(RdvError):
    """A rule refuses."""


class Conflict(RdvError):
    """Another agent or citizen was faster."""


class NotAllowed(RdvError):
    """The actor lacks the right or the service."""


class NotFound(RdvError):
    """Nothing has this reference."""


class Broken(RdvError):
    """The database cannot serve."""


_PLAIN = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "’": "'", "ʼ": "'", "-": " ", "‐": " ", "‑": " "})


def fold(text: str) -> str:
    """Return the text for comparison: no accents, no case, no hyphens, single spaces."""
    if text.isascii():  # the usual case
        return " ".join(text.replace("-", " ").casefold().split())
    spread = unicodedata.normalize("NFKD", text).translate(_PLAIN)
    return " ".join("".join(c for c in spread if not unicodedata.combining(c)).casefold().split())
